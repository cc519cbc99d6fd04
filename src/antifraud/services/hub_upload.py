"""Upload to the Hugging Face Hub, or to whatever speaks its protocol, with its own library."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import httpx
from huggingface_hub import HfApi
from huggingface_hub.utils.tqdm import disable_progress_bars

from antifraud.services.upload import Place, Uploaded, failure, not_private

_KIND: Final = "dataset"


def upload_to_hub(folder: Path, place: Place, *, is_quiet: bool) -> Uploaded:
    """Upload a folder; the library sends in batches, and sends nothing twice that is there.

    Raises:
        ServiceError: the Hub refused, is not there, or keeps the repository public against `place.is_private`.
    """
    if is_quiet:
        disable_progress_bars()
    api = HfApi(endpoint=place.endpoint, token=place.token)
    try:
        url = api.create_repo(place.repo, repo_type=_KIND, private=place.is_private or None, exist_ok=True)
        if place.is_private and not api.repo_info(place.repo, repo_type=_KIND).private:
            raise not_private(place)
        api.upload_folder(
            repo_id=place.repo,
            folder_path=folder,
            repo_type=_KIND,
            commit_message=f"Release {folder.resolve().name}",
        )
        return Uploaded(str(url), frozenset(api.list_repo_files(place.repo, repo_type=_KIND)))
    except (httpx.HTTPError, OSError, ValueError, RuntimeError) as exc:
        raise failure(exc, place) from exc
