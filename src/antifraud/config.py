"""Every setting, one frozen model per stage, with its only default.

Layers, later ones win: YAML file < `ANTIFRAUD_*` environment < `--set a.b=c`. In the environment `__` parts the
names: `ANTIFRAUD_SYNTHESIZE__WORKERS=4` is `--set synthesize.workers=4`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from antifraud.audit_config import AuditConfig
from antifraud.dialogue_config import GenerateConfig, ImitateConfig
from antifraud.documents import dotted, misfits, read_yaml
from antifraud.errors import ConfigError
from antifraud.evaluation_config import EvaluateConfig, JudgeConfig
from antifraud.intake_config import IngestConfig
from antifraud.labels import LabelSet
from antifraud.records import Id, Share
from antifraud.release_config import BenchConfig, PackConfig
from antifraud.service_config import LlmConfig
from antifraud.settings import Settings
from antifraud.speech_config import SpeechConfig

ENVIRONMENT_PREFIX = "ANTIFRAUD_"
PRIVACY_KEY_VARIABLE = "ANTIFRAUD_PRIVACY_KEY"
"""Holds the key of surrogates; it is no setting, so that it never gets into a config that is written down."""


class RunConfig(Settings):
    """Where a run lies and what it starts from."""

    name: Id = "default"
    folder: Path = Path("data/runs")
    seed: int = Field(default=1, ge=0)
    concurrency: int = Field(default=8, ge=1, le=4096)
    """Records in flight at once within a stage."""
    rejected_limit: Share = 0.2
    """Largest share of rejected records before a stage ends with exit code 3."""


class AnnotateConfig(Settings):
    """Annotations."""

    engine: Literal["rules", "llm"] = "rules"
    model: str | None = None
    """llm alone: a reasoning model of the service of `llm`; null for its own."""
    samples: int = Field(default=3, ge=1, le=64)
    """llm alone: answers to each question, of which the shortest right and proven one is kept."""
    temperature: float = Field(default=0.6, ge=0, le=2)
    """What the makers of DeepSeek-R1 and Qwen3 advise for thinking."""
    max_tokens: int = Field(default=4096, ge=64)
    """Room for thinking and answer."""
    label_set: LabelSet = LabelSet.TELEANTIFRAUD
    """Names the kinds of fraud in the third round, and so in the release and the benchmark made of it.

    A fraud call without a label of the set gets two rounds.
    """
    cuts: tuple[Share, ...] = (0.25, 0.5, 0.75)
    """Where prefixes of a call end, in shares of its length, each at the end of the turn that is heard there."""


class PrivacyConfig(Settings):
    """Anonymising."""

    key_file: Path | None = None
    """Holds the key of surrogates where the variable ANTIFRAUD_PRIVACY_KEY does not; outside the folder of runs."""
    chat: bool = False
    """true: the chat service of `llm`, on this machine or in its network, quotes what the rules miss."""


class Config(Settings):
    """All settings of a run."""

    run: RunConfig = RunConfig()
    llm: LlmConfig = LlmConfig()
    generate: GenerateConfig = GenerateConfig()
    imitate: ImitateConfig = ImitateConfig()
    ingest: IngestConfig = IngestConfig()
    synthesize: SpeechConfig = SpeechConfig()
    annotate: AnnotateConfig = AnnotateConfig()
    pack: PackConfig = PackConfig()
    bench: BenchConfig = BenchConfig()
    audit: AuditConfig = AuditConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    privacy: PrivacyConfig = PrivacyConfig()
    judge: JudgeConfig = JudgeConfig()


def load_config(file: Path | None, environment: Mapping[str, str], overrides: Sequence[str] = ()) -> Config:
    """Read and merge the layers.

    Args:
        overrides: settings as `a.b=value`, the value read as YAML.

    Raises:
        ConfigError: a layer cannot be read, a key is unknown or a value does not fit.
    """
    merged: dict[str, Any] = {}
    sources: dict[tuple[str, ...], str] = {}
    for source, layer in _layers(file, environment, overrides):
        for place, value in _leaves(layer):
            _put(merged, place, value, source)
            sources[place] = source
    try:
        return Config.model_validate(merged)
    except ValidationError as exc:
        raise ConfigError("\n".join(_explained(exc, sources))) from exc


def _layers(
    file: Path | None, environment: Mapping[str, str], overrides: Sequence[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    if file is not None:
        data = read_yaml(file, ConfigError)
        if data is not None and not isinstance(data, dict):
            raise ConfigError(f"{file}: expected a mapping of settings; found {type(data).__name__}.")
        yield str(file), data or {}
    for name, text in sorted(environment.items()):
        if name.startswith(ENVIRONMENT_PREFIX) and name != PRIVACY_KEY_VARIABLE:
            yield name, _nested(name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"), _value(name, text))
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set {override}: expected key=value, as in --set run.seed=7.")
        yield f"--set {key}", _nested(key.split("."), _value(f"--set {key}", text))


def _value(source: str, text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise ConfigError(f"{source}: the value cannot be read as YAML; quote it.") from exc


def _nested(keys: Sequence[str], value: Any) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    return dict(value)


def _leaves(layer: Mapping[Any, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in layer.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*place, str(key)))
        else:
            yield (*place, str(key)), value


def _put(merged: dict[str, Any], place: tuple[str, ...], value: Any, source: str) -> None:
    inner = merged
    for key in place[:-1]:
        inner = inner.setdefault(key, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{source}: {dotted(place)}: {key} is a value, not a section.")
    inner[place[-1]] = value


def _explained(exc: ValidationError, sources: Mapping[tuple[str, ...], str]) -> Iterator[str]:
    for place, fits, found in misfits(exc):
        keys = tuple(str(part) for part in place if part != "[key]")
        source = next((sources[known] for known in sources if known[: len(keys)] == keys), "config")
        if fits == "extra inputs are not permitted":
            fits = f"no such setting{_suggestion(keys)}"
        yield f"{source}: {dotted(keys)} is {found}; {fits}."


def _suggestion(keys: tuple[str, ...]) -> str:
    model: Any = Config
    for key in keys[:-1]:
        field = model.model_fields.get(key) if hasattr(model, "model_fields") else None
        if field is None:
            return ""
        model = field.annotation
    if not hasattr(model, "model_fields"):
        return ""
    near = difflib.get_close_matches(keys[-1], model.model_fields, n=1)
    return f", did you mean {near[0]}" if near else f", expected one of {', '.join(model.model_fields)}"
