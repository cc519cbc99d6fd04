"""From spoken turns to the sound of a call: pauses, keys, timing, levels, tones, the line, the gates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

import numpy as np

from antifraud.acoustics.wave import Wave
from antifraud.labels import Speaker
from antifraud.records import Dialogue, Line, Quality, Segment
from antifraud.speech.gates.call_figures import measure_call
from antifraud.speech.gates.faults import call_faults
from antifraud.speech.line.keys import keys_pressed
from antifraud.speech.line.line import through_line
from antifraud.speech.line.profile import draw_profile
from antifraud.speech.line.tones import busy_tone, dtmf, ring_back
from antifraud.speech.mixing import CHANNELS, Stereo, Utterance, cut, mix
from antifraud.speech.original_timing import place_as_heard
from antifraud.speech.pauses import draw_out_pauses
from antifraud.speech.studio import BadAudio, Spoken
from antifraud.speech.timing import place
from antifraud.speech_config import SpeechConfig

RING_SECONDS = (0.4, 1.0)
"""How much of the last ringing a recording holds; one burst lasts 1 s."""
PICK_UP_SECONDS = (0.2, 1.8)
"""From the last ringing to the moment somebody has the phone at the ear; a design choice."""
HANG_UP_SECONDS = (0.2, 0.7)
"""From the last word to the busy tone; a design choice."""
BUSY_SECONDS = 2.1
"""Three bursts."""
KEY_PAUSE_SECONDS = 0.35
"""Between what is said and the first key."""

_MARK_WITHIN = re.compile("[，。！？、；：](?=.)")


@dataclass(frozen=True)
class Sound:
    """A finished call."""

    stereo: Stereo
    clean: Stereo
    """The same before the line."""
    segments: tuple[Segment, ...]
    line: Line
    quality: Quality


def assemble(
    dialogue: Dialogue, spoken: Spoken, engine_rate_hz: int, config: SpeechConfig, babble: Wave | None
) -> Sound:
    """Return the sound of a call, the same for the same dialogue, waves and config.

    Args:
        babble: voices for the background, at the rate of the call; None for an engine that gave none.

    Raises:
        BadAudio: a turn is silent, or the call fails a gate.
    """
    rate = config.sample_rate_hz
    rng = Random(f"{dialogue.seed}:timing")
    ring = _ring(config, rng)
    pick_up = rng.uniform(*PICK_UP_SECONDS) if ring.size else 0.0
    utterances, samples = _placed(dialogue, spoken, engine_rate_hz, config, ring.size / rate + pick_up)
    stereo = mix(utterances, samples, rate, config.level_dbfs, Random(f"{dialogue.seed}:level"))
    clean = _with_tones(stereo, ring, _hang_up(dialogue, config, rng))
    if config.line.enabled:
        profile = draw_profile(config.line, dialogue.id, dialogue.seed)
        heard, line = through_line(clean, rate, profile, babble)
    else:
        heard, line = clean, Line()
    segments = tuple(utterance.segment(rate) for utterance in utterances)
    quality = measure_call(heard, rate, segments, spoken.figures, spoken.respoken)
    if config.gates == "enforce" and (found := call_faults(quality, len(heard) / rate)):
        raise BadAudio("; ".join(map(str, found)))
    return Sound(heard, clean, segments, line, quality)


def _placed(
    dialogue: Dialogue, spoken: Spoken, engine_rate_hz: int, config: SpeechConfig, opening_seconds: float
) -> tuple[list[Utterance], int]:
    """Return where every turn lies and the length of the call in samples."""
    rate = config.sample_rate_hz
    waves = [_turn_wave(dialogue, spoken, position, engine_rate_hz, config) for position in range(len(dialogue.turns))]
    durations = [wave.size / rate for wave in waves]
    rng = Random(f"{dialogue.seed}:places")
    if dialogue.timing is not None and config.timing.follow == "original":
        starts, total = place_as_heard(dialogue.turns, dialogue.timing, durations, rng, opening_seconds)
    else:
        starts, total = place(dialogue.turns, durations, rng, config.timing, opening_seconds)
    utterances = [
        Utterance(turn, wave, first=round(start * rate))
        for turn, wave, start in zip(dialogue.turns, waves, starts, strict=True)
    ]
    return utterances, round(total * rate)


def _turn_wave(dialogue: Dialogue, spoken: Spoken, position: int, engine_rate_hz: int, config: SpeechConfig) -> Wave:
    """Return a turn at the rate of the call: pauses drawn out, ends cut, the keys that are pressed at its end."""
    turn, wave = dialogue.turns[position], spoken.waves[position]
    if not turn.is_backchannel:
        rng = Random(f"{dialogue.seed}:pauses:{position}")
        marks = len(_MARK_WITHIN.findall(spoken.script.utterances[position].text))
        wave = draw_out_pauses(wave, engine_rate_hz, config.timing.pause_share, rng, marks)
    speech = cut(wave, engine_rate_hz, config.sample_rate_hz)
    if not speech.size:
        raise BadAudio(f"turn {position} is silent: {turn.text[:20]!r}")
    before = dialogue.turns[position - 1] if position else None
    if before is None or turn.speaker is not Speaker.CALLEE or before.speaker is turn.speaker:
        return speech
    keys = keys_pressed(before.text, turn.text)
    if not keys:
        return speech
    pause = np.zeros(round(KEY_PAUSE_SECONDS * config.sample_rate_hz), np.float32)
    return np.concatenate([speech, pause, dtmf(keys, config.sample_rate_hz)]).astype(np.float32)


def _ring(config: SpeechConfig, rng: Random) -> Wave:
    """Return the end of the ringing that a recording begins with, often none."""
    if rng.random() >= config.timing.ring_share:
        return np.empty(0, np.float32)
    return ring_back(rng.uniform(*RING_SECONDS), config.sample_rate_hz)


def _hang_up(dialogue: Dialogue, config: SpeechConfig, rng: Random) -> tuple[int, Wave] | None:
    """Return the busy tone after a call and the channel it is heard on: that of the side that has gone."""
    if rng.random() >= config.timing.hang_up_tone_share:
        return None
    gone = Speaker.CALLER if dialogue.ending.ended_by == "caller" else Speaker.CALLEE
    silence = np.zeros(round(rng.uniform(*HANG_UP_SECONDS) * config.sample_rate_hz), np.float32)
    tone = busy_tone(BUSY_SECONDS, config.sample_rate_hz)
    return CHANNELS.index(gone), np.concatenate([silence, tone])


def _with_tones(stereo: Stereo, ring: Wave, hang_up: tuple[int, Wave] | None) -> Stereo:
    """Return the call with ringing where the callee will be heard, and the tone of a line that was hung up."""
    if hang_up is not None:
        channel, tone = hang_up
        first = len(stereo)
        stereo = np.pad(stereo, ((0, tone.size), (0, 0)))
        stereo[first:, channel] += tone
    stereo[: ring.size, CHANNELS.index(Speaker.CALLEE)] += ring
    return stereo
