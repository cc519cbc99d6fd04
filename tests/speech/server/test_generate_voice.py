"""/generate_voice: what others send is understood, what cannot be done is refused, and a batch is a batch."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from antifraud.labels import Emotion
from antifraud.speech.engines import Utterance

from .conftest import Client, client_of
from .theirs import TEXTS, chattts_request, fork_request, infer_code
from .tones import RATE_HZ, ToneEngine, ToneEngineForSpeakers, tone


async def ask(client: Client, body: Any) -> httpx.Response:
    return await client.post("/generate_voice", json=body)


def files_of(response: httpx.Response) -> dict[str, bytes]:
    assert response.status_code == 200, response.text
    with zipfile.ZipFile(io.BytesIO(response.content)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def refusal(response: httpx.Response, status: int) -> str:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return str(error["message"])


async def test_chattts_own_client_gets_an_mp3_for_each_text_in_their_order(client: Client, engine: ToneEngine) -> None:
    response = await ask(client, chattts_request())
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"] == "attachment; filename=audio_files.zip"
    files = files_of(response)
    assert list(files) == ["0.mp3", "1.mp3"]
    for index, text in enumerate(TEXTS):
        wave, rate = soundfile.read(io.BytesIO(files[f"{index}.mp3"]))
        assert rate == RATE_HZ
        assert abs(len(wave) / RATE_HZ - len(text) * 0.05) < 0.1
        assert np.abs(wave).max() > 0.4


async def test_the_request_of_the_fork_that_teleantifraud_used_works(client: Client) -> None:
    assert list(files_of(await ask(client, fork_request("您好。")))) == ["0.mp3"]


async def test_a_seed_picks_the_same_voice_every_time_and_seeds_pick_several(
    client: Client, engine: ToneEngine
) -> None:
    for seed in (1, 1, *range(20)):
        files_of(await ask(client, fork_request("您好。", manual_seed=seed)))
    first, second, *others = (batch[0] for batch in engine.batches)
    assert first == second
    assert len({one.voice.name for one in others}) == 4
    files_of(await ask(client, fork_request("您好。", manual_seed=None)))
    assert engine.batches[-1][0].voice.name == "low"


async def test_the_speed_of_the_prompt_becomes_the_rate_of_the_voice(client: Client, engine: ToneEngine) -> None:
    for token in (0, 9):
        files_of(await ask(client, chattts_request("您好。", params_infer_code=infer_code(prompt=f"[speed_{token}]"))))
    assert [round(batch[0].voice.rate) for batch in engine.batches] == [0, 9]


async def test_numbers_and_tags_are_read_out_unless_the_text_is_as_spoken(client: Client, engine: ToneEngine) -> None:
    files_of(await ask(client, chattts_request("[uv_break]订单号是20250301！")))
    assert engine.batches[-1][0].text == "订单号是二零二五零三零幺！"
    files_of(await ask(client, chattts_request("拨打幺零零八六。", as_spoken=True)))
    assert engine.batches[-1][0].text == "拨打幺零零八六。"


async def test_a_speaker_string_is_spoken_by_an_engine_that_can_and_refused_by_others(client: Client) -> None:
    theirs = {"params_infer_code": infer_code(spk_emb="spk:蘁淰")}
    assert "takes no speaker strings" in refusal(await ask(client, chattts_request(**theirs)), 422)
    able = ToneEngineForSpeakers()
    async with client_of(able) as other:
        files_of(await ask(other, chattts_request("您好。", **theirs)))
        assert able.batches[0][0].voice.name == "emb-spk:蘁淰"
        wrong = chattts_request(params_infer_code=infer_code(spk_emb="x"))
        assert "no speaker string" in refusal(await ask(other, wrong), 422)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"text": "您好"}, "text"),
        ({"text": []}, "text"),
        ({"text": [1]}, "text.0"),
        ({"text": [""]}, "text.0"),
        ({"stream": True}, "stream"),
        ({"refine_text_only": True}, "refine_text_only"),
        ({"audio_seed": "1"}, "audio_seed"),
        ({"params_infer_code": {"top_K": "many"}}, "params_infer_code.top_K"),
        ({"params_refine_text": []}, "params_refine_text"),
        ({"voices": ["low"]}, "voices"),
        ({"seeds": [1, 2]}, "seeds"),
        ({"voices": ["low", "low"], "emotions": ["glad", "sad"]}, "emotions.0"),
        ({"voices": ["low", "low"], "seeds": [1, -1]}, "seeds.1"),
        ({"voices": ["low", "nobody"]}, "voices.1"),
        ({"text": ["您好。", "……"]}, "text.1"),
        ({"format": "ogg"}, "format"),
        ({"attempt": 1}, "attempt"),
    ],
)
async def test_what_does_not_fit_is_refused_by_name(client: Client, fields: dict[str, Any], named: str) -> None:
    assert named in refusal(await ask(client, {**chattts_request(), **fields}), 422)


async def test_unknown_fields_are_ignored(client: Client) -> None:
    assert files_of(await ask(client, chattts_request("您好。", spk_smp=None, pass_first_n_batches=2)))


async def test_a_batch_is_spoken_as_it_was_asked_for_and_comes_back_without_loss(
    client: Client, engine: ToneEngine
) -> None:
    body = {
        "text": ["好的。", "再见了。"],
        "voices": ["low", "bright"],
        "rates": [4, 6.5],
        "pitches": [1.0, -2],
        "emotions": ["angry", "neutral"],
        "manners": ["急", ""],
        "seeds": [7, 2**63 - 1],
        "attempt": 2,
        "format": "wav",
        "as_spoken": True,
    }
    files = files_of(await ask(client, body))
    [batch] = engine.batches
    assert engine.attempts == [2]
    assert [(u.text, u.voice.name, u.voice.rate, u.voice.pitch, u.emotion, u.manner, u.seed) for u in batch] == [
        ("好的。", "low", 4, 1, Emotion.ANGRY, "急", 7),
        ("再见了。", "bright", 6.5, -2, Emotion.NEUTRAL, "", 2**63 - 1),
    ]
    for index, utterance in enumerate(batch):
        wave, rate = soundfile.read(io.BytesIO(files[f"{index}.wav"]), dtype="float32")
        assert rate == RATE_HZ
        assert wave.tobytes() == tone(utterance, 2).tobytes()
    assert (await ask(client, body)).content == (await ask(client, body)).content


async def test_one_bad_text_fails_a_plain_request_but_only_itself_in_a_batch(client: Client) -> None:
    assert "bad character" in refusal(await ask(client, chattts_request("您好。", "坏的。")), 422)
    files = files_of(await ask(client, {"text": ["您好。", "坏的。"], "voices": ["low", "low"]}))
    assert list(files) == ["0.mp3", "failed.json"]
    assert json.loads(files["failed.json"]) == {"1": "tone: a bad character"}


async def test_requests_beyond_the_bounds_are_refused_with_the_bound(engine: ToneEngine) -> None:
    async with client_of(engine, texts=3, characters=20, body_bytes=2000) as client:
        assert "at most 3" in refusal(await ask(client, chattts_request(*["好"] * 4)), 422)
        async with client_of(engine, queue=2) as narrow:
            assert "at most 2" in refusal(await ask(narrow, chattts_request(*["好"] * 3)), 422)
        assert "at most 20" in refusal(await ask(client, chattts_request("好" * 21)), 422)
        assert "2000 bytes" in refusal(await ask(client, chattts_request("好" * 1000)), 413)

        async def endless() -> Any:
            while True:
                yield b"[" * 500

        response = await client.post("/generate_voice", content=endless(), headers={"content-type": "application/json"})
        assert "2000 bytes" in refusal(response, 413)
    assert engine.batches == []


async def test_a_batch_larger_than_the_engine_speaks_at_once_is_refused(client: Client) -> None:
    asked = ask(client, {"text": ["好"] * 5, "voices": ["low"] * 5})
    assert "at most 4" in refusal(await asked, 422)


def test_an_utterance_sounds_by_everything_it_is(engine: ToneEngine) -> None:
    voice = engine.voices("男")[0].voice
    one = Utterance("好", voice, Emotion.NEUTRAL, "", 1)
    assert tone(one).tobytes() != tone(one, 1).tobytes()
