"""How many tokens a model reads of a conversation, recordings included, without computing a spectrum."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from antifraud.errors import EngineError
from antifraud.training.recipe.conversations import AUDIO_MARK, render
from antifraud.training.sft_rows import Sample

SAMPLE_RATE_HZ: Final = 16_000
HOP_SAMPLES: Final = 160
"""Between two mel frames of Whisper's feature extractor."""
QWEN2_AUDIO_HEARS_SECONDS: Final = 30.0
"""Of one recording; what follows is cut off without a word (31 s and 62 s: 750 tokens, both)."""
LETTERS_PER_TOKEN: Final = 3
"""Of ASCII words. Every other character counts as a token of its own: texts of 110 conversations have 0.64 to 0.71 of
this estimate in Qwen's vocabulary."""
MESSAGE_TOKENS: Final = 5
"""<|im_start|>, role, line break, <|im_end|>, line break."""
SYSTEM_TOKENS: Final = 6 + MESSAGE_TOKENS
"""The chat form's own `You are a helpful assistant.`, where a conversation has no system message."""
AUDIO_FRAME_TOKENS: Final = 8
"""`Audio 1: <|audio_bos|>` before and `<|audio_eos|>` with a line break behind a recording."""

_LETTERS = re.compile(r"[A-Za-z]")


@dataclass(frozen=True)
class TokenCount:
    """A way to count."""

    name: str
    """How, for the summary."""
    heard_seconds: float
    """What a model hears of one recording."""
    of: Callable[[Sample, Sequence[float]], int]
    """Counts a conversation, given the seconds of its recordings."""


def audio_tokens(seconds: float, heard_seconds: float = QWEN2_AUDIO_HEARS_SECONDS) -> int:
    """Return the tokens of a recording: 25 a second, by the two strides of Qwen2-Audio's tower."""
    samples = round(min(seconds, heard_seconds) * SAMPLE_RATE_HZ)
    frames = -(-samples // HOP_SAMPLES)
    return ((frames - 1) // 2 + 1 - 2) // 2 + 1


def text_tokens(text: str) -> int:
    """Return an upper estimate of a text's tokens."""
    letters = len(_LETTERS.findall(text))
    return len(text) - letters + -(-letters // LETTERS_PER_TOKEN)


def estimate(sample: Sample, seconds: Sequence[float]) -> int:
    """Return an upper estimate of a conversation's tokens for Qwen2-Audio."""
    texts = sum(MESSAGE_TOKENS + text_tokens(message.content.replace(AUDIO_MARK, "")) for message in sample.messages)
    system = 0 if sample.messages[0].role == "system" else SYSTEM_TOKENS
    return system + texts + sum(AUDIO_FRAME_TOKENS + audio_tokens(each) for each in seconds)


ESTIMATE: Final = TokenCount("estimate", QWEN2_AUDIO_HEARS_SECONDS, estimate)


def count_by(model: str) -> TokenCount:
    """Return the exact count of a model's own processor.

    Args:
        model: a folder, or a name on the hub.

    Raises:
        EngineError: transformers is not installed, or the processor cannot be loaded.
    """
    processor = _open_processor(model)
    heard_seconds = float(processor.feature_extractor.chunk_length)

    def count(sample: Sample, seconds: Sequence[float]) -> int:
        ids = processor.tokenizer(render(sample.model_dump(), processor))["input_ids"]
        return len(ids) + sum(audio_tokens(each, heard_seconds) - 1 for each in seconds)

    return TokenCount(f"processor of {model}", heard_seconds, count)


def _open_processor(model: str) -> Any:
    # transformers imports torchaudio where it finds it; its binary does not load beside a torch for CPUs
    sys.modules.setdefault("torchaudio", None)  # type: ignore[arg-type]
    try:
        from transformers import AutoProcessor
    except ImportError as exc:
        raise EngineError("--model: transformers is not installed. Run: pip install 'antifraud[training]'") from exc
    try:
        processor = AutoProcessor.from_pretrained(model)
    except (OSError, ValueError) as exc:
        reason = str(exc).partition("\n")[0]
        raise EngineError(
            f"--model {model}: its processor cannot be loaded: {reason}"
            " Give a folder, or leave --model out to estimate."
        ) from exc
    if not hasattr(processor, "feature_extractor"):
        raise EngineError(f"--model {model}: its processor hears nothing; expected one of a Qwen2-Audio model.")
    return processor
