from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
import soundfile

from antifraud.errors import RecordError
from antifraud.site.peaks import COLUMNS, peaks


def test_an_outline_shows_who_is_loud_when(tmp_path: Path) -> None:
    wave = np.zeros((8000 * 3 + 7, 2), np.float32)
    wave[8000:16000, 0] = -1.0  # the caller in the middle third, at full scale below zero
    wave[16000:, 1] = 0.5
    soundfile.write(tmp_path / "call.wav", wave, 8000, subtype="PCM_16")
    caller, callee = (np.frombuffer(base64.b64decode(text), np.uint8) for text in peaks(tmp_path / "call.wav"))
    assert len(caller) == len(callee) == COLUMNS
    third = COLUMNS // 3
    assert caller[: third - 1].max() == caller[2 * third + 1 :].max() == 0
    assert set(caller[third + 1 : 2 * third - 1]) == {255}
    assert set(callee[2 * third + 1 :]) == {128}


@pytest.mark.parametrize("frames", [0, 1, COLUMNS - 1])
def test_the_shortest_recordings_have_an_outline_or_none(tmp_path: Path, frames: int) -> None:
    soundfile.write(tmp_path / "call.wav", np.ones((frames, 1), np.float32), 8000)
    assert len(peaks(tmp_path / "call.wav")) == (1 if frames else 0)


def test_a_file_that_is_no_recording_is_named(tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(b"nothing of the kind")
    with pytest.raises(RecordError, match=r"call\.wav: cannot be read as a recording"):
        peaks(tmp_path / "call.wav")
