"""What transformers and peft need: our training script, its settings, its versions."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

import yaml

from antifraud.training import tuning
from antifraud.training.plan import Plan

SCRIPT: Final = ("__init__.py", "conversations.py", "train.py")
"""Modules of `antifraud.training.recipe` that are copied as they stand."""
REQUIREMENTS: Final = """\
# Tested together. torchaudio is not needed; one whose binary does not load stops transformers.
accelerate==1.15.0
numpy==2.4.6
peft==0.21.2
PyYAML==6.0.3
soundfile==0.14.0
soxr==0.5.0.post1
torch==2.13.0
transformers==5.23.0
"""
RUN: Final = """\
#!/usr/bin/env bash
# NPROC_PER_NODE sets the GPUs; settings.yaml holds everything else.
set -euo pipefail
cd "$(dirname "$0")"
gpus="${{NPROC_PER_NODE:-{gpus}}}"
if [ "$gpus" -gt 1 ]; then
    exec torchrun --nproc_per_node "$gpus" -m recipe.train settings.yaml
fi
exec python -m recipe.train settings.yaml
"""


def transformers_files(plan: Plan) -> dict[str, str]:
    """Return the files for transformers and peft by their paths."""
    settings = {
        "model": plan.model_from_folder,
        "release": plan.release,
        "data": "data/train.jsonl",
        "output": "output",
        "lora_rank": tuning.LORA_RANK,
        "lora_alpha": tuning.LORA_ALPHA,
        "lora_dropout": tuning.LORA_DROPOUT,
        "target_modules": list(tuning.TARGET_MODULES),
        "epochs": tuning.EPOCHS,
        "max_steps": -1,
        "batch_size": tuning.BATCH_SIZE,
        "gradient_accumulation_steps": tuning.accumulation_steps(plan.gpus),
        "learning_rate": tuning.LEARNING_RATE,
        "warmup_share": tuning.WARMUP_SHARE,
        "max_tokens": plan.max_tokens,
        "dtype": "bfloat16",
        "activation_checkpointing": True,
        "save_steps": tuning.SAVE_STEPS,
        "kept_checkpoints": tuning.KEPT_CHECKPOINTS,
        "loader_workers": tuning.LOADER_WORKERS,
        "seed": plan.seed,
    }
    script = files("antifraud.training.recipe")
    return {
        "settings.yaml": "# recipe/train.py says what each means.\n"
        + yaml.safe_dump(settings, sort_keys=False, allow_unicode=True),
        "run.sh": RUN.format(gpus=plan.gpus),
        "requirements.txt": REQUIREMENTS,
        **{f"recipe/{name}": (script / name).read_text(encoding="utf-8") for name in SCRIPT},
    }
