"""A voice made of numpy alone: no words can be understood, but level, pitch and spectrum move as in speech.

Every character becomes a syllable: a short noise, then harmonics under the formants of two vowels, from one to the
other. The same text in the same voice is the same sound.
"""

from __future__ import annotations

import io
from hashlib import blake2b

import numpy as np
import soundfile
from numpy.typing import NDArray

MEN = ("alex", "benjamin", "charles", "david", "ash", "echo", "onyx", "verse")
VOWELS_HZ = (
    (800, 1250, 2600),
    (300, 2250, 3000),
    (340, 760, 2400),
    (460, 1250, 2450),
    (520, 920, 2500),
    (310, 1850, 2350),
)
"""The first three formants of a, i, u, e, o and ü, a man's; a woman's lie a sixth higher."""
BANDWIDTHS_HZ = (90.0, 110.0, 170.0)
WEIGHTS = (1.0, 0.55, 0.3)
HIGHEST_HZ = 5000.0
SYLLABLE_SECONDS = (0.15, 0.25)
PAUSES_SECONDS = {**dict.fromkeys("，、：；,", 0.2), **dict.fromkeys("。！？.!?…—", 0.35)}
EDGE_SECONDS = 0.05
"""Breath before the first and after the last syllable."""
ONSET_SECONDS = 0.035
RISE_SECONDS = 0.02
BREATH = 10 ** (-58 / 20)
PEAK = 0.5

Wave = NDArray[np.float32]
Samples = NDArray[np.float64]


def say(text: str, voice: str, speed: float, rate_hz: int) -> Wave:
    """Return a text as mono sound, shape (samples,), values in [-1, 1]."""
    name = voice.rpartition(":")[2]
    rng = np.random.default_rng(number(f"{name}:{text}"))
    parts = [np.zeros(round(EDGE_SECONDS * rate_hz))]
    said = text.rstrip("".join(PAUSES_SECONDS))
    for index, character in enumerate(said):
        if character in PAUSES_SECONDS:
            parts.append(np.zeros(round(PAUSES_SECONDS[character] / speed * rate_hz)))
        elif not character.isspace():
            tilt = 1.08 - 0.16 * index / max(1, len(said) - 1)
            parts.append(_syllable(character, name, tilt, speed, rate_hz, rng))
    wave = np.concatenate([*parts, np.zeros(round(EDGE_SECONDS * rate_hz))])
    loudest = np.abs(wave).max() or 1.0
    return (wave / loudest * PEAK + rng.normal(0, BREATH, wave.size)).astype(np.float32)


def _syllable(character: str, name: str, tilt: float, speed: float, rate_hz: int, rng: np.random.Generator) -> Samples:
    draw = np.random.default_rng(number(character))
    seconds = draw.uniform(*SYLLABLE_SECONDS) * rng.uniform(0.92, 1.08) / speed
    count = round(seconds * rate_hz)
    along = np.linspace(0.0, 1.0, count)
    start, end = draw.uniform(0.85, 1.2, 2) * rng.uniform(0.97, 1.03)
    pitch = pitch_hz(name) * tilt * (start + (end - start) * along)
    first, last = (VOWELS_HZ[i] for i in draw.integers(0, len(VOWELS_HZ), 2))
    scale = 1.0 if is_man(name) else 7 / 6
    turn = np.exp(2j * np.pi * np.cumsum(pitch) / rate_hz)
    harmonic, voiced = np.ones_like(turn), np.zeros(count)
    for number_ in range(1, int(min(HIGHEST_HZ, 0.45 * rate_hz) / pitch.max()) + 1):
        harmonic = harmonic * turn
        at = number_ * pitch.mean() / scale
        voiced += (_gain(at, first) * (1 - along) + _gain(at, last) * along) * harmonic.imag
    elapsed = along * seconds
    envelope = np.minimum(elapsed / RISE_SECONDS, 1.0) * (1 - along) ** 0.6
    hiss = np.diff(draw.normal(0, draw.uniform(0.02, 0.2), count + 1)) * (elapsed < ONSET_SECONDS)
    return draw.uniform(0.7, 1.0) * envelope * (voiced + hiss * np.abs(voiced).max())


def _gain(at_hz: float, formants_hz: tuple[int, int, int]) -> float:
    """Return the weight of a harmonic: the sum of three resonances."""
    return sum(
        weight / (1 + ((at_hz - formant) / width) ** 2)
        for formant, width, weight in zip(formants_hz, BANDWIDTHS_HZ, WEIGHTS, strict=True)
    )


def pitch_hz(name: str) -> float:
    """Return the middle pitch of a voice."""
    base = 100.0 if is_man(name) else 185.0
    return base + number(name) % 40


def is_man(name: str) -> bool:
    """Tell whether a voice is a man's; of unknown names every other is."""
    return name in MEN or (not name.isalpha() and number(name) % 2 == 0)


def number(text: str) -> int:
    """Return a seed that depends on nothing but the text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest())


def encode(wave: Wave, kind: str, rate_hz: int) -> bytes:
    """Return a wave as a file of one of OpenAI's formats."""
    if kind == "pcm":
        return (wave * 32767).astype("<i2").tobytes()
    file = io.BytesIO()
    container, subtype = {"mp3": ("MP3", None), "opus": ("OGG", "OPUS")}.get(kind, (kind.upper(), "PCM_16"))
    soundfile.write(file, wave, rate_hz, format=container, subtype=subtype)
    return file.getvalue()
