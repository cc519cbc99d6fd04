"""Recordings as parts of messages: read once, and refused where they are too large."""

from __future__ import annotations

import asyncio
import gc
import weakref
from pathlib import Path

import pytest

from antifraud.errors import UsageError
from antifraud.evaluation.audio_ways import AudioLimits, AudioWay, audio_limits
from antifraud.evaluation.recordings import Recordings
from antifraud.evaluation.rounds import Asked
from antifraud.evaluation.unheard import base64_bytes, refuse_unheard
from antifraud.snapshot import Item
from antifraud.store.lines import read_records
from tests.evaluation.benches import write_sounding_bench

WAV = AudioLimits(AudioWay("input_audio", False, ("wav", "mp3"), None, None), None, 10_000, None)


async def test_a_recording_is_read_once_for_all_questions_and_let_go_with_its_item(tmp_path: Path) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 1, seconds=0.1)
    recordings = Recordings(bench, WAV)
    item = next(read_records(bench / "items.jsonl", Item))
    first = await recordings.part(item, None)
    (bench / item.audio).unlink()
    second = await recordings.part(item, None)
    assert first is second
    held = weakref.ref(first)
    del first, second, item
    await asyncio.sleep(0)  # until then the loop holds on to what it last waited for
    gc.collect()
    assert held() is None


def test_a_recording_is_refused_by_the_size_it_will_have(tmp_path: Path) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 1, seconds=0.3)
    asked = [Asked(next(read_records(bench / "items.jsonl", Item)), heard) for heard in (None, 0.1)]
    assert base64_bytes(bench, asked[0], WAV) == pytest.approx(
        (bench / asked[0].item.audio).stat().st_size * 4 / 3, abs=4
    )
    refuse_unheard(bench, asked[1:], WAV)
    with pytest.raises(UsageError, match=r"1 of 2 recordings are larger than the 10,000 bytes"):
        refuse_unheard(bench, asked, WAV)
    refuse_unheard(bench, asked, AudioLimits(WAV.way, "mp3", 10_000, None))


def test_models_that_drop_what_is_long_are_known_by_name() -> None:
    name = "Qwen/Qwen2-Audio-7B-Instruct"
    assert audio_limits("vllm", name).most_seconds == 30
    assert audio_limits("vllm", name, most_seconds=60.0).most_seconds == 60
    assert audio_limits("vllm", "other").most_seconds == 600
    assert audio_limits("openai", "gpt-audio").most_seconds is None
    assert audio_limits("dashscope", "qwen3-omni-flash", most_bytes=5).most_bytes == 5
