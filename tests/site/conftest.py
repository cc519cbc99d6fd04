"""One small run with a hostile call, and the site of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from antifraud.labels import Act
from antifraud.records import AnnotatedCall, Node, Provenance, Storyline
from antifraud.site.shown_calls import shelf
from antifraud.site.view import Site, default_folder, write_site
from antifraud.store.lines import dump_line, read_records
from antifraud.store.manifest import write_manifest
from tests.site.hostile import PAYLOAD, poisoned

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
HOSTILE = "call-hostile"


@dataclass(frozen=True)
class ShownRun:
    """A run folder whose name is hostile too, the calls in it, and its site."""

    folder: Path
    calls: list[AnnotatedCall]
    site: Site

    @property
    def heard(self) -> AnnotatedCall:
        """A fraud call with a recording and a sibling."""
        return next(call for call in self.calls if (self.folder / f"{call.id}.ogg").exists() and call.is_fraud)

    @property
    def sibling(self) -> AnnotatedCall:
        return next(call for call in self.calls if call.storyline == self.heard.storyline and not call.is_fraud)

    def page(self, name: str) -> str:
        return (self.site.folder / name).as_uri()

    def call_page(self, call_id: str, more: str = "") -> str:
        return f"{self.page('call.html')}#call=0%2F{call_id}{more}"


def story_of(call: AnnotatedCall) -> Storyline:
    assert call.caller and call.callee and call.scene
    nodes = (
        Node(path="0", state="shared", gist="开场"),
        Node(path="0.1", state="fraud", gist=f"骗局{PAYLOAD}", act=Act.ASK_TRANSFER),
        Node(path="0.2", state="lawful", gist="让他去核实", act=Act.ALLOW_VERIFY),
    )
    plan = {name: getattr(call, name) for name in ("seed", "scenario", "scene", "fraud_type", "official_category")}
    people = {"caller": call.caller, "callee": call.callee, "family": call.family or "family"}
    return Storyline(
        **plan,
        **people,
        id=call.storyline,
        facts={"name": PAYLOAD},
        nodes=nodes,
        told=(),
        opening=call.turns[:4],
        provenance=Provenance(engine="test", version="1"),
    )


@pytest.fixture(scope="session")
def shown_run(tmp_path_factory: pytest.TempPathFactory) -> ShownRun:
    folder = tmp_path_factory.mktemp("runs") / "run <img src=x>&\"'"
    folder.mkdir()
    for recording in SAMPLE.glob("*.ogg"):
        shutil.copy(recording, folder)
    calls = list(read_records(SAMPLE / "annotations.jsonl", AnnotatedCall))
    hostile, poisonings = poisoned(calls[0])
    assert poisonings >= 50
    calls.append(hostile.model_copy(update={"id": HOSTILE, "storyline": "story-hostile"}))
    (folder / "annotations.jsonl").write_bytes(b"".join(map(dump_line, calls)))
    fraud = next(call for call in calls if call.is_fraud)
    (folder / "storylines.jsonl").write_bytes(dump_line(story_of(fraud)))
    write_manifest(folder / "manifests" / "calls.json", {"seed": 1, "note": PAYLOAD})
    of = shelf(folder)
    return ShownRun(folder, calls, write_site([of], default_folder(of)))
