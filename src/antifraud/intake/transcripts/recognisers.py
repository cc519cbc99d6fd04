"""Reads the JSON of recognisers: Whisper, faster-whisper, WhisperX, FunASR, SenseVoice, TeleAntiFraud's config.jsonl.

Each gives lines whose speakers are names, or one channel's lines where the file or a key says whose they are.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from antifraud.intake.transcripts.sides import Line
from antifraud.intake.transcripts.subtitles import tagged_groups
from antifraud.intake.utterances import Unfit
from antifraud.labels import RejectReason
from antifraud.services.tags import read_tags

_LISTS: Final = ("segments", "sentence_info", "audio_segments", "utterances", "sentences", "turns")
_SPEAKERS: Final = ("speaker", "spk", "role", "channel")
_TEXTS: Final = ("text", "content", "sentence")
_STARTS: Final = ("start_time_seconds", "start_seconds", "start", "start_time", "begin")
_ENDS: Final = ("end_time_seconds", "end_seconds", "end", "end_time")
_MILLISECONDS: Final = "sentence_info"
"""FunASR counts so: github.com/modelscope/FunASR, README of paraformer-vad-punc-spk."""
_CLOCK: Final = re.compile(r"^(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)$")
CHANNEL: Final = re.compile(r"(?:^|[._-])(left|right|caller|callee)$", re.I)
"""How the end of a name, without its extension, says whose channel a file is."""


def read_json(data: Any, speaker: str | None) -> tuple[list[Line], bool]:
    """Return the lines of a transcript, and whether they stand in the order they were said.

    Args:
        speaker: whose channel the file is; None where it tells that itself.

    Raises:
        Unfit: the form is unknown, or nobody says who speaks.
    """
    if speaker is None and isinstance(data, dict) and (channels := _channels(data)):
        return [line for name, part in channels for line in read_json(part, name)[0]], False
    if isinstance(data, str) and speaker is not None:
        return tagged_groups(speaker, data), True
    if isinstance(data, dict):
        name = next((name for name in _LISTS if isinstance(data.get(name), list)), None)
        if name:
            scale = 0.001 if name == _MILLISECONDS else 1.0
            return [_line(item, speaker, scale) for item in data[name]], True
        if speaker is not None and isinstance(data.get("text"), str):
            return tagged_groups(speaker, data["text"]), True
    if isinstance(data, list) and data:
        return _read_list(data, speaker)
    raise _unknown(data)


def _channels(data: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the parts of a transcript that holds one for each channel."""
    for names in (("left", "right"), ("caller", "callee")):
        if all(isinstance(data.get(name), (str, list, dict)) for name in names):
            return [(name, data[name]) for name in names]
    return []


def _read_list(data: list[Any], speaker: str | None) -> tuple[list[Line], bool]:
    """Read a list of results, as FunASR and SenseVoice give, or of utterances."""
    if speaker is not None and all(isinstance(item, str) for item in data):
        return [line for item in data for line in tagged_groups(speaker, item)], True
    if not all(isinstance(item, dict) for item in data):
        raise _unknown(data)
    if len(data) == 1 and any(isinstance(data[0].get(name), list) for name in _LISTS):
        return read_json(data[0], speaker)
    keyed = [(_channel_of(item), item) for item in data]
    if all(name for name, _ in keyed):
        return [line for name, item in keyed for line in read_json(item, name)[0]], False
    if speaker is not None and all(_value(item, _STARTS) is None for item in data):
        return [line for item in data for line in tagged_groups(speaker, str(_value(item, _TEXTS) or ""))], True
    return [_line(item, speaker, 1.0) for item in data], True


def _channel_of(item: dict[str, Any]) -> str | None:
    found = CHANNEL.search(str(item.get("key", "")))
    return found[1].lower() if found else None


def _line(item: Any, speaker: str | None, scale: float) -> Line:
    if not isinstance(item, dict):
        raise _unknown(item)
    text, who = _value(item, _TEXTS), speaker if speaker is not None else _value(item, _SPEAKERS)
    if not isinstance(text, str):
        raise Unfit(RejectReason.UNREADABLE, f"an utterance without text; its keys are {_shape(item)}")
    if who is None:
        raise Unfit(RejectReason.NOT_TWO_SIDES, "an utterance names no speaker, and the file no channel")
    start, end = _seconds(_value(item, _STARTS), scale), _seconds(_value(item, _ENDS), scale)
    if start is None or end is None or end < start:
        start = end = None
    said = read_tags(text)
    return Line(str(who), said.text, start, end, said.emotion)


def _value(item: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _seconds(value: Any, scale: float) -> float | None:
    """Return a time as seconds; None where it is no time."""
    if isinstance(value, str) and (clock := _CLOCK.match(value.strip())):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3].replace(",", "."))
    try:
        seconds = float(value) * scale
    except (TypeError, ValueError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _shape(item: dict[str, Any]) -> str:
    """Return how many keys an object has: their names may be words of the call."""
    return f"{len(item)} in number"


def _unknown(data: Any) -> Unfit:
    return Unfit(
        RejectReason.UNREADABLE,
        f"{type(data).__name__} of an unknown form; expected one of {', '.join(_LISTS)}, left and right,"
        " dialogue_history, or utterances with speaker and text",
    )
