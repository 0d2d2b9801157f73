"""Checks of domains: what each brought, as history; what is known since then; and when the next one is due."""

from db.portfolio import events, models
from rules.domains import knowledge_json
from rules.domains.check_outcome import CheckOutcome
from rules.domains.domain import Domain
from rules.domains.records import Answer, RegistryRecord

_SERVER_MAX, _FAILURE_MAX = 255, 500


def save(outcome: CheckOutcome, *, because: str) -> None:
    """Store a check in the caller's transaction: the records that came, what is news, and what is known.

    ``because`` is the next check's reason in words.
    """
    for record in outcome.records:
        _add_record(outcome, record)
    subject = outcome.domain.subject
    events.add_all((subject, change.kind, change.before, change.after) for change in outcome.changes)
    values = {
        **_state(outcome.domain),
        "next_look_at": outcome.next_check.at,
        "next_look_because": because,
    }
    models.DomainState.insert(domain=outcome.domain.id, **values).on_conflict(
        conflict_target=[models.DomainState.domain], update=values
    ).execute()


def _add_record(outcome: CheckOutcome, record: RegistryRecord) -> None:
    models.DomainAnswer.create(
        domain=outcome.domain.id,
        at=outcome.at,
        answer=record.answer,
        source=record.source,
        server=record.server[:_SERVER_MAX],
        expires=record.expires,
        raw_text=_storable(record.raw),
    )


def _state(domain: Domain) -> dict[str, object]:
    known, expiry = domain.known, domain.expiry
    statement = known.statements.get("answer")
    return {
        "answer": known.answer or Answer.UNAVAILABLE,
        "source": statement.source if statement else "",
        "server": statement.server[:_SERVER_MAX] if statement else "",
        "created": known.created,
        "updated": known.updated,
        "expires": expiry.at if expiry else known.expires,
        "registrar": _storable(known.registrar),
        "nameservers": list(known.nameservers),
        "statuses": list(known.statuses),
        "said": knowledge_json.dump(known),
        "stage": domain.stage,
        "stage_since": domain.stage_since,
        "changed_at": domain.changed_at,
        "checked_at": domain.checked_at,
        "failed_at": domain.failed_at,
        "failure": None if domain.failure is None else _storable(domain.failure)[:_FAILURE_MAX],
        "failures": domain.failures,
    }


def _storable(text: str | None) -> str:
    """Drop NUL, which PostgreSQL refuses."""
    return (text or "").replace("\0", "")
