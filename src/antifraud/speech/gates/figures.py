"""What an utterance measures, as the engine spoke it and before anything else is done to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from antifraud.acoustics.frames import FRAME_SECONDS, decibels, frame_powers
from antifraud.acoustics.speech_activity import active_dbfs, floor_dbfs, speaks
from antifraud.acoustics.spoken_characters import spoken_characters
from antifraud.acoustics.wave import SILENT_DBFS, Wave
from antifraud.records import Voice
from antifraud.speech.gates.repetition import repetition

FEWEST_CHARACTERS_FOR_FIGURES = 5
"""With fewer, one drawn-out vowel is all there is: no modulation, no gap to hear the background in, no rate."""
FEWEST_CHARACTERS_FOR_RATE = 8
"""With fewer, the first and the last sound weigh as much as all between."""
END_SECONDS = 0.005
"""Who is not cut off ends in silence at least this long: espeak-ng leaves 7 ms, others more."""

_TOP = 0.999
"""Of the peak: flattened tops lie above it, a whole wave hardly ever does."""
_BACKGROUND_SWELLS_DB = 6.0
"""How far a few milliseconds of noise lie above its quietest frames."""
_LEVEL_RANGE_DB = 40.0
"""How far below the active level a frame can pull the modulation."""


@dataclass(frozen=True)
class UtteranceFigures:
    """Measures of one utterance; what a text is too short to tell is None."""

    spoken_characters: int
    duration_seconds: float
    speech_seconds: float
    """Without its silence, gaps up to 0.15 s counted in."""
    voice_characters_per_second: float | None
    """How fast this voice speaks usually; None where nobody measured it."""
    not_finite_share: float
    clipped_share: float
    """Share of the samples at the wave's own peak: flattened tops, at full scale or below."""
    dc_offset: float
    active_level_dbfs: float
    silence_share: float
    modulation_db: float | None
    """Standard deviation of the level, 10 ms frames."""
    snr_db: float | None
    """Active level over the quietest frames."""
    repetition: float
    end_level_db: float
    """Level of the last 5 ms against the active level, the background taken off."""

    @property
    def characters_per_second(self) -> float | None:
        """Return the speaking rate within the speech, of a text long enough to have one."""
        return self._rate() if self.spoken_characters >= FEWEST_CHARACTERS_FOR_RATE else None

    @property
    def short_characters_per_second(self) -> float | None:
        """Return the same for a text of 5 to 7 characters."""
        if FEWEST_CHARACTERS_FOR_FIGURES <= self.spoken_characters < FEWEST_CHARACTERS_FOR_RATE:
            return self._rate()
        return None

    @property
    def very_short_speech_seconds(self) -> float | None:
        """Return the seconds of speech of a text of 1 to 4 characters."""
        return self.speech_seconds if self.spoken_characters < FEWEST_CHARACTERS_FOR_FIGURES else None

    @property
    def rate_of_voice(self) -> float | None:
        """Return the speaking rate against the voice's own."""
        rate, usual = self.characters_per_second, self.voice_characters_per_second
        return None if rate is None or usual is None else rate / usual

    def _rate(self) -> float:
        return self.spoken_characters / max(self.speech_seconds, FRAME_SECONDS)


def measure_utterance(wave: Wave, rate_hz: int, text: str, voice: Voice | None) -> UtteranceFigures:
    """Return the figures of what an engine spoke.

    Args:
        wave: may be empty, silent or hold anything that a float can be.
        text: as it was given to the engine, see `antifraud.speech.reading`.
        voice: None where nothing is known of it yet.
    """
    finite = np.isfinite(wave)
    sound = wave if finite.all() else np.where(finite, wave, np.float32(0))
    offset = float(sound.mean(dtype=np.float64)) if sound.size else 0.0
    centred = sound - np.float32(offset)
    power = frame_powers(centred, rate_hz) if sound.size else np.zeros(1)
    levels = decibels(power)
    background = floor_dbfs(levels)
    active = active_dbfs(power, background)
    speech = speaks(levels, active, background) if active > SILENT_DBFS else np.zeros(levels.size, bool)
    characters = spoken_characters(text)
    tells = characters >= FEWEST_CHARACTERS_FOR_FIGURES
    return UtteranceFigures(
        spoken_characters=characters,
        duration_seconds=wave.size / rate_hz,
        speech_seconds=float(np.count_nonzero(speech)) * FRAME_SECONDS,
        voice_characters_per_second=voice.characters_per_second if voice else None,
        not_finite_share=1 - float(finite.mean()) if wave.size else 0.0,
        clipped_share=_flattened(sound),
        dc_offset=offset,
        active_level_dbfs=active,
        silence_share=1 - float(speech.mean()),
        modulation_db=float(np.maximum(levels, active - _LEVEL_RANGE_DB).std()) if tells else None,
        snr_db=_snr_db(active, background) if tells else None,
        repetition=repetition(centred, rate_hz, text),
        end_level_db=_end_level_db(centred[-max(1, round(END_SECONDS * rate_hz)) :], active, background),
    )


def _flattened(sound: Wave) -> float:
    size = np.abs(sound)
    peak = size.max(initial=np.float32(0))
    return float(np.count_nonzero(size >= np.float32(_TOP) * peak)) / size.size if peak > 0 else 0.0


def _snr_db(active_dbfs: float, background_dbfs: float) -> float:
    """Return the level of the speech alone over the background, both from sound that holds the background too."""
    return float(10 * np.log10(max(1e-3, 10 ** ((active_dbfs - background_dbfs) / 10) - 1)))


def _end_level_db(end: NDArray[np.float32], active_dbfs: float, background_dbfs: float) -> float:
    """Return the level of what goes beyond the background, against the active level."""
    power = np.mean(np.square(end), dtype=np.float64) if end.size else 0.0
    beyond = power - 10 ** ((background_dbfs + _BACKGROUND_SWELLS_DB) / 10)
    return float(decibels(np.array([beyond]))[0]) - active_dbfs
