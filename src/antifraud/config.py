"""Every setting, one frozen model per stage, with its only default.

Layers, later ones win: YAML file < `ANTIFRAUD_*` environment < `--set a.b=c`. In the environment `__` parts the
names: `ANTIFRAUD_SYNTHESIZE__WORKERS=4` is `--set synthesize.workers=4`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import Field, ValidationError, model_validator

from antifraud.documents import dotted, misfits, read_yaml
from antifraud.errors import ConfigError
from antifraud.evaluation_config import EvaluateConfig
from antifraud.intake_config import IngestConfig
from antifraud.labels import FRAUD_OUTCOMES, LAWFUL_OUTCOMES, Awareness, LabelSet, Outcome, Scene
from antifraud.records import Id, Share, Source
from antifraud.service_config import LlmConfig
from antifraud.settings import Count, Settings, SomeWeight, Weight
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


class FraudMix(Settings):
    """Which fraud calls to plan: `count` spread over families by a prior or by weights, or exact `counts`.

    Weights and counts name families, official categories or types of TeleAntiFraud-28k; what a name covers shares it.
    """

    count: Count = 20
    prior: Literal["uniform", "paper-28k", "official"] = "uniform"
    """uniform over families; paper-28k by the type counts of TeleAntiFraud-28k; official by 82,210 police notes."""
    weights: Annotated[dict[str, Weight], SomeWeight] = {}
    """Instead of the prior."""
    counts: Annotated[dict[str, Count], SomeWeight] = {}
    outcomes: dict[Awareness, Annotated[dict[Outcome, Weight], SomeWeight]] = {
        Awareness.LOW: dict(zip(FRAUD_OUTCOMES, (6, 2, 1, 1), strict=True)),
        Awareness.MIDDLE: dict(zip(FRAUD_OUTCOMES, (3, 3, 3, 1), strict=True)),
        Awareness.HIGH: dict(zip(FRAUD_OUTCOMES, (1, 4, 4, 1), strict=True)),
    }
    """How calls end by awareness of fraud; the spread is a design choice, no source gives one.

    Siblings end alike, complied read as settled and refused as declined, or the ending would tell the label.
    """


class StorylineConfig(Settings):
    """What grows around each fraud call."""

    sibling_share: Share = 1.0
    """Share of the fraud calls that get a lawful sibling."""
    sales_share: Share = 0.1
    """Share of the storylines that are told as a pushy but legal sale too."""
    depth: int = Field(default=4, ge=1, le=4)
    """Levels of the tree below the opening."""
    width: int = Field(default=3, ge=2, le=6)
    """Most children of a node."""


class LawfulMix(Settings):
    """Which everyday calls to plan beside the siblings: `count` spread over `weights`, or exact `counts` per scene."""

    count: Count = 6
    weights: Annotated[dict[Scene, Weight], SomeWeight] = Field(default=dict.fromkeys(Scene, 1.0))
    counts: Annotated[dict[Scene, Count], SomeWeight] = {}
    outcomes: dict[Awareness, Annotated[dict[Outcome, Weight], SomeWeight]] = {
        Awareness.LOW: dict(zip(LAWFUL_OUTCOMES, (6, 2, 1, 1), strict=True)),
        Awareness.MIDDLE: dict(zip(LAWFUL_OUTCOMES, (5, 2, 2, 1), strict=True)),
        Awareness.HIGH: dict(zip(LAWFUL_OUTCOMES, (4, 2, 3, 1), strict=True)),
    }


class GenerateConfig(Settings):
    """Dialogues."""

    engine: Literal["scripted", "llm"] = "scripted"
    mode: Literal["turns", "script"] = "turns"
    """llm alone: agents take turns, or one request writes the whole call."""
    supervise_every: int = Field(default=6, ge=1)
    """llm alone: turns between two looks of the supervisor where nothing else calls for one."""
    rewrites: int = Field(default=2, ge=0)
    """llm alone: turns that may be asked for again in one call because a check failed."""
    packs: Path | None = None
    """Folder of scenario packs; null for those that come with antifraud."""
    fraud: FraudMix = FraudMix()
    storylines: StorylineConfig = StorylineConfig()
    lawful: LawfulMix = LawfulMix()
    max_turns: int = Field(default=40, ge=4, le=200)
    attempts: int = Field(default=40, ge=1)
    """Simulations of one plan before it is rejected because none ends as intended."""


class ImitateConfig(Settings):
    """New dialogues that keep the strategy of seed dialogues."""

    engine: Literal["embedded", "llm"] = "embedded"
    """embedded: the scripted agents say what the seed did again; llm: the chat model of `llm` writes by exemplars."""
    count: Count = 100
    kinds: Annotated[dict[str, Weight], SomeWeight] = {}
    """Weights of kinds of call, each by its type of fraud, else its official category or family, or by its scene;
    empty: as the seeds have them."""
    exemplars: int = Field(default=3, ge=1, le=8)
    """llm alone: dialogues shown for a call, the seed that it imitates included."""
    round_size: int = Field(default=50, ge=1, le=5000)
    """Calls that are written side by side; what is accepted of them is an exemplar for the rounds after."""
    attempts: int = Field(default=20, ge=1)
    """Drafts of one call before it is rejected; llm pays for each."""
    longest_copied_run: int = Field(default=12, ge=4)
    """Characters of a turn, without punctuation, that a seed or another imitation may hold too."""
    jaccard_limit: float = Field(default=0.5, ge=0.5, le=1)
    """Of the shingles of 5 characters; a dialogue that reaches it against a seed or another one is refused."""


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


ReleaseFormat = Literal["taf", "swift", "llamafactory", "openai", "prefixes", "parquet", "webdataset", "lhotse"]


class WindowConfig(Settings):
    """What becomes of calls that are longer than the model which is trained hears."""

    heard_seconds: float = Field(default=30.0, gt=0)
    """Of a recording; towers of the Whisper family, Qwen2-Audio's among them, drop what comes after 30 s unasked."""
    cut: bool = False
    """true: calls are cut into windows that are heard whole, at borders of turns; false: the metadata tells how much
    of each call is heard."""
    overlap_turns: Count = 1
    """cut alone: turns that a window repeats of the one before, where they fit."""


Licence = Literal[
    "Apache-2.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "LicenseRef-by-part"
]
"""SPDX ids; LicenseRef-by-part: every part under the terms of what made it."""


class PackConfig(Settings):
    """The training release."""

    formats: tuple[ReleaseFormat, ...] = ("taf",)
    """For whom: TeleAntiFraud's tools, ms-swift, LLaMA-Factory, OpenAI's chat, training on beginnings of calls, Hugging
    Face's datasets, WebDataset, lhotse."""
    windows: WindowConfig = WindowConfig()
    shard_megabytes: float = Field(default=500, gt=0)
    """parquet, webdataset: most sound of a file; 500 MB is what datasets cuts at too."""
    viewer_calls: Count = 100
    """taf: calls of each split in the viewer's table, with their sound; the Hub shows 100 rows a page."""
    preview_calls: Count = 4
    """taf: recordings of each label to listen to."""
    zips: bool = False
    """taf: audio, sft and binary_classification also as zips, as TeleAntiFraud is published."""
    test_share: Share = 0.2
    test_voices: Literal["shared", "apart"] = "shared"
    """apart: no voice of the test split is heard in training, or pack refuses; see docs/splits.md."""
    name: str = "antifraud-release"
    licence: Licence | None = None
    """null for what the engines allow: Apache-2.0, the licence of the packs' wording; CC-BY-NC-4.0 with voices of
    ChatTTS; LicenseRef-by-part with a provider's model or transcribed calls."""
    creators: Annotated[tuple[str, ...], Field(min_length=1)] = ("antifraud users",)
    """Whom a citation names."""
    version: str = Field(default="1.0.0", pattern=r"^\d+\.\d+\.\d+$")
    """Of the release, by semantic versioning."""
    published: date | None = None
    """Stands in citation and metadata; null keeps a release free of the day it was made."""
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """Where the release can be found, for citation and metadata."""

    @model_validator(mode="after")
    def beginnings_need_whole_calls(self) -> Self:
        if self.windows.cut and "prefixes" in self.formats:
            raise ValueError("the format prefixes needs whole calls; leave it out or set windows.cut to false")
        return self


class BenchConfig(Settings):
    """The frozen benchmark."""

    snapshot: Id = "v1"
    share: Share = 0.25
    """Share of the storylines of each label; TeleAntiFraud-28k's benchmark holds 24.62 % of its samples."""
    counts: Annotated[dict[str, Count], SomeWeight] = {}
    """Exact numbers of calls, drawn from that share: by kind (fraud, lawful, sibling, everyday, sales) or by label;
    empty: all of it."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)] = get_args(Source)
    """Where calls may come from; `[adversarial]` keeps out what derives from real calls, `[transcribed, imitated]`
    takes nothing else."""
    against: tuple[Path, ...] = ()
    """Releases and snapshots that no call may be known from."""
    parent: Path | None = None
    """The snapshot that this one follows; null for the first snapshot of `against`."""
    jaccard_limit: float = Field(default=0.7, ge=0.5, le=1)
    """Of the shingles of 5 characters; a call that reaches it against a known one is contaminated."""
    late_share: Share = 0.6
    """Fraud that shows itself no earlier than this share of the call is in the subset `late_fraud`; a design choice."""
    noisy_below_db: float = 20.0
    """A side whose SNR lies below makes the line `noisy`; a design choice."""
    cuts_seconds: tuple[Annotated[float, Field(gt=0)], ...] = (10, 20, 30, 40, 50, 60, 90, 120, 180, 240, 300)
    """Where the beginnings end that are asked about for early detection; steps of 10 s, wider after a minute."""


class AuditConfig(Settings):
    """What `pack` and `build-bench` refuse; the figures are those of `antifraud stats`, see docs/statistics.md.

    The limits are this project's aims; TeleAntiFraud 2.0 reports macro-F1 .65 to .68 against siblings that share
    the opening. What the released TeleAntiFraud-28k dialogues reach stands behind each.
    """

    refuse: bool = True
    """false: measure, and go on whatever comes out."""
    fewest_calls: Count = 500
    """Shares, variety and association are judged from this many calls on; of fewer they tell chance."""
    sibling_opening_f1: Share = 0.55
    """Most; first two exchanges, fraud against sibling. Theirs against lawful calls: 1.00."""
    sibling_lengths_f1: Share = 0.60
    """Most; theirs .97."""
    sibling_full_text_f1: Share = 0.75
    """Most; theirs 1.00."""
    reader: Literal["rules", "llm"] = "rules"
    """Who gives the second opinion on labels: the rule reader, or the chat model of `llm`."""
    proven_share: Share = 1.0
    """Least share of calls whose decisive act and quote are there and consistent."""
    reader_agreement: Share = 0.95
    """Least share of calls that a reader of the text alone labels alike."""
    near_duplicates: Share = 0.001
    """Most; theirs 0 and .008."""
    distinct_2: Share = 0.33
    """Least, at 50,000 tokens; theirs .325 and .397."""
    self_bleu_4: float = Field(default=65.0, ge=0, le=100)
    """Most, of 500 dialogues; theirs 69.4 and 64.9."""
    top_stems: Share = 0.10
    """Most openings that begin with one of the ten commonest stems; theirs .275 and .303."""
    text_defects: Share = 0.0
    """Most; theirs .409 and .143."""
    out_of_set: Share = 0.0
    """Most; theirs .223 and .612."""
    one_exchange: Share = 0.03
    """Most; theirs .188 and .064."""
    one_exchange_without_reason: Count = 0
    """Most calls of one exchange whose ending gives no reason."""
    least_cramers_v: Share = 0.25
    most_cramers_v: Share = 0.60
    """Awareness against outcome of fraud calls; theirs .42."""
    personal_data: Share = 0.0
    """Most, for valid national ids, dialable numbers, Luhn-valid cards and real banks each."""
    least_short_turns: Share = 0.05
    most_short_turns: Share = 0.20
    """Turns of at most 4 characters; theirs .0016 and .0203."""


class PrivacyConfig(Settings):
    """Anonymising."""

    key_file: Path | None = None
    """Holds the key of surrogates where the variable ANTIFRAUD_PRIVACY_KEY does not; outside the folder of runs."""
    chat: bool = False
    """true: the chat service of `llm`, on this machine or in its network, quotes what the rules miss."""


class JudgeConfig(Settings):
    """Judging how a model argued."""

    model: str | None = None
    """A model of the service of `llm`; null for one of the provider's that did not write the reference reasoning."""
    repeats: int = Field(default=3, ge=1, le=32)
    """Judgements of each answer, of which the mean counts; SAFE-QAQ takes 3."""
    temperature: float = Field(default=0.6, ge=0, le=2)
    """SAFE-QAQ's."""
    max_tokens: int = Field(default=4096, ge=256)
    """Room for thinking and the fifteen probabilities."""
    calls: int | None = Field(default=None, ge=1)
    """Calls that are judged, drawn by the seed; null for all."""
    probed: Count = 20
    """Answers that are judged again with the order turned round, and again with words that say nothing."""


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
