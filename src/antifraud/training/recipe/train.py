"""python -m recipe.train settings.yaml: fine-tunes Qwen2-Audio on the conversations of a release.

On several GPUs: torchrun --nproc_per_node 4 -m recipe.train settings.yaml
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
import yaml
from transformers import AutoProcessor, Qwen2AudioForConditionalGeneration, Trainer, TrainingArguments, set_seed
from transformers.loss.loss_utils import ForCausalLMLoss
from transformers.trainer_utils import get_last_checkpoint

from .conversations import check_labels, encode, labels_of, read_rows


@dataclass(frozen=True)
class Settings:
    """What settings.yaml holds. Paths are relative to its folder."""

    model: str
    """A folder, or a name on the hub."""
    release: str
    """Folder that the audio paths of `data` are relative to."""
    data: str
    output: str
    lora_rank: int
    """0 trains every weight."""
    lora_alpha: int
    lora_dropout: float
    target_modules: list[str]
    """Layers by the end of their names; q_proj and v_proj are in the audio tower and in the language model."""
    epochs: float
    max_steps: int
    """-1: as many as the epochs have."""
    batch_size: int
    gradient_accumulation_steps: int
    learning_rate: float
    warmup_share: float
    max_tokens: int
    """Of a conversation, its audio tokens included."""
    dtype: Literal["bfloat16", "float32"]
    activation_checkpointing: bool
    save_steps: int
    kept_checkpoints: int
    loader_workers: int
    seed: int


def read_settings(path: Path) -> Settings:
    """Return the settings of a file, its paths made absolute; an unknown or missing key is an error."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    folder = path.resolve().parent
    local = folder / values["model"]
    places = {key: str(folder / values[key]) for key in ("release", "data", "output")}
    return Settings(**{**values, **places, "model": str(local) if local.is_dir() else values["model"]})


def open_model(settings: Settings) -> tuple[Any, Any]:
    """Return the processor and the model, with LoRA around it unless every weight is trained."""
    processor = AutoProcessor.from_pretrained(settings.model)
    dtype = getattr(torch, settings.dtype)
    model = Qwen2AudioForConditionalGeneration.from_pretrained(settings.model, dtype=dtype)
    if settings.lora_rank:
        from peft import LoraConfig, get_peft_model

        lora = LoraConfig(
            r=settings.lora_rank,
            lora_alpha=settings.lora_alpha,
            lora_dropout=settings.lora_dropout,
            target_modules=settings.target_modules,
            task_type="CAUSAL_LM",
        )
        model = get_peft_model(model, lora)
    return processor, model


def collator(processor: Any, release: Path, max_tokens: int) -> Callable[[Sequence[Mapping[str, Any]]], Any]:
    """Return what makes a batch of rows: tokens, mel features, and labels of the assistant's words alone."""

    def collate(rows: Sequence[Mapping[str, Any]]) -> Any:
        batch = encode(rows, release, processor)
        if batch["input_ids"].shape[1] > max_tokens:
            raise ValueError(
                f"{[row['audios'] for row in rows]}: {batch['input_ids'].shape[1]} tokens, more than {max_tokens}."
            )
        labels = [labels_of(ids, processor.tokenizer) for ids in batch["input_ids"].tolist()]
        for row, learnt in zip(rows, labels):
            check_labels(row, learnt, processor.tokenizer)
        batch["labels"] = torch.tensor(labels)
        return batch

    return collate


def token_loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    """Return the mean loss of a step's learnt tokens, however many batches and GPUs share the step.

    Qwen2-Audio's own loss is the mean of its batch; the Trainer (5.23) takes it for a share of the step's and adds
    the batches up, so that 32 of them log 32 times the loss and are clipped by it.
    """
    return ForCausalLMLoss(outputs.logits, labels, outputs.logits.shape[-1], num_items_in_batch)


def arguments(settings: Settings) -> TrainingArguments:
    """Return the settings as the Trainer names them."""
    return TrainingArguments(
        output_dir=settings.output,
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation_steps,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=settings.warmup_share,  # below 1 it is a share
        bf16=settings.dtype == "bfloat16",
        use_cpu=not torch.accelerator.is_available(),
        activation_checkpointing=settings.activation_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},  # the other way loses gradients of frozen inputs
        logging_steps=1,
        save_steps=settings.save_steps,
        save_total_limit=settings.kept_checkpoints,
        dataloader_num_workers=settings.loader_workers,
        dataloader_pin_memory=torch.accelerator.is_available(),
        remove_unused_columns=False,  # the collator reads columns that the model does not know
        report_to="none",
        seed=settings.seed,
    )


def train(settings: Settings) -> list[dict[str, Any]]:
    """Train, and save the adapter (or the model) with its processor; return the log, one entry a step.

    Where `output` holds checkpoints, training goes on from the last.
    """
    set_seed(settings.seed)
    processor, model = open_model(settings)
    trainer = Trainer(
        model=model,
        args=arguments(settings),
        train_dataset=read_rows(Path(settings.data)),
        data_collator=collator(processor, Path(settings.release), settings.max_tokens),
        compute_loss_func=token_loss,
    )
    output = Path(settings.output)
    trainer.train(resume_from_checkpoint=get_last_checkpoint(output) if output.is_dir() else None)
    final = output / "final"
    trainer.save_model(str(final))
    if trainer.is_world_process_zero():
        processor.save_pretrained(final)
        (final / "log.json").write_text(json.dumps(trainer.state.log_history, indent=1), encoding="utf-8")
    return list(trainer.state.log_history)


if __name__ == "__main__":
    train(read_settings(Path(sys.argv[1])))
