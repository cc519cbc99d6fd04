"""How each provider takes audio in a chat, and what its models hear to the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from antifraud.errors import UsageError

AudioFormat = Literal["wav", "mp3", "flac"]
MEDIA_TYPES: Final[Mapping[AudioFormat, str]] = MappingProxyType(
    {"wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac"}
)
_MB: Final = 1_000_000
_STREAMED: Final = {"stream": True, "stream_options": {"include_usage": True}, "modalities": ["text"]}
"""Qwen-Omni answers in streams alone. Source: DashScope's page on it."""


@dataclass(frozen=True)
class AudioWay:
    """The part of a message that carries audio, and its limits."""

    part: Literal["input_audio", "audio_url"]
    is_data_uri: bool
    """`data:audio/wav;base64,...` rather than base64 alone; always so in `audio_url`."""
    formats: tuple[AudioFormat, ...]
    most_bytes: int | None
    """Of the base64 text; None where the provider names no limit."""
    most_seconds: float | None
    extra_body: Mapping[str, Any] | None = None
    """What requests need besides."""


WAYS: Final[Mapping[str, AudioWay]] = MappingProxyType(
    {
        "openai": AudioWay("input_audio", False, ("wav", "mp3"), 20 * _MB, None),
        "dashscope": AudioWay("input_audio", True, ("wav", "mp3"), 10 * _MB, 180.0, _STREAMED),
        "siliconflow": AudioWay("audio_url", True, ("wav", "mp3"), 10 * _MB, None),
        "vllm": AudioWay("audio_url", True, ("wav",), 25 * _MB, 600.0),
    }
)
"""By the preset of `llm`.

Sources: OpenAI's type of the part has wav and mp3; DashScope's page on Qwen-Omni has a data URI, 10 MB and 3 minutes
(later models hear more); SiliconFlow's page on multimodal models has audio_url; vLLM documents 25 MB and, since 0.26,
10 minutes, and some of its builds answer MP3 with an error in an HTTP 200. OpenAI and SiliconFlow name no size: theirs
are design choices. evaluate.most_bytes and evaluate.most_seconds override all of them.
"""
_HEARD_SECONDS: Final = (("qwen2-audio", 30.0),)
"""What models hear of a recording before they drop the rest without a word, by a part of their name. Source: 750 audio
tokens for any recording above 30 s (Qwen2-Audio#129, vllm#11512)."""


@dataclass(frozen=True)
class AudioLimits:
    """What is asked of the audio of a run."""

    way: AudioWay
    audio_format: AudioFormat | None
    """None for the file's own, where the provider takes it, else the first that it takes."""
    most_bytes: int | None
    """Of the base64 text."""
    most_seconds: float | None

    def format_of(self, file_format: str) -> AudioFormat:
        """Return the format that a file is sent in."""
        taken = [each for each in self.way.formats if each == file_format]
        return self.audio_format or (taken or self.way.formats)[0]


def audio_limits(
    preset: str,
    model: str,
    *,
    audio_format: AudioFormat | None = None,
    most_bytes: int | None = None,
    most_seconds: float | None = None,
) -> AudioLimits:
    """Return how audio is sent to a model.

    Args:
        audio_format: asked for by the config.
        most_bytes: of the config, instead of what is known of the provider.
        most_seconds: of the config, instead of what is known of provider and model.

    Raises:
        UsageError: the provider takes no audio in its chat, or not in this format.
    """
    if (way := WAYS.get(preset)) is None:
        raise UsageError(
            f"llm.preset is {preset}, whose chat takes no audio; expected one of {', '.join(WAYS)}, or ask by"
            " transcripts (--transcript)."
        )
    if audio_format is not None and audio_format not in way.formats:
        raise UsageError(f"evaluate.audio_format is {audio_format}; {preset} takes {', '.join(way.formats)}.")
    heard = [seconds for name, seconds in _HEARD_SECONDS if name in model.lower()]
    known = [*heard, *([way.most_seconds] if way.most_seconds is not None else [])]
    return AudioLimits(
        way,
        audio_format,
        way.most_bytes if most_bytes is None else most_bytes,
        min(known, default=None) if most_seconds is None else most_seconds,
    )
