"""What a snapshot keeps of each call so that later ones can be told from it without opening its audio."""

from __future__ import annotations

from antifraud.bench.sound_prints import Prints, dumped
from antifraud.records import AnnotatedCall, Id, Record, Sha256


class Fingerprint(Record):
    """Where a call comes from and what it sounds like; its words are in the references."""

    id: Id
    storyline: Id
    parents: tuple[str, ...]
    """Seeds that it imitates, or hashes of the recordings that it was written down from."""
    sha256: Sha256
    """Of its audio file."""
    sound: str
    """Prints by `sound_prints`, base64 of 32-bit words, the least byte first."""


def fingerprint_of(call: AnnotatedCall, plain: Prints) -> Fingerprint:
    """Return the fingerprint of a call whose sound has these plain prints."""
    return Fingerprint(
        id=call.id,
        storyline=call.storyline,
        parents=call.provenance.parents,
        sha256=call.sha256,
        sound=dumped(plain),
    )
