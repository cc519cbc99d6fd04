"""The nouns of the project: what each stage reads and writes, one JSON object a line.

A record carries everything the next stage needs: a `Call` is a `Dialogue` that was spoken, an
`AnnotatedCall` is a `Call` that was explained.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from antifraud.labels import (
    FRAUD_ACTS,
    Act,
    Awareness,
    Codec,
    Emotion,
    FraudLabel,
    FraudType,
    LabelSet,
    Noise,
    OfficialCategory,
    Outcome,
    RejectReason,
    Scene,
    Speaker,
)

SCHEMA_VERSION: Final = 1

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Seconds = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Branch = Literal["fraud", "lawful", "sales"]
Source = Literal["adversarial", "transcribed", "imitated"]
Tactic = Literal["early", "late", "cover"]
"""When a caller comes to the point: soon, after some talk, or behind a warning of others."""


class Record(BaseModel):
    """A frozen model that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Persona(Record):
    """One side of a call; text is empty and gender 未知 where a dialogue from elsewhere does not tell."""

    name: str
    gender: Literal["男", "女", "未知"]
    age: int = Field(ge=18, le=70)
    occupation: str
    region: str
    awareness: Awareness
    manner: str
    """Way of talking, one of the manners of the persona pack."""


class CallPlan(Record):
    """What a call will be before a word is spoken."""

    schema_version: Literal[1] = SCHEMA_VERSION
    synthetic: bool = True
    id: Id
    seed: int = Field(ge=0)
    is_fraud: bool
    scene: Scene | None
    """Null only where a dialogue from elsewhere does not tell."""
    fraud_type: FraudType | None
    official_category: OfficialCategory | None
    scenario: Id
    storyline: Id
    """Calls of one storyline share an opening and never part between training and test."""
    branch: Branch
    """What the call turns into after the opening: fraud, its lawful sibling, or a pushy but legal sale."""
    family: Id | None = None
    """The fraud typology of a storyline; None for everyday calls and for dialogues from elsewhere."""
    caller: Persona | None
    callee: Persona | None
    """A persona is null where a dialogue from elsewhere does not describe that side."""
    intended_outcome: Outcome
    leaf: str | None = None
    """Path of the leaf of the storyline's tree that the call tells; None for calls without a tree."""
    asks: tuple[Id, ...] = ()
    """What the caller is after, by the names of the scenario, in this order."""
    tactic: Tactic | None = None

    def label_in(self, labels: LabelSet) -> FraudLabel | None:
        """Return the kind of fraud by one of the label sets; None where it has no label for it, or is lawful."""
        return self.fraud_type if labels is LabelSet.TELEANTIFRAUD else self.official_category

    @model_validator(mode="after")
    def label_is_consistent(self) -> Self:
        if not self.is_fraud and self.fraud_type is not None:
            raise ValueError("a lawful call has no fraud_type")
        if self.is_fraud != (self.branch == "fraud"):
            raise ValueError("branch and is_fraud disagree")
        return self


class Turn(Record):
    """What one side says until the other takes over."""

    index: int = Field(ge=0)
    speaker: Speaker
    text: str = Field(min_length=1)
    emotion: Emotion
    acts: tuple[Act, ...]

    @property
    def is_backchannel(self) -> bool:
        """Spoken under the other's turn, without taking the floor."""
        return Act.BACKCHANNEL in self.acts


Measure = Literal[
    "delay_seconds",
    "overlap_seconds",
    "characters_per_second",
    "longest_pause_seconds",
    "level_db",
    "pitch_semitones",
    "pitch_range_semitones",
]
"""What is measured of how a turn sounds: the fields of `TurnSound`."""


class Evidence(Record):
    """A literal quote from a turn, and the act it shows or how it sounds."""

    turn: int = Field(ge=0)
    quote: str = Field(min_length=1)
    act: Act | None = None
    measure: Measure | None = None
    value: float | None = None
    """Of the measure, in its unit."""

    @model_validator(mode="after")
    def a_measure_has_its_value(self) -> Self:
        if (self.measure is None) != (self.value is None):
            raise ValueError("measure and value are given together or not at all")
        return self


class Ending(Record):
    """Why a call ended."""

    ended_by: Literal["caller", "callee", "natural"]
    outcome: Outcome
    reason: str


class Provenance(Record):
    """Where a dialogue comes from."""

    engine: str
    version: str
    prompt_version: str | None = None
    """Hash of the packs or prompts that made it."""
    model: str | None = None
    attempts: int = Field(default=1, ge=1)
    prompt_tokens: int = Field(default=0, ge=0)
    cached_tokens: int = Field(default=0, ge=0)
    """Prompt tokens that the provider found in its cache."""
    completion_tokens: int = Field(default=0, ge=0)
    reasoning_tokens: int = Field(default=0, ge=0)
    """Part of the completion tokens."""
    cost: float = Field(default=0.0, ge=0)
    """Money, by the prices of the config that made it."""
    parents: tuple[str, ...] = ()


class Heard(Record):
    """When a turn was heard in the recording a dialogue was written down from."""

    start_seconds: Seconds
    end_seconds: Seconds

    @model_validator(mode="after")
    def ends_after_its_start(self) -> Self:
        if self.end_seconds < self.start_seconds:
            raise ValueError(f"ends at {self.end_seconds} s, before its start at {self.start_seconds} s")
        return self


class Dialogue(CallPlan):
    """A plan that was talked through."""

    turns: tuple[Turn, ...]
    ending: Ending
    decisive: Evidence | None = None
    """What proves the label: the first fraud act of a fraud call, the check that a lawful one leaves free.

    None for everyday calls, which ask nothing to be checked, and for dialogues from elsewhere.
    """
    quotes: tuple[Evidence, ...] = ()
    """The words that carry the acts of the caller's verb phrases, as they were said; the decisive ones are among them.

    Empty where a call has no verb phrases of its own: everyday calls, LLM agents' and calls from elsewhere.
    """
    source: Source
    provenance: Provenance
    timing: tuple[Heard, ...] | None = None
    """One for each turn, where a recording gave the times; None for dialogues that nobody has spoken."""

    @model_validator(mode="after")
    def turns_are_numbered(self) -> Self:
        if [turn.index for turn in self.turns] != list(range(len(self.turns))):
            raise ValueError("turn indices must count from 0 without gaps")
        if self.timing is not None and len(self.timing) != len(self.turns):
            raise ValueError(f"timing holds {len(self.timing)} turns; expected one for each of {len(self.turns)}")
        return self


class Node(Record):
    """A place in the tree of a storyline: what is fixed there for every call that passes it."""

    path: str = Field(pattern=r"^0(\.[1-9]\d*)*$")
    """0 is the opening; 0.2.1 the first child of its second child."""
    state: Branch | Literal["shared"]
    gist: str
    """What happens here, in a Chinese sentence."""
    act: Act | None = None
    """The decisive act, at the node where a branch parts from the opening."""
    asks: tuple[Id, ...] = ()
    tactic: Tactic | None = None
    outcome: Outcome | None = None

    @property
    def parent(self) -> str:
        """Path of the parent; empty for the opening."""
        return self.path.rpartition(".")[0]


class StorylinePlan(Record):
    """People, facts and a tree of branches, before a word is spoken."""

    schema_version: Literal[1] = SCHEMA_VERSION
    synthetic: bool = True
    id: Id
    seed: int = Field(ge=0)
    family: Id
    scenario: Id
    scene: Scene
    fraud_type: FraudType | None
    official_category: OfficialCategory | None
    caller: Persona
    callee: Persona
    facts: dict[str, str]
    """What is true in every branch, by slot."""
    nodes: tuple[Node, ...]
    """The tree, parents before children."""
    told: tuple[str, ...]
    """Paths of the leaves that become calls."""

    @model_validator(mode="after")
    def labels_are_inherited(self) -> Self:
        state: dict[str, str] = {"": "shared"}
        for node in self.nodes:
            above = state.get(node.parent)
            if above is None:
                raise ValueError(f"node {node.path} stands before its parent")
            if above != "shared" and node.state != above:
                raise ValueError(f"node {node.path} is {node.state} under a {above} node")
            if above == "shared" and node.state != "shared" and (node.act in FRAUD_ACTS) != (node.state == "fraud"):
                raise ValueError(f"node {node.path} is {node.state}, but its decisive act is {node.act}")
            state[node.path] = node.state
        if unknown := set(self.told) - state.keys():
            raise ValueError(f"leaves {sorted(unknown)} are not in the tree")
        return self

    def along(self, path: str) -> tuple[Node, ...]:
        """Return the nodes from the opening to a leaf."""
        return tuple(node for node in self.nodes if path == node.path or path.startswith(node.path + "."))


class Storyline(StorylinePlan):
    """A storyline whose opening was talked through; every call of it begins with these turns."""

    opening: tuple[Turn, ...] = Field(min_length=4)
    provenance: Provenance


class Assignment(Record):
    """A call to be talked through, with the storyline it belongs to; it is handed on, never written."""

    plan: CallPlan
    story: Storyline | None = None
    """None for an everyday call."""

    @property
    def id(self) -> str:
        """The id of the call."""
        return self.plan.id


class Segment(Record):
    """When a turn is heard."""

    turn: int = Field(ge=0)
    speaker: Speaker
    start_seconds: Seconds
    end_seconds: Seconds


class Voice(Record):
    """A voice of a speech engine and how it is set."""

    engine: str
    version: str
    name: str
    gender: Literal["男", "女"]
    rate: float = Field(gt=0)
    """Engine units: words per minute for espeak, the speed token 0 to 9 for chattts, a factor for openai-speech."""
    pitch: float
    """Engine units: 0 to 99 for espeak; 0 where the engine has no such control."""
    characters_per_second: float | None = Field(default=None, gt=0)
    """Spoken characters a second while it speaks, at this rate; None where nobody measured it."""


class Side(Record):
    """What the line adds behind one speaker."""

    noise: Noise = Noise.NONE
    snr_db: float | None = None
    """Active speech level over noise, before the codec; None without noise."""


class Line(Record):
    """The telephone line a call was sent through."""

    codec: Codec = Codec.NONE
    bit_rate_kbps: float | None = None
    band_hz: tuple[int, int] | None = None
    sides: dict[Speaker, Side] = {}
    echo_loss_db: float | None = None
    """How far the echo of the other side lies below it; None without echo."""
    echo_delay_seconds: Seconds | None = None
    lost_share: Share = 0.0
    """Share of the 20 ms frames of both channels that were lost and concealed."""


class Quality(Record):
    """Measured figures of a finished call; names hold units.

    Limits and their sources stand in `speech/gates/limits.py`.
    """

    peak: Share
    """Largest absolute sample of either channel, of full scale."""
    clipped_share: Share
    """Flattened tops, of the engine's samples."""
    dc_offset: float
    """Mean of the utterance that is farthest from 0, of full scale, with its sign."""
    caller_level_dbfs: float
    callee_level_dbfs: float
    """Active speech level by ITU-T P.56, as heard at the end of the line."""
    silence_share: Share
    overlap_share: Share
    slowest_characters_per_second: float | None
    fastest_characters_per_second: float | None
    """Of the utterances that are long enough to tell; None where none is."""
    least_modulation_db: float | None
    """How much the level of an utterance moves: low for tones and noise."""
    least_snr_db: float | None
    """Of an utterance as the engine spoke it; both None where every text is too short to tell."""
    most_repetition: Share
    """How much the most repetitive utterance repeats itself, 1 for a loop."""
    leakage_db: float | None
    """Level of the loudest side in the other's channel against its own; None where both always speak at once."""
    respoken: int = Field(ge=0)
    """Utterances that failed a gate and were spoken again."""
    character_error_rate: float | None = None
    """By the transcription service of the config, both sides together; None without one."""


class Call(Dialogue):
    """A dialogue that was spoken; `audio` is relative to the folder of the record file."""

    audio: str = Field(pattern=r"^audio/[a-z0-9][a-z0-9_-]{0,63}\.(wav|flac|mp3)$")
    sha256: Sha256
    clean_audio: str | None = Field(default=None, pattern=r"^clean/[a-z0-9][a-z0-9_-]{0,63}\.(wav|flac|mp3)$")
    """The call before the line, where it was kept."""
    clean_sha256: Sha256 | None = None
    sample_rate_hz: int = Field(gt=0)
    channels: Literal[2]
    duration_seconds: Seconds
    segments: tuple[Segment, ...]
    voices: dict[Speaker, Voice]
    reserve: Literal["train", "bench"] | None = None
    """Whose voices it was spoken with, where the bank is large enough to keep the two apart."""
    line: Line
    quality: Quality


class TurnSound(Record):
    """How a turn sounds on the recording; None where it is too short to tell."""

    turn: int = Field(ge=0)
    delay_seconds: float | None
    """From the end of the other side's turn before, negative where it cuts in; None where nobody was answered."""
    overlap_seconds: Seconds
    """Time within it in which the other side speaks too."""
    characters_per_second: float | None
    """Within the speech, pauses above 0.15 s left out."""
    longest_pause_seconds: float | None
    level_db: float | None
    """Active level against the median of the side."""
    pitch_semitones: float | None
    """Median pitch against that of the side."""
    pitch_range_semitones: float | None
    """From the 10th to the 90th percentile."""


class Answer(Record):
    """What a round concludes; the keys are those of TeleAntiFraud's answers."""

    reason: str
    confidence: Share
    scene: Scene | None = None
    is_fraud: bool | None = None
    fraud_type: FraudLabel | None = None
    """A label of the set that the call was annotated with."""


class Prefix(Record):
    """What can be told of a call that has been heard up to the end of a turn."""

    turns: int = Field(ge=1)
    """How many turns have been heard to their end."""
    seconds: Seconds
    stage: Literal["early", "late", "complete"]
    """early: nothing has decided yet; late: it has, and the call goes on."""
    is_fraud: bool | None
    """Null while nothing has decided."""


Task = Literal["scene", "fraud", "fraud_type"]
Verdict = Literal["right", "wrong", "unproven", "unusable"]
"""right: proven, and the label; wrong: proven, another label; unproven: claims what the call does not hold."""


class Sample(Record):
    """One answer of a model to one question."""

    task: Task
    number: int = Field(ge=0)
    verdict: Verdict
    detail: str
    think: str
    answer: str


class Disagreement(Record):
    """What a model said of a call that was not right; hard calls have much of it."""

    schema_version: Literal[1] = SCHEMA_VERSION
    id: Id
    is_fraud: bool
    scene: Scene | None
    fraud_type: FraudType | None
    official_category: OfficialCategory | None
    samples: tuple[Sample, ...]


class Round(Record):
    """One of the three questions, thought through and answered."""

    task: Task
    question: str
    think: str
    answer: Answer
    evidence: tuple[Evidence, ...]
    agreement: Share | None = None
    """Share of a model's samples that were right; None for the rule reasoner, which has one."""


class AnnotatedCall(Call):
    """A call with its reasoned annotation."""

    sounds: tuple[TurnSound, ...] = ()
    """How each turn sounds."""
    rounds: tuple[Round, ...]
    prefixes: tuple[Prefix, ...] = ()
    """Cut points of the call, the whole of it last, for models that listen while it goes on."""
    annotator: str
    label_set: LabelSet = LabelSet.TELEANTIFRAUD
    attempts: int = Field(ge=1)
    agrees: bool
    """The rounds reach the labels of the plan."""


class Rejected(Record):
    """A record that a stage could not turn into a result, and why."""

    schema_version: Literal[1] = SCHEMA_VERSION
    id: Id
    stage: str
    reason: RejectReason
    detail: str
