"""What `antifraud ingest` needs at hand: the files of the calls, their labels, a recogniser, whoever anonymises."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antifraud.config import Config
from antifraud.intake.ingest import Desk
from antifraud.intake.label_sheet import Label, read_sheet
from antifraud.intake.recordings.local_whisper import WhisperRecogniser
from antifraud.intake.recordings.recogniser import Recogniser, ServiceRecogniser
from antifraud.intake.recordings.sound import is_recording
from antifraud.intake.sources import Group, Source, find_groups, find_sources
from antifraud.privacy.anonymiser import Anonymiser
from antifraud.privacy.kinds import Kind
from antifraud.records import Dialogue
from antifraud.scenarios.plans import seed_of
from antifraud.services.journal import Journal
from antifraud.services.speech_presets import INGEST
from antifraud.services.transcription import TranscriptionModel
from antifraud.store.files import make_folder

JOURNAL_FILE: Final = "ingest.sqlite"
"""Holds transcripts that nobody anonymised, so that it goes when everything is taken in."""
_OWNER_ALONE: Final = 0o600
_KEY_SAMPLE: Final = b"antifraud ingest: which key"


@dataclass(frozen=True)
class Delivery:
    """What is to be taken in, and what is known of it."""

    paths: Sequence[Path]
    labels: Path | None = None
    label: Label | None = None
    """Of calls that the sheet does not name."""


class Intake:
    """A delivery that was looked through, and the key that its names are hidden with."""

    def __init__(self, config: Config, delivery: Delivery, anonymiser: Anonymiser) -> None:
        """Look through the files.

        Raises:
            UsageError: a path is not there.
            RecordError: the sheet of labels does not fit.
        """
        self._config, self._anonymiser = config, anonymiser
        self._sheet = read_sheet(delivery.labels, delivery.label)
        self._delivery = delivery
        self.groups: list[Group] = find_groups(delivery.paths, delivery.labels)
        self.places: dict[str, str] = {}
        """Where each call came from, by its id; for people, never written."""
        self.replaced: Counter[Kind] = Counter()
        """What the anonymiser found in this process, by kind."""

    def settings(self) -> dict[str, Any]:
        """Return what decides the dialogues, without any name of a file."""
        labels = self._delivery.labels
        return {
            "seed": self._config.run.seed,
            "ingest": self._config.ingest.portable(),
            "key": self._anonymiser.fingerprint(_KEY_SAMPLE),
            "label": self._delivery.label,
            "labels": self._anonymiser.fingerprint(labels.read_bytes()) if labels else None,
        }

    @property
    def total(self) -> int | None:
        """How many calls there are; None where a file may hold many."""
        return None if any(group.may_be_many for group in self.groups) else len(self.groups)

    def sources(self) -> Iterator[Source]:
        """Yield the calls."""
        for source in find_sources(self.groups, self._anonymiser, self._config.ingest):
            self.places[source.id] = source.where
            yield source

    def note(self, recogniser: Recogniser | None) -> str:
        """Return what was replaced and what the recogniser has cost, in a few words."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.replaced.items()))
        told = [f"replaced: {kinds or 'nothing'}", recogniser.bill() if recogniser else ""]
        return "; ".join(filter(None, told))

    def _anonymised(self, dialogue: Dialogue) -> Dialogue:
        result = self._anonymiser.anonymise(dialogue)
        self.replaced.update(result.replaced)
        return result.dialogue

    @asynccontextmanager
    async def open_desk(self, folder: Path, environment: Mapping[str, str] = os.environ) -> AsyncIterator[Desk]:
        """Open what takes the calls in; the recogniser only where a recording has no transcript.

        Args:
            folder: where the journal of the service lies while it works.

        Raises:
            EngineError, ServiceError: the recogniser cannot be used as it is set up.
        """
        config, seed = self._config.ingest, self._config.run.seed

        def desk(recogniser: Recogniser | None) -> Desk:
            return Desk(
                config,
                self._sheet,
                self._anonymised,
                lambda call: seed_of(seed, call),
                recogniser,
            )

        if not any(
            group.recording and not group.transcripts and is_recording(group.recording) for group in self.groups
        ):
            yield desk(None)
        elif config.recogniser == "faster-whisper":
            yield desk(WhisperRecogniser(config.whisper))
        else:
            path = folder / JOURNAL_FILE
            make_folder(folder)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, _OWNER_ALONE))
            with Journal(path) as journal:
                async with TranscriptionModel.open(config.service, environment, journal, INGEST) as model:
                    yield desk(ServiceRecogniser(model))
            if not config.keep_journal:
                forget(path)


def forget(journal: Path) -> None:
    """Remove a journal with what SQLite puts beside it."""
    for name in (journal.name, f"{journal.name}-wal", f"{journal.name}-shm"):
        journal.with_name(name).unlink(missing_ok=True)
