"""What every framework is told of a training."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """A training that is about to be written down."""

    folder: Path
    """Where it will lie."""
    model: str
    """A folder, or a name on the hub."""
    release: str
    """Where the recordings' paths begin, as seen from the folder."""
    max_tokens: int
    gpus: int
    seed: int

    @property
    def model_from_folder(self) -> str:
        """The model as seen from the folder: a path where it lies on this machine, else its name."""
        return seen_from(self.folder, Path(self.model)) if Path(self.model).is_dir() else self.model


def seen_from(folder: Path, place: Path) -> str:
    """Return a place relative to a folder that may not be there yet."""
    return Path(os.path.relpath(place.resolve(), folder.resolve())).as_posix()
