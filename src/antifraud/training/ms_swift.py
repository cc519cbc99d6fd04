"""What ms-swift needs: its settings, its command, its versions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import yaml

from antifraud.errors import UsageError
from antifraud.training import tuning
from antifraud.training.plan import Plan

REQUIREMENTS: Final = """\
# Tried together with a tiny Qwen2-Audio. swift reads audio with librosa, but does not ask for it.
ms-swift==4.6.0
torch==2.13.0
transformers==5.19.0
peft==0.20.0
trl==0.29.1
librosa==0.11.0
"""
RUN: Final = """\
#!/usr/bin/env bash
# NPROC_PER_NODE sets the GPUs, RELEASE says where the release lies now; options go on to swift sft.
set -euo pipefail
cd "$(dirname "$0")"
export NPROC_PER_NODE="${{NPROC_PER_NODE:-{gpus}}}"
export ROOT_IMAGE_DIR="${{RELEASE:-{release}}}"  # audio paths are read below it too
exec swift sft swift.yaml "$@"
"""


def swift_files(plan: Plan) -> dict[str, str]:
    """Return the files for ms-swift by their paths.

    Raises:
        UsageError: the model is a folder whose config ms-swift cannot work with.
    """
    _check_config(plan.model)
    settings = {
        "model": plan.model_from_folder,
        "model_type": "qwen2_audio",
        "dataset": ["data/train.jsonl"],
        "split_dataset_ratio": 0.0,
        "strict": True,  # a row that cannot be read ends the training instead of leaving it
        "max_length": plan.max_tokens,
        "tuner_type": "lora",
        "lora_rank": tuning.LORA_RANK,
        "lora_alpha": tuning.LORA_ALPHA,
        "lora_dropout": tuning.LORA_DROPOUT,
        "target_modules": list(tuning.TARGET_MODULES),
        "torch_dtype": "bfloat16",
        "num_train_epochs": tuning.EPOCHS,
        "per_device_train_batch_size": tuning.BATCH_SIZE,
        "gradient_accumulation_steps": tuning.accumulation_steps(plan.gpus),
        "gradient_checkpointing_kwargs": {"use_reentrant": False},
        "learning_rate": tuning.LEARNING_RATE,
        "warmup_ratio": tuning.WARMUP_SHARE,
        "save_steps": tuning.SAVE_STEPS,
        "save_total_limit": tuning.KEPT_CHECKPOINTS,
        "logging_steps": 1,
        "dataloader_num_workers": tuning.LOADER_WORKERS,
        "seed": plan.seed,
        "data_seed": plan.seed,
        "output_dir": "output",
    }
    return {
        "swift.yaml": yaml.safe_dump(settings, sort_keys=False, allow_unicode=True),
        "run.sh": RUN.format(gpus=plan.gpus, release=plan.release),
        "requirements.txt": REQUIREMENTS,
    }


def _check_config(model: str) -> None:
    """Refuse a model folder without `ignore_index`, which transformers 5 leaves out when it saves a model.

    ms-swift gives one audio token for each recording; the model then makes room for the others by code that reads it.
    """
    config = Path(model) / "config.json"
    if config.is_file() and "ignore_index" not in json.loads(config.read_text(encoding="utf-8")):
        raise UsageError(
            f'{config}: ignore_index is missing, ms-swift 4.6.0 fails without it. Add "ignore_index": -100.'
        )
