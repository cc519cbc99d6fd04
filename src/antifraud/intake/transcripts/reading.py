"""Reads the transcript of one call, whatever its form, into utterances of two sides."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Final

import orjson

from antifraud.intake.transcripts.encodings import encoding_of
from antifraud.intake.transcripts.recognisers import read_json
from antifraud.intake.transcripts.sides import Line, Sides, with_sides
from antifraud.intake.transcripts.subtitles import read_cues, read_prefixed
from antifraud.intake.transcripts.teleantifraud import is_dialogue, spoken_turns
from antifraud.intake.utterances import Talk, Unfit, Utterance
from antifraud.intake_config import IngestConfig
from antifraud.labels import FraudType, RejectReason, Scene, Speaker

_SUBTITLES: Final = {".srt": "srt", ".vtt": "vtt"}

_LINEWISE: Final = frozenset({*_SUBTITLES, ".txt"})
_LINES_A_CUE: Final = 8
"""A cue of subtitles has four or five: number, times, words, an empty one."""

Files = Sequence[tuple[Path, str | None]]
"""The transcript of a call: one file, or one for each channel with whose it is."""


def read_talk(files: Files, sides: Sides, config: IngestConfig) -> Talk:
    """Return what the transcript of one call holds.

    Raises:
        Unfit: it cannot be used.
    """
    parts, in_order, told, form = [], True, {}, ""
    for path, channel in files:
        text = _text(path, config)
        speaker = sides.of_channel(channel) if channel else None
        form = _SUBTITLES.get(path.suffix.lower(), "text")
        data = None if form in _SUBTITLES.values() else _json(text)
        if is_dialogue(data):
            return from_dialogue(data)
        lines, ordered = _lines(text, data, form, speaker)
        parts.append(_own_channels(lines, sides))
        in_order = in_order and ordered
        told = data if isinstance(data, dict) else {}
        form = form if data is None else "json"
    if any(channel for _, channel in files) and len({channel for _, channel in files}) < len(Speaker):
        raise Unfit(RejectReason.NOT_TWO_SIDES, "the transcript of one channel; that of the other is missing")
    in_order = in_order and len(parts) == 1
    utterances = with_sides([line for part in parts for line in part], sides)
    ordered_utterances = utterances if in_order else _in_order(utterances, sides)
    return Talk(ordered_utterances, f"transcript:{form}", terminator=_terminator(told))


def from_dialogue(data: Any) -> Talk:
    """Return what a call in one of TeleAntiFraud's dialogue forms holds.

    Raises:
        Unfit: its turns cannot be read.
    """
    turns = spoken_turns(data)
    if turns is None:
        raise Unfit(RejectReason.UNREADABLE, "no left and right lists and no dialogue_history that can be read")
    label = str(data.get("fraud_type"))
    return Talk(
        tuple(Utterance(speaker, text) for speaker, text in turns),
        "transcript:dialogue",
        terminator=_terminator(data),
        label=label if label in {*FraudType, *Scene} else None,
        ids=tuple(str(data[key]) for key in ("tts_id", "id") if isinstance(data.get(key), (str, int))),
    )


def _terminator(data: dict[str, Any]) -> str:
    return str(data.get("terminator") or "").strip()


def _text(path: Path, config: IngestConfig) -> str:
    size = path.stat().st_size
    if size > config.longest_transcript_bytes:
        limit = f"at most {config.longest_transcript_bytes:,} (ingest.longest_transcript_bytes)"
        raise Unfit(RejectReason.TOO_LONG, f"a transcript of {size:,} bytes; {limit}")
    text = path.read_text(encoding=encoding_of(path))
    if path.suffix.lower() in _LINEWISE and (lines := text.count("\n")) > _LINES_A_CUE * config.most_utterances:
        raise Unfit(RejectReason.TOO_LONG, f"{lines:,} lines for at most {config.most_utterances:,} utterances")
    return text


def _json(text: str) -> Any:
    """Return the value of a document, or of its lines as a list; None where it is not JSON."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return [orjson.loads(line) for line in text.splitlines() if line.strip()]
    except orjson.JSONDecodeError:
        return None


def _lines(text: str, data: Any, form: str, speaker: Speaker | None) -> tuple[list[Line], bool]:
    if form in _SUBTITLES.values():
        return read_cues(text, speaker), True
    if data is not None:
        return read_json(data, speaker)
    if text.lstrip().startswith("{"):
        raise Unfit(RejectReason.UNREADABLE, "it begins like JSON and is none")
    return read_prefixed(text, speaker), True


def _own_channels(lines: Sequence[Line], sides: Sides) -> list[Line]:
    """Return lines with caller and callee for left and right, where the right channel is the caller's."""
    if sides.caller_channel == "left" or not all(line.speaker.lower() in ("left", "right") for line in lines):
        return list(lines)
    names = {name: str(sides.of_channel(name)) for name in ("left", "right")}
    return [Line(names[line.speaker.lower()], line.text, line.start, line.end, line.emotion) for line in lines]


def _in_order(utterances: Sequence[Utterance], sides: Sides) -> tuple[Utterance, ...]:
    """Return the utterances of two channels in the order they were said: by their times, or else by turns.

    Raises:
        Unfit: times are missing, and one side says more than once what the other answers.
    """
    if all(said.start is not None for said in utterances):
        return tuple(sorted(utterances, key=lambda said: (said.start or 0.0, said.end or 0.0)))
    by_side = [[said for said in utterances if said.speaker is speaker] for speaker in Speaker]
    if any(said.start is not None for said in utterances) or abs(len(by_side[0]) - len(by_side[1])) > 1:
        counts = " and ".join(str(len(side)) for side in by_side)
        raise Unfit(RejectReason.NO_TIMES, f"{counts} utterances of two channels, and times are missing")
    if (len(by_side[0]), sides.first_speaker is Speaker.CALLER) < (
        len(by_side[1]),
        sides.first_speaker is Speaker.CALLEE,
    ):
        by_side.reverse()
    first, second = by_side
    return tuple(said for said in chain.from_iterable(zip_longest(first, second)) if said is not None)
