"""ChatTTS in its real worker processes, on small random weights: the same bytes always, whatever dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from numpy.typing import NDArray

from antifraud.errors import EngineError
from antifraud.labels import Emotion
from antifraud.records import Voice
from antifraud.speech.engines import SpeechFailed, Utterance
from antifraud.speech.engines.chattts import WORKER, ChatttsEngine
from antifraud.speech.voices.bank import read_bank
from antifraud.speech_config import ChatttsConfig
from tests.speech.chattts_assets import config_for
from tests.speech.processes import workers_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXTS = ("您好，请问是陈女士吗？", "我是，您哪位？", "这边是优禾生活会员部，耽误您一分钟！", "嗯，您说。")
SAMPLES_PER_CHARACTER = 2 * 512
"""Of the test's weights: two tokens of 512 samples."""


def utterance(text: str, voice: str = "voice-0", **fields: Any) -> Utterance:
    neutral = Voice(engine="chattts", version="", name=voice, gender="男", rate=5.0, pitch=0.0)
    plain = Utterance(text=text, voice=neutral, emotion=Emotion.NEUTRAL, manner="客气", seed=7)
    return replace(plain, **fields)


def batch_of(*texts: str) -> list[Utterance]:
    return [utterance(text, f"voice-{number % 8}", seed=number) for number, text in enumerate(texts)]


def spoken(results: list[NDArray[np.float32] | SpeechFailed]) -> list[bytes]:
    """Return the bytes of waves, all of which were spoken."""
    assert not [result for result in results if isinstance(result, SpeechFailed)]
    return [result.tobytes() for result in results if not isinstance(result, SpeechFailed)]


FOREIGN_SPEAKERS = {"garbled": "abc", "small": "蘀凰丙欀丛玄桠一"}
"""No speaker at all, and one of 32 values."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(chattts_folder: Path) -> AsyncIterator[ChatttsEngine]:
    """One engine for all tests: to start a worker takes seconds."""
    bank = read_bank(chattts_folder / "bank.jsonl")
    foreign = [
        bank[0].model_copy(update={"name": name, "speaker": FOREIGN_SPEAKERS[name]}) for name in FOREIGN_SPEAKERS
    ]
    running = ChatttsEngine(config_for(chattts_folder), [*bank, *foreign])
    await running.start()
    yield running
    await running.close()


async def test_every_row_of_a_batch_lasts_as_long_as_its_own_tokens_without_padding(engine: ChatttsEngine) -> None:
    waves = await engine.speak(batch_of(*TEXTS))
    for wave, text in zip(waves, TEXTS, strict=True):
        assert not isinstance(wave, SpeechFailed)
        assert wave.dtype == np.float32
        assert np.abs(wave).max() <= 1
        longest = text == max(TEXTS, key=len)
        assert len(wave) == len(text) * SAMPLES_PER_CHARACTER - (256 if longest else 0)  # a frame is lost at the end
        assert np.abs(wave[-2000:]).max() > 1e-3


async def test_the_hello_tells_version_weights_and_how_torchaudio_was_loaded(engine: ChatttsEngine) -> None:
    assert engine.version.startswith("0.2.5 weights ")
    assert engine.hello["device"] == "cpu"
    assert engine.hello["torchaudio"] in ("binary", "python")


async def test_a_batch_makes_the_same_bytes_whatever_is_spoken_in_between(engine: ChatttsEngine) -> None:
    first = spoken(await engine.speak(batch_of(*TEXTS)))
    await engine.speak(batch_of("别的话先说一句。"))
    assert spoken(await engine.speak(batch_of(*TEXTS))) == first


async def test_a_batch_makes_the_same_bytes_in_another_pool(engine: ChatttsEngine, chattts_folder: Path) -> None:
    other = ChatttsEngine(config_for(chattts_folder, workers=2), read_bank(chattts_folder / "bank.jsonl"))
    await other.start()
    both = await asyncio.gather(*(other.speak(batch_of(*TEXTS)) for _ in range(2)))
    assert len(workers_of(os.getpid(), WORKER)) == 3
    await other.close()
    expected = spoken(await engine.speak(batch_of(*TEXTS)))
    assert [spoken(results) for results in both] == [expected, expected]
    assert other.version == engine.version


async def test_a_killed_worker_is_replaced_and_the_batch_sounds_the_same(engine: ChatttsEngine) -> None:
    batch = batch_of(*(text * 2 for text in TEXTS))
    expected = spoken(await engine.speak(batch))
    speaking = asyncio.create_task(engine.speak(batch))
    await asyncio.sleep(0.4)
    assert not speaking.done()
    [process] = workers_of(os.getpid(), WORKER)
    os.kill(process, signal.SIGKILL)
    assert spoken(await speaking) == expected
    assert workers_of(os.getpid(), WORKER) != [process]


async def test_attempts_and_seeds_draw_anew(engine: ChatttsEngine) -> None:
    first = spoken(await engine.speak([utterance(TEXTS[0], seed=1)]))
    again = spoken(await engine.speak([utterance(TEXTS[0], seed=1)], attempt=1))
    other = spoken(await engine.speak([utterance(TEXTS[0], seed=2)]))
    assert len({*first, *again, *other}) == 3


@pytest.mark.parametrize(
    "change", [{"voice": "voice-5"}, {"emotion": Emotion.ANGRY}], ids=["another voice", "another emotion"]
)
async def test_voice_and_emotion_belong_to_a_row_and_change_that_row_alone(
    engine: ChatttsEngine, change: dict[str, Any]
) -> None:
    before = spoken(await engine.speak([utterance(TEXTS[0]), utterance(TEXTS[0]), utterance(TEXTS[0])]))
    after = spoken(await engine.speak([utterance(TEXTS[0]), utterance(TEXTS[0], **change), utterance(TEXTS[0])]))
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, False, True]


async def test_what_stands_in_brackets_does_not_reach_the_model(engine: ChatttsEngine) -> None:
    plain = spoken(await engine.speak([utterance("您好，请说。")]))
    assert spoken(await engine.speak([utterance("[laugh]您好[speed_9]，请[spk_emb]说[。")])) == plain


@pytest.mark.parametrize(("text", "why"), [("共3元", "cannot say '3'"), ("好😀", "cannot say"), ("。！", "nothing in")])
async def test_what_the_model_would_drop_fails_alone(engine: ChatttsEngine, text: str, why: str) -> None:
    good, bad = await engine.speak([utterance(TEXTS[0]), utterance(text)])
    assert not isinstance(good, SpeechFailed)
    assert isinstance(bad, SpeechFailed)
    assert why in str(bad)


async def test_an_empty_row_fails_alone(engine: ChatttsEngine) -> None:
    empty, good = await engine.speak([utterance("好。"), utterance(TEXTS[0])])  # four tokens, 85 ms
    assert isinstance(empty, SpeechFailed)
    assert "0.08 s of sound" in str(empty)
    assert not isinstance(good, SpeechFailed)


async def test_a_long_text_is_spoken_in_pieces(engine: ChatttsEngine) -> None:
    text = "今天下午有一笔两千块的消费，" * 20
    [wave] = await engine.speak([utterance(text)])
    assert not isinstance(wave, SpeechFailed)
    assert 0 <= len(text) * SAMPLES_PER_CHARACTER - len(wave) <= 2 * 256


async def test_refined_texts_that_change_words_are_counted_and_spoken_with_breaks_by_rule(
    engine: ChatttsEngine,
) -> None:
    before = engine.fell_back
    spoken(await engine.speak(batch_of(*TEXTS)))
    assert engine.fell_back - before == len(TEXTS)  # random weights never keep the words


async def test_speakers_are_drawn_from_a_seed(engine: ChatttsEngine) -> None:
    first, again, other = [await engine.sample_speakers(3, seed) for seed in (1, 1, 2)]
    assert first == again
    assert len({*first, *other}) == 6


@pytest.mark.parametrize(
    ("voice", "why"),
    [
        ("garbled", "not a ChatTTS speaker"),
        ("small", "a speaker holds 32 values, this model takes 64"),
        ("nobody", "voice 'nobody' is not in the bank of 10 voices"),
    ],
)
async def test_a_speaker_the_model_does_not_have_fails(engine: ChatttsEngine, voice: str, why: str) -> None:
    [failed] = await engine.speak([utterance(TEXTS[0], voice)])
    assert isinstance(failed, SpeechFailed)
    assert why in str(failed)


async def test_voices_of_the_bank_are_candidates_of_their_gender(engine: ChatttsEngine) -> None:
    women = engine.voices("女")
    assert [candidate.voice.name for candidate in women] == ["voice-1", "voice-3", "voice-5", "voice-7"]
    assert {candidate.voice.version for candidate in women} == {engine.version}
    assert women[0].voice.characters_per_second == 5.0


async def test_a_row_that_does_not_stop_within_its_bound_fails(chattts_folder: Path, engine: ChatttsEngine) -> None:
    config = config_for(chattts_folder, tokens_per_character=0.01, tokens_besides=16, refine=False)
    bounded = ChatttsEngine(config, read_bank(chattts_folder / "bank.jsonl"))
    await bounded.start()
    long, short = await bounded.speak(batch_of(TEXTS[0], "嗯，您说。"))
    await bounded.close()
    assert isinstance(long, SpeechFailed)
    assert "did not stop within 0.3 s for the 11 characters" in str(long)
    assert not isinstance(short, SpeechFailed)
    assert bounded.fell_back == 0


async def test_rows_that_end_by_themselves_have_lengths_of_their_own(chattts_folder: Path, tmp_path: Path) -> None:
    model = json.loads((chattts_folder / "model.json").read_text()) | {"fixed_tokens_per_character": None}
    (tmp_path / "model.json").write_text(json.dumps(model))
    # drawn from all tokens alike, random weights end a row after 156 tokens on average
    flat = {"temperature": 2.0, "top_p": 1.0, "top_k": 626, "tokens_per_character": 8, "refine": False}
    config = config_for(chattts_folder, model=tmp_path / "model.json", **flat)
    free = ChatttsEngine(config, read_bank(chattts_folder / "bank.jsonl"))
    await free.start()
    results = await free.speak(batch_of(*[TEXTS[0]] * 8))
    await free.close()
    tokens = [-(-len(wave) // 512) for wave in results if not isinstance(wave, SpeechFailed)]
    assert len(set(tokens)) > 1
    assert max(tokens) < 8 * len(TEXTS[0]) + ChatttsConfig().tokens_besides


async def test_close_ends_every_process_and_speaks_no_more(engine: ChatttsEngine) -> None:
    await engine.close()
    assert workers_of(os.getpid(), WORKER) == []
    with pytest.raises(EngineError, match="not running"):
        await engine.speak(batch_of(*TEXTS))
