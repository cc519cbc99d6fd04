"""Files of calls, read back."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from scipy import signal

from antifraud.speech.sound_files import Format, encode

RATES_HZ = (8000, 16000, 22050, 24000, 48000)
FORMATS: tuple[Format, ...] = ("wav", "flac", "mp3")
TITLE = "fraud-000001-with-a-name-of-more-than-thirty-letters"
COMMENT = "synthetic speech; antifraud 0.4; engine espeak 1.52; 合成语音，不是录音"


def sound(seconds: float, rate_hz: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(1)
    low = signal.butter(4, 2500, fs=rate_hz, output="sos")
    noise = 0.05 * rng.standard_normal((round(seconds * rate_hz), 2))
    return np.asarray(signal.sosfilt(low, noise, axis=0), np.float32)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("file_format", FORMATS)
def test_sound_and_marks_are_read_back(file_format: Format, rate_hz: int) -> None:
    stereo = sound(2.3, rate_hz)
    with soundfile.SoundFile(BytesIO(encode(stereo, rate_hz, file_format, TITLE, COMMENT))) as file:
        assert (file.format.lower(), file.samplerate, file.title, file.comment) == (
            file_format,
            rate_hz,
            TITLE,
            COMMENT,
        )
        heard = file.read(dtype="float32")
    assert heard.shape == stereo.shape
    if file_format == "mp3":
        likeness = signal.correlate(heard[:, 0], stereo[:, 0], method="fft")
        assert abs(int(np.argmax(likeness)) - (len(stereo) - 1)) <= rate_hz / 1000
    else:
        assert np.abs(heard - stereo).max() <= 1 / 32768


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_same_sound_gives_the_same_bytes(file_format: Format) -> None:
    stereo = sound(1.5, 16000)
    assert encode(stereo, 16000, file_format, TITLE, COMMENT) == encode(stereo, 16000, file_format, TITLE, COMMENT)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_tenth_of_a_second_is_long_enough(file_format: Format) -> None:
    data, rate_hz = soundfile.read(BytesIO(encode(sound(0.1, 8000), 8000, file_format, "t", "synthetic")))
    assert (data.shape, rate_hz) == ((800, 2), 8000)


@pytest.mark.parametrize("file_format", FORMATS)
def test_no_sound_makes_no_file(file_format: Format) -> None:
    with pytest.raises(ValueError, match="no sound to write"):
        encode(np.zeros((0, 2), np.float32), 8000, file_format, "t", "synthetic")


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_tag_longer_than_one_size_byte_is_read_back(file_format: Format) -> None:
    comment = "synthetic; " + "长" * 400
    with soundfile.SoundFile(BytesIO(encode(sound(0.5, 8000), 8000, file_format, "t", comment))) as file:
        assert file.comment == comment
