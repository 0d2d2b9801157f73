"""What a folder of documents does beside what every home does."""

import errno
import os
from pathlib import Path

import pytest

from integrations.errors import Rejected, Unavailable
from integrations.storage.folder import FolderStorage


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "documents")


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def test_a_document_cannot_also_be_a_folder(storage: FolderStorage) -> None:
    storage.put("a/b", b"x")
    for key in ("a", "a/b/c"):
        with pytest.raises(Rejected, match="already"):
            storage.put(key, b"x")


def test_no_half_written_file_stays_behind(storage: FolderStorage, tmp_path: Path) -> None:
    storage.put("a/b", b"x")
    with pytest.raises(Rejected):
        storage.put("a", b"x")
    assert files(tmp_path) == ["b"]


def test_a_full_disk_is_unavailable(storage: FolderStorage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    storage.put("a", b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for act in (lambda: storage.put("a", b"new"), storage.check):
        with pytest.raises(Unavailable, match="No space left on device"):
            act()
    assert storage.get("a") == b"old"
    assert files(tmp_path) == ["a"]


def test_what_somebody_is_writing_and_what_is_no_file_is_not_listed(storage: FolderStorage, tmp_path: Path) -> None:
    storage.put("a/b", b"x")
    (tmp_path / "documents/a/.writing-1").write_bytes(b"half")
    (tmp_path / "documents/a/up").symlink_to(tmp_path)
    assert [one.key for one in storage.every("")] == ["a/b"]


def test_what_a_reader_does_wrong_is_no_trouble_of_the_disk(storage: FolderStorage) -> None:
    storage.put("a", b"x")
    with pytest.raises(ConnectionResetError), storage.reading("a"):
        raise ConnectionResetError
