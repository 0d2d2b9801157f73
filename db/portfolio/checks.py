"""Looks at domains: what each brought, as history; what is known since then; and when the next one is due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from db.portfolio import events
from db.portfolio.domains import Domain
from db.portfolio.models import DomainAnswer, DomainState
from rules.changes import Change
from rules.domains import changes, knowledge, lifecycle, next_check, provenance
from rules.domains.records import SETTLED, Answer, DomainChangeKind, RegistryRecord
from rules.next_check import jitter

_SERVER_MAX, _FAILURE_MAX = 255, 500


def record(domain: Domain, answers: Sequence[RegistryRecord], *, at: datetime) -> tuple[Change[DomainChangeKind], ...]:
    """Store what a look brought, in the caller's transaction: history, what is known, events. Returns what is news.

    ``answers`` are all that came, at least one; those that settle nothing leave what is known as it was.
    """
    for answer in answers:
        _keep(domain.id, answer, at)
    known = knowledge.learn(domain.known, answers, at=at)
    found = changes.changes(domain.known, known)
    for change in found:
        events.add(domain.subject, change.kind, change.before, change.after)
    settled = any(each.answer in SETTLED for each in answers)
    after = replace(domain, known=known, changed_at=at if found else domain.changed_at)
    if settled:
        after = replace(after, checked_at=at, failed_at=None, failure=None, failures=0)
    else:
        after = _in_vain(after, str(answers[0].answer), at)
    _remember(after, at)
    return found


def failed(domain: Domain, why: str, *, at: datetime) -> None:
    """Remember, in the caller's transaction, that nobody answered; what is known stays."""
    _remember(_in_vain(domain, why, at), at)


def reassessed(domain: Domain, *, at: datetime) -> None:
    """Keep what follows from a changed domain for its end and its next look, in the caller's transaction."""
    _remember(domain, at)


def _in_vain(domain: Domain, why: str, at: datetime) -> Domain:
    return replace(domain, failed_at=at, failure=_storable(why)[:_FAILURE_MAX], failures=domain.failures + 1)


def _keep(domain_id: int, answer: RegistryRecord, at: datetime) -> None:
    DomainAnswer.create(
        domain=domain_id,
        at=at,
        answer=answer.answer,
        source=answer.source,
        server=answer.server[:_SERVER_MAX],
        expires=answer.expires,
        raw_text=_storable(answer.raw),
    )


def _remember(domain: Domain, at: datetime) -> None:
    known, expiry = domain.facts, domain.expiry
    life = lifecycle.assess(domain.registration, now=at)
    due = next_check.next_check(
        answer=known.answer,
        expires=expiry.at if expiry else None,
        statuses=known.statuses,
        changed_at=domain.changed_at,
        failures=domain.failures,
        doubted=known.doubt is not None,
        now=at,
        jitter=jitter(domain.id),
    )
    said = known.said.get("answer")
    values = {
        "answer": known.answer or Answer.UNAVAILABLE,
        "source": said.source if said else "",
        "server": said.server[:_SERVER_MAX] if said else "",
        "created": known.created,
        "updated": known.updated,
        "expires": expiry.at if expiry else known.expires,
        "registrar": _storable(known.registrar),
        "nameservers": list(known.nameservers),
        "statuses": list(known.statuses),
        "said": provenance.said_as_json(known),
        "stage": life.stage,
        "stage_since": domain.stage_since if life.stage is domain.stage else at,
        "changed_at": domain.changed_at,
        "next_look_at": due.at,
        "next_look_because": due.reason,
        "checked_at": domain.checked_at,
        "failed_at": domain.failed_at,
        "failure": domain.failure,
        "failures": domain.failures,
    }
    DomainState.insert(domain=domain.id, **values).on_conflict(
        conflict_target=[DomainState.domain], update=values
    ).execute()


def _storable(text: str | None) -> str:
    """Drop NUL, which PostgreSQL refuses."""
    return (text or "").replace("\0", "")
