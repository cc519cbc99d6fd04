"""The figures that both frameworks start from: those of SAFE-QAQ's supervised stage (run_swift_sft_stage2_RSFT.sh)."""

from __future__ import annotations

from typing import Final

LORA_RANK: Final = 32
LORA_ALPHA: Final = 32
"""ms-swift's own; the script names none."""
LORA_DROPOUT: Final = 0.0
TARGET_MODULES: Final = ("q_proj", "v_proj")
"""By the end of their names, so in the audio tower too."""
EPOCHS: Final = 1
LEARNING_RATE: Final = 5e-5
WARMUP_SHARE: Final = 0.05
BATCH_SIZE: Final = 2
"""Conversations on a GPU at once."""
CONVERSATIONS_PER_STEP: Final = 64
"""Over all GPUs: 4 GPUs of 2, gathered 8 times."""
MAX_TOKENS: Final = 8192
SAVE_STEPS: Final = 200
KEPT_CHECKPOINTS: Final = 5
LOADER_WORKERS: Final = 4
"""A design choice."""


def accumulation_steps(gpus: int) -> int:
    """Return how many batches of each GPU make a step."""
    return max(1, CONVERSATIONS_PER_STEP // (BATCH_SIZE * gpus))
