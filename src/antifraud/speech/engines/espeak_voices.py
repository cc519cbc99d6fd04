"""The espeak-ng variants that can pass for a person, chosen by hand out of 104.

Left out: novelty and robot voices, the klatt family (klatt4 and klatt5 clip), whispers, and whatever on a measured
test sentence lost its tones, dropped syllables, muffled the consonants (less than 4 % of its energy between 1 and
4 kHz), or hid its pitch. Pitch and rate: with base pitch 65 men lie at 85 to 110 Hz and women at 165 to 225 Hz;
220 words a minute are 4.8 syllables a second within pauses, the middle of the 4 to 6 of Mandarin conversation.
"""

from __future__ import annotations

from antifraud.records import Voice
from antifraud.speech.engines import Candidate, Gender

ENGINE = "espeak"
LANGUAGE = "cmn"
RATE = 220.0
CHARACTERS_PER_SECOND = 5.3
"""At that rate, pauses left out, measured on four sentences: every voice lies within 2 % of it, and from 180 to 260
words a minute characters a second grow with the rate, within 4 %."""
SEMITONE = 5.0
"""Steps of espeak's pitch, measured between 60 and 80: m3 101 to 126 Hz, f2 187 to 237 Hz."""

_TABLE: tuple[tuple[str, Gender, int, int, float], ...] = (
    # variant, gender, youngest, oldest, pitch that suits it
    ("m1", "男", 50, 70, 68.0),
    ("m2", "男", 25, 60, 66.0),
    ("m3", "男", 18, 50, 66.0),
    ("m4", "男", 30, 65, 68.0),
    ("m5", "男", 18, 50, 68.0),
    ("m6", "男", 18, 60, 66.0),
    ("m7", "男", 25, 65, 66.0),
    ("m8", "男", 45, 70, 70.0),
    ("Denis", "男", 22, 50, 66.0),
    ("max", "男", 30, 70, 66.0),
    ("grandpa", "男", 60, 70, 60.0),
    ("f1", "女", 50, 70, 64.0),
    ("f2", "女", 25, 60, 66.0),
    ("f3", "女", 18, 45, 66.0),
    ("f4", "女", 22, 60, 64.0),
    ("f5", "女", 18, 45, 62.0),
    ("Annie", "女", 18, 50, 58.0),
    ("belinda", "女", 30, 65, 52.0),
    ("linda", "女", 22, 50, 52.0),
    ("aunty", "女", 48, 70, 52.0),
    ("grandma", "女", 60, 70, 58.0),
)

NAMES = frozenset(f"{LANGUAGE}+{variant}" for variant, *_ in _TABLE)
"""Every voice of the table, as espeak-ng calls it."""


def candidates(version: str) -> tuple[Candidate, ...]:
    """Return every voice of the table, spoken by this version of espeak-ng."""
    return tuple(
        Candidate(
            voice=Voice(
                engine=ENGINE,
                version=version,
                name=f"{LANGUAGE}+{variant}",
                gender=gender,
                rate=RATE,
                pitch=pitch,
                characters_per_second=CHARACTERS_PER_SECOND,
            ),
            youngest=youngest,
            oldest=oldest,
            pitch_step=SEMITONE,
        )
        for variant, gender, youngest, oldest, pitch in _TABLE
    )
