"""The homes of documents: a folder and a bucket keep the same promises."""

import hashlib
import threading
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest

from integrations.errors import Rejected, Unavailable
from integrations.storage import CHUNK, BadRange, HandOut, Missing, Storage
from integrations.storage.folder import FolderStorage
from tests.support import buckets


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return FolderStorage(tmp_path / "documents")
    return buckets.bucket(buckets.address(request.getfixturevalue("s3_endpoint")))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put_file(storage: Storage, key: str, data: bytes) -> None:
    storage.put_file(key, BytesIO(data), size=len(data), sha256=sha256(data))


def read(storage: Storage, key: str, **stretch: int) -> bytes:
    with storage.reading(key, **stretch) as found:
        data = b"".join(found.chunks)
        assert found.last - found.first + 1 == len(data)
    return data


@pytest.mark.parametrize("data", [b"", b"%PDF", bytes(range(256)) * 1000], ids=len)
def test_what_is_put_is_got_and_its_sha256_returned(storage: Storage, data: bytes) -> None:
    assert storage.put("invoices/2026/0042.pdf", data) == sha256(data)
    assert storage.get("invoices/2026/0042.pdf") == data
    assert storage.get("invoices/2026/0042.pdf", sha256=sha256(data)) == data
    put_file(storage, "a", data)
    assert storage.get("a") == data
    assert (storage.stat("a").key, storage.stat("a").size) == ("a", len(data))
    assert read(storage, "a") == data


def test_putting_the_same_bytes_again_changes_nothing(storage: Storage) -> None:
    assert storage.put("a.pdf", b"same") == storage.put("a.pdf", b"same")
    assert storage.get("a.pdf") == b"same"


def test_other_bytes_replace_what_stood_there(storage: Storage) -> None:
    storage.put("a.pdf", b"longer than the next")
    storage.put("a.pdf", b"next")
    assert storage.get("a.pdf") == b"next"


def test_a_missing_document_has_its_own_error(storage: Storage) -> None:
    for ask in (storage.get, storage.stat, lambda key: read(storage, key), lambda key: read(storage, key, first=3)):
        with pytest.raises(Missing, match=r"no/such\.pdf"):
            ask("no/such.pdf")
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
        "", "/etc/passwd", "../a", "a/../b", "a/./b", "a//b", "a/", ".hidden",
        "A.pdf", "ä", "a\n", "a\0", "a b", "c:\\a", "a" * 201, "/".join(["a" * 100] * 6),
    ],
)  # fmt: skip
def test_a_key_that_could_leave_the_root_or_trouble_a_file_system_is_refused(storage: Storage, key: str) -> None:
    for ask in (
        *(storage.get, storage.exists, storage.delete, storage.stat),
        *(lambda key: storage.put(key, b"x"), lambda key: read(storage, key)),
    ):
        with pytest.raises(Rejected, match="not a storage key"):
            ask(key)


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


def test_what_changed_since_its_checksum_was_taken_is_not_kept(storage: Storage) -> None:
    storage.put("a", b"old")
    for size, digest in ((3, sha256(b"old")), (4, sha256(b"new"))):
        with pytest.raises(Unavailable, match="changed while it was read"):
            storage.put_file("a", BytesIO(b"new"), size=size, sha256=digest)
    assert storage.get("a") == b"old"


def test_bytes_with_another_checksum_than_they_had_are_not_given(storage: Storage) -> None:
    storage.put("a", b"rotten")
    with pytest.raises(Unavailable, match="another checksum"):
        storage.get("a", sha256=sha256(b"sound"))


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (0, None, slice(None)),
        (3, 5, slice(3, 6)),
        (0, 0, slice(0, 1)),
        (999, None, slice(999, None)),
        (7, 10**9, slice(7, None)),
    ],
)
def test_a_stretch_is_read_and_says_of_how_much(storage: Storage, first: int, last: int | None, wanted: slice) -> None:
    data = bytes(n % 251 for n in range(1000))
    storage.put("a", data)
    with storage.reading("a", first=first, last=last) as found:
        assert (found.first, found.total) == (first, 1000)
        assert b"".join(found.chunks) == data[wanted]
        assert found.last == first + len(data[wanted]) - 1


def test_a_stretch_beyond_the_end_says_where_that_is(storage: Storage) -> None:
    storage.put("a", b"0123456789")
    storage.put("empty", b"")
    for key, total in (("a", 10), ("empty", 0)):
        with pytest.raises(BadRange) as refused, storage.reading(key, first=10):
            pass
        assert refused.value.total == total
    assert read(storage, "empty") == b""


def test_a_body_comes_in_pieces(storage: Storage) -> None:
    storage.put("a", b"x" * (3 * CHUNK + 1))
    with storage.reading("a") as found:
        assert max(map(len, found.chunks)) <= CHUNK


def test_what_is_stored_is_listed_in_order_and_from_where_one_was(storage: Storage) -> None:
    keys = ["a", "a-b/c", "a.d", "a/b", "a/b-c", "a/b/c", "aa/x", "b/1", "b/2/3", "c"]
    for key in reversed([key for key in keys if key not in ("a", "a/b")]):
        storage.put(key, key.encode())
    kept = [key for key in keys if key not in ("a", "a/b")]
    assert [one.key for one in storage.every("")] == kept
    assert [(one.key, one.size) for one in storage.every("b")] == [("b/1", 3), ("b/2/3", 5)]
    assert list(storage.every("nothing")) == []
    for before, _ in pairwise(kept):
        assert [one.key for one in storage.every("", after=before)] == kept[kept.index(before) + 1 :], before


def test_a_home_is_tried_and_the_trial_can_be_told_from_a_document(storage: Storage) -> None:
    storage.check()
    storage.check()
    assert {one.key for one in storage.every("")} <= {"trial"}


def test_only_a_bucket_gives_a_browser_an_address(storage: Storage) -> None:
    storage.put("a", b"x")
    found = storage.link("a", HandOut("application/pdf", "attachment"), holds_s=60)
    assert (found is None) == isinstance(storage, FolderStorage)
