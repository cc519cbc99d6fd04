"""A sealed release goes to a repository of data sets: verified first, complete afterwards."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from antifraud.errors import EngineError, IntegrityError, ServiceError, UsageError
from antifraud.release.licences import BY_PART, licence_in
from antifraud.services.upload import Place, Upload
from antifraud.store.sealed import differences, read_manifest

Target = Literal["hub", "modelscope"]

_REPO: Final = re.compile(r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")
_MOST_FILES_A_FOLDER: Final = 10_000
_MOST_FILES: Final = 100_000
"""Both as the Hub's documentation advises, docs/hub/storage-limits; it refuses commits far above."""


@dataclass(frozen=True)
class TargetEntry:
    """Where a kind of repository is asked for, and what lets one write there."""

    endpoint: str
    endpoint_variable: str
    token_variable: str


TARGETS: Final[Mapping[Target, TargetEntry]] = {
    "hub": TargetEntry("https://huggingface.co", "HF_ENDPOINT", "HF_TOKEN"),
    "modelscope": TargetEntry("https://www.modelscope.cn", "MODELSCOPE_ENDPOINT", "MODELSCOPE_API_TOKEN"),
}


@dataclass(frozen=True)
class PushPlan:
    """What would be sent."""

    folder: Path
    target: Target
    repo: str
    endpoint: str
    is_private: bool
    files: frozenset[str]
    size_bytes: int
    advice: tuple[str, ...]
    """What the service may dislike, a sentence each."""


@dataclass(frozen=True)
class Pushed:
    """What was sent, and where it lies."""

    url: str
    files: int
    size_bytes: int
    strangers: tuple[str, ...]
    """Files of the repository that are not of this release, as an older one leaves them."""


def plan_push(
    folder: Path, target: Target, repo: str, *, is_private: bool, endpoint: str | None, environment: Mapping[str, str]
) -> PushPlan:
    """Verify a release and return what would be sent; asks nothing of anybody.

    Raises:
        UsageError: `repo` is not owner/name.
        StoreError: the folder is not sealed.
        IntegrityError: it is no release, or differs from its manifest.
    """
    if _REPO.match(repo) is None:
        raise UsageError(f"--repo is {repo}; expected owner/name, as in my-lab/telecom-fraud.")
    name, manifest = read_manifest(folder)
    if name != "dataset_manifest.json":
        raise IntegrityError(f"{folder}: holds {name}, so it is no release; give a folder that pack made.")
    if found := list(differences(folder)):
        raise IntegrityError(
            f"{folder}/{found[0]}; {len(found)} in all. Nothing was sent; pack it again, then push it."
        )
    files = frozenset({name, *manifest["files"]})
    size_bytes = sum(each["bytes"] for each in manifest["files"].values()) + (folder / name).stat().st_size
    place = endpoint or environment.get(TARGETS[target].endpoint_variable) or TARGETS[target].endpoint
    return PushPlan(folder, target, repo, place.rstrip("/"), is_private, files, size_bytes, tuple(_advice(files)))


def push(plan: PushPlan, environment: Mapping[str, str], *, is_quiet: bool) -> Pushed:
    """Send what was planned, and look whether all of it arrived.

    Raises:
        ServiceError: there is no token, the service refused, or files are missing there afterwards.
        EngineError: the library of the service is not installed.
    """
    variable = TARGETS[plan.target].token_variable
    token = environment.get(variable, "").strip()
    if not token:
        raise ServiceError(f"{variable} is not set; give a token that may write to {plan.repo} in it.")
    place = Place(plan.repo, plan.endpoint, token, variable, plan.is_private, _licence(plan))
    uploaded = _uploader(plan.target)(plan.folder, place, is_quiet=is_quiet)
    if missing := sorted(plan.files - uploaded.present):
        raise ServiceError(
            f"{plan.endpoint}: {plan.repo} lacks {len(missing)} of {len(plan.files)} files afterwards, first"
            f" {missing[0]}; a .gitignore there may leave them out. Remove it and run the same command again."
        )
    strangers = tuple(sorted(path for path in uploaded.present - plan.files if not path.startswith(".git")))
    return Pushed(uploaded.url, len(plan.files), plan.size_bytes, strangers)


def _licence(plan: PushPlan) -> str:
    named = licence_in((plan.folder / "LICENSE").read_text(encoding="utf-8")) if "LICENSE" in plan.files else None
    return "other" if named in (None, BY_PART) else str(named)


def _uploader(target: Target) -> Upload:
    """Return who uploads; each library is loaded only where it is used."""
    try:
        if target == "hub":
            from antifraud.services.hub_upload import upload_to_hub

            return upload_to_hub
        from antifraud.services.modelscope_upload import upload_to_modelscope
    except ImportError as exc:
        raise EngineError(f"{exc.name} is not installed; pip install 'antifraud[hub]' brings it.") from exc
    return upload_to_modelscope


def _advice(files: frozenset[str]) -> list[str]:
    by_folder = Counter(path.rpartition("/")[0] or "." for path in files)
    folder, most = by_folder.most_common(1)[0]
    advice = []
    if most > _MOST_FILES_A_FOLDER:
        advice.append(f"{folder}/ holds {most} files, above the {_MOST_FILES_A_FOLDER} that the Hub advises.")
    if len(files) > _MOST_FILES:
        advice.append(f"The release holds {len(files)} files, above the {_MOST_FILES} that the Hub advises.")
    return advice
