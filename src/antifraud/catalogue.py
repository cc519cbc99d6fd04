"""The engines of every part: what each needs, and what its licence asks of those who use its output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Terms = Literal["free", "noncommercial", "elsewhere"]
"""What an engine lets others do with what it makes; elsewhere: somebody else says."""


@dataclass(frozen=True)
class EngineEntry:
    """One engine that can play a part."""

    part: str
    name: str
    module: str | None
    """Python module that must be importable; None where nothing is needed."""
    extra: str | None
    """Extra of this package that brings the module."""
    licence: str
    embedded: bool
    """Needs no key, no GPU and no download of weights."""
    terms: Terms = "free"
    """Of what it makes: the output of a GPL program is its user's, that of non-commercial weights stays so."""


ENGINES: Final = (
    EngineEntry(
        "dialogue",
        "scripted",
        None,
        None,
        "Apache-2.0; wording from the scenario packs of this project",
        embedded=True,
    ),
    EngineEntry(
        "dialogue",
        "llm",
        "openai",
        None,
        "terms of the provider and licence of the model that provenance names",
        embedded=False,
        terms="elsewhere",
    ),
    EngineEntry(
        "speech",
        "espeak",
        "espeakng_loader",
        "espeak",
        "engine GPL-3.0-or-later, run as its own process; a formant synthesiser, not a human or neural voice",
        embedded=True,
    ),
    EngineEntry(
        "speech",
        "chattts",
        "ChatTTS",
        "chattts",
        "engine AGPL-3.0-or-later, run as its own process; weights CC BY-NC 4.0: no commercial use of what they say",
        embedded=False,
        terms="noncommercial",
    ),
    EngineEntry(
        "speech",
        "chattts-server",
        None,
        None,
        "licence of the engine behind the servers, which the voices of every call name;"
        " ChatTTS: code AGPL-3.0-or-later, weights CC BY-NC 4.0",
        embedded=False,
        terms="noncommercial",
    ),
    EngineEntry(
        "speech",
        "openai-speech",
        "openai",
        None,
        "terms of the provider and licence of the model that the voices name; a synthetic voice, to be called one",
        embedded=False,
        terms="elsewhere",
    ),
    EngineEntry("annotation", "rules", None, None, "Apache-2.0; wording from the scenario packs", embedded=True),
)

API_KEYS: Final = ("SILICONFLOW_API_KEY", "OPENAI_API_KEY", "DEEPSEEK_API_KEY", "DASHSCOPE_API_KEY")
"""Environment variables that services take their keys from."""


def licence_of(name: str) -> str:
    """Return the licence note of an engine, or a reminder where it is not ours."""
    return next(
        (entry.licence for entry in ENGINES if entry.name == name), "not an engine of antifraud; see its source"
    )


def is_embedded(name: str) -> bool:
    """Tell whether an engine is one of the embedded defaults."""
    return any(entry.name == name and entry.embedded for entry in ENGINES)


def terms_of(name: str) -> Terms:
    """Return what an engine lets others do with what it makes; of an engine that is not ours, others say."""
    return next((entry.terms for entry in ENGINES if entry.name == name), "elsewhere")
