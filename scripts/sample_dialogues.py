"""Writes dialogues to read aloud into data/sample/: storylines told every way, and everyday calls.

python scripts/sample_dialogues.py
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path

from antifraud.config import Config, RunConfig
from antifraud.dialogue.generate import generate
from antifraud.dialogue_config import FraudMix, GenerateConfig, LawfulMix, StorylineConfig
from antifraud.labels import Speaker
from antifraud.records import Assignment, Dialogue, Rejected, Turn
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.stages.dialogues import sample_calls

SEED, EACH = 3, 20
FOLDER = Path(__file__).parents[1] / "data" / "sample"
SIDES = {Speaker.CALLER: "主叫", Speaker.CALLEE: "被叫"}
BRANCHES = {"fraud": "诈骗", "lawful": "正常", "sales": "推销"}
DRAWN = (
    f"Drawn by seed {SEED} from the scripted agents, as they come (`scripts/sample_dialogues.py`)."
    " No real person, institution or number."
    " A short turn before another of the same side is said under the turn before it."
)


def main() -> None:
    """Write storylines.md and everyday.md."""
    config = Config(
        run=RunConfig(seed=SEED),
        generate=GenerateConfig(
            fraud=FraudMix(count=EACH), lawful=LawfulMix(count=EACH), storylines=StorylineConfig(sales_share=1.0)
        ),
    )
    packs = load_packs(packs_folder())
    given = list(sample_calls(config, packs))
    told = {each.id: asyncio.run(generate(each, config.generate, packs)) for each in given}
    storylines = [each for each in given if each.story]
    everyday = [each for each in given if not each.story]
    write("storylines.md", f"{EACH} storylines, told every way", OPENED, tell_storylines(storylines, told))
    write("everyday.md", f"{EACH} everyday calls", "", tell_everyday(everyday, told))


OPENED = (
    " The opening stands once and is the same in every call of a storyline; `◆` stands behind the turn that proves"
    " the label. A call is sales where it turns into a pushy but legal offer."
)


def write(name: str, title: str, more: str, lines: Iterable[str]) -> None:
    """Write one file."""
    (FOLDER / name).write_text("\n".join([f"# {title}", "", DRAWN + more, *lines]) + "\n", encoding="utf-8")


def tell_storylines(given: Iterable[Assignment], told: dict[str, Dialogue | Rejected]) -> Iterator[str]:
    """Yield storylines: the opening, then how each of its calls goes on."""
    for _, group in groupby(given, key=lambda each: each.plan.storyline):
        calls = list(group)
        story = calls[0].story
        if story is None:
            continue
        yield from ("", f"## {story.scenario}", "", *spoken(story.opening))
        for each in calls:
            call = told[each.id]
            if isinstance(call, Dialogue):
                yield from ("", f"**{BRANCHES[call.branch]}** · {call.ending.outcome} · {call.ending.reason}", "")
                proof = call.decisive.turn if call.decisive else None
                act = call.decisive.act if call.decisive else None
                yield from spoken(islice(call.turns, len(story.opening), None), proof, f" ◆ `{act}`")


def tell_everyday(given: Iterable[Assignment], told: dict[str, Dialogue | Rejected]) -> Iterator[str]:
    """Yield everyday calls."""
    for each in given:
        call = told[each.id]
        if isinstance(call, Dialogue):
            yield from (
                "",
                f"## {call.scenario}",
                "",
                f"{call.scene} · {call.ending.outcome} · {call.ending.reason}",
                "",
            )
            yield from spoken(call.turns)


def spoken(turns: Iterable[Turn], proof: int | None = None, mark: str = "") -> Iterator[str]:
    """Yield turns as the items of a list, one marked as the proof."""
    for turn in turns:
        yield f"- {SIDES[turn.speaker]}：{turn.text}{mark if turn.index == proof else ''}"


if __name__ == "__main__":
    main()
