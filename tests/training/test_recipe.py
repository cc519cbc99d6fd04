"""The script of the folder trains a tiny Qwen2-Audio with random weights on a release of ours."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from antifraud.errors import EngineError
from antifraud.speech.engines.chattts_worker import import_torchaudio
from antifraud.training.fitting import Fit, Limits
from antifraud.training.sft import write_sft

STEPS = 8
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")  # peft's own


@dataclass
class Recipe:
    """A folder of `antifraud sft`, its modules, and a tiny model."""

    folder: Path
    found: Fit
    rows: list[Any]
    train: Any
    conversations: Any

    def settings(self, **changed: Any) -> Any:
        """The settings of the folder, for a small machine."""
        small = {"dtype": "float32", "batch_size": 2, "gradient_accumulation_steps": 1, "loader_workers": 0}
        settings = self.train.read_settings(self.folder / "settings.yaml")
        return replace(settings, **small, max_steps=STEPS, learning_rate=1e-2, **changed)


@pytest.fixture(scope="module")
def recipe(release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recipe]:
    import_torchaudio()  # transformers imports it; its binary does not load beside a torch for CPUs
    import torch

    from tests.training.tiny_model import save_tiny_qwen2_audio

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("sft")
    rows = [orjson.loads(line) for line in (release / "sft/train.jsonl").read_bytes().splitlines()]
    save_tiny_qwen2_audio([message["content"] for row in rows for message in row["messages"]], place / "model")
    folder = place / "folder"
    found = write_sft(
        release, folder, "transformers", Limits(2048, "refuse", "keep"), model=str(place / "model"), seed=3
    )
    sys.path.insert(0, str(folder))
    try:
        train, conversations = importlib.import_module("recipe.train"), importlib.import_module("recipe.conversations")
        assert Path(train.__file__).parents[1] == folder
        yield Recipe(folder, found, rows, train, conversations)
    finally:
        sys.path.remove(str(folder))
        torch.set_num_threads(threads)


def batch_of(recipe: Recipe, processor: Any, rows: list[Any]) -> Any:
    settings = recipe.settings()
    return recipe.train.collator(processor, Path(settings.release), settings.max_tokens)(rows)


def loss_of(model: Any, batch: Any) -> float:
    import torch

    with torch.no_grad():
        return float(model.eval()(**batch).loss)


def test_learnt_are_the_words_of_the_assistant_and_nothing_else(recipe: Recipe) -> None:
    processor, _ = recipe.train.open_model(recipe.settings(lora_rank=0))
    batch = batch_of(recipe, processor, recipe.rows)
    for row, ids, labels in zip(recipe.rows, batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True):
        assert all(label in (token, -100) for token, label in zip(ids, labels, strict=True))
        learnt = processor.tokenizer.decode([label for label in labels if label != -100])
        answers = [message["content"] for message in row["messages"] if message["role"] == "assistant"]
        assert learnt.split("<|im_end|>") == [*answers, ""]
        assert processor.tokenizer.decode(ids).count("<|AUDIO|>") == 200  # 8 s of 25 tokens


def test_tokens_are_counted_as_the_processor_makes_them(recipe: Recipe) -> None:
    processor, _ = recipe.train.open_model(recipe.settings(lora_rank=0))
    lengths = [batch_of(recipe, processor, [row])["input_ids"].shape[1] for row in recipe.rows]
    assert recipe.found.counted_by.startswith("processor of ")
    assert (recipe.found.longest, recipe.found.tokens) == (max(lengths), sum(lengths))
    assert recipe.found.heard_seconds == 8


def test_a_model_without_a_processor_is_refused(recipe: Recipe, release: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="its processor cannot be loaded"):
        write_sft(release, tmp_path / "sft", "transformers", Limits(2048, "refuse", "keep"), model=str(tmp_path))
    assert not (tmp_path / "sft").exists()


def test_training_lowers_the_loss_and_what_is_saved_loads_and_speaks(recipe: Recipe, tmp_path: Path) -> None:
    settings = recipe.settings(lora_rank=0, output=str(tmp_path))
    processor, untrained = recipe.train.open_model(settings)
    batch = batch_of(recipe, processor, recipe.rows[:2])
    before = loss_of(untrained, batch)
    losses = [entry["loss"] for entry in recipe.train.train(settings) if "loss" in entry]
    assert len(losses) == STEPS
    assert losses[0] == pytest.approx(before, abs=0.2)
    assert losses[-1] < losses[0] - 0.5
    processor, trained = recipe.train.open_model(replace(settings, model=str(tmp_path / "final")))
    assert loss_of(trained, batch) < before - 0.5
    question = {**recipe.rows[0], "messages": recipe.rows[0]["messages"][:1]}
    asked = recipe.conversations.encode([question], Path(settings.release), processor)
    spoken = trained.generate(**asked, max_new_tokens=4, min_new_tokens=4, do_sample=False)
    assert spoken.shape[1] == asked["input_ids"].shape[1] + 4


def test_gradients_reach_every_weight_of_the_audio_tower(recipe: Recipe) -> None:
    processor, model = recipe.train.open_model(recipe.settings(lora_rank=0))
    model.train()(**batch_of(recipe, processor, recipe.rows[:2])).loss.backward()
    tower = {
        name: weight for name, weight in model.named_parameters() if "audio_tower" in name and weight.requires_grad
    }
    assert len(tower) > 10
    dead = [name for name, weight in tower.items() if weight.grad is None or not weight.grad.abs().max() > 0]
    assert dead == []


def test_lora_trains_tower_and_language_model_and_saves_an_adapter(recipe: Recipe, tmp_path: Path) -> None:
    from peft import PeftModel

    settings = replace(
        recipe.settings(output=str(tmp_path)), dtype="bfloat16", batch_size=1, gradient_accumulation_steps=2
    )
    processor, untrained = recipe.train.open_model(replace(settings, lora_rank=0))
    batch = batch_of(recipe, processor, recipe.rows[:2])
    before = loss_of(untrained, batch)
    recipe.train.train(replace(settings, max_steps=STEPS // 2))
    losses = [entry["loss"] for entry in recipe.train.train(settings) if "loss" in entry]
    assert len(losses) == STEPS  # the first half was not done again: the log is the checkpoint's
    assert losses[0] == pytest.approx(before, abs=0.2)  # not the sum of the batches that were gathered
    assert losses[-1] < losses[0]
    assert (tmp_path / "final/adapter_model.safetensors").is_file()
    adapted = PeftModel.from_pretrained(untrained, tmp_path / "final")
    moved = {name for name, weight in adapted.named_parameters() if "lora_B" in name and weight.abs().max() > 0}
    assert any("audio_tower" in name for name in moved)
    assert any("language_model" in name for name in moved)
    assert loss_of(adapted, batch) < before


def test_labels_that_read_otherwise_than_the_answers_stop_the_training(recipe: Recipe) -> None:
    processor, _ = recipe.train.open_model(recipe.settings(lora_rank=0))
    batch = batch_of(recipe, processor, recipe.rows[:2])
    with pytest.raises(ValueError, match="the labels read"):
        recipe.conversations.check_labels(recipe.rows[1], batch["labels"].tolist()[0], processor.tokenizer)
