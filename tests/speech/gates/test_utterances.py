"""Good speech passes, and every planted defect is caught by a gate that is meant for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import soxr

from antifraud.acoustics.frames import frame_powers, loud_level_dbfs
from antifraud.acoustics.spoken_characters import spoken_characters
from antifraud.acoustics.wave import Wave
from antifraud.records import Voice
from antifraud.speech.engines.espeak_voices import NAMES
from antifraud.speech.gates.faults import utterance_faults
from antifraud.speech.gates.figures import FEWEST_CHARACTERS_FOR_RATE, UtteranceFigures, measure_utterance

from .conftest import RATE_HZ, Spoken

Plant = Callable[[Wave], Wave]
VOICE = Voice(engine="espeak", version="1.52.0", name="cmn+f2", gender="女", rate=210, pitch=60)


def failed(figures: UtteranceFigures) -> set[str]:
    return {fault.gate.name for fault in utterance_faults(figures)}


def noise(samples: int, rms: float, exponent: float = 0.0) -> Wave:
    """Return noise whose power falls with frequency to that exponent: 0 white, 1 pink."""
    spectrum = np.fft.rfft(np.random.default_rng(samples).standard_normal(samples))
    spectrum[1:] *= np.arange(1, spectrum.size) ** (-exponent / 2)
    spectrum[0] = 0
    wave = np.fft.irfft(spectrum, samples)
    return (wave * rms / np.sqrt(np.mean(wave**2))).astype(np.float32)


def active_rms(wave: Wave) -> float:
    return float(10 ** (loud_level_dbfs(frame_powers(wave, RATE_HZ)) / 20))


def steady(samples: int, *partials_hz: float) -> Wave:
    time = np.arange(samples) / RATE_HZ
    return (0.05 * sum(np.sin(2 * np.pi * partial * time) for partial in partials_hz)).astype(np.float32)


def with_silence(wave: Wave, share: float, at: int) -> Wave:
    return np.insert(wave, np.full(round(wave.size * share / (1 - share)), at), np.float32(0))


def with_noise(wave: Wave, snr_db: float) -> Wave:
    return wave + noise(wave.size, active_rms(wave) * 10 ** (-snr_db / 20))


def test_fewer_than_one_in_a_hundred_good_utterances_fails(good_speech: list[Spoken]) -> None:
    faults = [(s.text, s.voice.name, *map(str, found)) for s in good_speech if (found := utterance_faults(s.figures()))]
    assert len(good_speech) >= 400
    assert {s.voice.name for s in good_speech} == NAMES
    assert len(faults) < len(good_speech) / 100, faults


def test_without_the_voices_own_rate_good_speech_passes_too(good_speech: list[Spoken]) -> None:
    unknown = [
        measure_utterance(s.wave, RATE_HZ, s.text, s.voice.model_copy(update={"characters_per_second": None}))
        for s in good_speech
    ]
    assert all(figures.rate_of_voice is None for figures in unknown)
    assert sum(bool(utterance_faults(figures)) for figures in unknown) < len(unknown) / 100


DEFECTS: dict[str, tuple[Plant, set[str]]] = {
    "hard clipping": (lambda w: np.clip(w * 4 / np.abs(w).max(), -1, 1), {"clipped_share"}),
    "full clipping": (lambda w: np.sign(w), {"clipped_share"}),
    "tops cut off below full scale": (
        lambda w: np.clip(w, -0.3 * np.abs(w).max(), 0.3 * np.abs(w).max()),
        {"clipped_share"},
    ),
    "DC offset": (lambda w: w + np.float32(0.3), {"dc_offset"}),
    "tone": (lambda w: steady(w.size, 440), {"modulation_db", "snr_db"}),
    "hum": (lambda w: steady(w.size, 50, 150, 250), {"modulation_db", "snr_db"}),
    "70 % silence at the end": (lambda w: with_silence(w, 0.7, w.size), {"silence_share"}),
    "70 % silence within": (lambda w: with_silence(w, 0.7, w.size // 2), {"silence_share"}),
    "dead": (np.zeros_like, {"active_level_dbfs"}),
    "empty": (lambda w: w[:0], {"active_level_dbfs"}),
    "-42 dBov": (lambda w: w * np.float32(10 ** (-42 / 20) / active_rms(w)), {"active_level_dbfs"}),
    "pink noise": (lambda w: noise(w.size, 0.05, 1.0), {"modulation_db", "snr_db"}),
    "white noise": (lambda w: noise(w.size, 0.05), {"modulation_db", "snr_db"}),
    "cut to 50 %": (lambda w: w[: w.size // 2], {"rate_of_voice"}),
    "looped four times": (lambda w: np.tile(w, 4), {"repetition"}),
    "last second for as long again": (
        lambda w: np.concatenate([w, np.tile(w[-RATE_HZ:], max(9, w.size // RATE_HZ))]),
        {"rate_of_voice"},
    ),
    "twice as fast": (lambda w: soxr.resample(w, 2, 1), {"rate_of_voice"}),
    "half as fast": (lambda w: soxr.resample(w, 1, 2), {"rate_of_voice"}),
    "white noise at 5 dB": (lambda w: with_noise(w, 5), {"snr_db"}),
    "stub of 0.3 s": (lambda w: w[: round(0.3 * RATE_HZ)], {"characters_per_second"}),
    "not a number": (lambda w: np.append(w, np.float32(np.nan)), {"not_finite_share"}),
    "infinity": (lambda w: np.append(w, np.float32(-np.inf)), {"not_finite_share"}),
}


@pytest.mark.parametrize(("plant", "gates"), DEFECTS.values(), ids=DEFECTS)
def test_a_planted_defect_is_caught_in_every_turn(turns: list[Spoken], plant: Plant, gates: set[str]) -> None:
    assert len(turns) >= 20
    for turn in turns:
        assert not failed(turn.figures()), turn.text
        assert gates <= failed(turn.figures(plant(turn.wave).astype(np.float32))), turn.text


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_text_of_another_length_is_caught(turns: list[Spoken], good_speech: list[Spoken], factor: float) -> None:
    others = 0
    for turn in turns:
        wanted = factor * spoken_characters(turn.text)
        if wanted < FEWEST_CHARACTERS_FOR_RATE:
            continue
        other = min(good_speech, key=lambda s: abs(spoken_characters(s.text) - wanted)).text
        if abs(spoken_characters(other) / wanted - 1) < 0.1:
            others += 1
            assert "rate_of_voice" in failed(turn.figures(text=other)), (turn.text, other)
    assert others >= 10


def test_a_loop_of_the_last_second_shows_as_repetition_in_most_turns(turns: list[Spoken]) -> None:
    looped = [turn.figures(np.concatenate([turn.wave, np.tile(turn.wave[-RATE_HZ:], 9)])) for turn in turns]
    assert sum("repetition" in failed(figures) for figures in looped) > 0.9 * len(looped)


def test_speech_cut_off_in_mid_sound_shows_at_its_end(turns: list[Spoken]) -> None:
    cuts = [turn.figures(turn.wave[: round(turn.wave.size * part)]) for turn in turns for part in (0.5, 0.7, 0.9)]
    assert sum("end_level_db" in failed(figures) for figures in cuts) > 0.5 * len(cuts)


def test_what_neural_voices_do_passes(turns: list[Spoken]) -> None:
    """Pauses of a second within a turn, half a second of silence around it, noise at 15 dB, a breath."""
    for turn in turns:
        pause = np.zeros(RATE_HZ, np.float32)
        breath = noise(RATE_HZ // 3, active_rms(turn.wave) / 10)
        middle = turn.wave.size // 2
        wave = np.concatenate([pause[::2], turn.wave[:middle], pause, breath, turn.wave[middle:], pause[::2]])
        assert not failed(turn.figures(with_noise(wave, 15))), turn.text


def test_a_text_that_repeats_itself_is_no_loop(good_speech: list[Spoken]) -> None:
    agreeing = [s for s in good_speech if s.text == "好的，好的，好的。"]
    for speech in agreeing:
        assert "repetition" not in failed(speech.figures())
        assert speech.figures(text="今天下午四点半要扣。").repetition > speech.figures().repetition + 0.2
    assert len(agreeing) == len(NAMES)


@pytest.mark.parametrize(
    ("wave", "gate"),
    [
        (np.zeros(4000, np.float32), "active_level_dbfs"),
        (noise(4 * RATE_HZ, 0.05), "very_short_speech_seconds"),
        (noise(RATE_HZ // 50, 0.05), "very_short_speech_seconds"),
    ],
    ids=["silent", "four seconds", "20 ms"],
)
def test_a_word_is_judged_by_its_length(wave: Wave, gate: str) -> None:
    assert gate in failed(measure_utterance(wave, RATE_HZ, "嗯。", VOICE))


def test_a_fault_says_figure_value_and_limit() -> None:
    figures = measure_utterance(np.full(RATE_HZ, np.float32(0.3)), RATE_HZ, "您好，我是客服，想跟您核实一下。", VOICE)
    assert "dc_offset 0.3 above 0.02 of full scale" in [str(fault) for fault in utterance_faults(figures)]
    assert "active_level_dbfs -100 below -40 dBFS" in [str(fault) for fault in utterance_faults(figures)]


@pytest.mark.parametrize(
    ("text", "count"),
    [("嗯。", 1), ("您好，我是客服。", 6), ("A P P", 3), ("W W W点taobao点com", 14), ("95588", 5), ("！", 0)],
)
def test_what_is_said_is_counted_in_syllables(text: str, count: int) -> None:
    assert spoken_characters(text) == count


def test_figures_do_not_depend_on_the_rate_of_the_samples(turns: list[Spoken]) -> None:
    for turn in turns[::4]:
        at_16k = measure_utterance(soxr.resample(turn.wave, RATE_HZ, 16000), 16000, turn.text, turn.voice)
        at_24k = measure_utterance(soxr.resample(turn.wave, RATE_HZ, 24000), 24000, turn.text, turn.voice)
        assert at_16k.speech_seconds == pytest.approx(at_24k.speech_seconds, rel=0.05)
        assert at_16k.active_level_dbfs == pytest.approx(at_24k.active_level_dbfs, abs=1)
        assert at_16k.repetition == pytest.approx(at_24k.repetition, abs=0.06)
        assert not failed(at_16k) | failed(at_24k)
