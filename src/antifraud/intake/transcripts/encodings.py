"""In which encoding a text file is: UTF-8, UTF-16 or GB18030, with or without a byte-order mark."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from antifraud.intake.utterances import Unfit
from antifraud.labels import RejectReason

_BLOCK_BYTES: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_FEWEST_ASCII_SHARE: Final = 0.3
"""Of the characters of a transcript without a mark: JSON, times and line ends; below it UTF-16 is a wrong guess."""
_CONTROLS: Final = frozenset(range(32)) - {9, 10, 12, 13}


def is_archive(head: bytes) -> bool:
    """Tell whether a file begins like zip, gzip, 7z, rar, bzip2 or xz."""
    return head.startswith(_ARCHIVES)


def encoding_of(path: Path) -> str:
    """Return the encoding in which every byte of a file is text; it is read in blocks.

    Raises:
        Unfit: it is empty, an archive, or no text in any encoding that is known here.
    """
    with open(path, "rb") as file:
        head = file.read(_BLOCK_BYTES)
    if not head.strip():
        raise Unfit(RejectReason.UNREADABLE, f"{len(head)} bytes, and nothing in them")
    if is_archive(head):
        raise Unfit(RejectReason.UNREADABLE, "an archive; unpack it and give the folder")
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    candidates = [marked] if marked else [*_utf_16(head), "utf-8", "gb18030"]
    for encoding in candidates:
        if _is_text(path, encoding):
            return encoding
    raise Unfit(RejectReason.UNREADABLE, "no text in UTF-8, UTF-16 or GB18030")


def _utf_16(head: bytes) -> list[str]:
    """Return the byte order in which a file without a mark is UTF-16: ASCII characters then have a zero beside them."""
    pairs = max(1, len(head) // 2)
    shares = {"utf-16-le": head[1::2].count(0) / pairs, "utf-16-be": head[0::2].count(0) / pairs}
    likely = max(shares, key=lambda name: shares[name])
    return [likely] if shares[likely] >= _FEWEST_ASCII_SHARE else []


def _is_text(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with open(path, "rb") as file:
        try:
            while block := file.read(_BLOCK_BYTES):
                if not _CONTROLS.isdisjoint(map(ord, set(decoder.decode(block)))):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True
