"""What a run folder holds, and what is left to do."""

from __future__ import annotations

from typing import Any

from antifraud.config import Config
from antifraud.errors import StoreError
from antifraud.records import Storyline
from antifraud.scenarios.plans import everyday_planned, storylines_planned
from antifraud.store.lines import count_lines, read_records
from antifraud.store.manifest import read_json
from antifraud.store.runs import RunFolder, rejected_path


def survey(run: RunFolder) -> list[dict[str, Any]]:
    """Return what the run folder holds, stage by stage, and what is left: records, or None where it is not known.

    Raises:
        StoreError: there is no such run folder.
    """
    if not run.path.is_dir():
        raise StoreError(f"{run.path}: no such run. Give --run NAME, or -c with the config it was made with.")
    rows = []
    came_in = _storylines_asked_for(run)
    for stage, output in (
        ("generate-storylines", run.storylines),
        ("generate", run.dialogues),
        ("synthesize", run.calls),
        ("annotate", run.annotations),
    ):
        if output == run.dialogues:
            came_in = _calls_asked_for(run)
        done, rejected = count_lines(output), count_lines(rejected_path(output))
        left = None if came_in is None else max(0, came_in - done - rejected)
        rows.append({"stage": stage, "done": done, "rejected": rejected, "left": left})
        came_in = done
        if output == run.dialogues and run.imitations.exists():
            rows.append(_imitations(run))
    rows.append(
        {"stage": "pack", "done": int(run.release.is_dir()), "rejected": 0, "left": int(not run.release.is_dir())}
    )
    snapshots = [path for path in run.bench.glob("*/manifest.json") if not path.parent.name.startswith(".")]
    rows.append({"stage": "build-bench", "done": len(snapshots), "rejected": 0, "left": int(not snapshots)})
    return rows


def _imitations(run: RunFolder) -> dict[str, Any]:
    done, rejected = count_lines(run.imitations), count_lines(rejected_path(run.imitations))
    noted = run.path / "config.json"
    wanted = Config.model_validate(read_json(noted)).imitate.count if noted.exists() else None
    left = None if wanted is None else max(0, wanted - done - rejected)
    return {"stage": "imitate", "done": done, "rejected": rejected, "left": left}


def _storylines_asked_for(run: RunFolder) -> int | None:
    noted = run.path / "config.json"
    if not noted.exists():
        return None
    return storylines_planned(Config.model_validate(read_json(noted)).generate)


def _calls_asked_for(run: RunFolder) -> int | None:
    """Return the calls that the storylines so far are told as, and the everyday ones."""
    noted = run.path / "config.json"
    if not noted.exists():
        return None
    told = sum(len(story.told) for story in read_records(run.storylines, Storyline)) if run.storylines.exists() else 0
    return told + everyday_planned(Config.model_validate(read_json(noted)).generate)
