"""Every limit of the gates, as data: a figure, its unit, the values that pass, and where the limits come from.

Measured on espeak-ng means: 2,600 utterances of all 21 voices at 160 to 290 words a minute, with texts of 1 to 120
characters. Limits keep a distance from what was measured there, for neural voices breathe, laugh and pause more.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gate:
    """A figure and the values that pass, both ends included; None where an end is open."""

    name: str
    """Of the figure: a field or property of `UtteranceFigures` or `Quality`, or `duration_seconds` of a call."""
    unit: str
    low: float | None
    high: float | None
    source: str

    @property
    def passes(self) -> str:
        """Return the limits in words."""
        if self.low is None:
            return f"up to {_shown(self.high)}"
        return f"from {_shown(self.low)}" if self.high is None else f"{_shown(self.low)} to {_shown(self.high)}"


UTTERANCE_GATES: tuple[Gate, ...] = (
    Gate("not_finite_share", "share", None, 0.0, "not-a-number and infinity are never sound"),
    Gate(
        "clipped_share",
        "share of samples",
        None,
        0.005,
        "the gate of TeleAntiFraud-2.0 is 0.08, which lets audible distortion pass; espeak-ng at most 0.0016 measured",
    ),
    Gate("dc_offset", "of full scale", -0.02, 0.02, "design choice; espeak-ng at most 0.006 measured"),
    Gate(
        "active_level_dbfs",
        "dBFS",
        -40.0,
        -6.0,
        "TeleAntiFraud-2.0 refuses RMS below 300 and above 18000 of 32768, -40.8 and -5.2 dBFS",
    ),
    Gate(
        "silence_share",
        "share of time",
        None,
        0.65,
        "TeleAntiFraud-2.0 refuses more than 0.75 with another detector; espeak-ng at most 0.5 measured,"
        " neural voices pause 0.2 to 1 s within a turn",
    ),
    Gate(
        "characters_per_second",
        "characters/s",
        2.5,
        9.0,
        "design choice around the 4 to 6 of Mandarin conversation; espeak-ng 2.7 to 8.6 measured, same syllables in a"
        " row up to 10",
    ),
    Gate(
        "short_characters_per_second",
        "characters/s",
        1.5,
        14.0,
        "design choice: of 5 to 7 characters, the first and the last sound weigh much; espeak-ng 2.0 to 8.7 measured",
    ),
    Gate(
        "very_short_speech_seconds",
        "s",
        0.03,
        3.0,
        "design choice: of 1 to 4 characters, from a clipped 啊 to a drawn-out 喂; espeak-ng 0.04 to 1.35 measured",
    ),
    Gate(
        "rate_of_voice",
        "times the voice's own",
        0.65,
        1.5,
        "half and double rate must fail; espeak-ng 0.72 to 1.31 measured in 3,600 turns at 165 to 280 words a minute",
    ),
    Gate(
        "modulation_db",
        "dB",
        4.0,
        None,
        "design choice: tones, hum, pink and white noise stay below 3; espeak-ng at least 6.8 measured",
    ),
    Gate(
        "snr_db",
        "dB",
        10.0,
        None,
        "design choice: noise at 15 dB passes, white noise at 5 dB measures 6 to 9; espeak-ng at least 14.3 measured",
    ),
    Gate(
        "repetition",
        "share of time",
        None,
        0.35,
        "design choice: a turn heard four times gives 0.44 to 0.75, its last second ten times over 0.33 to 0.9;"
        " espeak-ng at most 0.29 measured",
    ),
    Gate(
        "end_level_db",
        "dB to active level",
        None,
        -12.0,
        "design choice: who is cut off in mid-sound ends at -5 in the median; espeak-ng at most -14 measured",
    ),
)
"""Of one utterance as the engine spoke it. A figure is None, and passes, where a text is too short to tell."""

CALL_GATES: tuple[Gate, ...] = (
    Gate("duration_seconds", "s", 1.0, 1800.0, "design choice: two words to half an hour"),
    Gate("peak", "of full scale", 0.01, None, "design choice: a file without sound; a line may reach full scale"),
    Gate(
        "caller_level_dbfs",
        "dBFS",
        -50.0,
        -6.0,
        "ITU-T P.56 level, nominally -26; a dead channel lies at -100. Wide, for the level is a setting",
    ),
    Gate("callee_level_dbfs", "dBFS", -50.0, -6.0, "as for the caller"),
    Gate("silence_share", "share of time", None, 0.75, "TeleAntiFraud-2.0"),
    Gate(
        "overlap_share",
        "share of time",
        None,
        0.3,
        "design choice: below 0.05 in conversation (Levinson & Torreira 2015), more in short calls with back-channels",
    ),
    Gate(
        "leakage_db",
        "dB to own level",
        None,
        -25.0,
        "design choice: echo of a line lies 35 to 55 dB down, mono written as stereo at 0",
    ),
)
"""Of a finished call, before or after its line."""


def gates_table() -> list[tuple[str, ...]]:
    """Return a row for each gate: figure, unit, lowest and highest value that pass, source of the limits."""
    scopes = (("utterance", UTTERANCE_GATES), ("call", CALL_GATES))
    return [
        (f"{scope}: {gate.name}", gate.unit, _shown(gate.low), _shown(gate.high), gate.source)
        for scope, gates in scopes
        for gate in gates
    ]


def _shown(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}"
