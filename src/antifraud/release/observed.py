"""What the card says of a release beyond the counts: how it sounds, and where its calls come from."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from antifraud.records import AnnotatedCall

SOUND_FIGURES: Final = {
    "caller_level_dbfs": "active speech level of the caller, ITU-T P.56, dBFS",
    "callee_level_dbfs": "the same of the callee",
    "silence_share": "share of the time in which nobody speaks",
    "overlap_share": "share of the time in which both speak",
    "slowest_characters_per_second": "slowest utterance of a call, characters a second",
    "fastest_characters_per_second": "fastest utterance",
    "clipped_share": "share of flattened tops",
    "least_snr_db": "least signal-to-noise ratio of an utterance as the engine spoke it, dB",
    "most_repetition": "how much an utterance repeats itself at most, 1 for a loop",
    "leakage_db": "level of one side in the other's channel, dB",
    "character_error_rate": "character error rate of the round trip through a recogniser",
}
"""The figures of `Quality` that a reader of the card can use, and what each is."""
PERCENTILES: Final = (5, 50, 95)


@dataclass
class Observed:
    """Gathered while the calls are written; 8 bytes a call and figure are kept."""

    sound: dict[str, array[float]] = field(default_factory=lambda: {name: array("d") for name in SOUND_FIGURES})
    transcribed: int = 0
    """Calls written down from recordings that somebody brought."""
    imitated: int = 0
    """Calls that keep the strategy of a dialogue that somebody gave."""
    audio_formats: set[str] = field(default_factory=set)
    codecs: set[str] = field(default_factory=set)
    label_sets: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    """Language models that wrote dialogues, as provenance names them."""

    def add(self, call: AnnotatedCall) -> None:
        """Look at one call."""
        for name, kept in self.sound.items():
            if (value := getattr(call.quality, name)) is not None:
                kept.append(value)
        self.transcribed += call.source == "transcribed"
        self.imitated += call.source == "imitated"
        self.audio_formats.add(call.audio.rpartition(".")[2])
        self.codecs.add(call.line.codec.value)
        self.label_sets.add(call.label_set.value)
        if call.provenance.model is not None:
            self.models.add(call.provenance.model)

    @property
    def sources(self) -> set[str]:
        """Return where calls come from besides antifraud's own agents: transcribed, imitated."""
        return {name for name in ("transcribed", "imitated") if getattr(self, name)}

    def percentiles(self) -> dict[str, tuple[float, ...]]:
        """Return the percentiles of each figure that any call has, in the order of `SOUND_FIGURES`."""
        return {
            name: tuple(float(value) for value in np.percentile(np.frombuffer(kept), PERCENTILES))
            for name, kept in self.sound.items()
            if kept
        }
