"""`antifraud sft`: a folder to fine-tune a model in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from antifraud.cli.options import AsJson


class _Framework(StrEnum):
    SWIFT = "swift"
    TRANSFORMERS = "transformers"


class _TooLong(StrEnum):
    REFUSE = "refuse"
    DROP = "drop"


class _CutAudio(StrEnum):
    KEEP = "keep"
    REFUSE = "refuse"
    DROP = "drop"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: antifraud sft data/runs/quickstart/release -o sft --framework transformers")(sft)


def sft(
    release: Annotated[Path, typer.Argument(help="A release with conversations (pack.formats: taf or swift).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to make; it must not exist.")],
    framework: Annotated[_Framework, typer.Option(help="Who trains.")] = _Framework.SWIFT,
    model: Annotated[
        Optional[str],
        typer.Option(help="Folder or hub name; its processor counts tokens. Without it: Qwen2-Audio, by estimate."),
    ] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest conversation, audio tokens included.")] = 8192,
    too_long: Annotated[_TooLong, typer.Option(help="What becomes of longer ones.")] = _TooLong.REFUSE,
    cut_audio: Annotated[
        _CutAudio, typer.Option(help="What becomes of conversations with audio that is not heard to its end.")
    ] = _CutAudio.KEEP,
    copy_audio: Annotated[bool, typer.Option("--copy-audio", help="Put the recordings into the folder.")] = False,
    gpus: Annotated[int, typer.Option(min=1, help="GPUs that share a step of 64 conversations.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the training.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Write a folder for supervised fine-tuning of Qwen2-Audio on a release: data, settings, command.

    Every conversation is checked: within the token limit, and how much of its audio the model hears (30 s).
    """
    from antifraud.training.fitting import Limits
    from antifraud.training.sft import write_sft

    found = write_sft(
        release,
        output,
        framework.value,
        Limits(max_tokens, too_long.value, cut_audio.value),
        model=model,
        gpus=gpus,
        seed=seed,
        copies_audio=copy_audio,
    )
    if as_json:
        from antifraud.cli.summary import print_json

        print_json(found.summary())
        return
    typer.echo(
        f"{found.kept} of {found.samples} conversations; longest {found.longest} of {found.max_tokens} tokens"
        f" ({found.counted_by}).",
        err=True,
    )
    for reason, count in sorted(found.dropped.items()):
        typer.echo(f"Left out: {count} {reason}.", err=True)
    if found.cut:
        typer.echo(
            f"{found.cut} have audio beyond the {found.heard_seconds:g} s that are heard:"
            f" {found.lost_hours:.2f} of {found.hours:.2f} hours are lost; check.jsonl names them."
            " A release packed with --set pack.windows.cut=true has none.",
            err=True,
        )
    typer.echo(f"Written to {output}; next: bash {output}/run.sh", err=True)
