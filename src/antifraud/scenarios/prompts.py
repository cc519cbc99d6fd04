"""Fills in the prompts of the packs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from jinja2 import Environment, StrictUndefined, Template


def fill_in(prompt: str, values: Mapping[str, object]) -> str:
    """Return a prompt with its values; one that it names and that is missing is an error."""
    return _template(prompt).render(values).strip()


@lru_cache(maxsize=64)
def _template(text: str) -> Template:
    environment = Environment(  # noqa: S701 - plain text for a model, not HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text)
