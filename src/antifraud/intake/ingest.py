"""A recording or transcript of a real call becomes a dialogue without anything personal in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from pydantic import ValidationError

from antifraud import __version__
from antifraud.defects import MAX_TURNS, MIN_TURNS, TEXT_RULES
from antifraud.intake.label_sheet import Known, LabelSheet
from antifraud.intake.recordings.recogniser import Recogniser
from antifraud.intake.recordings.sound import open_recording
from antifraud.intake.recordings.transcribe import transcribe
from antifraud.intake.sources import Source
from antifraud.intake.transcripts.reading import from_dialogue, read_talk
from antifraud.intake.transcripts.sides import Sides
from antifraud.intake.transcripts.teleantifraud import ENDED_BY
from antifraud.intake.turn_taking import take_turns
from antifraud.intake.utterances import Talk, Unfit, spoken
from antifraud.intake_config import IngestConfig
from antifraud.labels import Outcome, RejectReason, Speaker
from antifraud.records import Dialogue, Ending, Provenance, Rejected

STAGE: Final = "ingest"
SCENARIO: Final = "ingested"
_AFTER_THE_END_SECONDS: Final = 2.0
"""By how much a transcript may end after its recording: recognisers give times with margins."""
_UNSPEAKABLE: Final = (
    RejectReason.CONTROL_TOKEN,
    RejectReason.UNFILLED_SLOT,
    RejectReason.PLACEHOLDER,
    RejectReason.STAGE_DIRECTION,
)
"""What nobody can say aloud. People do say English words and addresses of web sites, so that these are kept."""


class Anonymise(Protocol):
    """Whoever replaces what is personal."""

    def __call__(self, dialogue: Dialogue) -> Dialogue:
        """Return a dialogue without anything personal in it."""
        ...


@dataclass(frozen=True)
class Desk:
    """What every call needs to be taken in."""

    config: IngestConfig
    sheet: LabelSheet
    anonymise: Anonymise
    seed_of: Callable[[str], int]
    recogniser: Recogniser | None = None
    """None where no recording needs one."""

    @property
    def sides(self) -> Sides:
        """How sides are told apart."""
        return Sides(self.config.caller_channel, Speaker(self.config.first_speaker))


async def ingest(source: Source, desk: Desk) -> Dialogue | Rejected:
    """Take in one call; what is returned holds no name of a file and no word that was not anonymised.

    Raises:
        ServiceError: the transcription service cannot be used any more.
    """
    try:
        if source.unfit:
            raise source.unfit
        return _taken_in(source, await _talk(source, desk), desk)
    except Unfit as exc:
        return Rejected(id=source.id, stage=STAGE, reason=exc.reason, detail=exc.detail)
    except OSError as exc:
        detail = f"it cannot be read: {exc.strerror}"
        return Rejected(id=source.id, stage=STAGE, reason=RejectReason.UNREADABLE, detail=detail)


async def _talk(source: Source, desk: Desk) -> Talk:
    config, sides = desk.config, desk.sides
    if source.data is not None:
        return from_dialogue(source.data)
    if source.recording is None:
        return await asyncio.to_thread(read_talk, source.transcripts, sides, config)
    recording = await asyncio.to_thread(open_recording, source.recording)
    if source.transcripts:
        talk = await asyncio.to_thread(read_talk, source.transcripts, sides, config)
        _refuse_a_transcript_of_another(talk, recording.promised_seconds)
        return talk
    if desk.recogniser is None:
        raise RuntimeError("a recording came to a desk without a recogniser")
    return await transcribe(recording, source.id, desk.recogniser, sides, config)


def _refuse_a_transcript_of_another(talk: Talk, seconds: float | None) -> None:
    last = max((said.end or 0.0 for said in talk.utterances), default=0.0)
    if seconds is not None and last > seconds + _AFTER_THE_END_SECONDS:
        detail = f"the transcript goes on to {last:.1f} s, and the recording beside it ends at {seconds:.1f} s"
        raise Unfit(RejectReason.UNREADABLE, detail)


def _taken_in(source: Source, talk: Talk, desk: Desk) -> Dialogue:
    """Return the dialogue of a call, checked and anonymised.

    Raises:
        Unfit: it has no label, or is no call that can be used.
    """
    known = desk.sheet.of((source.id, *talk.ids, *source.names), talk.label)
    if known is None:
        raise Unfit(RejectReason.NO_LABEL, "nobody said whether it is fraud; give --label, or a line in --labels")
    dialogue = desk.anonymise(_dialogue(source, talk, known, desk))
    for turn in dialogue.turns:
        for reason, pattern in TEXT_RULES:
            if reason in _UNSPEAKABLE and pattern.search(turn.text):
                raise Unfit(reason, f"turn {turn.index} holds what cannot be spoken")
    return dialogue


def _dialogue(source: Source, talk: Talk, known: Known, desk: Desk) -> Dialogue:
    utterances = spoken(talk.utterances)
    if len(utterances) > desk.config.most_utterances:
        limit = f"at most {desk.config.most_utterances:,} (ingest.most_utterances)"
        raise Unfit(RejectReason.TOO_LONG, f"{len(utterances):,} utterances; {limit}")
    if silent := [speaker for speaker in Speaker if all(said.speaker is not speaker for said in utterances)]:
        raise Unfit(RejectReason.NOT_TWO_SIDES, f"the {silent[0]} says nothing")
    turns, timing = take_turns(utterances, desk.config)
    if len(turns) < MIN_TURNS:
        raise Unfit(RejectReason.TOO_SHORT, f"{len(turns)} turns; expected at least {MIN_TURNS}")
    if len(turns) > MAX_TURNS:
        raise Unfit(RejectReason.TOO_LONG, f"{len(turns)} turns; expected at most {MAX_TURNS}")
    is_fraud = known.label == "fraud"
    try:
        return Dialogue(
            synthetic=False,
            id=source.id,
            seed=desk.seed_of(source.id),
            is_fraud=is_fraud,
            scene=known.scene,
            fraud_type=known.fraud_type,
            official_category=known.official_category,
            scenario=SCENARIO,
            storyline=source.id,
            branch="fraud" if is_fraud else "lawful",
            caller=None,
            callee=None,
            intended_outcome=Outcome.UNKNOWN,
            turns=turns,
            ending=Ending(ended_by=ENDED_BY.get(talk.terminator, "natural"), outcome=Outcome.UNKNOWN, reason=""),
            source="transcribed",
            provenance=Provenance(engine=talk.engine, version=__version__, model=talk.model, parents=source.parents),
            timing=timing,
        )
    except ValidationError as exc:  # its message would quote the call
        raise Unfit(RejectReason.UNREADABLE, f"{exc.error_count()} values that no dialogue can hold") from None
