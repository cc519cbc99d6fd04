"""Reads the packs from disk, and checks that every template in them can be said."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

import antifraud
from antifraud.documents import dotted, misfits, read_yaml
from antifraud.errors import PackError
from antifraud.scenarios.families import Family
from antifraud.scenarios.grammar import Rule, TemplateError, names, parse
from antifraud.scenarios.pack_model import PackModel
from antifraud.scenarios.packs import EverydayFile, Packs, PersonaPack, ReasoningPack, Scenario, SpeechPack
from antifraud.scenarios.phrases import Phrase, Relation
from antifraud.scenarios.roles import ASKER, CONTRAST_POOLS, ROLE_RULES
from antifraud.scenarios.slots import slot_names
from antifraud.scenarios.voice_pack import VoicePack

BUILT_IN_SLOTS = frozenset({"callee", "callee_full", "caller", "caller_full", "caller_surname", "callee_surname"})
"""Slots every scenario has: how the sides address each other."""

PROMPTS = frozenset(
    {
        *("caller", "callee", "supervisor", "script", "style", "storyline", "rewrite", "repair"),
        *("imitate", "reader", "reasoner", "personal"),
    }
)

Pack = TypeVar("Pack", bound=PackModel)


def packs_folder() -> Path:
    """Return the packs of this installation: beside the code when packaged, else in the repository."""
    packaged = Path(antifraud.__file__).parent / "packs"
    return packaged if packaged.is_dir() else Path(antifraud.__file__).parents[2] / "scenarios"


@lru_cache(maxsize=4)
def load_packs(folder: Path) -> Packs:
    """Read and check every pack.

    Raises:
        PackError: a file is not YAML, breaks the schema, or a template cannot be said.
    """
    everyday = [one for path in _files(folder / "everyday") for one in _everyday(path)]
    families = [_validated(Family, read_yaml(path, PackError), path) for path in _files(folder / "storylines")]
    storylines = [scenario for family in families for scenario in family.scenarios]
    _unique([*(one.id for one in everyday), *(one.id for one in storylines)], "scenario", folder)
    _unique([family.family for family in families], "family", folder / "storylines")
    packs = Packs(
        scenarios={scenario.id: scenario for scenario in everyday},
        families={family.family: family for family in families},
        storylines={scenario.id: scenario for scenario in storylines},
        speech=_merge(SpeechPack, _files(folder / "speech")),
        personas=_merge(PersonaPack, _files(folder / "personas")),
        reasoning=_merge(ReasoningPack, _files(folder / "reasoning")),
        voices=_merge(VoicePack, _files(folder / "voices")),
        prompts=_prompts(folder / "prompts"),
        version=_hash(folder),
    )
    if missing := CONTRAST_POOLS - packs.speech.contrast.keys():
        raise PackError(f"{folder / 'speech'}: contrast lacks {', '.join(sorted(missing))}.")
    if mute := [f"{name} for {who}" for name, who in _unsaid(packs.speech)]:
        raise PackError(
            f"{folder / 'speech'}: contrast has nothing that always fits in {', '.join(mute)}; add a phrase."
        )
    if broken := broken_templates(packs):
        raise PackError("\n".join(broken))
    return packs


def _unsaid(speech: SpeechPack) -> Iterator[tuple[str, Relation]]:
    """Yield pools of contrast and relations of the caller that have no phrase for whoever speaks."""
    for name, pool in speech.contrast.items():
        for relation in get_args(Relation):
            if not any(phrase.when is None or _is_for(phrase, relation) for phrase in pool):
                yield name, relation


def _is_for(phrase: Phrase, relation: Relation) -> bool:
    return phrase.when is not None and phrase.when.model_fields_set == {"relation"} and relation in phrase.when.relation


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.yaml"))
    if not found:
        raise PackError(f"{folder}: no scenario files (*.yaml) here; give the folder that holds the packs.")
    return found


def _prompts(folder: Path) -> dict[str, str]:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    if missing := PROMPTS - texts.keys():
        raise PackError(f"{folder}: lacks the prompts {', '.join(f'{name}.md' for name in sorted(missing))}.")
    return texts


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".md")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _unique(names: list[str], what: str, folder: Path) -> None:
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise PackError(f"{folder}: {what} id {twice[0]!r} is used twice; give one another name.")


def _everyday(path: Path) -> tuple[Scenario, ...]:
    data = read_yaml(path, PackError)
    if not isinstance(data, dict) or not isinstance(data.get("scenarios"), list):
        raise PackError(f"{path}: expected a mapping with `label` and a list `scenarios`.")
    for scenario in data["scenarios"]:
        if isinstance(scenario, dict):
            scenario.setdefault("scene", data.get("label"))
    return _validated(EverydayFile, data, path).scenarios


def _merge(model: type[Pack], paths: list[Path]) -> Pack:
    merged: dict[str, Any] = {}
    for path in paths:
        data = read_yaml(path, PackError) or {}
        _validated(model, data, path)
        for key, value in data.items():
            if isinstance(value, dict) and isinstance(merged.get(key), dict):
                if twice := merged[key].keys() & value.keys():
                    raise PackError(f"{path}: {key} {sorted(twice)} stand in another file of this folder too.")
                merged[key] |= value
            elif key in merged:
                merged[key] = [*merged[key], *value]
            else:
                merged[key] = value
    return model.model_validate(merged)


def _validated(model: type[Pack], data: Any, path: Path) -> Pack:
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        lines = [f"{path}: {dotted(place)}: {fits}; found {found}." for place, fits, found in misfits(exc)]
        raise PackError("\n".join(lines)) from exc


def broken_templates(packs: Packs) -> list[str]:
    """Return one line for each template that names a slot or rule that does not exist, or is malformed."""
    shared = set(packs.speech.rules)
    lines: list[str] = []

    def check(where: str, templates: Iterable[str], slots: Set[str], rules: Set[str]) -> None:
        lines.extend(f"{where}: {line}" for template in templates for line in _broken(template, slots, rules))

    for scenario in packs.scenarios.values():
        said = (phrase.say for phrase in scenario.phrases())
        check(scenario.id, said, BUILT_IN_SLOTS | slot_names(scenario.slots), shared | set(scenario.rules))
    for story in packs.storylines.values():
        slots, rules = BUILT_IN_SLOTS | slot_names(story.slots), shared | set(story.rules)
        check(story.id, story.phrases(), slots, rules)
        check(story.id, story.verb_phrases(), slots | {ASKER}, set())
    pools = {**packs.speech.rules, **packs.speech.callee, **packs.speech.caller, "endings": packs.speech.endings}
    for name, pool in pools.items():
        check(f"speech {name}", (phrase.say for phrase in pool), BUILT_IN_SLOTS, shared)
    for name, pool in packs.speech.contrast.items():
        check(f"contrast {name}", (phrase.say for phrase in pool), BUILT_IN_SLOTS, shared | ROLE_RULES)
    for hold in packs.speech.holds:
        check("holds", hold.say, BUILT_IN_SLOTS | {ASKER}, shared)
    return lines


def _broken(template: str, slots: Set[str], rules: Set[str]) -> Iterator[str]:
    try:
        for reference in names(parse(template)):
            if isinstance(reference, Rule):
                if reference.name not in rules:
                    yield f"no rule <{reference.name}> for {template!r}; expected one of {sorted(rules)}"
            elif reference.name not in slots:
                yield f"no slot {{{reference.name}}} for {template!r}; expected one of {sorted(slots)}"
    except TemplateError as exc:
        yield str(exc)
