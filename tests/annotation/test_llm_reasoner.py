"""A reasoning model against the loopback service: what it claims is checked before what it concludes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from antifraud.annotation.agreement import agreement
from antifraud.config import load_config
from antifraud.labels import Act, Emotion, FraudType, RejectReason, Scene, Speaker
from antifraud.records import AnnotatedCall, Call, Disagreement, Rejected, Turn
from antifraud.services.journal import CHAT_FILE, Journal
from antifraud.stages.annotations import annotate
from antifraud.stages.job import Job
from antifraud.store.lines import dump_line, read_records
from tests.calls import a_call
from tests.fakes.client import FakeService
from tests.fakes.fixtures import fake_service, fake_service_process

__all__ = ["fake_service", "fake_service_process"]

CALLS = 30


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-key-of-the-loopback")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Calls that the fake model reads rightly: it names the labels that occur in their words."""
    rng = np.random.default_rng(3)
    (tmp_path / "audio").mkdir()
    scenes, kinds = list(Scene), list(FraudType)
    with open(tmp_path / "calls.jsonl", "wb") as file:
        for number in range(CALLS):
            scene, kind = scenes[number % len(scenes)], kinds[number % len(kinds)]
            is_fraud = number % 2 == 0
            asked = f"您把验证码念给我吧，第{number}回，{kind}。" if is_fraud else f"您定第几个？第{number}回。"
            call = _call(f"call-{number}", scene, kind if is_fraud else None, asked)
            soundfile.write(tmp_path / call.audio, 0.1 * rng.standard_normal((6 * 8000, 2)), 8000)
            file.write(dump_line(call))
    return tmp_path / "calls.jsonl"


def _call(name: str, scene: Scene, kind: FraudType | None, asked: str) -> Call:
    sides = (Speaker.CALLER, Speaker.CALLEE, Speaker.CALLER)
    texts = (f"您好，我这边是{scene}的。", "你说吧，我听着呢。", asked)
    made = a_call(
        turns=list(zip(sides, texts, strict=True)),
        segments=[(0.0, 1.8), (2.0, 3.5), (3.8, 5.9)],
        duration_seconds=6.0,
        id=name,
        storyline=name,
        audio=f"audio/{name}.wav",
        is_fraud=kind is not None,
        branch="fraud" if kind else "lawful",
        scene=scene,
        fraud_type=kind,
    )
    acts = (Act.ASK_SECRET,) if kind else (Act.ASK_DETAIL,)
    last = Turn(index=2, speaker=Speaker.CALLER, text=asked, emotion=Emotion.NEUTRAL, acts=acts)
    return made.model_copy(update={"turns": (*made.turns[:2], last)})


def job_for(service: FakeService, source: Path, *more: str) -> Job:
    settings = [
        f"run.folder={source.parent}",
        "annotate.engine=llm",
        "llm.preset=openai",
        f"llm.base_url={service.url}",
    ]
    return Job(load_config(None, {}, [*settings, *more]), input=source, output=source.with_name("a.jsonl"), quiet=True)


def results(job: Job) -> tuple[list[AnnotatedCall], list[Rejected], list[Disagreement]]:
    assert job.output is not None
    files: Any = (("a.jsonl", AnnotatedCall), ("a.rejected.jsonl", Rejected), ("disagreements.jsonl", Disagreement))
    done, refused, asides = (
        list(read_records(path, model)) if (path := job.output.with_name(name)).exists() else []
        for name, model in files
    )
    return done, refused, asides


@pytest.mark.parametrize("thinks", [False, True])
async def test_three_rounds_are_argued_and_proven(fake_service: FakeService, source: Path, thinks: bool) -> None:
    fake_service.order(reasoning=thinks)
    job = job_for(fake_service, source, "annotate.samples=2")
    tally = await annotate(job)
    done, refused, asides = results(job)
    assert (tally.accepted, refused, asides) == (CALLS, [], [])
    for call in done:
        assert [round_.task for round_ in call.rounds] == ["scene", "fraud", "fraud_type"][: 3 if call.is_fraud else 2]
        assert [round_.agreement for round_ in call.rounds] == [1.0] * len(call.rounds)
        assert call.attempts == 2 * len(call.rounds)
        assert call.rounds[1].answer.is_fraud == call.is_fraud
        assert all(item.quote in call.turns[item.turn].text for round_ in call.rounds for item in round_.evidence)
        assert all(round_.think.startswith("先看计划" if thinks else "主叫说") for round_ in call.rounds)
        assert len(call.sounds) == len(call.turns)
    paid = fake_service.stats()["answered"]
    assert paid == sum(call.attempts for call in done)
    await annotate(job)
    assert fake_service.stats()["answered"] == paid


async def test_the_shortest_right_thinking_is_kept(fake_service: FakeService, source: Path) -> None:
    few, many = job_for(fake_service, source, "annotate.samples=1"), job_for(fake_service, source, "annotate.samples=6")
    await annotate(few)
    first = {call.id: len(call.rounds[0].think) for call in results(few)[0]}
    for name in ("a.jsonl", ".a.settings.json"):
        source.with_name(name).unlink(missing_ok=True)
    await annotate(many)
    shortest = {call.id: len(call.rounds[0].think) for call in results(many)[0]}
    assert all(shortest[name] <= first[name] for name in first)
    assert sum(shortest.values()) < sum(first.values())


async def test_whatever_a_model_says_a_call_ends_right_or_rejected(fake_service: FakeService, source: Path) -> None:
    shares = {"wrong_label": 0.3, **dict.fromkeys(("made_up_quote", "missing_tags", "reasoning_only"), 0.08)}
    fake_service.order(faults={**shares, "length": 0.08, "outside_set": 0.08})
    job = job_for(fake_service, source, "annotate.samples=5")
    tally = await annotate(job)
    done, refused, asides = results(job)
    assert tally.entered == CALLS == len(done) + len(refused)
    assert len(done) >= CALLS / 2
    for call in done:
        for round_ in call.rounds:
            said = (round_.answer.scene, round_.answer.is_fraud, round_.answer.fraud_type)
            label = {"scene": call.scene, "fraud": call.is_fraud, "fraud_type": call.fraud_type}[round_.task]
            assert label in said
            assert round_.agreement is not None
            assert 0 < round_.agreement <= 1
            assert all(item.quote in call.turns[item.turn].text for item in round_.evidence)
    assert {record.reason for record in refused} <= {
        *(RejectReason.NO_RIGHT_RATIONALE, RejectReason.UNPROVEN, RejectReason.UNUSABLE_ANSWER)
    }
    verdicts = {sample.verdict for aside in asides for sample in aside.samples}
    assert verdicts == {"wrong", "unproven", "unusable"}
    assert [aside.id for aside in asides] == sorted(_ids(asides), key=lambda name: int(name.removeprefix("call-")))
    assert _ids(asides) >= {record.id for record in refused}
    shares = agreement(done)
    assert shares.keys() == {"scene", "fraud", "fraud_type"}
    assert all(0 < share <= 1 for labels in shares.values() for share in labels.values())
    assert any(round_.agreement != 1.0 for call in done for round_ in call.rounds)


def _ids(records: list[Disagreement]) -> set[str]:
    return {record.id for record in records}


async def test_a_model_is_told_what_was_said_and_how_it_sounded_and_no_label(
    fake_service: FakeService, source: Path
) -> None:
    await annotate(job_for(fake_service, source, "annotate.samples=1"))
    with Journal(source.with_name(CHAT_FILE), replay_only=True) as kept:
        kept.export(source.with_name("asked.jsonl"))
    asked = source.with_name("asked.jsonl").read_text(encoding="utf-8")
    assert "2 [3.8-5.9] 主叫（应答 0.3" in asked
    first = asked.splitlines()[0]
    assert "fraud_type" not in first.partition("判断它属于哪一种场景")[0]
