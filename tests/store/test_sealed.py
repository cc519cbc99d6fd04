from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from antifraud.errors import IntegrityError, StoreError
from antifraud.store.files import sha256_of
from antifraud.store.sealed import copy_checked, differences, seal


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    folder = tmp_path / "release"
    (folder / "audio").mkdir(parents=True)
    (folder / "audio" / "a.wav").write_bytes(b"RIFF" + bytes(100))
    (folder / "rows.jsonl").write_bytes(b"{}\n")
    seal(folder, "dataset_manifest.json", {"seed": 1})
    return folder


def test_an_untouched_folder_has_no_differences(sealed: Path) -> None:
    assert list(differences(sealed)) == []


def test_one_flipped_byte_is_found(sealed: Path) -> None:
    wave = bytearray((sealed / "audio" / "a.wav").read_bytes())
    wave[50] ^= 1
    (sealed / "audio" / "a.wav").write_bytes(wave)
    assert list(differences(sealed)) == ["audio/a.wav: changed"]


def test_a_missing_and_an_extra_file_are_found(sealed: Path) -> None:
    (sealed / "rows.jsonl").unlink()
    (sealed / "audio" / ".hidden").write_bytes(b"")
    assert list(differences(sealed)) == ["rows.jsonl: missing", "audio/.hidden: not in the manifest"]


def test_a_link_to_the_same_bytes_is_found(sealed: Path, tmp_path: Path) -> None:
    os.rename(sealed / "rows.jsonl", tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", sealed / "rows.jsonl")
    assert list(differences(sealed)) == ["rows.jsonl: a link, not a file"]


def test_a_manifest_that_was_edited_to_fit_a_changed_file_is_found(sealed: Path) -> None:
    path = sealed / "dataset_manifest.json"
    manifest = orjson.loads(path.read_bytes())
    (sealed / "rows.jsonl").write_bytes(b"[]\n")
    manifest["files"]["rows.jsonl"]["sha256"] = sha256_of(sealed / "rows.jsonl")
    path.write_bytes(orjson.dumps(manifest))
    assert list(differences(sealed)) == ["dataset_manifest.json: changed (its own seal does not fit)"]


def test_a_folder_without_manifest_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no dataset_manifest\.json"):
        list(differences(tmp_path))


def test_copying_refuses_a_file_that_is_not_what_it_was(tmp_path: Path) -> None:
    source = tmp_path / "a.wav"
    source.write_bytes(b"one")
    copy_checked(source, tmp_path / "out" / "a.wav", sha256_of(source))
    with pytest.raises(IntegrityError, match="changed since it was made"):
        copy_checked(source, tmp_path / "out" / "b.wav", "0" * 64)
    with pytest.raises(IntegrityError, match="not found"):
        copy_checked(tmp_path / "nothing", tmp_path / "out" / "c.wav", "0" * 64)
