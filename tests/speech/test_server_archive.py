"""Zips that a server sent: what was asked for comes out, whatever else they hold."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antifraud.speech.engines.server_archive import waves_of
from antifraud.speech.engines.server_exchange import Lost

from .strange_servers import RATE_HZ, mp3, wav, zipped


def packed(method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as pack:
        pack.writestr("0.wav", wav(1))
    return file.getvalue()


def test_waves_come_back_by_position_and_reasons_for_those_that_failed() -> None:
    body = zipped([wav(1), wav(2)], "wav", more={"failed.json": b'{"2": "no sound"}'})
    waves, told = waves_of(body, ["0.wav", "1.wav", "2.wav"], RATE_HZ, [5, 5, 5])
    assert {index: len(wave) for index, wave in waves.items()} == {0: RATE_HZ, 1: 2 * RATE_HZ}
    assert told == {2: "no sound"}


def test_mp3_of_the_originals_server_is_read() -> None:
    waves, _ = waves_of(zipped([mp3(200, 1)]), ["0.mp3"], RATE_HZ, [5])
    assert abs(len(waves[0]) - RATE_HZ) < 0.1 * RATE_HZ


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped([bytes(50_000_000)], "wav"), "0.wav has more than 484096 bytes"),
        (zipped([wav(5.1)], "wav"), "0.wav has more than|longer than 5 s"),
        (zipped([mp3(200, 60)], "wav"), "longer than 5 s"),
        (zipped([wav(1)], "wav", more={f"{index}.txt": b"" for index in range(2000)}), "it lists 2001 files"),
        (b"", "no zip"),
        (b"PK\x05\x06", "no zip"),
        (zipped([b"no sound"], "wav"), "archive cannot be read"),
        (zipped([wav(1, 8000)], "wav"), "8000 Hz"),
        (zipped([wav(1, RATE_HZ, 2)], "wav"), "2 channels"),
        (zipped([], "wav", more={"../0.wav": wav(1)}), "0.wav is missing"),
        (zipped([], "wav", more={"failed.json": b"[]"}), "no object"),
        (zipped([], "wav", more={"failed.json": b"[" * 100_000}), "archive cannot be read"),
        (packed(zipfile.ZIP_LZMA), "neither stored nor deflated"),
        (packed(zipfile.ZIP_BZIP2), "neither stored nor deflated"),
    ],
)
def test_an_archive_that_means_harm_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(Lost, match=why):
        waves_of(content, ["0.wav"], RATE_HZ, [5])


GENUINE = zipped([wav(0.01)], "wav", more={"failed.json": b"{}"})
POSITIONS = st.integers(0, len(GENUINE) - 1)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    st.lists(st.tuples(st.integers(0, len(GENUINE) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.booleans()
)
def test_no_damage_to_an_archive_is_more_than_a_lost_answer(damage: list[tuple[int, int]], is_cut: bool) -> None:
    body = bytearray(GENUINE)
    for position, value in damage:
        body[position] = value
    if is_cut:
        del body[damage[0][0] :]
    try:
        waves, _ = waves_of(bytes(body), ["0.wav"], RATE_HZ, [5])
    except Lost:
        return
    assert all(wave.ndim == 1 for wave in waves.values())
