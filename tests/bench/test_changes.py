"""What two snapshots differ in, and what the card tells of one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from antifraud.bench.build_bench import build_bench
from antifraud.bench.snapshot_card import Baseline
from antifraud.bench.snapshot_changes import Change, changes
from antifraud.labels import FraudType
from antifraud.release_config import BenchConfig
from antifraud.snapshot import Item, Reference, Snapshot, open_snapshot
from antifraud.store.sealed import differences
from tests.bench.freezing import annotated, freeze, ground
from tests.conftest import CommandLine


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Snapshots of calls 1, 2, 3 and of 2, 3, 4, of which 2 has another label and 3 another recording."""
    folder = tmp_path_factory.mktemp("two")
    calls = {number: annotated(number, folder) for number in (1, 2, 3, 4)}
    freeze([calls[1], calls[2], calls[3]], folder, folder / "october", snapshot="october")
    relabelled = calls[2].model_copy(update={"fraud_type": FraudType.LOTTERY})
    spoken_anew = annotated(3, folder, audio="audio/again.wav")
    freeze([relabelled, spoken_anew, calls[4]], folder, folder / "november", snapshot="november", late_share=0.7)
    return folder / "october", folder / "november"


def test_calls_labels_counts_and_settings_that_changed_are_told(two: tuple[Path, Path]) -> None:
    found = changes(*map(open_snapshot, two))
    assert (found.added, found.removed, found.unchanged) == (("call-4",), ("call-1",), 0)
    relabelled, respoken = found.changed
    assert relabelled.labels == (Change(field="fraud_type", before="银行诈骗", after="彩票诈骗"),)
    assert (respoken.id, respoken.labels, respoken.fields) == ("call-3", (), ("item.audio",))
    assert found.counts == {"fraud_types": {"彩票诈骗": (0, 1), "银行诈骗": (3, 2)}}
    assert [(change.field, change.before, change.after) for change in found.made_of] == [
        ("config.bench.late_share", 0.6, 0.7),
        ("config.bench.snapshot", "october", "november"),
    ]


def test_a_snapshot_does_not_differ_from_itself(two: tuple[Path, Path]) -> None:
    one = open_snapshot(two[0])
    found = changes(one, one)
    assert found.unchanged == 3
    assert not (found.added or found.removed or found.changed or found.counts or found.made_of)


def test_bench_diff_prints_it_for_people_and_as_json(two: tuple[Path, Path], antifraud: CommandLine) -> None:
    shown = antifraud("bench", "diff", *map(str, two))
    assert shown.returncode == 0, shown.stderr
    for line in ("1 calls added: call-4", "1 calls removed: call-1", "fraud_type: 银行诈骗 -> 彩票诈骗"):
        assert line in shown.stdout
    data = json.loads(antifraud("bench", "diff", *map(str, two), "--json").stdout)
    assert data["counts"]["fraud_types"]["彩票诈骗"] == [0, 1]


def test_the_card_counts_calls_names_parents_and_has_the_baselines(two: tuple[Path, Path], tmp_path: Path) -> None:
    seen: list[str] = []

    def score(folder: Path, items: Sequence[Item], references: Sequence[Reference]) -> list[Baseline]:
        seen.extend(item.id for item in items if (folder / item.audio).is_file())
        return [Baseline(name="majority", measure="macro-F1", scores={"all": 0.3333, "siblings": None})]

    said = ground(seed=7)
    said = type(said)(**{**vars(said), "score": score, "parent": open_snapshot(two[0])})
    calls = [annotated(5, tmp_path, storyline="story-5"), annotated(6, tmp_path, storyline="story-5", branch="lawful")]
    made = build_bench(lambda: calls, tmp_path, tmp_path / "v1", BenchConfig(share=1.0), said, seed=7)
    card = (made.folder / "README.md").read_text(encoding="utf-8")
    for line in (
        "2 Mandarin phone calls (1 fraud, 1 lawful;",
        "It follows snapshot october.",
        "| `siblings` | 2 | 1 |",
        "| majority | macro-F1 | 0.333 | - |",
        "| sibling | 1 |",
        "end after 10 s (2 calls), 20 s (2 calls); the whole call is the last.",
    ):
        assert line in card
    assert seen == ["call-5", "call-6"]
    assert list(differences(made.folder)) == []
    manifest = Snapshot(made.folder, json.loads((made.folder / "manifest.json").read_bytes())).manifest
    assert manifest["parent"]["snapshot"] == "october"
    assert manifest["baselines"][0]["scores"] == {"all": 0.3333, "siblings": None}
