"""Settings of the services outside: what all of them share, and what chat, speech and transcription each add."""

from __future__ import annotations

from typing import Any, Final, Literal, Self

from pydantic import Field, model_validator

from antifraud.settings import Settings, Weight


class Price(Settings):
    """Price of a model, in units of money per million tokens, or per million of what the service counts instead."""

    prompt: Weight = 0.0
    cached: Weight | None = None
    """Prompt tokens the provider found in its cache; null for the price of other prompt tokens."""
    completion: Weight = 0.0
    """Reasoning tokens count as completion."""


class ServiceConfig(Settings):
    """A service behind HTTP; a preset fills base_url, api_key_env and model where they are null."""

    preset: str
    base_url: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; the key itself is never in a config."""
    model: str | None = None
    concurrency: int = Field(default=64, ge=1, le=4096)
    requests_per_minute: int | None = Field(default=None, ge=1)
    connect_seconds: float = Field(default=5.0, gt=0)
    timeout_seconds: float = Field(default=120.0, gt=0)
    attempts: int = Field(default=8, ge=1)
    """Requests for one answer before its record is rejected."""
    longest_wait_seconds: float = Field(default=120.0, gt=0)
    """A Retry-After above this gives the answer up."""
    prices: dict[str, Price] = {}
    budget: float | None = Field(default=None, ge=0)
    """Money a run may spend; it stops before a request that could pass it."""
    currency: str = "CNY"


SERVING: Final = frozenset(
    {
        *("base_url", "api_key_env", "concurrency", "requests_per_minute", "connect_seconds", "timeout_seconds"),
        *("attempts", "longest_wait_seconds", "prices", "budget", "currency"),
    }
)
"""Settings of a service that decide how it is asked and paid, not what it answers."""


class LlmConfig(ServiceConfig):
    """The chat service."""

    preset: Literal["siliconflow", "openai", "deepseek", "dashscope", "vllm", "ollama"] = "siliconflow"
    supervisor_model: str | None = None
    """Null for the same model as the two sides."""
    fallback_models: tuple[str, ...] = ()
    """Asked in this order where another model can help."""
    json_schema: bool | None = None
    """Whether the provider takes `response_format` json_schema; null for what the preset knows."""
    temperature: float = Field(default=0.9, ge=0, le=2)
    max_tokens: int = Field(default=400, ge=16)
    extra_body: dict[str, Any] = {}
    """Fields a provider wants besides OpenAI's, as enable_thinking."""
    batch: bool = False
    """Ask through the provider's batches: half the price, hours of waiting; for generate.mode=script."""
    batch_poll_seconds: float = Field(default=30.0, gt=0)
    prompt_tokens_per_minute: int | None = Field(default=None, ge=1)
    completion_tokens_per_minute: int | None = Field(default=None, ge=1)


class ServiceVoice(Settings):
    """A voice that a speech service has, and whom it suits."""

    name: str = Field(min_length=1)
    """As the service wants it, as FunAudioLLM/CosyVoice2-0.5B:alex."""
    gender: Literal["男", "女"]
    youngest: int = Field(default=18, ge=0, le=120)
    oldest: int = Field(default=70, ge=0, le=120)
    """Ages of speaker, in years, that it can pass for, both included."""

    @model_validator(mode="after")
    def ages_are_in_order(self) -> Self:
        if self.youngest > self.oldest:
            raise ValueError(f"youngest is {self.youngest} and oldest {self.oldest}; expected the other way round")
        return self


class TtsServiceConfig(ServiceConfig):
    """A speech service with OpenAI's POST /audio/speech.

    `prices` are per million UTF-8 bytes of what is sent to be spoken, as prompt: SiliconFlow bills CosyVoice2 so
    (source: its price list). A Chinese character is three bytes; where a provider bills characters, a third of its
    price per million comes near.
    """

    preset: Literal["siliconflow", "openai", "local"] = "siliconflow"
    voices: tuple[ServiceVoice, ...] = ()
    """Empty for those that the preset knows."""
    response_format: Literal["wav", "mp3", "pcm", "flac", "opus"] = "wav"
    """wav loses nothing; mp3 keeps the journal at a tenth of the size. pcm is 16-bit, little-endian, mono."""
    sample_rate_hz: Literal[8000, 16000, 24000, 32000, 44100, 48000] = 24000
    """Rate of the engine; asked of the service where it takes one, and what comes at another rate is resampled."""
    style_prompts: bool = True
    """Tell the service in words how an utterance is to be said, where the preset knows a way."""
    max_characters: int = Field(default=4096, ge=1)
    """Longest text in one request; OpenAI takes 4,096, SiliconFlow 128,000."""
    extra_body: dict[str, Any] = {}
    """Fields a provider wants besides OpenAI's, as gain."""


class AsrServiceConfig(ServiceConfig):
    """A transcription service with OpenAI's POST /audio/transcriptions.

    `prices` are per million seconds of audio, each file rounded up to a whole one, as prompt.
    """

    preset: Literal["siliconflow", "openai", "vllm"] = "siliconflow"
    fallback_models: tuple[str, ...] = ()
    """Asked in this order where another model can help."""
    concurrency: int = Field(default=16, ge=1, le=4096)
    max_file_bytes: int = Field(default=50_000_000, ge=1)
    max_file_seconds: float = Field(default=3600.0, gt=0)
    """Both as SiliconFlow's documentation has them; OpenAI takes 25 MB."""
    extra_fields: dict[str, str] = {}
    """Fields a provider wants besides model and file, as language."""
