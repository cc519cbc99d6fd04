"""The files ChatTTS is made of, looked over before it loads them; standard library only.

ChatTTS itself tells of a file that is missing or altered by returning False.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = "https://huggingface.co/2Noise/ChatTTS"
FILES = (
    "asset/DVAE.safetensors",
    "asset/Decoder.safetensors",
    "asset/Embed.safetensors",
    "asset/Vocos.safetensors",
    "asset/gpt/config.json",
    "asset/gpt/model.safetensors",
    "asset/tokenizer/special_tokens_map.json",
    "asset/tokenizer/tokenizer.json",
    "asset/tokenizer/tokenizer_config.json",
)
_LENGTH_BYTES = 8
"""A safetensors file begins with the length of its JSON header, little-endian."""


class UnfitWeights(Exception):
    """A file is missing, altered or unreadable; the message is one line that says which and what to do."""


@dataclass(frozen=True)
class Model:
    """What a file of `chattts.model` says of weights that are not the released ones."""

    sizes: Mapping[str, Any]
    """Fields of `ChatTTS.config.Config` that differ from its defaults, nested as there."""
    sha256: Mapping[str, str]
    """Checksum of each of the nine files, by its path below the assets folder."""
    fixed_tokens_per_character: int | None
    """For random weights alone, which hardly ever end by themselves: how long every utterance is made."""


def read_model(path: Path) -> Model:
    """Return what the file says.

    Raises:
        UnfitWeights: it is not there, not JSON, or not in this form.
    """
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as exc:
        raise UnfitWeights(f"{path}: cannot be read: {exc}. Correct synthesize.chattts.model.") from exc
    keys = {"sizes", "sha256", "fixed_tokens_per_character"}
    if not isinstance(found, dict) or set(found) - keys or not {"sizes", "sha256"} <= set(found):
        raise UnfitWeights(f"{path}: expected an object with sizes, sha256 and fixed_tokens_per_character, no more.")
    if set(found["sha256"]) != set(FILES):
        raise UnfitWeights(f"{path}: sha256 names {sorted(found['sha256'])}; expected {', '.join(FILES)}.")
    return Model(found["sizes"], found["sha256"], found.get("fixed_tokens_per_character"))


def check_weights(folder: Path, expected: Mapping[str, str]) -> None:
    """Look over the nine files.

    Args:
        expected: sha256 by path below `folder`.

    Raises:
        UnfitWeights: one is missing, cannot be read, or differs.
    """
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise UnfitWeights(
            f"{folder} lacks {', '.join(missing)}; expected the nine files of {SOURCE} there."
            " Download them and set synthesize.chattts.assets to the folder that holds asset/."
        )
    for name in FILES:
        path = folder / name
        try:
            with open(path, "rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            unreadable = _fault(path)
        except OSError as exc:
            raise UnfitWeights(f"{path}: cannot be read: {exc.strerror}. Correct its permissions.") from exc
        if found != expected[name]:
            raise UnfitWeights(
                f"{path}: sha256 is {found}; expected {expected[name]}. Download it again from {SOURCE}, or name"
                " the model it belongs to in synthesize.chattts.model."
            )
        if unreadable:
            raise UnfitWeights(f"{path}: {unreadable}. Make it anew, or download it from {SOURCE}.")


def fingerprint(model: Model) -> str:
    """Return twelve hexadecimal digits that differ wherever the sound of the weights could."""
    parts = [dict(model.sizes), dict(model.sha256), model.fixed_tokens_per_character]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def _fault(path: Path) -> str:
    """Return what is wrong with the form of a file; empty where nothing is."""
    if path.suffix == ".json":
        try:
            json.loads(path.read_bytes())
        except ValueError:
            return "is not JSON"
        return ""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if not 0 < length <= size - _LENGTH_BYTES:
            return "is not a safetensors file"
        try:
            header = json.loads(file.read(length))
            ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            return "is not a safetensors file"
    if max(ends, default=0) != size - _LENGTH_BYTES - length:
        return "is a safetensors file that was cut or grown"
    return ""
