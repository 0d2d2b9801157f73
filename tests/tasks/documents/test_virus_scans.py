"""Files from outside: taken in, looked at, and handed to nobody before that; whatever the scanner does."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

import settings
from db.documents import documents
from db.documents import previews as store
from db.documents.documents import Document
from db.ledger import jobs
from db.portfolio import alerts, clients
from db.portfolio.clients import Client
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from rules.jobs import JobState
from sandbox.behaviour import Behaviour
from sandbox.clamd import SIGNATURE, STALE, ClamdServer, fresh
from tasks import outside
from tasks.documents import intake, previews, virus_scans
from tasks.documents.intake import NotTaken, ReceivedFile, UploadsOff
from tests.support import files, kept_documents
from tests.support import ledger as do
from tests.support.bad_files import INFECTED
from tests.support.worker import Worker

KIB = 1024
OLDER = fresh(datetime.now(UTC), number=27700)


@pytest.fixture
def scanner(ledger: str) -> Iterator[ClamdServer]:
    """A virus scanner, with which uploads are open."""
    with ClamdServer() as server, set_up(server.url):
        yield server


@contextmanager
def set_up(url: str, **changes: object) -> Iterator[None]:
    with settings.override(clamd_url=url, clamd_deadline_s=5.0, upload_max_bytes=300 * KIB, **changes):
        outside.scanner.cache_clear()
        outside.storage.cache_clear()
        virus_scans._require_fitness.cache_clear()
        yield
    outside.scanner.cache_clear()
    outside.storage.cache_clear()


@pytest.fixture
def owner(ledger: str) -> Subject:
    client_id, _ = clients.add(Client(name="Bakery", email="bakery@clients.test"))
    return Subject("client", client_id, client_id)


def taken(owner: Subject, content: bytes, name: str) -> Document:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        sha256 = hashlib.sha256(content).hexdigest()
        received = ReceivedFile(file=file, name=name, declared="", size=len(content), sha256=sha256)
        document, _ = intake.add(intake.store(received, owner), by="ada")
    return document


def scanned(worker: Worker, document: Document) -> Document:
    worker.drain(virus_scans.scan)
    return documents.require(document.id)


def open_alerts() -> list[tuple[str, str]]:
    return [(one.kind, one.headline) for one in alerts.open_()]


class TestTakingIn:
    def test_a_file_is_kept_under_a_key_of_our_own_and_opened_by_nobody(
        self, scanner: ClamdServer, owner: Subject
    ) -> None:
        document = taken(owner, files.pdf(), "../../Vertrag\u202e.pdf")
        assert (document.name, document.content_type) == ("Vertrag.pdf", "application/pdf")
        assert (document.state, document.added_by) == (DocumentState.RECEIVED, "ada")
        assert document.why_withheld
        assert document.storage_key.startswith(f"documents/client/{owner.id}/")
        assert "Vertrag" not in document.storage_key
        assert outside.storage().get(document.storage_key) == files.pdf()

    def test_the_same_bytes_are_one_document_of_their_owner(self, scanner: ClamdServer, owner: Subject) -> None:
        first, again = (taken(owner, files.pdf(), name) for name in ("a.pdf", "b.pdf"))
        assert first.id == again.id
        assert len(jobs.newest(task=virus_scans.scan.name)) == 1

    def test_what_is_wrong_at_the_first_look_is_not_kept(self, scanner: ClamdServer, owner: Subject) -> None:
        for content, name in (
            (files.png(), "a.pdf"),
            (files.pdf(), "a.exe"),
            (b"", "a.pdf"),
            (b"x" * 301 * KIB, "a.txt"),
        ):
            with pytest.raises(NotTaken):
                taken(owner, content, name)
        assert kept_documents.of(owner) == []
        assert list(outside.storage().every("documents")) == []

    def test_without_a_scanner_nothing_is_taken(self, ledger: str, owner: Subject) -> None:
        with pytest.raises(UploadsOff, match="NOLAPSE_CLAMD_URL"):
            taken(owner, files.pdf(), "a.pdf")


class TestLooking:
    def test_a_harmless_file_becomes_clean_and_gets_a_preview(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        document = scanned(worker, taken(owner, files.pdf(), "a.pdf"))
        assert (document.state, document.scanner, document.why_withheld) == (DocumentState.CLEAN, scanner.version, "")
        assert [one.state for one in jobs.newest(task=previews.make.name)] == [JobState.QUEUED]

    @pytest.mark.parametrize("where", [one for one in INFECTED if one != "in a mail"])
    def test_a_virus_is_quarantined_and_staff_are_told_once(
        self, where: str, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        name, make = INFECTED[where]
        document = taken(owner, make(), name)
        for _ in range(2):
            assert worker.perform(virus_scans.scan, document_id=document.id).state is JobState.DONE
        found = documents.require(document.id)
        assert (found.state, found.finding) == (DocumentState.QUARANTINED, f"The virus scanner found {SIGNATURE}.")
        assert open_alerts() == [("document_quarantined", f"{name} is quarantined")]

    def test_what_only_a_whole_look_finds_is_refused_in_words(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        document = taken(owner, files.pdf(catalog=b"/OpenAction << /S /JavaScript >>"), "a.pdf")
        found = scanned(worker, document)
        assert (found.state, found.finding) == (
            DocumentState.REFUSED,
            "The PDF has JavaScript. Print it into a new PDF.",
        )
        assert scanner.scanned == []
        assert open_alerts() == []

    def test_active_content_is_quarantined_where_the_settings_say_so(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        with settings.override(upload_active_content="quarantine"):
            document = scanned(worker, taken(owner, files.pdf(catalog=b"/A << /S /Launch >>"), "a.pdf"))
        assert document.state is DocumentState.QUARANTINED
        assert open_alerts() == [("document_quarantined", "a.pdf is quarantined")]

    def test_a_document_that_was_deleted_meanwhile_is_left_alone(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        document = taken(owner, files.pdf(), "a.pdf")
        documents.mark_deleted(document.id, by="ada")
        assert scanned(worker, document).state is DocumentState.RECEIVED
        assert scanner.scanned == []

    def test_bytes_that_were_changed_are_not_clean(self, worker: Worker, scanner: ClamdServer, owner: Subject) -> None:
        document = taken(owner, files.pdf(), "a.pdf")
        outside.storage().put(document.storage_key, files.pdf() + b"\n")
        assert worker.perform(virus_scans.scan, document_id=document.id).state is JobState.FAILED
        assert documents.require(document.id).why_withheld
        assert open_alerts() == [("document_unscanned", "a.pdf could not be scanned, and nobody can open it")]
        outside.storage().put(document.storage_key, files.pdf())
        assert worker.perform(virus_scans.scan, document_id=document.id).state is JobState.DONE
        assert documents.require(document.id).state is DocumentState.CLEAN
        assert open_alerts() == []


class TestAScannerThatFails:
    @pytest.mark.parametrize("behaviour", [Behaviour.GARBAGE, Behaviour.HANG_UP])
    def test_leaves_a_file_as_it_is_and_is_asked_again(
        self, behaviour: Behaviour, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        scanner.conduct.default = behaviour
        document = taken(owner, files.pdf(), "a.pdf")
        job = worker.perform(virus_scans.scan, document_id=document.id)
        assert job.state is JobState.QUEUED
        assert documents.require(document.id).state is DocumentState.SCANNING
        scanner.conduct.default = Behaviour.NORMAL
        worker.run(job.id)
        assert documents.require(document.id).state is DocumentState.CLEAN

    def test_is_not_believed_where_it_does_not_look_to_the_end(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        scanner.scan_max = 200 * KIB
        document = taken(owner, files.pdf(), "a.pdf")
        job = worker.perform(virus_scans.scan, document_id=document.id)
        assert job.state is JobState.QUEUED
        assert "MaxFileSize" in (job.error or "")
        assert documents.require(document.id).why_withheld

    def test_is_not_believed_about_a_stream_beyond_its_limit(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        scanner.stream_max = 200 * KIB
        document = taken(owner, files.pdf(), "a.pdf")
        assert "StreamMaxLength" in (worker.perform(virus_scans.scan, document_id=document.id).error or "")
        assert documents.require(document.id).why_withheld

    def test_is_not_believed_with_old_signatures_but_where_the_settings_say_so(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        scanner.version = STALE
        document = taken(owner, files.pdf(), "a.pdf")
        job = worker.perform(virus_scans.scan, document_id=document.id)
        assert job.state is JobState.QUEUED
        assert "2026-01-04: see that freshclam runs" in (job.error or "")
        assert documents.require(document.id).why_withheld
        with settings.override(clamd_signatures_days=0):
            worker.run(job.id)
        assert documents.require(document.id).state is DocumentState.CLEAN


class TestDue:
    def test_what_nobody_scanned_is_scanned_after_a_while(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        document = taken(owner, files.pdf(), "a.pdf")
        job = jobs.newest(task=virus_scans.scan.name)[0]
        do.make_due(job.id)
        worker.perform(virus_scans.scan_due)
        assert len(jobs.newest(task=virus_scans.scan.name)) == 1, "its own job waits"
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=1), tick=True):
            worker.perform(virus_scans.scan_due)
        worker.drain(virus_scans.scan)
        assert documents.require(document.id).state is DocumentState.CLEAN

    def test_new_signatures_look_at_what_came_lately(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        newer = scanner.version
        scanner.version, scanner.signatures = OLDER, {b"other": "Other.Virus", **scanner.signatures}
        document = scanned(worker, taken(owner, b"hello, a new virus\n", "a.txt"))
        assert (document.state, document.scanner) == (DocumentState.CLEAN, OLDER)
        worker.perform(virus_scans.scan_due)
        assert len(worker.drain(virus_scans.scan)) == 0, "the same signatures find the same"
        scanner.version, scanner.signatures = newer, {b"a new virus": "New.Virus", **scanner.signatures}
        worker.perform(virus_scans.scan_due)
        worker.drain(virus_scans.scan)
        document = documents.require(document.id)
        assert (document.state, document.finding) == (
            DocumentState.QUARANTINED,
            "The virus scanner found New.Virus.",
        )
        assert [kind for kind, _ in open_alerts()] == ["document_quarantined"]

    def test_signatures_that_find_it_no_more_clear_a_file(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        newer = scanner.version
        scanner.version, scanner.signatures = OLDER, {b"hello": "False.Positive", **scanner.signatures}
        document = scanned(worker, taken(owner, b"hello\n", "a.txt"))
        assert document.state is DocumentState.QUARANTINED
        scanner.version = newer
        del scanner.signatures[b"hello"]
        worker.perform(virus_scans.scan_due)
        assert scanned(worker, document).state is DocumentState.CLEAN
        assert open_alerts() == []

    def test_what_is_old_or_our_own_is_not_scanned_again(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        newer, scanner.version = scanner.version, OLDER
        scanned(worker, taken(owner, b"hello\n", "a.txt"))
        own = documents.NewDocument(
            owner=owner,
            name="b.pdf",
            content_type="application/pdf",
            size=1,
            sha256="ab",
            storage_key="documents/b",
            added_by="us",
            state=DocumentState.CLEAN,
        )
        documents.add(own)
        scanner.version = newer
        with time_machine.travel(datetime.now(UTC) + timedelta(days=15), tick=True):
            worker.perform(virus_scans.scan_due)
        assert [one.state for one in jobs.newest(task=virus_scans.scan.name)] == [JobState.DONE]


class TestPreviews:
    def test_a_clean_picture_is_shown_and_one_that_cannot_be_says_why(
        self, worker: Worker, scanner: ClamdServer, owner: Subject
    ) -> None:
        good = scanned(worker, taken(owner, files.picture("JPEG"), "a.jpg"))
        odd = scanned(
            worker, taken(owner, files.pdf().replace(b"/Kids [3 0 R] /Count 1", b"/Kids [] /Count 0"), "b.pdf")
        )
        assert {one.state for one in worker.drain(previews.make)} == {JobState.DONE}
        assert store.sizes([good.id, odd.id]) == {good.id: (40, 30)}
        assert store.require(odd.id).image is None
        assert "no preview" in store.require(odd.id).why

    def test_it_goes_with_its_document(self, worker: Worker, scanner: ClamdServer, owner: Subject) -> None:
        document = scanned(worker, taken(owner, files.png(), "a.png"))
        worker.drain(previews.make)
        documents.mark_deleted(document.id, by="ada")
        worker.perform(previews.make_missing)
        assert store.sizes([document.id]) == {}

    def test_one_that_is_missing_is_made(self, worker: Worker, scanner: ClamdServer, owner: Subject) -> None:
        document = scanned(worker, taken(owner, files.png(), "a.png"))
        worker.perform(previews.make_missing)
        worker.drain(previews.make)
        assert store.sizes([document.id]) == {document.id: (3, 2)}
