"""Recordings of every format are listened to alike; what is no call of two sides is refused; memory stays flat."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import soxr

from antifraud.errors import EngineError
from antifraud.intake.recordings.activity import listen
from antifraud.intake.recordings.local_whisper import WhisperRecogniser
from antifraud.intake.recordings.pieces import cut_out, spans
from antifraud.intake.recordings.recogniser import Words
from antifraud.intake.recordings.sound import HEARD_RATE_HZ, open_recording
from antifraud.intake.recordings.transcribe import transcribe
from antifraud.intake.transcripts.sides import Sides
from antifraud.intake.utterances import Unfit
from antifraud.intake_config import IngestConfig, WhisperConfig
from antifraud.labels import RejectReason, Speaker

from .conftest import RATE_HZ, Wave, record

LIMIT_SECONDS = 7200.0
HALF, LONG = 0.5, 30.0


def heard(path: Path, pause_seconds: float = 1.0, longest_seconds: float = LONG) -> list[tuple[int, float, float]]:
    """Return channel, start and end of every piece, having checked that each holds as many samples as it says."""
    recording = open_recording(path)
    wanted = spans(listen(recording, LIMIT_SECONDS), pause_seconds, longest_seconds)
    got = list(cut_out(recording, wanted))
    assert [len(wave) for _, wave in got] == [span.last - span.first for span, _ in got]
    return [(span.channel, span.start_seconds, span.end_seconds) for span, _ in got]


def matroska(path: Path, stereo: Wave) -> Path:
    """Write AAC in Matroska: libsndfile knows neither."""
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="stereo")
        assert isinstance(stream, av.AudioStream)
        for first in range(0, len(stereo), 1024):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(stereo[first : first + 1024].T), "fltp", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def at_48_khz(path: Path, stereo: Wave) -> Path:
    return record(path, soxr.resample(stereo, RATE_HZ, 48000), 48000)


FORMATS: dict[str, Callable[[Path, Wave], Path]] = {
    "wav": lambda folder, wave: record(folder / "a.wav", wave),
    "flac": lambda folder, wave: record(folder / "a.flac", wave),
    "mp3": lambda folder, wave: record(folder / "a.mp3", wave),
    "opus": lambda folder, wave: record(folder / "a.opus", wave, format="OGG", subtype="OPUS"),
    "a-law": lambda folder, wave: record(folder / "a.wav", wave, subtype="ALAW"),
    "8-bit": lambda folder, wave: record(folder / "a.wav", wave, subtype="PCM_U8"),
    "48 kHz": lambda folder, wave: at_48_khz(folder / "a.wav", wave),
    "ffmpeg's alone": lambda folder, wave: matroska(folder / "a.mka", wave),
    "wrong extension": lambda folder, wave: record(folder / "a.mp3", wave, format="WAV"),
}


@pytest.mark.parametrize("form", FORMATS)
def test_each_side_is_found_where_it_speaks_whatever_the_format(form: str, stereo: Wave, tmp_path: Path) -> None:
    pieces = heard(FORMATS[form](tmp_path, stereo))
    assert [channel for channel, _, _ in pieces] == [0, 1]
    assert [start for _, start, _ in pieces] == pytest.approx([0.5, 5.0], abs=0.25)


def wav_head(data_bytes: int) -> bytes:
    """Return the head of a mu-law WAV of two channels at 8 kHz."""
    form = struct.pack("<HHIIHH", 7, 2, RATE_HZ, 2 * RATE_HZ, 2, 8)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + data_bytes)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", data_bytes)
    )


def three_hours(path: Path) -> None:
    size = 3 * 3600 * 2 * RATE_HZ
    with open(path, "wb") as file:
        file.write(wav_head(size))
        file.truncate(len(wav_head(size)) + size)


def halved(path: Path, kind: str, wave: Wave) -> None:
    whole = record(path.with_name("whole"), wave, format=kind).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def naming_another(path: Path, wave: Wave) -> None:
    """Write what FFmpeg follows, where nobody keeps it from that."""
    record(path.with_name("other.wav"), wave)
    path.write_text("ffconcat version 1.0\nfile other.wav\n")


def amr(path: Path, wave: Wave) -> None:
    with av.open(str(path), "w", format="amr") as container:
        stream = container.add_stream("libopencore_amrnb", rate=RATE_HZ, layout="mono", options={"b": "12200"})
        assert isinstance(stream, av.AudioStream)
        samples = np.rint(wave[:, 0] * 32767).astype(np.int16)
        for first in range(0, len(samples) - len(samples) % 160, 160):
            frame = av.AudioFrame.from_ndarray(samples[None, first : first + 160], "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


BAD: dict[str, tuple[Callable[[Path, Wave], object], RejectReason, str]] = {
    "zero bytes": (lambda path, _: path.write_bytes(b""), RejectReason.UNREADABLE, "0 bytes"),
    "no samples": (lambda path, wave: record(path, wave[:0]), RejectReason.SILENT, "nobody speaks"),
    "silence": (lambda path, wave: record(path, 0 * wave), RejectReason.SILENT, "nobody speaks"),
    "noise": (
        lambda path, wave: record(path, np.random.default_rng(2).normal(0, 0.0005, wave.shape)),
        RejectReason.SILENT,
        "nobody speaks",
    ),
    "text": (lambda path, _: path.write_bytes(b"hello " * 500), RejectReason.UNREADABLE, "no sound"),
    "a list of other files": (lambda path, wave: naming_another(path, wave), RejectReason.UNREADABLE, "no sound"),
    "not a number": (
        lambda path, wave: record(path, wave * np.float32(np.nan), subtype="FLOAT"),
        RejectReason.SILENT,
        "",
    ),
    "300 Hz": (lambda path, wave: record(path, wave, 300), RejectReason.UNREADABLE, "a sample rate of 300 Hz"),
    "bare samples": (lambda path, wave: path.write_bytes(wave.tobytes()), RejectReason.UNREADABLE, "no sound"),
    "zip": (lambda path, _: path.write_bytes(b"PK\x03\x04" + bytes(99)), RejectReason.UNREADABLE, "archive"),
    "half a wav": (lambda path, wave: halved(path, "WAV", wave), RejectReason.TRUNCATED, "5.0 s of the 10.0 s"),
    "half a flac": (lambda path, wave: halved(path, "FLAC", wave), RejectReason.TRUNCATED, ""),
    "half an mp3": (lambda path, wave: halved(path, "MP3", wave), RejectReason.TRUNCATED, ""),
    "three hours": (lambda path, _: three_hours(path), RejectReason.TOO_LONG, "10800 s; at most 7200"),
    "mono": (lambda path, wave: record(path, wave.sum(axis=1)), RejectReason.NOT_TWO_SIDES, "mono"),
    "mono amr": (amr, RejectReason.NOT_TWO_SIDES, "mono"),
    "mono as stereo": (
        lambda path, wave: record(path, np.repeat(wave.sum(axis=1, keepdims=True), 2, axis=1)),
        RejectReason.NOT_TWO_SIDES,
        "the same sound",
    ),
    "one silent side": (
        lambda path, wave: record(path, wave * np.float32([1, 0])),
        RejectReason.NOT_TWO_SIDES,
        "nobody speaks on the right",
    ),
    "one side and its echo": (
        lambda path, wave: record(path, wave[:, [0]] * np.float32([1, 0.01])),
        RejectReason.NOT_TWO_SIDES,
        "nobody speaks on the right",
    ),
    "three channels": (
        lambda path, wave: record(path, np.concatenate([wave, wave[:, :1]], axis=1)),
        RejectReason.NOT_TWO_SIDES,
        "3 channels",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_recording_of_two_sides_is_refused_with_its_reason(case: str, stereo: Wave, tmp_path: Path) -> None:
    write, reason, detail = BAD[case]
    path = tmp_path / f"a.{ {'mono amr': 'amr', 'bare samples': 'raw'}.get(case, 'wav') }"
    write(path, stereo)
    with pytest.raises(Unfit) as refused:
        heard(path)
    assert refused.value.reason is reason, refused.value.detail
    assert detail in refused.value.detail


def test_the_echo_of_the_other_side_is_not_heard_as_speech(stereo: Wave, tmp_path: Path) -> None:
    echo = stereo + np.float32(10 ** (-38 / 20)) * stereo[:, ::-1]
    assert [channel for channel, _, _ in heard(record(tmp_path / "a.wav", echo))] == [0, 1]


def test_long_speech_is_cut_at_its_quietest_and_nothing_is_lost(stereo: Wave, tmp_path: Path) -> None:
    (left, *rest) = heard(record(tmp_path / "a.wav", stereo))
    pieces = heard(record(tmp_path / "a.wav", stereo), longest_seconds=1.2)
    own = [(start, end) for channel, start, end in pieces if channel == 0]
    assert len(own) >= 3
    assert all(end - start <= 1.2 + 1e-9 for start, end in own)
    assert (own[0][0], own[-1][1]) == left[1:]
    assert [end for _, end in own[:-1]] == [start for start, _ in own[1:]]
    assert rest


class Parrot:
    """A recogniser that says how long what it heard was, with or without times of its own."""

    name, longest_seconds = "parrot", 5.0

    def bill(self) -> str:
        return "nothing"

    async def hear(self, wave: np.ndarray, name: str) -> Words:
        assert wave.dtype == np.int16
        return Words(f"{len(wave) / HEARD_RATE_HZ:.2f}秒", "parrot-1")


async def test_what_is_heard_has_the_times_of_the_recording_and_the_side_of_its_channel(
    stereo: Wave, tmp_path: Path
) -> None:
    recording = open_recording(record(tmp_path / "a.wav", stereo))
    talk = await transcribe(recording, "ingest-1", Parrot(), Sides(caller_channel="right"), IngestConfig())
    assert {said.speaker for said in talk.utterances[:1]} == {Speaker.CALLEE}
    assert talk.utterances[-1].speaker is Speaker.CALLER
    for said in talk.utterances:
        assert said.start is not None
        assert said.end is not None
        assert said.text == f"{said.end - said.start:.2f}秒"
    assert (talk.engine, talk.model, talk.unclear) == ("parrot", "parrot-1", 0)


def test_memory_does_not_grow_with_the_recording(stereo: Wave, tmp_path: Path) -> None:
    def peak(minutes: int) -> int:
        path = tmp_path / f"{minutes}.wav"
        with soundfile.SoundFile(path, "w", RATE_HZ, 2) as file:
            for _ in range(6 * minutes):
                file.write(stereo)
        tracemalloc.start()
        recording = open_recording(path)
        pieces = 0
        for _ in cut_out(recording, spans(listen(recording, LIMIT_SECONDS), HALF, LONG)):
            pieces += 1
        assert pieces >= 12 * minutes
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(4) < 1.2 * peak(1)


@pytest.mark.parametrize(
    ("files", "said"),
    [((), "model is not set"), (("readme.txt",), "no model.bin"), (("model.bin",), "not installed")],
    ids=["no folder", "no model", "no package"],
)
def test_a_local_recogniser_that_cannot_start_says_why_in_a_line(
    files: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "faster_whisper", None)
    for name in files:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(EngineError, match=said):
        WhisperRecogniser(WhisperConfig(model=tmp_path if files else None))
