"""Which calls of a benchmark are known already: by descent, by their words, by their sound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from antifraud.bench.known_calls import Known, KnownCall
from antifraud.bench.sound_index import SoundIndex
from antifraud.bench.sound_prints import Prints
from antifraud.errors import ContaminationError
from antifraud.likeness.characters import bare
from antifraud.likeness.near_texts import NearTexts
from antifraud.records import AnnotatedCall


@dataclass(frozen=True)
class Finding:
    """Why a call is known."""

    call: str
    known: str
    """Id of the call it is known from."""
    place: str
    """Folder of the release or snapshot."""
    reason: str


class Newcomers:
    """The calls of a benchmark that is being made, looked up by everything a known one may share with them.

    Args:
        fine: prints of each call.
        jaccard_limit: of the shingles of 5 characters of the whole text.
    """

    def __init__(self, calls: Sequence[AnnotatedCall], fine: list[Prints], jaccard_limit: float) -> None:
        self._ids = [call.id for call in calls]
        self.voices = frozenset(voice.name for call in calls for voice in call.voices.values())
        self._sounds, self._texts = SoundIndex(fine), NearTexts(jaccard_limit)
        self._storylines: dict[str, list[str]] = defaultdict(list)
        self._audio: dict[str, list[str]] = defaultdict(list)
        self._origins: dict[str, list[str]] = defaultdict(list)
        for call in calls:
            self._texts.keep(_text(turn.text for turn in call.turns))
            self._storylines[call.storyline].append(call.id)
            self._audio[call.sha256].append(call.id)
            for origin in {call.id, *call.provenance.parents}:
                self._origins[origin].append(call.id)

    def findings(self, known: KnownCall, place: str) -> Iterator[Finding]:
        """Yield what connects a known call with any of these."""
        for call, reason in self._related(known):
            yield Finding(call, known.id, place, reason)

    def _related(self, known: KnownCall) -> Iterator[tuple[str, str]]:
        yield from ((call, "of the storyline of") for call in self._storylines.get(known.storyline, ()))
        yield from ((call, "the same file as") for call in self._audio.get(known.sha256, ()))
        for origin in sorted({known.id, *known.parents}):
            for call in self._origins.get(origin, ()):
                yield call, "the same call as" if call == known.id == origin else f"descends from {origin}, as does"
        for number, jaccard in self._texts.near(_text(known.turns)):
            yield self._ids[number], f"words (Jaccard index {jaccard:.2f}) of"
        for match in self._sounds.matches(known.prints()):
            yield self._ids[match.number], f"sound ({match.different:.0%} of the bits differ) of"


def _text(turns: Iterable[str]) -> str:
    return bare("".join(turns))


def refuse_known(newcomers: Newcomers, against: Iterable[Known]) -> dict[str, list[str]]:
    """Let no call into a benchmark that is known from a release or a snapshot; return the voices it shares with each.

    A voice is no finding: banks are small, and each call says other words.

    Raises:
        ContaminationError: some are; one line for each call and place.
    """
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    voices: dict[str, set[str]] = {}
    for known in against:
        heard = voices.setdefault(known.name, set())
        for each in known.calls():
            heard |= each.voices & newcomers.voices
            for finding in newcomers.findings(each, str(known.folder)):
                reasons[finding.call, finding.place].append(f"{finding.reason} {finding.known}")
    if not reasons:
        return {name: sorted(names) for name, names in voices.items()}
    lines = [f"{call}: known from {place}: {'; '.join(why)}" for (call, place), why in sorted(reasons.items())]
    raise ContaminationError(
        "\n".join(lines) + f"\n{len({call for call, _ in reasons})} calls are known already; nothing was frozen."
        " Make the benchmark of other storylines: generate with another run.seed, from other seeds or recordings."
    )
