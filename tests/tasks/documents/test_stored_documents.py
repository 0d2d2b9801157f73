"""Documents' bytes over time: removed after their grace, audited beside the rows, moved to another home."""

import hashlib
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import settings
from db import connection
from db.billing import invoices
from db.documents import documents
from db.documents.documents import Document, NewDocument
from db.portfolio import clients
from db.portfolio.clients import Client
from integrations.storage.folder import FolderStorage
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from tasks import outside
from tasks.documents import adoption, document_actions, moving, removal, storage_audit
from tasks.documents.moving import MoveOutcome
from tasks.documents.storage_audit import Discrepancy
from tests.faults.marks import on_sqlite
from tests.support import buckets, kept_documents
from tests.support.worker import Worker

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _forget_the_storage(ledger: str):
    for one in (outside.storage, outside.maintained_storage):
        one.cache_clear()
    yield
    for one in (outside.storage, outside.maintained_storage):
        one.cache_clear()


def kept(data: bytes, **given: Any) -> Document:
    client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
    sha256 = hashlib.sha256(data).hexdigest()
    key = f"documents/client/{client_id}/{sha256}"
    outside.storage().put(key, data)
    new = {
        "owner": Subject("client", client_id, client_id),
        "name": "a.pdf",
        "content_type": "application/pdf",
        "size": len(data),
        "sha256": sha256,
        "storage_key": key,
        "added_by": "ada",
        "state": DocumentState.CLEAN,
    }
    return documents.add(NewDocument(**{**new, **given}))[0]


def path(key: str) -> Path:
    return settings.current().home / "documents" / key


def aged(key: str) -> None:
    """Make what is stored older than what may be an upload under way."""
    old = time.time() - 2 * 86400
    os.utime(path(key), (old, old))


def found(*, reads: bool = True) -> list[tuple[Discrepancy, str]]:
    return [(one.what, one.key) for one in storage_audit.compare(outside.maintained_storage(), reads=reads)]


def deleted_long_ago() -> None:
    with connection.transaction():
        connection.changed(
            "UPDATE kept_document SET deleted_at = {later(%s)} WHERE deleted_at IS NOT NULL", -31 * 86400.0
        )


class TestRemoval:
    def test_bytes_go_after_the_grace_time_and_not_what_is_held_kept_or_came_back(self, worker: Worker) -> None:
        later = datetime.now(UTC) + HOUR
        gone, held, back = kept(b"gone"), kept(b"held"), kept(b"back")
        until = kept(b"until", kept_until=later)
        living, young = kept(b"living"), kept(b"young")
        with connection.transaction():
            for one in (gone, held, back, until):
                documents.mark_deleted(one.id, by="ada")
        deleted_long_ago()
        documents.mark_deleted(young.id, by="ada")
        documents.hold(held.id, held=True)
        document_actions.restore(documents.require(back.id), actor="ada")
        worker.perform(removal.remove)
        left = {one.id for one in documents.LIST.page().rows}
        assert left == {held.id, back.id, until.id, living.id, young.id}
        assert not outside.storage().exists(gone.storage_key)
        assert all(outside.storage().exists(documents.require(one).storage_key) for one in left)

    def test_what_an_attempt_began_that_died_cannot_come_back_and_is_ended_by_the_next(self, worker: Worker) -> None:
        document = kept(b"gone")
        documents.mark_deleted(document.id, by="ada")
        deleted_long_ago()
        assert documents.claim_removable(0, grace_days=30, limit=10) == [(document.id, document.storage_key)]
        with pytest.raises(document_actions.KeptAgain):
            document_actions.restore(documents.require(document.id), actor="ada")
        worker.perform(removal.remove)
        assert documents.find(document.id) is None

    @on_sqlite
    def test_many_go_in_batches(self, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(removal, "_BATCH", 2)
        for number in range(5):
            documents.mark_deleted(kept(bytes([number])).id, by="ada")
        deleted_long_ago()
        worker.perform(removal.remove)
        assert documents.LIST.page().rows == ()


class TestAudit:
    def test_what_fits_is_not_told(self, ledger: str) -> None:
        kept(b"one")
        kept(b"two")
        outside.storage().put("trial", b"of a bucket")
        assert found() == []

    def test_missing_changed_and_orphaned_are_told_apart(self, ledger: str) -> None:
        missing, shorter, other, sound = kept(b"missing"), kept(b"shorter"), kept(b"other"), kept(b"sound")
        outside.storage().delete(missing.storage_key)
        path(shorter.storage_key).write_bytes(b"short")
        path(other.storage_key).write_bytes(b"rehto")
        outside.storage().put("documents/client/9/orphan", b"nobody's")
        aged("documents/client/9/orphan")
        outside.storage().put("documents/client/9/young", b"an upload under way")
        told = {
            (Discrepancy.MISSING, missing.storage_key),
            (Discrepancy.CHANGED, shorter.storage_key),
            (Discrepancy.ORPHANED, "documents/client/9/orphan"),
        }
        assert set(found(reads=False)) == told, "sizes alone"
        assert set(found()) == {*told, (Discrepancy.CHANGED, other.storage_key)}
        assert sound.storage_key not in {key for _, key in found()}

    def test_what_is_being_removed_is_none_of_its_business(self, ledger: str) -> None:
        document = kept(b"gone")
        documents.mark_deleted(document.id, by="ada")
        documents.claim_removable(0, grace_days=-1, limit=10)
        outside.storage().delete(document.storage_key)
        assert found() == []

    def test_a_bucket_is_audited_like_a_folder(self, ledger: str) -> None:
        with buckets.s3_server() as endpoint:
            storage = buckets.bucket(buckets.address(endpoint))
            document = kept(b"in the folder alone")
            assert [(one.what, one.key) for one in storage_audit.compare(storage, reads=True)] == [
                (Discrepancy.MISSING, document.storage_key)
            ]
            assert [one.outcome for one in moving.move(outside.storage(), storage)] == [MoveOutcome.MOVED]
            assert list(storage_audit.compare(storage, reads=True)) == []


class TestMove:
    def test_a_folder_goes_into_a_bucket_and_back_and_stays_as_it_was(self, ledger: str, tmp_path: Path) -> None:
        data = [b"one", b"two" * 1_000_000]
        for one in data:
            kept(one)
        folder, back = outside.storage(), FolderStorage(tmp_path / "back")
        with buckets.s3_server() as endpoint:
            bucket = buckets.bucket(buckets.address(endpoint))
            assert [one.outcome for one in moving.move(folder, bucket)] == [MoveOutcome.MOVED] * 2
            kept(b"added meanwhile")
            again = sorted(one.outcome for one in moving.move(folder, bucket))
            assert again == [MoveOutcome.MOVED, MoveOutcome.THERE, MoveOutcome.THERE]
            assert [one.outcome for one in moving.move(bucket, back)] == [MoveOutcome.MOVED] * 3
        keys = [one.key for one in folder.every("")]
        assert [one.key for one in back.every("")] == keys
        assert all(back.get(key) == folder.get(key) for key in keys)

    def test_what_is_not_what_its_row_says_is_moved_and_told(self, ledger: str, tmp_path: Path) -> None:
        document = kept(b"sound")
        path(document.storage_key).write_bytes(b"dnuos")
        moved = list(moving.move(outside.storage(), FolderStorage(tmp_path / "other")))
        assert [one.outcome for one in moved] == [MoveOutcome.CHANGED]


class TestAdoption:
    def test_an_invoices_pdf_from_before_becomes_a_document_where_it_lies(self, ledger: str) -> None:
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        key, data = "invoices/inv/000000001.pdf", b"%PDF-1.7 of last year"
        outside.storage().put(key, data)
        with connection.transaction():
            (invoice_id,) = connection.execute(
                "INSERT INTO invoice (client_id, series, number, issued_on, due_on, currency, net_minor, tax_minor,"
                " gross_minor, document_key, document_sha256, created_at)"
                " VALUES (%s, 'INV', 1, '2025-11-01', '2025-11-15', 'EUR', 1, 0, 1, %s, %s, {now}) RETURNING id",
                client_id,
                key,
                hashlib.sha256(data).hexdigest(),
            )[0]
        assert adoption.adopt_all() == 1
        assert adoption.adopt_all() == 0
        (document,) = kept_documents.of(Subject("invoice", invoice_id))
        assert (document.storage_key, document.size, document.client_id) == (key, len(data), client_id)
        assert document.kept_until == datetime(2036, 1, 1, tzinfo=UTC)
        assert adoption.document_of(invoices.require(invoice_id)) == document
        assert found() == []
