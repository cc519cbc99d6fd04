from __future__ import annotations

import os
from pathlib import Path

import pytest

from antifraud.errors import StoreError
from antifraud.store.files import folder_by_rename, locked, write_atomic


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.bin"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.bin"]


def test_a_link_planted_at_the_target_is_replaced_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    os.symlink(victim, tmp_path / "file.bin")
    write_atomic(tmp_path / "file.bin", b"new")
    assert victim.read_bytes() == b"precious"
    assert (tmp_path / "file.bin").read_bytes() == b"new"


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be written"):
        write_atomic(tmp_path / "file" / "inner", b"")


def test_a_folder_appears_only_when_it_is_finished(tmp_path: Path) -> None:
    target = tmp_path / "release"
    with folder_by_rename(target) as building:
        (building / "a").write_text("1")
        assert not target.exists()
    assert (target / "a").read_text() == "1"


def test_a_failed_build_leaves_the_old_folder_and_no_remains(tmp_path: Path) -> None:
    target = tmp_path / "release"
    with folder_by_rename(target) as building:
        (building / "a").write_text("old")
    with pytest.raises(ValueError, match="half way"), folder_by_rename(target) as building:
        (building / "a").write_text("new")
        raise ValueError("half way")
    assert (target / "a").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["release"]


def test_a_lock_is_free_again_after_its_block(tmp_path: Path) -> None:
    with locked(tmp_path / "x"), pytest.raises(StoreError, match="another antifraud process"), locked(tmp_path / "x"):
        pass
    with locked(tmp_path / "x"):
        pass
