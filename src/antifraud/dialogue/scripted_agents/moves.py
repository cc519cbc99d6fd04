"""What the caller can do."""

from __future__ import annotations

from enum import StrEnum


class Move(StrEnum):
    """What the caller can do when it is their turn."""

    STEP = "step"
    ANSWER = "answer"
    REASSURE = "reassure"
    VERIFY = "verify"
    INSIST = "insist"
    REPEAT = "repeat"
    WAIT = "wait"
    GOODBYE = "goodbye"
    HARD = "hard"
    """A storyline alone: to press or to let go in so many words."""
