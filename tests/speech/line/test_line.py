"""A call through the whole line, with real codecs."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from scipy import signal

from antifraud.acoustics.levels import active_level_dbfs
from antifraud.acoustics.wave import Wave
from antifraud.labels import Codec, Noise, Speaker
from antifraud.speech.line.babble import make_babble
from antifraud.speech.line.line import Stereo, through_line
from antifraud.speech.line.loss import FRAME_SECONDS, LossModel
from antifraud.speech.line.profile import WIDE_BAND_HZ, LineProfile

from .conftest import RATE_HZ, profile

LOSSY = LossModel(enter=0.05, leave=0.3, drop=0.5)
LINES = {
    "no codec": profile(),
    "a-law": profile(Codec.ALAW, 64),
    "mu-law": profile(Codec.ULAW, 64),
    "amr 12.2": profile(Codec.AMR_NB, 12.2),
    "amr 4.75": profile(Codec.AMR_NB, 4.75),
    "opus 12": profile(Codec.OPUS, 12),
    "opus 24": profile(Codec.OPUS, 24),
    "wide opus": profile(Codec.OPUS, 20, band_hz=WIDE_BAND_HZ),
}
EVERYTHING = {
    codec: profile(codec, rate, Noise.STREET, 15.0, 40.0, LOSSY)
    for codec, rate in ((Codec.ALAW, 64), (Codec.AMR_NB, 7.95), (Codec.OPUS, 16))
}


def delay_seconds(heard: Wave, spoken: Wave, rate_hz: int) -> float:
    likeness = signal.correlate(heard, spoken, method="fft")
    return float(np.argmax(likeness) - (len(spoken) - 1)) / rate_hz


def rms(wave: Wave) -> float:
    return float(np.sqrt(np.mean(np.square(wave, dtype=np.float64))))


@pytest.mark.parametrize("name", LINES)
def test_a_call_keeps_its_length_and_its_turns_their_times(name: str, call: Stereo) -> None:
    heard, line = through_line(call, RATE_HZ, LINES[name])
    assert heard.shape == call.shape and heard.dtype == np.float32
    assert line.codec is LINES[name].codec and line.bit_rate_kbps == LINES[name].bit_rate_kbps
    for channel in range(2):
        assert abs(delay_seconds(heard[:, channel], call[:, channel], RATE_HZ)) <= 0.001


@pytest.mark.parametrize("name", LINES)
def test_a_sharp_start_is_heard_at_its_time(name: str) -> None:
    clicks = np.zeros((3 * RATE_HZ, 2), np.float32)
    rng = np.random.default_rng(1)
    for start in (8000, 24000, 40003):
        clicks[start : start + 1600] = 0.2 * rng.standard_normal((1600, 1))
    heard, _ = through_line(clicks, RATE_HZ, LINES[name])
    for channel in range(2):
        spoken_energy, heard_energy = (np.square(wave[:, channel]) for wave in (clicks, heard))
        assert abs(delay_seconds(heard_energy, spoken_energy, RATE_HZ)) <= 0.001


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 48000])
@pytest.mark.parametrize("codec", EVERYTHING)
def test_every_rate_and_codec_works_with_everything_on(codec: Codec, rate_hz: int, call: Stereo) -> None:
    spoken = soxr.resample(call, RATE_HZ, rate_hz).astype(np.float32)
    heard, line = through_line(spoken, rate_hz, EVERYTHING[codec])
    assert heard.shape == spoken.shape and np.isfinite(heard).all() and np.abs(heard).max() < 1
    assert 0 < line.lost_share < 0.5
    for channel in range(2):
        assert abs(delay_seconds(heard[:, channel], spoken[:, channel], rate_hz)) <= 0.001


@pytest.mark.parametrize("codec", EVERYTHING)
def test_the_same_profile_gives_the_same_sound_and_leaves_the_call_alone(codec: Codec, call: Stereo) -> None:
    before = call.copy()
    once, again = (through_line(call, RATE_HZ, EVERYTHING[codec]) for _ in range(2))
    assert once[0].tobytes() == again[0].tobytes() and once[1] == again[1]
    assert call.tobytes() == before.tobytes()
    other = profile(codec, EVERYTHING[codec].bit_rate_kbps, Noise.STREET, 15.0, seed=6)
    assert through_line(call, RATE_HZ, other)[0].tobytes() != once[0].tobytes()


@pytest.mark.parametrize("kind", [Noise.HUM, Noise.STREET, Noise.ROOM, Noise.BABBLE])
@pytest.mark.parametrize("snr_db", [5.0, 20.0, 35.0])
def test_the_snr_is_the_one_drawn(kind: Noise, snr_db: float, call: Stereo, utterances: list[Wave]) -> None:
    babble = make_babble(utterances, RATE_HZ, 10, seed=1)
    clean, _ = through_line(call, RATE_HZ, profile())
    noisy, line = through_line(call, RATE_HZ, profile(noise=kind, snr_db=snr_db), babble)
    for channel, speaker in enumerate((Speaker.CALLER, Speaker.CALLEE)):
        level_dbfs = active_level_dbfs(clean[:, channel], RATE_HZ)
        noise_dbfs = 20 * np.log10(rms(noisy[:, channel] - clean[:, channel]))
        assert level_dbfs - noise_dbfs == pytest.approx(snr_db, abs=1)
        assert (line.sides[speaker].noise, line.sides[speaker].snr_db) == (kind, snr_db)


def test_without_voices_a_room_stands_in_for_babble_and_the_record_says_so(call: Stereo) -> None:
    heard, line = through_line(call, RATE_HZ, profile(noise=Noise.BABBLE, snr_db=20.0))
    room, _ = through_line(call, RATE_HZ, profile(noise=Noise.ROOM, snr_db=20.0))
    assert {side.noise for side in line.sides.values()} == {Noise.ROOM}
    assert np.array_equal(heard, room)


@pytest.mark.parametrize(
    ("name", "band_hz"), [(name, (50, 7000) if name == "wide opus" else (300, 3400)) for name in LINES]
)
def test_what_lies_outside_the_band_is_30_db_down(name: str, band_hz: tuple[int, int]) -> None:
    noise = 0.05 * np.random.default_rng(2).standard_normal((4 * RATE_HZ, 2)).astype(np.float32)
    heard, line = through_line(noise, RATE_HZ, LINES[name])
    frequency_hz, power = signal.welch(heard[:, 0], RATE_HZ, nperseg=2048)
    inside = (frequency_hz >= band_hz[0]) & (frequency_hz <= band_hz[1])
    assert 10 * np.log10(power[inside].sum() / power[~inside].sum()) >= 30
    assert line.band_hz == band_hz


def test_a_wide_line_is_narrow_for_a_call_at_8_khz(call: Stereo) -> None:
    _, line = through_line(call[::2], 8000, LINES["wide opus"])
    assert line.band_hz == (300, 3400)


def test_the_other_side_comes_back_late_and_faint(call: Stereo) -> None:
    one_sided = np.stack([call[:, 0], np.zeros(len(call), np.float32)], axis=1)
    heard, line = through_line(one_sided, RATE_HZ, profile(echo_loss_db=40.0))
    assert 20 * np.log10(rms(heard[:, 0]) / rms(heard[:, 1])) == pytest.approx(40, abs=0.2)
    assert delay_seconds(heard[:, 1], heard[:, 0], RATE_HZ) == pytest.approx(0.1, abs=0.001)
    assert (line.echo_loss_db, line.echo_delay_seconds) == (40.0, 0.1)


@pytest.mark.parametrize("name", LINES)
def test_without_echo_and_noise_a_silent_side_stays_far_below_the_other(name: str, call: Stereo) -> None:
    one_sided = np.stack([call[:, 0], np.zeros(len(call), np.float32)], axis=1)
    heard, _ = through_line(one_sided, RATE_HZ, LINES[name])
    assert rms(heard[:, 1]) < rms(heard[:, 0]) / 1000 + 1 / 32768


def test_a_silent_side_gets_its_noise_against_the_level_of_the_other(call: Stereo) -> None:
    one_sided = np.stack([call[:, 0], np.zeros(len(call), np.float32)], axis=1)
    heard, _ = through_line(one_sided, RATE_HZ, profile(noise=Noise.ROOM, snr_db=20.0))
    clean, _ = through_line(one_sided, RATE_HZ, profile())
    noise_dbfs = 20 * np.log10(rms(heard[:, 1]))
    assert active_level_dbfs(clean[:, 0], RATE_HZ) - noise_dbfs == pytest.approx(20, abs=1)


def test_the_record_tells_which_share_of_the_frames_was_lost() -> None:
    noise = 0.05 * np.random.default_rng(2).standard_normal((30 * RATE_HZ, 2)).astype(np.float32)
    intact, _ = through_line(noise, RATE_HZ, profile(Codec.ALAW, 64))
    lossy, line = through_line(noise, RATE_HZ, profile(Codec.ALAW, 64, loss=LOSSY))
    frames = (lossy - intact).reshape(-1, round(FRAME_SECONDS * RATE_HZ), 2)
    changed = np.sqrt(np.square(frames).mean(axis=1)) > 0.5 * rms(intact)
    assert line.lost_share == pytest.approx(changed.mean(), abs=0.003)  # a rare neighbour changes too
    assert line.lost_share > 0.02


def test_a_loud_call_is_turned_down_not_clipped() -> None:
    seconds = np.arange(RATE_HZ) / RATE_HZ
    loud = np.stack([np.sign(np.sin(2 * np.pi * 400 * seconds))] * 2, axis=1).astype(np.float32)
    for name, line_profile in LINES.items():
        heard, _ = through_line(loud, RATE_HZ, line_profile)
        assert np.abs(heard).max() <= 0.9 and np.abs(heard).max() > 0.3, name


@pytest.mark.parametrize("codec", EVERYTHING)
@pytest.mark.parametrize("samples", [0, 1, 7, 160, 1600])
def test_a_very_short_or_silent_call_is_safe(codec: Codec, samples: int, utterances: list[Wave]) -> None:
    babble = make_babble(utterances, RATE_HZ, 2, seed=1)
    loud = profile(codec, EVERYTHING[codec].bit_rate_kbps, Noise.BABBLE, 20.0, 40.0, LOSSY)
    for line_profile in (EVERYTHING[codec], loud, profile(codec, EVERYTHING[codec].bit_rate_kbps)):
        for spoken in (np.zeros((samples, 2), np.float32), np.full((samples, 2), 0.5, np.float32)):
            heard, line = through_line(spoken, RATE_HZ, line_profile, babble)
            assert heard.shape == (samples, 2) and np.isfinite(heard).all() and np.abs(heard).max(initial=0) < 1
            assert 0 <= line.lost_share <= 1


def test_every_drawn_line_carries_a_call(call: Stereo, drawn_profiles: list[LineProfile]) -> None:
    for drawn in drawn_profiles:
        heard, line = through_line(call[: 2 * RATE_HZ], RATE_HZ, drawn)
        assert np.isfinite(heard).all() and np.abs(heard).max() < 1
        assert line.codec is drawn.codec and (line.lost_share == 0 or drawn.loss is not None)


@pytest.mark.parametrize("codec", [Codec.ALAW, Codec.AMR_NB, Codec.OPUS])
def test_speech_is_as_loud_at_the_end_as_at_the_start(codec: Codec, call: Stereo) -> None:
    heard, _ = through_line(call, RATE_HZ, profile(codec, {Codec.AMR_NB: 12.2, Codec.OPUS: 24.0}.get(codec, 64.0)))
    for channel in range(2):
        before, after = (active_level_dbfs(sound[:, channel], RATE_HZ) for sound in (call, heard))
        assert after == pytest.approx(before, abs=0.7)
