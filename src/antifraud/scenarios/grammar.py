"""The phrase grammar of the packs: a template becomes one of many spoken sentences.

    (a|b|)      one of the alternatives, which may be empty and may nest
    {slot}      a fact of this call, the same wherever it is said
    <rule>      one of the phrases a rule names, which may hold templates again

Everything else is said as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

MAX_DEPTH = 12
"""A rule that reaches itself deeper than this is a loop in the pack."""

_TOKEN = re.compile(r"[(|)]|\{[^{}]*\}|<[^<>]*>|[^(|){}<>]+")


class TemplateError(ValueError):
    """A template is malformed or names a slot or rule that does not exist."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A reference to a fact of the call."""

    name: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A reference to a named set of phrases."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives, each a sequence of parts."""

    options: tuple[Template, ...]


Part = str | Slot | Rule | Choice
Template = tuple[Part, ...]


@cache
def parse(text: str) -> Template:
    """Read a template.

    Raises:
        TemplateError: brackets do not match, or a slot or rule has no name.
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        raise TemplateError(f"unmatched '{{' or '<' in {text!r}")
    parts, rest = _sequence(tokens, 0, text, inside=False)
    if rest != len(tokens):
        raise TemplateError(f"unmatched ')' in {text!r}")
    return parts


def _sequence(tokens: Sequence[str], at: int, text: str, *, inside: bool) -> tuple[Template, int]:
    """Read parts until the tokens end or, inside brackets, until `|` or `)`."""
    parts: list[Part] = []
    while at < len(tokens):
        token = tokens[at]
        if token == "(":
            choice, at = _choice(tokens, at + 1, text)
            parts.append(choice)
            continue
        if token in "|)":
            if inside:
                return tuple(parts), at
            raise TemplateError(f"'{token}' outside brackets in {text!r}")
        if token[0] in "{<":
            name = token[1:-1].strip()
            if not name:
                raise TemplateError(f"empty {token} in {text!r}")
            parts.append(Slot(name) if token[0] == "{" else Rule(name))
        else:
            parts.append(token)
        at += 1
    if inside:
        raise TemplateError(f"unmatched '(' in {text!r}")
    return tuple(parts), at


def _choice(tokens: Sequence[str], at: int, text: str) -> tuple[Choice, int]:
    options: list[Template] = []
    while True:
        option, at = _sequence(tokens, at, text, inside=True)
        options.append(option)
        if tokens[at] == ")":
            return Choice(tuple(options)), at + 1
        at += 1


def names(template: Template) -> Iterator[Slot | Rule]:
    """Every slot and rule a template refers to."""
    for part in template:
        if isinstance(part, Choice):
            for option in part.options:
                yield from names(option)
        elif not isinstance(part, str):
            yield part


class Expander:
    """Expands templates for one call: slots stay as they are, alternatives are drawn afresh."""

    def __init__(self, slots: Mapping[str, str], rng: Random) -> None:
        self.slots = slots
        self.rng = rng

    def rule(self, name: str) -> str:
        """Return a phrase of a rule as a template text; the wording of a call decides which."""
        raise TemplateError(f"no rule <{name}>")

    def expand(self, text: str, depth: int = 0) -> str:
        """Return one sentence of a template.

        Raises:
            TemplateError: a slot or rule is unknown, or rules refer to each other in a circle.
        """
        if depth > MAX_DEPTH:
            raise TemplateError(f"rules go in circles at {text!r}")
        return self._join(parse(text), depth)

    def _join(self, template: Template, depth: int) -> str:
        said: list[str] = []
        for part in template:
            if isinstance(part, str):
                said.append(part)
            elif isinstance(part, Choice):
                said.append(self._join(self.rng.choice(part.options), depth))
            elif isinstance(part, Rule):
                said.append(self.expand(self.rule(part.name), depth + 1))
            elif part.name in self.slots:
                said.append(self.slots[part.name])
            else:
                raise TemplateError(f"no slot {{{part.name}}}")
        return "".join(said)
