"""Checks of domains: what each brought, as history; what is known since then; and when the next one is due."""

from db import connection
from db.portfolio import events, models
from rules.domains import knowledge_json, recent_checks
from rules.domains.check_outcome import CheckOutcome
from rules.domains.domain import Domain
from rules.domains.records import Answer, RegistryRecord
from rules.translatable import dump_if_kept

MOST_LARGE_RAW = 1024 * 1024
"""Characters of large raw texts that are kept of one domain."""

_LARGE_RAW = 16 * 1024
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
        "next_look_said": dump_if_kept(because, _storable),
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
    if len(record.raw or "") > _LARGE_RAW:
        _drop_large_texts(outcome.domain.id)


def _drop_large_texts(domain_id: int) -> None:
    """Drop the oldest of a domain's large raw texts where there are too many; small ones are left to retention."""
    connection.changed(
        """
        UPDATE domain_answer SET raw_text = NULL WHERE id IN (
            SELECT id FROM (
                SELECT id, SUM(LENGTH(raw_text)) OVER (ORDER BY id DESC) AS held
                FROM domain_answer WHERE domain_id = %s AND LENGTH(raw_text) > %s) AS large
            WHERE held > %s)
        """,
        domain_id, _LARGE_RAW, MOST_LARGE_RAW,
    )  # fmt: skip


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
        "looks": recent_checks.dump(domain.recent_checks),
    }


def _storable(text: str | None) -> str:
    """Drop NUL, which PostgreSQL refuses."""
    return (text or "").replace("\0", "")
