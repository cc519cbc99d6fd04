"""Leaks planted among calls that are otherwise fine: packing and choosing a benchmark refuse each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson
import pytest
import soundfile

from antifraud.errors import Leak
from antifraud.labels import Speaker
from antifraud.leaks import Side, refuse_leaks
from antifraud.lineage import Lineage
from antifraud.records import AnnotatedCall, Voice
from antifraud.release.pack import pack
from antifraud.release_config import PackConfig
from antifraud.splits import benched
from tests.calls import a_call, prattle

CALLS = 16
SHARE = 0.25
CONTENT: dict[str, Any] = {"engines": [], "sample_rates_hz": [8000]}
TEXT = prattle("a call of usual length", 348)
CHANGED = "".join("变" if at in (50, 150, 250) else sign for at, sign in enumerate(TEXT))


def annotated(name: str, said: str | None = None, voice: str | None = None, **changes: Any) -> AnnotatedCall:
    """Return a call of a storyline of its own, spoken with the voice of its side."""
    reserve = changes.get("reserve", "train")
    spoken_by = Voice(engine="test", version="1", name=voice or f"{reserve} voice", gender="女", rate=1.0, pitch=0.0)
    fields = {"id": name, "storyline": f"story-{name}", "audio": f"audio/{name}.wav", "reserve": reserve}
    turns = [(Speaker.CALLER, said or prattle(name)), (Speaker.CALLEE, "嗯。")]
    call = a_call(turns, [(0.0, 0.5), (0.6, 0.8)], 1.0, **{**fields, "voices": {Speaker.CALLER: spoken_by}, **changes})
    return AnnotatedCall(**dict(call), rounds=(), annotator="rules", attempts=1, agrees=True)


@pytest.fixture
def calls() -> list[AnnotatedCall]:
    """Sixteen calls, a quarter of them spoken for the benchmark."""
    return [annotated(f"call-{at}", reserve="bench" if at % 4 == 0 else "train") for at in range(CALLS)]


class Make(Protocol):
    """Packs calls with settings; returns the release."""

    def __call__(self, calls: Sequence[AnnotatedCall], **settings: Any) -> Path: ...


@pytest.fixture
def packed(tmp_path: Path) -> Make:
    """Packs calls, whose recordings are written first."""

    def make(calls: Sequence[AnnotatedCall], **settings: Any) -> Path:
        heard = [_recorded(call, tmp_path) for call in calls]
        config = PackConfig(test_share=SHARE, **settings)
        pack(lambda: heard, tmp_path, tmp_path / "made", config, seed=1, bench_share=SHARE, content=CONTENT)
        return tmp_path / "made"

    return make


def _recorded(call: AnnotatedCall, folder: Path) -> AnnotatedCall:
    (folder / "audio").mkdir(exist_ok=True)
    soundfile.write(folder / call.audio, np.zeros((800, 2)), 8000)
    return call.model_copy(update={"sha256": sha256((folder / call.audio).read_bytes()).hexdigest()})


def rows(release: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (release / "metadata.jsonl").read_bytes().splitlines()]


def with_a_parted_storyline(calls: Sequence[AnnotatedCall]) -> list[AnnotatedCall]:
    return [*calls, annotated("planted", storyline=calls[0].storyline)]


def with_a_shared_voice(calls: Sequence[AnnotatedCall]) -> list[AnnotatedCall]:
    return [*calls, annotated("planted", voice="bench voice")]


def with_a_near_duplicate(calls: Sequence[AnnotatedCall]) -> list[AnnotatedCall]:
    return [*calls, annotated("original", TEXT, reserve="bench"), annotated("planted", CHANGED)]


def with_personal_data(calls: Sequence[AnnotatedCall]) -> list[AnnotatedCall]:
    return [*calls, annotated("planted", "我的号码是幺三八零零幺三八零零零，你记一下。", synthetic=False)]


PLANTED = [
    (with_a_parted_storyline, r"call-0 \(bench\) and planted \(train\) are of one storyline \(story-call-0\)"),
    (
        with_a_shared_voice,
        r"call-0 \(bench\) and planted \(train\) share a voice kept for the benchmark \(bench voice\)",
    ),
    (with_a_near_duplicate, r"original \(bench\) and planted \(train\) are nearly the same \(Jaccard index 0\.9\d\)"),
    (with_personal_data, r"planted: turn 0 of a real call holds personal data \(mobile\)"),
]


@pytest.mark.parametrize(("plant", "named"), PLANTED)
def test_a_planted_leak_is_refused_by_name_when_it_is_packed(
    plant: Callable[[Sequence[AnnotatedCall]], list[AnnotatedCall]],
    named: str,
    calls: list[AnnotatedCall],
    packed: Make,
    tmp_path: Path,
) -> None:
    with pytest.raises(Leak, match=named):
        packed(plant(calls))
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(("plant", "named"), PLANTED)
def test_a_planted_leak_is_refused_when_the_benchmark_is_chosen(
    plant: Callable[[Sequence[AnnotatedCall]], list[AnnotatedCall]], named: str, calls: list[AnnotatedCall]
) -> None:
    with pytest.raises(Leak, match=named):
        benched(plant(calls), SHARE, seed=1)


def test_the_same_calls_without_a_leak_are_packed_and_chosen(calls: list[AnnotatedCall], packed: Make) -> None:
    manifest = orjson.loads((packed(calls) / "dataset_manifest.json").read_bytes())
    assert manifest["division"] == {"storylines": CALLS, "groups": CALLS, "joined_by_words": 0}
    assert manifest["voices"] == {"shared_with_benchmark": [], "shared_by_train_and_test": ["train voice"]}
    assert benched(calls, SHARE, seed=1) == {f"story-call-{at}" for at in range(0, CALLS, 4)}


@pytest.mark.parametrize("copies", [2, 4])
def test_near_duplicates_in_training_data_are_packed_on_one_side(
    calls: list[AnnotatedCall], packed: Make, copies: int
) -> None:
    alike = [annotated(f"copy-{at}", TEXT[:300] + prattle(f"{at}", 48)) for at in range(copies)]
    kept = rows(packed([*calls, *alike]))
    assert len({row["split"] for row in kept if row["id"].startswith("copy-")}) == 1
    assert {row["split"] for row in kept} == {"train", "test"}


def test_voices_kept_apart_for_testing_may_still_be_heard_in_a_benchmark_that_keeps_none(packed: Make) -> None:
    calls = [annotated(f"call-{at}", voice=f"voice-{at % 8}", reserve=None) for at in range(64)]
    folder = packed(calls, test_voices="apart")
    voices = orjson.loads((folder / "dataset_manifest.json").read_bytes())["voices"]
    assert voices["shared_by_train_and_test"] == []
    assert voices["shared_with_benchmark"]
    assert {row["split"] for row in rows(folder)} == {"train", "test"}


def test_what_a_wrong_split_would_part_is_found_whoever_chose_it() -> None:
    parted: list[tuple[Side, AnnotatedCall]] = [("train", annotated("one", TEXT)), ("test", annotated("two", CHANGED))]
    with Lineage() as seen:
        sides = [side for side, _ in zip((side for side, _ in parted), seen.entering(call for _, call in parted))]
        with pytest.raises(Leak, match="nearly the same"):
            refuse_leaks(seen, sides)
        with pytest.raises(Leak, match=r"one \(train\) and two \(test\) share a voice that was to be kept apart"):
            refuse_leaks(seen, sides, tested_apart=True)


@pytest.mark.parametrize(
    "said",
    ["加我微信fraud_2024就行。", "发到zhangsan@qq.com就行。", "上www.baidu.com看。", "证号11010519491231002X。"],
)
def test_a_real_call_that_names_somebody_is_refused_and_a_synthetic_one_is_left_to_the_audit(
    said: str, calls: list[AnnotatedCall], packed: Make
) -> None:
    with pytest.raises(Leak, match="planted: turn 0 of a real call holds personal data"):
        packed([*calls, annotated("planted", said, synthetic=False)])
    assert packed([*calls, annotated("planted", said)])


def test_surrogates_in_a_real_call_are_nobodys(calls: list[AnnotatedCall], packed: Make) -> None:
    said = "我姓王，号码是12012345678，邮箱abc@example.com，网址www.example.com，微信是7abc123。"
    assert packed([*calls, annotated("planted", said, synthetic=False)])
