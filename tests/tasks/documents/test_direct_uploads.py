"""Files that are sent straight to the bucket: what becomes a document of them, and that nobody reads one before."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

import settings
from db.documents import direct_uploads as store
from db.documents import documents
from db.documents.documents import Document
from db.ledger import jobs
from db.portfolio import clients
from db.portfolio.clients import Client
from integrations.storage.s3 import S3Storage
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from rules.documents.direct_uploads import DirectUploadState
from rules.jobs import JobState
from sandbox.clamd import EICAR, ClamdServer
from tasks import outside
from tasks.documents import direct_uploads, moving, storage_audit, virus_scans
from tasks.documents.direct_uploads import NoBucket, OpenedUpload
from tasks.documents.intake import NotTaken
from tests.faults.marks import on_sqlite
from tests.support import buckets, files, kept_documents
from tests.support.worker import Worker

pytestmark = on_sqlite
KIB = 1024
PDF = files.pdf()
CACHED = (outside.guard, outside.storage, outside.maintained_storage, outside.scanner, virus_scans._require_fitness)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with buckets.s3_server() as url:
        yield url


@pytest.fixture
def bucket(ledger: str, endpoint: str) -> Iterator[S3Storage]:
    """A bucket that documents are kept in, and a scanner."""
    where = buckets.address(endpoint)
    made = buckets.bucket(where)
    with (
        ClamdServer() as scanner,
        settings.override(clamd_url=scanner.url, upload_max_bytes=300 * KIB, **buckets.settings_of(where)),
    ):
        for one in CACHED:
            one.cache_clear()
        yield made
    for one in CACHED:
        one.cache_clear()


@pytest.fixture
def owner(ledger: str) -> Subject:
    client_id, _ = clients.add(Client(name="Bakery", email="bakery@clients.test"))
    return Subject("client", client_id, client_id)


def opened(owner: Subject, size: int = len(PDF), name: str = "../contract.pdf") -> OpenedUpload:
    return direct_uploads.open_form(owner, name=name, declared="", size=size, by="ada")


def taken(worker: Worker, upload: OpenedUpload) -> store.DirectUpload:
    direct_uploads.sent(store.require(upload.id), by="ada")
    worker.drain(direct_uploads.take)
    return store.require(upload.id)


def document_of(upload: store.DirectUpload) -> Document:
    return documents.require(upload.document_id or 0)


def test_what_was_posted_becomes_a_document_that_is_scanned(worker: Worker, bucket: S3Storage, owner: Subject) -> None:
    upload = opened(owner)
    assert buckets.post_form(upload.form, PDF) == 201
    assert kept_documents.of(owner) == [], "nobody has said so"
    document = document_of(taken(worker, upload))
    assert (document.name, document.size, document.added_by) == ("contract.pdf", len(PDF), "ada")
    assert (document.state, document.content_type) == (DocumentState.RECEIVED, "application/pdf")
    assert document.why_withheld
    worker.drain(virus_scans.scan)
    assert documents.require(document.id).state is DocumentState.CLEAN


def test_whoever_posts_the_form_again_changes_nothing_that_is_read(
    worker: Worker, bucket: S3Storage, owner: Subject
) -> None:
    upload = opened(owner)
    buckets.post_form(upload.form, PDF)
    document = document_of(taken(worker, upload))
    assert buckets.post_form(upload.form, EICAR) == 201
    assert document.storage_key != upload.form.fields["key"].removeprefix("agency/")
    assert bucket.get(document.storage_key) == PDF
    assert taken(worker, upload).document_id == document.id
    assert len(jobs.newest(task=direct_uploads.take.name)) == 1


def test_a_virus_is_found_as_in_any_upload(worker: Worker, bucket: S3Storage, owner: Subject) -> None:
    upload = opened(owner, len(EICAR), "a.txt")
    buckets.post_form(upload.form, EICAR)
    document = document_of(taken(worker, upload))
    worker.drain(virus_scans.scan)
    assert documents.require(document.id).state is DocumentState.QUARANTINED


@pytest.mark.parametrize(
    ("content", "word"),
    [(None, "does not have it"), (b"MZ\x90\0" + bytes(200), "Windows"), (b"x" * (301 * KIB), "at most")],
    ids=["never posted", "a program", "more than the settings allow"],
)
def test_what_is_no_such_file_is_refused_in_words(
    content: bytes | None, word: str, worker: Worker, bucket: S3Storage, owner: Subject
) -> None:
    upload = opened(owner)
    if content is not None:
        buckets.post_form(upload.form, content)
    seen = taken(worker, upload)
    assert (seen.state, seen.document_id) == (DirectUploadState.REFUSED, None)
    assert word in seen.why
    assert kept_documents.of(owner) == []


def test_a_form_is_only_given_for_what_may_be_taken(bucket: S3Storage, owner: Subject) -> None:
    for name, size in (("a.exe", 10), ("a.pdf", 301 * KIB)):
        with pytest.raises(NotTaken):
            opened(owner, size, name)


def test_a_folder_has_no_form(ledger: str, owner: Subject) -> None:
    with settings.override(clamd_url="tcp://127.0.0.1:9"):
        outside.storage.cache_clear()
        with pytest.raises(NoBucket, match="POST /api/documents"):
            opened(owner)


def test_a_bucket_that_is_away_is_asked_again_and_then_it_is_said(
    worker: Worker, bucket: S3Storage, owner: Subject
) -> None:
    upload = opened(owner)
    with settings.override(storage_url="s3://documents?endpoint=http://127.0.0.1:9"):
        outside.storage.cache_clear()
        direct_uploads.sent(store.require(upload.id), by="ada")
        (job,) = jobs.newest(task=direct_uploads.take.name)
        for _ in range(5):
            state = worker.perform(direct_uploads.take, upload_id=upload.id).state
            if state is JobState.DEAD:
                break
            assert store.require(upload.id).state is DirectUploadState.SENT
    outside.storage.cache_clear()
    assert job
    assert "send it again" in store.require(upload.id).why


def test_its_bytes_and_its_row_go_a_day_after_its_form_closed(
    worker: Worker, bucket: S3Storage, owner: Subject
) -> None:
    upload, never = opened(owner), opened(owner)
    buckets.post_form(upload.form, PDF)
    document = document_of(taken(worker, upload))
    worker.perform(direct_uploads.clear)
    assert [one.key for one in bucket.every("incoming")] == [upload.form.fields["key"].removeprefix("agency/")]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2), tick=False):
        worker.perform(direct_uploads.clear)
    assert list(bucket.every("incoming")) == []
    assert [store.find(one.id) for one in (upload, never)] == [None, None]
    assert bucket.get(document.storage_key) == PDF


def test_an_audit_and_a_move_know_what_waits(worker: Worker, bucket: S3Storage, owner: Subject, endpoint: str) -> None:
    upload, lost = opened(owner), opened(owner)
    for one in (upload, lost):
        buckets.post_form(one.form, PDF)
    document = document_of(taken(worker, upload))
    store.forget([lost.id])
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2), tick=False):
        found = list(storage_audit.compare(bucket, reads=True))
    assert [one.key for one in found] == [lost.form.fields["key"].removeprefix("agency/")]
    target = buckets.bucket(buckets.address(endpoint))
    assert [one.key for one in moving.move(bucket, target)] == [document.storage_key]
