"""What is asked of an engine for one dialogue: who speaks with which voice, and every turn as it is said."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from antifraud.labels import Speaker
from antifraud.records import Dialogue, Turn, Voice
from antifraud.speech.engines import Candidate, Utterance
from antifraud.speech.reading import spoken
from antifraud.speech.voices.assign import assign_voices

_SEED_BYTES = 7
"""56 bits: not negative, and no larger than JSON readers and random generators take."""


@dataclass(frozen=True)
class Script:
    """A dialogue ready to be spoken."""

    voices: Mapping[Speaker, Voice]
    utterances: tuple[Utterance, ...]
    """One for each turn, in order."""
    unspeakable: str | None = None
    """Why nobody could say it; the utterances are then empty."""


def write_script(dialogue: Dialogue, candidates: Sequence[Candidate], max_characters: int) -> Script:
    """Return the script of a dialogue, the same for the same dialogue and voices on offer.

    Raises:
        EngineError: there are too few voices.
    """
    voices = assign_voices(dialogue.id, dialogue.seed, dialogue.caller, dialogue.callee, candidates)
    texts = [spoken(turn.text) for turn in dialogue.turns]
    if unfit := _unspeakable(dialogue.turns, texts, max_characters):
        return Script(voices, (), unfit)
    persona = {Speaker.CALLER: dialogue.caller, Speaker.CALLEE: dialogue.callee}
    manner = {speaker: who.manner if who else "" for speaker, who in persona.items()}
    return Script(
        voices,
        tuple(
            Utterance(
                text=text,
                voice=voices[turn.speaker],
                emotion=turn.emotion,
                manner=manner[turn.speaker],
                seed=_seed_of(f"{dialogue.id}:{dialogue.seed}:{turn.index}"),
            )
            for turn, text in zip(dialogue.turns, texts, strict=True)
        ),
    )


def _unspeakable(turns: Sequence[Turn], texts: Sequence[str], max_characters: int) -> str | None:
    if silent := [speaker for speaker in Speaker if all(turn.speaker is not speaker for turn in turns)]:
        return f"the {silent[0]} never speaks"
    for turn, text in zip(turns, texts, strict=True):
        if len(turn.text) > max_characters:
            return (
                f"turn {turn.index} has {len(turn.text)} characters;"
                f" at most {max_characters} (synthesize.max_turn_characters)"
            )
        if not text:
            return f"turn {turn.index} holds nothing that can be spoken: {turn.text[:20]!r}"
    return None


def _seed_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:_SEED_BYTES], "big")
