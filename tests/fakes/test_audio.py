"""The fake service's sound: it is a file, it moves like speech, it is told apart, and its faults are what they say."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from tests.fakes.client import FakeService
from tests.fakes.voice import say

TEXT = "您好，请问是陈女士吗？我这边是优禾生活会员部的。"
BODY = {"model": "fake/voice", "input": TEXT, "voice": "fake/voice:alex", "response_format": "wav"}


@pytest.fixture
def http(fake_service: FakeService) -> Iterator[httpx.Client]:
    root = fake_service.url
    with httpx.Client(base_url=root, headers={"Authorization": "Bearer sk-test"}, trust_env=False, timeout=5) as client:
        yield client


def spoken(http: httpx.Client, **changes: Any) -> httpx.Response:
    return http.post("/audio/speech", json={**BODY, **changes})


def hear(http: httpx.Client, content: bytes, name: str = "call.wav") -> Any:
    response = http.post("/audio/transcriptions", data={"model": "fake/ears"}, files={"file": (name, content)})
    assert response.status_code == 200, response.text
    return response.json()


def frames_of(response: httpx.Response) -> int:
    return int(soundfile.info(io.BytesIO(response.content)).frames)


def levels_db(wave: np.ndarray, rate_hz: int) -> np.ndarray:
    size = rate_hz // 50
    frames = wave[: wave.size // size * size].reshape(-1, size)
    return 10 * np.log10((frames**2).mean(axis=1) + 1e-12)


@pytest.mark.parametrize(("kind", "rate_hz"), [("wav", 24000), ("flac", 24000), ("mp3", 44100), ("opus", 48000)])
def test_sound_comes_in_the_format_asked_for(http: httpx.Client, kind: str, rate_hz: int) -> None:
    info = soundfile.info(io.BytesIO(spoken(http, response_format=kind).content))
    assert info.samplerate == rate_hz and 4 < info.duration < 7


def test_rate_speed_and_bare_samples_are_as_asked_for(http: httpx.Client) -> None:
    samples = [len(spoken(http, response_format="pcm", speed=speed, sample_rate=16000).content) / 2 for speed in (1, 2)]
    assert 4 < samples[0] / 16000 < 7 and 0.45 < samples[1] / samples[0] < 0.6
    wav = spoken(http, sample_rate=8000).content
    assert soundfile.info(io.BytesIO(wav)).samplerate == 8000


def test_the_same_request_is_the_same_sound_and_a_style_is_not_spoken(http: httpx.Client) -> None:
    first = spoken(http).content
    assert spoken(http).content == first
    assert spoken(http, input=f"用急切的语气说。<|endofprompt|>{TEXT}").content == first
    assert spoken(http, voice="fake/voice:anna").content != first


@pytest.mark.parametrize("voice", ["alex", "david", "anna", "diana"])
def test_the_voice_moves_like_speech(voice: str) -> None:
    wave = say(TEXT, f"m:{voice}", 1.0, 16000)
    level = levels_db(wave, 16000)
    active = level > level.max() - 35
    assert abs(float(wave.mean())) < 1e-3 and float(np.abs(wave).max()) < 0.6
    assert 0.6 < active.mean() < 0.95
    assert np.std(level[active]) > 3
    changes = np.diff(active.astype(int)) != 0
    assert changes.sum() >= 4
    quarter = wave.size // 4
    parts = [np.abs(np.fft.rfft(wave[i * quarter : (i + 1) * quarter])) for i in range(4)]
    assert np.corrcoef(parts[0], parts[1])[0, 1] < 0.8


@pytest.mark.parametrize(
    "changes",
    [
        {"input": ""},
        {"voice": "other:alex"},
        {"model": "missing/model"},
        {"response_format": "midi"},
        {"sample_rate": 1},
    ],
)
def test_what_it_cannot_speak_is_denied(http: httpx.Client, changes: dict[str, Any]) -> None:
    assert spoken(http, **changes).status_code == 400


def test_without_a_key_nothing_is_spoken_or_heard(http: httpx.Client, fake_service: FakeService) -> None:
    http.headers["Authorization"] = "Bearer bad"
    assert spoken(http).status_code == 401
    assert http.post("/audio/transcriptions", data={"model": "m"}, files={"file": b"x"}).status_code == 401
    assert fake_service.stats()["by_status"] == {"401": 2}


def test_it_hears_what_it_said_or_what_was_ordered(http: httpx.Client, fake_service: FakeService) -> None:
    sound = spoken(http).content
    assert hear(http, sound) == {"text": TEXT}
    assert hear(http, b"something else") == {"text": ""}
    fake_service.order(transcripts={"lawful-1": "甲", "fraud-": "乙"}, sensevoice_tags=True)
    assert [hear(http, b"x", name)["text"][-1] for name in ("lawful-1.wav", "fraud-7.wav")] == ["甲", "乙"]
    fake_service.order(transcripts=["一", "二"], sensevoice_tags=False)
    assert [hear(http, b"x")["text"] for _ in range(3)] == ["一", "二", ""]


def test_faults_of_sound_are_what_they_are_called(http: httpx.Client, fake_service: FakeService) -> None:
    whole = spoken(http)
    fake_service.order(
        faults_first=["empty", "malformed_json", "refusal", "wrong_schema", "length", "error_200", "500"]
    )
    empty, reversed_, refusal, silent, half, error, failed = (spoken(http) for _ in range(7))
    assert (empty.content, failed.status_code) == (b"", 500) and "error" in error.json()
    for bad in (reversed_, refusal):
        with pytest.raises(soundfile.LibsndfileError):
            frames_of(bad)
    assert frames_of(silent) == 0 and frames_of(half) == frames_of(whole) // 2
    fake_service.order(faults_first=["cut"])
    with pytest.raises(httpx.RemoteProtocolError):
        spoken(http)
    assert fake_service.stats()["answered"] == 1
