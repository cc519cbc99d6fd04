"""Draws that a secret key and a value decide: the same always, and nothing to whoever lacks the key."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class KeyedDraws:
    """Draws from HMAC-SHA256 of a purpose and a value."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digest(self, data: bytes) -> str:
        """Return the HMAC as 64 hex digits."""
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()

    def number(self, purpose: str, value: str) -> int:
        """Return a whole number of 256 bits."""
        return int(self.digest(f"{purpose}\0{value}".encode()), 16)

    def digits(self, purpose: str, value: str, count: int) -> str:
        """Return `count` digits."""
        found, part = "", 0
        while len(found) < count:
            found += f"{self.number(purpose, f'{value}{chr(0)}{part}') % 10**60:060d}"
            part += 1
        return found[:count]

    def one(self, purpose: str, value: str, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.number(purpose, value) % len(choices)]

    def other(self, purpose: str, value: str, choices: Sequence[str], taken: Sequence[str]) -> str:
        """Return one of the choices that is not taken and not the value itself; the first drawn where all are."""
        start = self.number(purpose, value) % len(choices)
        for step in range(len(choices)):
            choice = choices[(start + step) % len(choices)]
            if choice != value and choice not in taken:
                return choice
        return choices[start]
