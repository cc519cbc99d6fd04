"""Which conversations fit: within the token limit, and with recordings that are heard to their end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson
import soundfile

from antifraud.errors import RecordError
from antifraud.training.sft_rows import Sample, read_samples
from antifraud.training.token_counts import TokenCount

SHOWN = 5
"""Conversations that an error names."""


@dataclass(frozen=True)
class Limits:
    """What fits, and what becomes of the rest."""

    max_tokens: int
    too_long: Literal["refuse", "drop"]
    cut_audio: Literal["keep", "refuse", "drop"]


@dataclass(frozen=True)
class Misfit:
    """A conversation that is too long, or a recording of which not all is heard."""

    sample: str
    """File and line."""
    audios: tuple[str, ...]
    tokens: int
    seconds: float
    """Of its recordings, together."""
    lost_seconds: float
    """Of them, what no model hears."""
    is_too_long: bool
    is_kept: bool

    def line(self) -> bytes:
        """Return it as a line of check.jsonl."""
        return orjson.dumps(self.__dict__) + b"\n"


@dataclass
class Fit:
    """What the check of a file found."""

    counted_by: str
    max_tokens: int
    heard_seconds: float
    samples: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    too_long: int = 0
    cut: int = 0
    """Conversations with a recording that is cut."""
    hours: float = 0.0
    lost_hours: float = 0.0
    tokens: int = 0
    longest: int = 0

    def summary(self) -> dict[str, Any]:
        """Return the figures for people and for recipe.json."""
        return {
            "counted_by": self.counted_by,
            "samples": self.samples,
            "kept": self.kept,
            "dropped": dict(sorted(self.dropped.items())),
            "tokens": {
                "limit": self.max_tokens,
                "longest": self.longest,
                "mean": round(self.tokens / self.samples, 1) if self.samples else 0,
                "too_long": self.too_long,
            },
            "audio": {
                "heard_seconds": self.heard_seconds,
                "hours": round(self.hours, 4),
                "cut": self.cut,
                "lost_hours": round(self.lost_hours, 4),
            },
        }


def fit(source: Path, release: Path, count: TokenCount, limits: Limits, folder: Path) -> Fit:
    """Write the conversations that are kept to data/train.jsonl and those that do not fit to check.jsonl.

    Raises:
        RecordError: some do not fit and the limits refuse them, none is left, or a recording cannot be read.
    """
    found = Fit(count.name, limits.max_tokens, count.heard_seconds)
    refused: list[Misfit] = []
    (folder / "data").mkdir()
    with open(folder / "data/train.jsonl", "wb") as kept, open(folder / "check.jsonl", "wb") as misfits:
        for number, line, sample in read_samples(source):
            misfit = _examine(f"{source.relative_to(release)}:{number}", sample, release, count, limits, found)
            if misfit is None or misfit.is_kept:
                kept.write(line)
            if misfit is not None:
                misfits.write(misfit.line())
                refused += [misfit] if _is_refused(misfit, limits) else []
    if refused:
        raise RecordError(_refusal(refused, release, found))
    if not found.kept:
        raise RecordError(f"{source}: none of {found.samples} conversations is left; raise --max-tokens.")
    return found


def _examine(where: str, sample: Sample, release: Path, count: TokenCount, limits: Limits, found: Fit) -> Misfit | None:
    seconds = [_seconds(release / audio, where) for audio in sample.audios]
    lost = sum(max(0.0, each - count.heard_seconds) for each in seconds)
    tokens = count.of(sample, seconds)
    is_too_long = tokens > limits.max_tokens
    reason = "too_long" if is_too_long else "cut_audio" if lost and limits.cut_audio == "drop" else None
    found.samples += 1
    found.kept += reason is None
    found.dropped.update([reason] if reason else [])
    found.too_long += is_too_long
    found.cut += lost > 0
    found.hours += sum(seconds) / 3600
    found.lost_hours += lost / 3600
    found.tokens += tokens
    found.longest = max(found.longest, tokens)
    if not lost and not is_too_long:
        return None
    return Misfit(where, sample.audios, tokens, round(sum(seconds), 3), round(lost, 3), is_too_long, reason is None)


def _is_refused(misfit: Misfit, limits: Limits) -> bool:
    is_cut = misfit.lost_seconds > 0
    return (misfit.is_too_long and limits.too_long == "refuse") or (is_cut and limits.cut_audio == "refuse")


def _refusal(refused: list[Misfit], release: Path, found: Fit) -> str:
    lines = [
        f"{release / each.sample}: {each.tokens} tokens, {each.lost_seconds} of {each.seconds} s not heard."
        for each in refused[:SHOWN]
    ]
    return "\n".join(
        [
            *lines,
            f"{len(refused)} of {found.samples} conversations do not fit {found.max_tokens} tokens"
            f" ({found.counted_by}) and {found.heard_seconds:g} s of audio."
            " Leave them out with --too-long drop or --cut-audio drop, or raise --max-tokens.",
        ]
    )


def _seconds(path: Path, where: str) -> float:
    try:
        with soundfile.SoundFile(path) as sound:
            return float(sound.frames / sound.samplerate)
    except (OSError, soundfile.LibsndfileError) as exc:
        raise RecordError(f"{where}: {path} cannot be read as audio. Run antifraud verify on the release.") from exc
