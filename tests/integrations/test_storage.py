"""The document store: whole or not at all, and nowhere but under its root."""

import errno
import hashlib
import os
import threading
from pathlib import Path

import pytest

from integrations.errors import Rejected, Unavailable
from integrations.storage import Missing, Storage


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "documents")


def test_what_is_put_is_got_and_its_sha256_returned(storage: Storage) -> None:
    assert storage.put("invoices/2026/0042.pdf", b"%PDF") == hashlib.sha256(b"%PDF").hexdigest()
    assert storage.get("invoices/2026/0042.pdf") == b"%PDF"


def test_putting_the_same_bytes_again_changes_nothing(storage: Storage) -> None:
    assert storage.put("a.pdf", b"same") == storage.put("a.pdf", b"same")
    assert storage.get("a.pdf") == b"same"


def test_other_bytes_replace_what_stood_there(storage: Storage) -> None:
    storage.put("a.pdf", b"longer than the next")
    storage.put("a.pdf", b"next")
    assert storage.get("a.pdf") == b"next"


def test_a_missing_document_has_its_own_error(storage: Storage) -> None:
    with pytest.raises(Missing):
        storage.get("no/such.pdf")
    assert not storage.exists("no/such.pdf")


def test_a_deleted_document_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    storage.put("a.pdf", b"x")
    assert storage.exists("a.pdf")
    storage.delete("a.pdf")
    storage.delete("a.pdf")
    assert not storage.exists("a.pdf")


@pytest.mark.parametrize(
    "key",
    [
        *("", "/etc/passwd", "../a", "a/../b", "a/./b", "a//b", "a/", ".hidden"),
        *("A.pdf", "ä", "a\n", "a\0", "a b", "c:\\a", "a" * 201, "/".join(["a" * 100] * 6)),
    ],
)
def test_a_key_that_could_leave_the_root_or_trouble_a_file_system_is_refused(storage: Storage, key: str) -> None:
    for ask in (storage.get, storage.exists, storage.delete, lambda key: storage.put(key, b"x")):
        with pytest.raises(Rejected, match="not a storage key"):
            ask(key)


def test_a_document_cannot_also_be_a_folder(storage: Storage) -> None:
    storage.put("a/b", b"x")
    for key in ("a", "a/b/c"):
        with pytest.raises(Rejected, match="already"):
            storage.put(key, b"x")


def test_no_half_written_file_stays_behind(storage: Storage, tmp_path: Path) -> None:
    storage.put("a/b", b"x")
    with pytest.raises(Rejected):
        storage.put("a", b"x")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["b"]


def test_a_reader_never_sees_a_part(storage: Storage) -> None:
    first, second = b"1" * 300_000, b"2" * 300_000
    storage.put("a", first)
    writer = threading.Thread(target=lambda: [storage.put("a", second if n % 2 else first) for n in range(20)])
    writer.start()
    seen = set[bytes]()
    while writer.is_alive():
        seen.add(storage.get("a"))
    writer.join()
    assert seen <= {first, second}


def test_a_full_disk_is_unavailable(storage: Storage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    storage.put("a", b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left on device"):
        storage.put("a", b"new")
    assert storage.get("a") == b"old"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a"]
