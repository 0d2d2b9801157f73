"""Looks at each file that came from outside: what it is, whether it does anything by itself, whether a virus is in it.

Promise: local. A scan asks and changes nothing elsewhere; the document's state and the alert are written in the
transaction that ends the job. It fails closed: without a scanner's word a file stays as it is, and is looked at again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import BinaryIO

import settings
from db.documents import documents
from db.documents import virus_scans as due
from db.documents.documents import Document
from db.ledger.endings import EndedJob
from db.portfolio.alerts import Notice, Standing
from integrations import preview
from integrations.clamd import Clamd
from integrations.errors import Unavailable
from rules.access import Permission
from rules.checks.subjects import Subject
from rules.documents import DocumentState, inspection
from rules.documents.objections import Objection
from rules.documents.unpacking import InspectionLimits
from rules.translatable import Translatable
from settings.failpoints import failpoint
from tasks import alerts as telling
from tasks import outside
from tasks.documents import previews, scratch
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.outside import rate_limits
from wording import document_objections

_QUARANTINED, _UNSCANNED = "document_quarantined", "document_unscanned"
"""The kinds of the alerts about a document: something was found in it, or it could not be scanned."""

_WAITS = timedelta(minutes=10)
"""How long a document may wait for its own job before it gets a new one."""


def _not_scanned(job: EndedJob) -> None:
    """Open an alert about a file that could not be scanned."""
    document = documents.find(job.args.get("document_id"))
    if document is None or document.scanner:
        return
    notice = Notice(
        kind=_UNSCANNED,
        headline=Translatable("{name} could not be scanned, and nobody can open it", name=document.name),
        facts=(("Owner", f"{document.owner_kind} {document.owner_id}"), ("Why", job.error)),
    )
    telling.reconcile([Standing(subject=_subject(document), notices=(notice,))])


@task(
    Queue.DEFAULT,
    attempts=8,
    backoff_s=15,
    deadline_s=900,
    unique=("document_id",),
    on_ended=_not_scanned,
    permission=Permission.PORTFOLIO,
)
def scan(*, document_id: int) -> None:
    """Look at a document that came from outside, and write what it is from now on: clean, quarantined or refused."""
    document = documents.find(document_id)
    if document is None or document.deleted_at or document.state is DocumentState.REFUSED:
        with completing():
            return
    if document.state is DocumentState.RECEIVED:
        document = documents.move_to(document_id, DocumentState.SCANNING)
    finding = _looked_at(document)
    failpoint("documents.scanned")
    with completing():
        _write(document, finding)


def _size() -> FanOutSize:
    """Count the documents that were never scanned.

    Those to be scanned again with new signatures are not counted, because a dry run asks no scanner.
    """
    if outside.scanner() is None:
        return FanOutSize(0)
    return FanOutSize(due.count_unscanned(before=datetime.now(UTC) - _WAITS))


@task(Queue.DEFAULT, attempts=3, unique=(), fans_out=True, size=_size, deadline_s=900, permission=Permission.PORTFOLIO)
def scan_due() -> None:
    """Scan what is not scanned yet and, where the signatures have changed, what came in the last days."""
    config, now = settings.current(), datetime.now(UTC)
    scanner = outside.scanner()
    ways: list[Callable[[int, int], Sequence[int]]] = []
    if scanner is not None:
        ways.append(partial(due.unscanned_after, before=now - _WAITS))
        if version := _version(scanner):
            since = now - timedelta(days=config.upload_rescan_days)
            ways.append(partial(due.scanned_by_others_after, scanner=version, since=since))
    scan.fan_out(partial(_merged, ways), "document_id")


def _merged(ways: Sequence[Callable[[int, int], Sequence[int]]], after: int, limit: int) -> Sequence[int]:
    """Return the next ids that any of the ways finds, each once and in order."""
    return sorted({one for way in ways for one in way(after, limit)})[:limit]


@dataclass(frozen=True, slots=True)
class _Finding:
    """A document's new state, a sentence where it is not clean, and the scanner's version where one has scanned it."""

    state: DocumentState
    words: str = ""
    scanner: str = ""


def _looked_at(document: Document) -> _Finding:
    """Return what is found. Raises ``Unavailable`` where it cannot be looked at now."""
    with scratch.fetched(document) as file:
        if not document.scanner and (objection := _inspected(document, file)):
            quarantines = settings.current().upload_active_content == "quarantine"
            state = DocumentState.QUARANTINED if objection.active and quarantines else DocumentState.REFUSED
            return _Finding(state, document_objections.sentence(objection))
        file.seek(0)
        return _scanned(file)


def _inspected(document: Document, file: BinaryIO) -> Objection | None:
    with scratch.mapped(file) as content:
        return inspection.inspect(
            content, name=document.name, declared="", limits=limits(), scratch=scratch.unpacked
        ).objection


def _scanned(file: BinaryIO) -> _Finding:
    scanner = outside.scanner()
    if scanner is None:
        raise Unavailable("no virus scanner is set up (NOLAPSE_CLAMD_URL)")
    limit = rate_limits.for_scanner()
    config = settings.current()
    with limit("clamd", str(scanner.address)):
        version = scanner.version()
        scanner.require_fresh(version, days=config.clamd_signatures_days, now=datetime.now(UTC))
        _require_fitness(scanner, version, config.upload_max_bytes)
        answer = scanner.scan(file)
    if answer.signature:
        return _Finding(DocumentState.QUARANTINED, f"The virus scanner found {answer.signature}.", version)
    return _Finding(DocumentState.CLEAN, scanner=version)


@lru_cache(maxsize=4)
def _require_fitness(scanner: Clamd, _version: str, largest: int) -> None:
    """Try the scanner with a file of the largest size, once in each process and for each of its versions."""
    scanner.require_fitness(largest)


def _version(scanner: Clamd) -> str | None:
    """Return the scanner's version; None where it is away: a later run then finds what is to be scanned again."""
    limit = rate_limits.for_scanner()
    try:
        with limit("clamd", str(scanner.address)):
            return scanner.version()
    except Unavailable:
        return None


def _write(document: Document, finding: _Finding) -> None:
    """Write the state and have staff told, in the transaction that ends the job."""
    subject = _subject(document)
    found = documents.move_to(document.id, finding.state, finding=finding.words, scanner=finding.scanner)
    notices: tuple[Notice, ...] = ()
    if found.state is DocumentState.QUARANTINED:
        facts = (
            ("Owner", f"{found.owner_kind} {found.owner_id}"),
            ("Found", found.finding),
            ("Added by", found.added_by),
        )
        notices = (
            Notice(kind=_QUARANTINED, headline=Translatable("{name} is quarantined", name=found.name), facts=facts),
        )
    over = frozenset({_UNSCANNED} if notices else {_UNSCANNED, _QUARANTINED})
    telling.reconcile([Standing(subject=subject, notices=notices, over=over)])
    if found.state is DocumentState.CLEAN and found.content_type in preview.PREVIEWED:
        previews.make.enqueue(document_id=found.id)


def _subject(document: Document) -> Subject:
    return Subject("document", document.id, document.client_id)


def limits() -> InspectionLimits:
    """Return the limits: files as large as the settings say, and their contents in proportion."""
    size, usual = settings.current().upload_max_bytes, InspectionLimits()
    return InspectionLimits(size=size, unpacked=max(usual.unpacked, 4 * size))
