"""What ChatTTS can read, and breaks and laughter placed in it by rule."""

from __future__ import annotations

import re

from antifraud.speech.engines.chattts_style import Style

MOST_CHARACTERS = 100
"""Of one row of a batch; longer texts are spoken in pieces. At 2 characters a second, half of slow speech, 100 take
50 s; ChatTTS itself stops at 43.7 s."""
_MARKS = str.maketrans({"！": "。", "？": "。", "；": "，", "：": "，", "!": "。", "?": "。", ";": "，", ":": "，"})
_BRACKETS = re.compile(r"\[[^\[\]]*\]|[\[\]]")
_UNKNOWN = re.compile(r"[^\u4e00-\u9fffA-Za-z，。、 ]")
_SAID = re.compile(r"[\u4e00-\u9fffA-Za-z]")
_SENTENCE = re.compile(r"[^。]*。+|[^。]+")
_CLAUSE = re.compile(r"[^，、]*[，、]+|[^，、]+")
_SHORT_BREAKS_FROM, _BREAKS_FROM = 5, 2
"""Levels of break from which a comma, and from which a full stop inside the text, becomes one; design choices."""
_LAUGHS_THROUGHOUT = 2


class Unreadable(Exception):
    """ChatTTS would leave out part of the text."""


def readable(text: str) -> str:
    """Return a text in the characters that ChatTTS takes, without anything in square brackets: it obeys those.

    Raises:
        Unreadable: a character would be dropped in silence, or nothing is left to say.
    """
    clean = _BRACKETS.sub("", text).translate(_MARKS)
    if found := _UNKNOWN.search(clean):
        raise Unreadable(f"it cannot say {found[0]!r}; expected hanzi, letters and the marks ，。！？、；：")
    if not _SAID.search(clean):
        raise Unreadable(f"nothing in {text[:20]!r} can be said")
    return clean


def pieces(text: str) -> list[str]:
    """Cut a readable text into pieces of at most `MOST_CHARACTERS`, at full stops, else at commas, else anywhere."""
    if len(text) <= MOST_CHARACTERS:
        return [text]
    found: list[str] = []
    for part in _parts(text):
        if found and len(found[-1]) + len(part) <= MOST_CHARACTERS:
            found[-1] += part
        else:
            found.append(part)
    return [piece for piece in found if _SAID.search(piece)]


def _parts(text: str) -> list[str]:
    parts = []
    for sentence in _SENTENCE.findall(text):
        clauses = [sentence] if len(sentence) <= MOST_CHARACTERS else _CLAUSE.findall(sentence)
        for clause in clauses:
            parts += [clause[at : at + MOST_CHARACTERS] for at in range(0, len(clause), MOST_CHARACTERS)]
    return parts


def marked(text: str, style: Style) -> str:
    """Return the text with breaks after its marks as the style has them, and laughter where it has that."""
    body = text.rstrip("，。、 ")
    end = text[len(body) :]
    if style.pause >= _BREAKS_FROM:
        body = body.replace("。", "。[uv_break]")
    if style.pause >= _SHORT_BREAKS_FROM:
        body = body.replace("，", "，[uv_break]")
    if style.laugh >= _LAUGHS_THROUGHOUT:
        body = body.replace("。", "。[laugh]")
    return body + ("[laugh]" if style.laugh else "") + end
