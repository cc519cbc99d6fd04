"""Upload to ModelScope with its own library."""

from __future__ import annotations

import logging
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

from modelscope_hub import HubApi
from modelscope_hub.constants import Visibility
from modelscope_hub.errors import AlreadyExistsError, HubError

from antifraud.services.upload import Place, Uploaded, failure, not_private

_KIND: Final = "dataset"


def upload_to_modelscope(folder: Path, place: Place, *, is_quiet: bool) -> Uploaded:
    """Upload a folder; a file beside it notes what was sent until all of it was.

    Raises:
        ServiceError: ModelScope refused, is not there, or keeps the repository public against `place.is_private`.
    """
    logging.getLogger("modelscope_hub").setLevel(logging.CRITICAL)  # one line is shown when it fails, not its own many
    progress = folder.resolve().with_name(f".{folder.resolve().name}.modelscope-upload")
    api = HubApi(endpoint=place.endpoint, token=place.token)
    visibility = Visibility.PRIVATE if place.is_private else Visibility.PUBLIC
    try:
        try:
            api.create_repo(place.repo, _KIND, visibility=visibility, license=place.licence)
        except AlreadyExistsError:
            if place.is_private and api.get_repo(place.repo, _KIND).visibility != Visibility.PRIVATE:
                raise not_private(place) from None
        with redirect_stdout(sys.stderr):  # its report would stand among our JSON
            api.upload_folder(
                place.repo,
                _KIND,
                folder,
                commit_message=f"Release {folder.resolve().name}",
                tracker_path=progress,
                disable_tqdm=is_quiet,
            )
        present = frozenset(file.path for file in api.list_repo_files(place.repo, _KIND) if file.type != "tree")
    except (HubError, OSError, RuntimeError) as exc:
        raise failure(exc, place) from exc
    progress.unlink(missing_ok=True)
    return Uploaded(f"{place.endpoint}/datasets/{place.repo}", present)
