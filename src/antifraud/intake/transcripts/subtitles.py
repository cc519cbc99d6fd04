"""Reads SRT and WebVTT, and plain text of `speaker: words` lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from antifraud.intake.transcripts.sides import NAMES, Line
from antifraud.intake.utterances import Unfit
from antifraud.labels import RejectReason
from antifraud.services.tags import TAG, read_tags

_TIME: Final = r"(?:(\d+):)?(\d{1,2}):(\d{2})[,.](\d{1,3})"
_CUE: Final = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}")
_VOICE: Final = re.compile(r"^<v(?:\.[^ >]*)?\s+([^>]+)>(.*?)(?:</v>)?\s*$", re.S)
_PREFIX: Final = re.compile(
    r"^\s*(?:\[([^\]]{1,24})\]|([^\s:：]{1,12}|(?:speaker|说话人)[ _]?\w{1,8}))\s*[:：]\s*(.*)$", re.S | re.I
)
_BRACKETED: Final = re.compile(r"^\s*\[([^\]]{1,24})\]\s*(.*)$", re.S)
_GROUP: Final = re.compile(r"(?<!\|>)(?=<\|)")
"""Where a group of tags begins."""
_MARKUP: Final = re.compile(r"</?[a-z][^>]*>|\{\\[^}]*\}")


def read_cues(text: str, speaker: str | None) -> list[Line]:
    """Return the cues of an SRT or WebVTT file.

    Args:
        speaker: whose they are; None where each begins with a speaker.

    Raises:
        Unfit: a cue has no speaker, or there is no cue.
    """
    lines: list[Line] = []
    for start, end, words in _cues(text):
        name, said = (speaker, words) if speaker is not None else _named(words)
        if name is None:
            raise Unfit(RejectReason.NOT_TWO_SIDES, f"cue {len(lines) + 1} names no speaker, and the file no channel")
        tagged = read_tags(_MARKUP.sub("", said))
        lines.append(Line(name, tagged.text, start, end, tagged.emotion))
    if not lines:
        raise Unfit(RejectReason.UNREADABLE, "no cue with a time")
    return lines


def _cues(text: str) -> Iterator[tuple[float, float, str]]:
    """Yield start, end and words of every cue; numbers, headers and notes are passed over."""
    times: tuple[float, float] | None = None
    words: list[str] = []
    for line in [*text.splitlines(), ""]:
        if cue := _CUE.match(line):
            if times and words:
                yield (*times, "\n".join(words[:-1] if words[-1].strip().isdigit() else words))
            times, words = (_seconds(cue.groups()[:4]), _seconds(cue.groups()[4:])), []
        elif not line.strip():
            if times and words:
                yield (*times, "\n".join(words))
            times, words = None, []
        elif times:
            words.append(line)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return (
        int(hours or 0) * 3600
        + int(minutes or 0) * 60
        + int(seconds or 0)
        + int((fraction or "0").ljust(3, "0")) / 1000
    )


def _named(words: str) -> tuple[str | None, str]:
    if voice := _VOICE.match(words):
        return voice[1].strip(), voice[2]
    if prefix := _PREFIX.match(words):
        return (prefix[1] or prefix[2]).strip(), prefix[3]
    if bracketed := _BRACKETED.match(words):
        return bracketed[1].strip(), bracketed[2]
    return None, words


def read_prefixed(text: str, speaker: str | None = None) -> list[Line]:
    """Return the lines of a text whose lines begin with a speaker; a line without one goes on with the line before.

    Args:
        speaker: whose the whole text is; tags of SenseVoice, or else lines, then part it.

    Raises:
        Unfit: the first line names no speaker.
    """
    if speaker is not None:
        return tagged_groups(speaker, text)
    rows = [(_named(raw), raw) for raw in filter(str.strip, text.splitlines())]
    often = Counter(name for (name, _), _ in rows if name is not None)
    names = {name for name, times in often.items() if times > 1 or name.lower() in NAMES} or set(often)
    lines: list[Line] = []
    for (name, words), raw in rows:
        if name in names and name is not None:
            tagged = read_tags(words)
            lines.append(Line(name, tagged.text, emotion=tagged.emotion))
        elif lines:
            last = lines.pop()
            lines.append(Line(last.speaker, f"{last.text} {raw.strip()}", emotion=last.emotion))
        else:
            raise Unfit(RejectReason.NOT_TWO_SIDES, "the first line names no speaker")
    return lines


def tagged_groups(speaker: str, text: str) -> list[Line]:
    """Return what one channel says: an utterance for each group of SenseVoice's tags, or for each line without any."""
    groups = [part for part in _GROUP.split(text) if part.strip()] if TAG.search(text) else text.splitlines()
    tagged = (read_tags(group) for group in groups)
    return [Line(speaker, said.text, emotion=said.emotion) for said in tagged if said.text]
