"""`antifraud anonymise`: dialogue files in, the same calls with surrogates out, and a report without a value.

What a chat model answers is asked in a folder of its own that goes when the file is done: it quotes originals.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antifraud.config import Config
from antifraud.errors import RecordError
from antifraud.intake.lenient import read_any
from antifraud.privacy.anonymiser import Anonymiser
from antifraud.privacy.finding import find, mentions
from antifraud.privacy.kinds import Mention
from antifraud.privacy.quoted_spans import ask_quotes, merge, require_local
from antifraud.privacy.review import review_page
from antifraud.records import Call, Dialogue
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.services.chat import ChatModel
from antifraud.services.journal import CHAT_FILE, Journal
from antifraud.store.files import write_atomic
from antifraud.store.lines import dump_line
from antifraud.store.manifest import dump_json


@dataclass(frozen=True)
class Anonymised:
    """What became of a file."""

    output: Path
    calls: int
    counts: dict[str, int]
    """Values replaced, by kind."""
    left_out: int
    """Lines that are no dialogue."""


async def anonymise_file(
    config: Config, anonymiser: Anonymiser, source: Path, output: Path, review: Path | None = None
) -> Anonymised:
    """Write a dialogue file, ours or foreign, as dialogues with surrogates, and beside it a report.

    Raises:
        RecordError: the file cannot be read, or holds calls whose audio says what the text would no longer say.
        ConfigError: `privacy.chat` is true and the chat service is no local one.
    """
    if _is_same(output, source):
        raise RecordError(f"{output}: is the file that is read; give another one with --output.")
    dialogues, oddities = read_any(source)
    if any(isinstance(dialogue, Call) for dialogue in dialogues):
        raise RecordError(
            f"{source}: holds spoken calls; their audio would keep what the text loses. Anonymise the dialogues"
            " they were made of, then synthesize again."
        )
    quoted = await _quoted(config, dialogues)
    counts: Counter[str] = Counter()
    lines, shown = [], []
    for dialogue, more in zip(dialogues, quoted):
        made = anonymiser.anonymise(dialogue, more)
        counts.update({kind.value: count for kind, count in made.replaced.items()})
        lines.append(dump_line(made.dialogue))
        shown.append((dialogue.id, _texts(dialogue), made.edits))
    write_atomic(output, b"".join(lines))
    if review is not None:
        write_atomic(review, review_page(shown))
    left_out = sum(not oddity.is_readable for oddity in oddities)
    result = Anonymised(output, len(dialogues), dict(sorted(counts.items())), left_out)
    report: dict[str, Any] = {"calls": result.calls, "left_out": left_out, "replaced": result.counts}
    write_atomic(output.with_name(f"{output.stem}.privacy.json"), dump_json(report))
    return result


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def span_lines(path: Path) -> Iterator[str]:
    """Yield each line {text} of a file as {text, spans}, for audits.

    Raises:
        RecordError: the file cannot be read, or a line is not JSON with a text.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise RecordError(f"{path}: cannot be read as UTF-8 text.") from exc
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        text = _text_of(line)
        if text is None:
            raise RecordError(f'{path}:{number}: expected a JSON object like {{"text": "…"}}. Correct this line.')
        spans = [{"start": span.start, "end": span.end, "type": span.kind.value} for span in find(text)]
        yield json.dumps({"text": text, "spans": spans}, ensure_ascii=False)


def _text_of(line: str) -> str | None:
    try:
        data = json.loads(line)
    except json.JSONDecodeError:
        return None
    text = data.get("text") if isinstance(data, dict) else None
    return text if isinstance(text, str) else None


def _texts(dialogue: Dialogue) -> list[str]:
    return [*(turn.text for turn in dialogue.turns), dialogue.ending.reason]


async def _quoted(config: Config, dialogues: Sequence[Dialogue]) -> list[list[Mention]]:
    """Return what a chat model adds to each call; nothing where none is asked for."""
    if not config.privacy.chat:
        return [[] for _ in dialogues]
    require_local(config)
    prompts = load_packs(config.generate.packs or packs_folder()).prompts
    added = []
    with (
        tempfile.TemporaryDirectory(prefix="antifraud-") as folder,
        Journal(Path(folder) / CHAT_FILE, replay_only=False) as journal,
    ):
        async with ChatModel.open(config.llm, os.environ, journal) as chat:
            for dialogue in dialogues:
                texts = _texts(dialogue)
                quotes = await ask_quotes(texts, chat, prompts["personal"], prompts["repair"])
                added.append(merge(texts, quotes, mentions(texts)))
    return added
