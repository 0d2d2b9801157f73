"""Lookups that people ask for at once: any domain, any endpoint, as ``nolapse domain`` and ``nolapse cert`` answer.

    question ──lanes, breaker, guard──> registries or a scan ──> document ──> all who wait for it

They are jobs because that is how all calls of the outside are made. A person waits, so none is tried again: what failed
is told at once, and may be asked again. Both go to the queue of look-ups: a batch of scans holds a thread of the other
one for minutes. Promise: convergent; people who ask the same while it is queued share its one answer.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import settings
from db import connection
from db.access import lookups
from db.access.lookups import FailureKind
from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected, Unavailable
from integrations.guard import NoSuchName
from rules import lookups as questions
from rules.jobs import Priority
from rules.lookups import LookupKind, LookupQuestion
from tasks import certificates, outside
from tasks.domains import registries
from tasks.engine.context import completing
from tasks.engine.task import EnqueuedJob, Queue, task
from tasks.outside import rate_limits
from wording import lookup_documents
from wording.lookup_documents import Document

_LONGEST_PARK_S = 60.0
"""The longest time that a lookup waits for a blocked server; one that is blocked for longer counts as unavailable."""


@task(Queue.LOOKUP, attempts=1, deadline_s=90, unique=("name",), internal=True)
def domain(*, name: str) -> None:
    """Ask the registry about any domain, for people who wait for the answer."""
    _answer(LookupQuestion(kind=LookupKind.DOMAIN, name=name), _domain)


@task(Queue.LOOKUP, attempts=1, deadline_s=120, unique=("host", "port", "protocol", "server_name"), internal=True)
def endpoint(*, host: str, port: int, protocol: str, server_name: str = "") -> None:
    """Look at the certificates of any endpoint, for people who wait for the answer."""
    question = LookupQuestion(
        kind=LookupKind.ENDPOINT, name=host, port=port, protocol=protocol, server_name=server_name
    )
    _answer(question, _endpoint)


def ask(user_id: int, question: LookupQuestion) -> int:
    """Keep a person's question and queue the job that answers it, in one transaction; returns the lookup's id."""
    with connection.transaction():
        lookup_id = lookups.add(user_id, question)
        lookups.answered_by(lookup_id, _enqueued(question).job_id)
    return lookup_id


def _enqueued(question: LookupQuestion) -> EnqueuedJob:
    if question.kind is LookupKind.DOMAIN:
        return domain.enqueue(name=question.name, priority=Priority.URGENT)
    return endpoint.enqueue(
        host=question.name,
        port=question.port,
        protocol=question.protocol,
        server_name=question.server_name,
        priority=Priority.URGENT,
    )


def _answer(question: LookupQuestion, look: Callable[[LookupQuestion], Document]) -> None:
    """Answer a question if somebody still waits for the answer."""
    if not lookups.is_wanted(question):
        return
    try:
        document = look(question)
    except IntegrationError as error:
        if isinstance(error, rate_limits.ServerBlocked) and error.delay_s <= _LONGEST_PARK_S:
            raise
        kind = FailureKind.REFUSED if isinstance(error, Rejected) else FailureKind.UNAVAILABLE
        with completing():
            lookups.fail(question, kind, registries.reasons(error))
        return
    with completing():
        lookups.answer(question, document)


def _domain(question: LookupQuestion) -> Document:
    now = datetime.now(UTC)
    found = registries.look_up(question.name, registries.current(), at=now, limit=rate_limits.for_lookup())
    return lookup_documents.domain(*questions.amount(found.records, now=now))


def _endpoint(question: LookupQuestion) -> Document:
    _require_permitted(question)
    return lookup_documents.endpoint(certificates.scan_now(question.target).finding)


def _require_permitted(question: LookupQuestion) -> None:
    """Raise ``Forbidden`` for a host that the guard refuses; the scan asks the guard again, but says less about why."""
    deadline = Deadline.after(settings.current().scan_deadline_s)
    with suppress(NoSuchName, Unavailable):  # what the scan says of that is an answer
        outside.guard().resolve(question.name, question.port, deadline=deadline)
