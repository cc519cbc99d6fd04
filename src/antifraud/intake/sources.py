"""Finds the calls in files and folders: a recording, a transcript, both, a transcript for each channel, or a line."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol

import orjson

from antifraud.errors import UsageError
from antifraud.intake.transcripts.encodings import encoding_of
from antifraud.intake.transcripts.recognisers import CHANNEL
from antifraud.intake.transcripts.teleantifraud import is_dialogue
from antifraud.intake.utterances import Unfit
from antifraud.intake_config import IngestConfig
from antifraud.labels import RejectReason

_TRANSCRIPTS: Final = frozenset({".json", ".jsonl", ".srt", ".vtt", ".txt"})
_BESIDE: Final = "config.jsonl"
"""TeleAntiFraud's name for the transcript of the one recording in its folder."""
_BLOCK_BYTES: Final = 1 << 20
_ID_DIGITS: Final = 16
_LINES_OF_CALLS: Final = frozenset({".json", ".jsonl"})


class Fingerprints(Protocol):
    """Whoever holds the key of the keyed hash."""

    def fingerprint(self, data: bytes) -> str:
        """Return a keyed hash as hex."""
        ...


@dataclass(frozen=True)
class Source:
    """One call from outside; `where` and `names` are for people and labels and are never written."""

    id: str
    parents: tuple[str, ...]
    """Keyed hashes of the recording and the transcripts, or of a line."""
    where: str
    names: tuple[str, ...]
    recording: Path | None = None
    transcripts: tuple[tuple[Path, str | None], ...] = ()
    """With the channel, where each has its own."""
    data: Any = None
    """A call that is a line of a file."""
    unfit: Unfit | None = None
    """Why it can be seen already not to be a call."""


@dataclass
class Group:
    """Files that belong to one call by their names."""

    recording: Path | None = None
    transcripts: list[tuple[Path, str | None]] = field(default_factory=list)

    @property
    def may_be_many(self) -> bool:
        """Whether it is a file that may hold a call in each line."""
        alone = self.recording is None and len(self.transcripts) == 1
        return alone and self.first.suffix.lower() in _LINES_OF_CALLS

    @property
    def first(self) -> Path:
        """What the group is called by."""
        return self.recording or self.transcripts[0][0]


def find_groups(paths: Iterable[Path], besides: Path | None) -> list[Group]:
    """Return the files of each call, in the order of their names; hidden files and links out of a folder are left.

    Args:
        besides: a file that is no call, as the sheet of labels.

    Raises:
        UsageError: a path is not there.
    """
    by_call: defaultdict[tuple[Path, str], list[Path]] = defaultdict(list)
    for file in dict.fromkeys(file for path in paths for file in _files(path)):
        if besides is None or file.resolve() != besides.resolve():
            by_call[file.parent, _stem(file)].append(file)
    _take_config_beside(by_call)
    return [group for files in by_call.values() for group in _groups(files)]


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UsageError(f"{path}: not found; give files or folders with recordings and transcripts.")
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file()
        and not file.is_symlink()
        and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


def _stem(path: Path) -> str:
    """Return the name of a call: of a file's without extension, and without the channel of a transcript."""
    return CHANNEL.sub("", path.stem) if _is_transcript(path) else path.stem


def _is_transcript(path: Path) -> bool:
    return path.suffix.lower() in _TRANSCRIPTS


def _take_config_beside(by_call: dict[tuple[Path, str], list[Path]]) -> None:
    """Put TeleAntiFraud's config.jsonl beside the one recording of its folder."""
    for folder, stem in [key for key, files in by_call.items() if [path.name for path in files] == [_BESIDE]]:
        others = [key for key in by_call if key[0] == folder and key[1] != stem]
        if len(others) == 1 and not any(map(_is_transcript, by_call[others[0]])):
            by_call[others[0]] += by_call.pop((folder, stem))


def _groups(files: Sequence[Path]) -> Iterator[Group]:
    """Yield the calls of files with one name: transcripts go with the first recording."""
    transcripts = [path for path in files if _is_transcript(path)]
    recordings = [path for path in files if not _is_transcript(path)]
    channels = [(path, found[1].lower()) for path in transcripts if (found := CHANNEL.search(path.stem))]
    whole: list[tuple[Path, str | None]] = [(path, None) for path in transcripts if not CHANNEL.search(path.stem)]
    told = whole[:1] or list(channels)
    for number, recording in enumerate(recordings):
        yield Group(recording, [] if number else told)
    if told and not recordings:
        yield Group(None, told)
    for other in whole[1:]:
        yield Group(None, [other])


def find_sources(groups: Iterable[Group], keyed: Fingerprints, config: IngestConfig) -> Iterator[Source]:
    """Yield every call; each has an id of its own, from the keyed hash of what it is."""
    seen: Counter[str] = Counter()
    for group in groups:
        for source in _sources(group, keyed, config):
            seen[source.id] += 1
            times = seen[source.id]
            if times > 1:
                twice = Unfit(RejectReason.DUPLICATE_ID, "the same bytes were taken in before")
                source = replace(source, id=f"{source.id}-{times}", unfit=twice)
            yield source


def _sources(group: Group, keyed: Fingerprints, config: IngestConfig) -> Iterator[Source]:
    files = [path for path, _ in group.transcripts]
    try:
        if group.may_be_many:
            lines = _lines_of_calls(files[0], keyed, config)
            if lines is not None:
                yield from lines
                return
        parents = tuple(_hash(path, keyed) for path in [*([group.recording] if group.recording else []), *files])
    except OSError as exc:
        yield _unread(group.first, keyed, Unfit(RejectReason.UNREADABLE, f"it cannot be read: {exc.strerror}"))
        return
    yield Source(
        id=_id(parents[0]),
        parents=parents,
        where=str(group.first),
        names=_names(group.first),
        recording=group.recording,
        transcripts=tuple(group.transcripts),
    )


def _id(fingerprint: str) -> str:
    return f"ingest-{fingerprint[:_ID_DIGITS]}"


def _names(path: Path) -> tuple[str, ...]:
    """Return what a sheet of labels may call a file: its path from any folder on, or its name without extension."""
    folder = (path.parent.name,) if path.name == _BESIDE else ()
    paths = ("/".join(path.parts[first:]) for first in range(len(path.parts)))
    return (str(path), *paths, path.stem, _stem(path), *folder)


def _hash(path: Path, keyed: Fingerprints) -> str:
    """Return the keyed hash of a file's SHA-256, read in blocks: a recording may be larger than the memory."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return keyed.fingerprint(digest.digest())


def _lines_of_calls(path: Path, keyed: Fingerprints, config: IngestConfig) -> Iterator[Source] | None:
    """Return the calls of a file in which each line or item is one; None where the file is a single call."""
    try:
        if path.suffix.lower() == ".json":
            return _items_of_calls(path, keyed, config)
        encoding = encoding_of(path)
        first = next(_raw_lines(path, encoding, config), (0, ""))[1]
        if not is_dialogue(_value(first)):
            return None
        _refuse_too_many(path, config)
    except Unfit as exc:
        return iter([_whole(path, keyed, exc)])
    return (_from_line(path, number, raw, keyed, config) for number, raw in _raw_lines(path, encoding, config))


def _items_of_calls(path: Path, keyed: Fingerprints, config: IngestConfig) -> Iterator[Source] | None:
    if path.stat().st_size > config.longest_transcript_bytes:
        return None  # too long for whoever reads it as well
    data = _value(path.read_text(encoding=encoding_of(path)))
    if not isinstance(data, list) or not data or not is_dialogue(data[0]):
        return None
    raw_items = ((number, orjson.dumps(item).decode()) for number, item in enumerate(data, start=1))
    return (_from_line(path, number, raw, keyed, config) for number, raw in raw_items)


def _refuse_too_many(path: Path, config: IngestConfig) -> None:
    with open(path, "rb") as file:
        lines = sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK_BYTES), b""))
    if lines > config.most_lines:
        raise Unfit(RejectReason.TOO_LONG, f"{lines:,} lines; at most {config.most_lines:,} (ingest.most_lines)")


def _raw_lines(path: Path, encoding: str, config: IngestConfig) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something; of a line that is too long no more than makes that clear."""
    limit = config.longest_transcript_bytes + 1
    with open(path, encoding=encoding) as file:
        for number, line in enumerate(iter(lambda: file.readline(limit), ""), start=1):
            if line.strip():
                yield number, line


def _from_line(path: Path, number: int, raw: str, keyed: Fingerprints, config: IngestConfig) -> Source:
    content = raw.strip().encode()
    fingerprint, data = keyed.fingerprint(hashlib.sha256(content).digest()), _value(raw)
    unfit = None
    if len(content) > config.longest_transcript_bytes:
        limit = f"at most {config.longest_transcript_bytes:,} (ingest.longest_transcript_bytes)"
        unfit = Unfit(RejectReason.TOO_LONG, f"line {number} has {len(content):,} bytes; {limit}")
    elif not is_dialogue(data):
        found = "no JSON" if data is None else f"a {type(data).__name__} of another form"
        unfit = Unfit(
            RejectReason.UNREADABLE, f"line {number} is {found}; expected left and right, or dialogue_history"
        )
    own = [str(data[key]) for key in ("tts_id", "id") if isinstance(data, dict) and key in data]
    place = f"{path}:{number}"
    names = (*own, place, f"{path.name}:{number}", path.name, path.stem)
    return Source(_id(fingerprint), (fingerprint,), place, names, data=data, unfit=unfit)


def _whole(path: Path, keyed: Fingerprints, unfit: Unfit) -> Source:
    fingerprint = _hash(path, keyed)
    return Source(_id(fingerprint), (fingerprint,), str(path), _names(path), unfit=unfit)


def _unread(path: Path, keyed: Fingerprints, unfit: Unfit) -> Source:
    """Return a file of which not even a hash is known; its id comes from its name, as the key hides it."""
    return Source(_id(keyed.fingerprint(str(path).encode())), (), str(path), _names(path), unfit=unfit)


def _value(raw: str) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
