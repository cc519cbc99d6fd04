"""What clients may ask for; fields that cannot matter here are taken and ignored, wrong types are refused."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from antifraud.labels import Emotion

Text = Annotated[str, Field(min_length=1)]
Rate = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]
Pitch = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
AnyEmotion = Annotated[Emotion, Field(strict=False)]
Format = Literal["mp3", "wav", "flac", "opus", "pcm"]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class RefineText(_Request):
    """ChatTTS's parameters for placing breaks and laughter; how the engine does that stands in its config."""

    prompt: str | None = None
    top_p: float | None = Field(default=None, alias="top_P")
    top_k: int | None = Field(default=None, alias="top_K")
    temperature: float | None = None
    repetition_penalty: float | None = None
    max_new_token: int | None = None
    min_new_token: int | None = None
    show_tqdm: bool | None = None
    ensure_non_empty: bool | None = None
    stream_batch: int | bool | None = None
    manual_seed: int | None = None


class InferCode(RefineText):
    """ChatTTS's parameters for speaking; of these the speed, the speaker and the seed are obeyed."""

    prompt: str | None = None
    """[speed_0] to [speed_9]; anything else in it is ignored."""
    spk_emb: str | None = None
    """A ChatTTS speaker string; 422 where the engine takes none."""


class GenerateVoice(_Request):
    """The request of ChatTTS's own server and of its fork in TeleAntiFraud, and our addition for whole batches.

    With `voices`, the texts are one batch that is never joined with others: its sound depends on nothing else.
    """

    text: list[Text] = Field(min_length=1)
    stream: Literal[False] = False
    lang: str | None = None
    skip_refine_text: bool = False
    refine_text_only: Literal[False] = False
    use_decoder: bool = True
    do_text_normalization: bool = True
    do_homophone_replacement: bool = False
    audio_seed: int | None = None
    """Picks the voice where nothing else does; 0 picks none."""
    text_seed: int | None = None
    params_refine_text: RefineText | None = None
    params_infer_code: InferCode | None = None

    voices: list[Text] | None = None
    """One name of GET /v1/voices for each text; the lists below need it and are as long."""
    rates: list[Rate] | None = None
    """In units of the engine, as GET /v1/voices has them; so are the pitches."""
    pitches: list[Pitch] | None = None
    emotions: list[AnyEmotion] | None = None
    manners: list[str] | None = None
    seeds: list[Seed] | None = None
    attempt: int = Field(default=0, ge=0, le=1000)
    """Of the batch; a higher one draws anew."""
    format: Literal["mp3", "wav"] = "mp3"
    """wav holds the engine's own samples as 32-bit floats."""
    as_spoken: bool = False
    """The texts are written as they are said; otherwise numbers, marks and addresses are read out first."""

    @model_validator(mode="after")
    def lists_are_as_long_as_the_texts(self) -> Self:
        for name in ("voices", "rates", "pitches", "emotions", "manners", "seeds"):
            given = getattr(self, name)
            if given is None:
                continue
            if self.voices is None:
                raise ValueError(f"{name} needs voices, one for each text")
            if len(given) != len(self.text):
                raise ValueError(f"{name} has {len(given)} entries; expected one for each of {len(self.text)} texts")
        if self.attempt and self.voices is None:
            raise ValueError("attempt needs voices, one for each text")
        return self


class AudioSpeech(_Request):
    """OpenAI's request for speech; `instructions` and whatever else it may hold are ignored."""

    model: Text
    """As GET /v1/models calls it."""
    input: Text
    voice: Text
    """A name of GET /v1/voices."""
    response_format: Format = "mp3"
    speed: float = Field(default=1.0, ge=0.25, le=4.0, allow_inf_nan=False)
    """Held to what the engine can do."""
    stream_format: Literal["audio"] = "audio"
    instructions: str | None = None
