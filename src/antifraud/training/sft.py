"""A release becomes a folder to fine-tune a model in: the conversations that fit, settings, command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from antifraud.errors import StoreError
from antifraud.store.files import folder_by_rename, locked
from antifraud.store.manifest import write_manifest
from antifraud.store.sealed import copy_checked, read_manifest
from antifraud.training.fitting import Fit, Limits, fit
from antifraud.training.ms_swift import swift_files
from antifraud.training.plan import Plan, seen_from
from antifraud.training.sft_rows import conversations_of
from antifraud.training.token_counts import ESTIMATE, count_by
from antifraud.training.with_transformers import transformers_files

Framework = Literal["swift", "transformers"]
FILES: Final[Mapping[Framework, Callable[[Plan], dict[str, str]]]] = {
    "swift": swift_files,
    "transformers": transformers_files,
}
DEFAULT_MODEL: Final = "Qwen/Qwen2-Audio-7B-Instruct"
README: Final = """\
# Fine-tuning on {release}

{kept} of {samples} conversations, the longest {longest} tokens of {limit} ({counted_by}); {cut} recordings are longer
than the {heard:g} s that the model hears, {lost_hours} of {hours} hours are lost that way. `check.jsonl` names each
conversation that does not fit, `recipe.json` holds the figures.

    pip install -r requirements.txt    # in an environment of its own
    bash run.sh                        # writes output/

`data/train.jsonl` refers to recordings below `{release}`.
"""


def write_sft(
    release: Path,
    target: Path,
    framework: Framework,
    limits: Limits,
    *,
    model: str | None = None,
    gpus: int = 1,
    seed: int = 1,
    copies_audio: bool = False,
) -> Fit:
    """Write the folder, whole or not at all, and return what the check of its conversations found.

    Args:
        release: what `antifraud pack` made; its `train` split is taken.
        model: a folder or a name on the hub, whose processor then counts tokens; None estimates for Qwen2-Audio.
        copies_audio: put the recordings into the folder instead of referring to the release.

    Raises:
        StoreError: the target exists, or the release has no manifest.
        RecordError: a conversation cannot be read or does not fit.
        EngineError: the processor of `model` cannot be loaded.
    """
    if target.exists():
        raise StoreError(f"{target}: exists, and may hold a trained model; give --output a new folder.")
    _, manifest = read_manifest(release)
    source = conversations_of(release, "train")
    place = "." if copies_audio else seen_from(target, release)
    plan = Plan(target, model or DEFAULT_MODEL, place, limits.max_tokens, gpus, seed)
    files = FILES[framework](plan)
    count = count_by(model) if model else ESTIMATE
    with locked(target), folder_by_rename(target) as folder:
        found = fit(source, release, count, limits, folder)
        if copies_audio:
            _copy_audio(folder, release, manifest)
        for name, text in {**files, "README.md": _readme(plan, found)}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        (folder / "run.sh").chmod(0o755)
        packed = {"name": manifest.get("name"), "seal": manifest.get("seal")}
        about = {"framework": framework, "model": plan.model_from_folder, "release": packed}
        write_manifest(folder / "recipe.json", {**about, **found.summary()})
    return found


def _readme(plan: Plan, found: Fit) -> str:
    return README.format(
        release=plan.release,
        kept=found.kept,
        samples=found.samples,
        longest=found.longest,
        limit=found.max_tokens,
        counted_by=found.counted_by,
        cut=found.cut,
        heard=found.heard_seconds,
        lost_hours=round(found.lost_hours, 2),
        hours=round(found.hours, 2),
    )


def _copy_audio(folder: Path, release: Path, manifest: Mapping[str, Any]) -> None:
    with open(folder / "data/train.jsonl", "rb") as rows:
        for row in rows:
            for audio in orjson.loads(row)["audios"]:
                listed = manifest["files"].get(audio)
                if listed is None:
                    raise StoreError(f"{release / audio}: not in the manifest of the release. Run antifraud verify.")
                copy_checked(release / audio, folder / audio, listed["sha256"])
