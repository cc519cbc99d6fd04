"""Which model judges: another than the teacher that wrote the reference reasoning, if nobody says otherwise."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from antifraud.config import Config
from antifraud.errors import ConfigError
from antifraud.services.presets import PRESETS

_NO_MODEL: Final = "rules"
"""The annotator that is a program."""
_JUDGES: Final[Mapping[str, tuple[str, ...]]] = {
    "siliconflow": ("deepseek-ai/DeepSeek-R1", "Qwen/Qwen2.5-72B-Instruct"),
    "openai": ("gpt-4o", "gpt-4o-mini"),
    "deepseek": ("deepseek-reasoner", "deepseek-chat"),
    "dashscope": ("qwen-max", "qwen-plus"),
}
"""Of each provider the first that is not the teacher; the paper's judge is DeepSeek-R1."""


def teachers(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Return the models that wrote the reasoning of a snapshot; none where rules did, or the manifest does not tell."""
    named = {engine["name"] for engine in manifest.get("engines", ()) if engine["part"] == "annotation"}
    return frozenset(_model_of(name) for name in named - {_NO_MODEL})


def choose_judge(config: Config, taught: Collection[str]) -> str:
    """Return the model that judges: the one that is set, else one of the provider's that is no teacher.

    Raises:
        ConfigError: none is set, and the server at hand is known to have the teacher alone.
    """
    if config.judge.model is not None:
        return config.judge.model
    known = _JUDGES.get(config.llm.preset, ()) if config.llm.base_url is None else ()
    own = config.llm.model or PRESETS[config.llm.preset].model
    for model in (*known, own):
        if model is not None and model not in taught:
            return model
    raise ConfigError(
        f"judge.model is not set, and {own or 'no model'} of the service of llm"
        f"{' wrote the reference reasoning' if own else ' is set'}; set judge.model to another model that it has."
    )


def _model_of(name: str) -> str:
    """Return a teacher's model where an annotation names the preset of one that nobody set."""
    return (PRESETS[name].model or name) if name in PRESETS else name
