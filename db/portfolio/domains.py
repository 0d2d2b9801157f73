"""Domains of the portfolio: whose they are, what was decided about them, and what is known of them now.

``db.portfolio.checks`` saves what is learnt; here it is read, and what people say about a domain is kept.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from db import connection
from db.connection import transaction
from db.fields import from_json, moment, stored
from db.portfolio import alerts, models, owned_documents
from rules.access import Within, sees
from rules.checks import stages
from rules.checks.next_check import NextCheck
from rules.domains import knowledge_json, recent_checks
from rules.domains.domain import Domain
from rules.domains.knowledge import FieldStatement, Known
from rules.domains.lifecycle import LifecycleStage
from rules.domains.recent_checks import RecentCheck
from rules.domains.records import SETTLED, Answer
from rules.domains.renewals import RenewalDecision
from rules.translatable import load


def add(name: str, *, client_id: int) -> tuple[int, bool]:
    """Add a domain, given as ``rules.names.registrable`` returns it. Returns its id and whether it is new."""
    with transaction():
        found = models.Domain.get_or_none(models.Domain.name == name)
        if found is not None:
            return found.id, False
        return models.Domain.create(name=name, client=client_id).id, True


def get(domain_id: int, *, within: Within = None) -> Domain:
    """Return a domain. Raises ``LookupError``."""
    for domain in many([domain_id]):
        if sees(within, domain.client_id):
            return domain
    raise LookupError(f"no domain has the id {domain_id}")


def many(ids: Sequence[int]) -> list[Domain]:
    """Return the domains that exist, of these ids."""
    return _read("domain.id {ids}", list(ids))


def listed(ids: Sequence[int]) -> list[Domain]:
    """Return the domains that exist, of these ids, without what the last checks brought: see ``recent_checks_of``."""
    return _read("domain.id {ids}", list(ids), with_checks=False)


def recent_checks_of(ids: Sequence[int]) -> dict[int, tuple[RecentCheck, ...]]:
    """Return what the last checks of domains brought, by id."""
    rows = connection.execute("SELECT domain_id, looks FROM domain_state WHERE domain_id {ids}", list(ids))
    return {**dict.fromkeys(ids, ()), **{domain_id: recent_checks.load(from_json(kept)) for domain_id, kept in rows}}


def locked(domain_id: int) -> Domain:
    """Return a domain that nobody else changes until the caller's transaction ends. Raises ``LookupError``."""
    connection.execute("SELECT id FROM domain WHERE id = %s {locked}", domain_id)
    return get(domain_id)


def named(name: str) -> Domain | None:
    """Return the domain of this name, or None."""
    return next(iter(_read("domain.name = %s", name)), None)


def change(domain_id: int, values: Mapping[str, Any]) -> Domain:
    """Change what people say of a domain: ``client_id``, ``decision``, ``expires_by_hand``, ``alert_days``.

    What follows is worked out by the task ``domains.judge``. Returns the domain. Raises ``LookupError``.
    """
    with transaction():
        before = locked(domain_id)
        columns = {("client" if name == "client_id" else name): value for name, value in values.items()}
        if "decision" in values and values["decision"] != before.decision:
            columns["decided_for"] = before.expiry.at if before.expiry else None
        if columns:
            models.Domain.update(columns).where(models.Domain.id == domain_id).execute()
        found = get(domain_id)
        if found.client_id != before.client_id:
            alerts.moved(found.subject)
        return found


def remove(domain_id: int) -> None:
    """Remove a domain with its history; its alerts are over. Raises ``LookupError``."""
    with transaction():
        alerts.clear_all(locked(domain_id).subject)
        owned_documents.of_domains_removed([domain_id])
        models.Domain.delete().where(models.Domain.id == domain_id).execute()


def ids_after(last: int, limit: int) -> list[int]:
    """Return the next domain ids, ascending."""
    rows = connection.execute("SELECT id FROM domain WHERE id > %s ORDER BY id LIMIT %s", last, limit)
    return [domain_id for (domain_id,) in rows]


def due_after(last: int, limit: int, *, now: datetime) -> list[int]:
    """Return the ids of the next domains, ascending, whose next check is due, or that nobody has checked."""
    rows = connection.execute(
        "SELECT id FROM domain WHERE id > %s AND NOT EXISTS"
        " (SELECT 1 FROM domain_state WHERE domain_id = domain.id AND next_look_at > %s) ORDER BY id LIMIT %s",
        last,
        stored(now),
        limit,
    )
    return [domain_id for (domain_id,) in rows]


def count_by_suffix(*, due: datetime | None = None) -> dict[str, int]:
    """Return how many domains there are under each suffix; with ``due``, only those whose next check is due then."""
    later = "SELECT 1 FROM domain_state WHERE domain_id = domain.id AND next_look_at > %s"
    position = "strpos" if connection.dialect().name == "postgresql" else "instr"
    rows = connection.execute(
        f"SELECT substr(name, {position}(name, '.') + 1) AS suffix, COUNT(*) FROM domain"  # noqa: S608 - our own words
        f" WHERE {f'NOT EXISTS ({later})' if due else 'TRUE'} GROUP BY 1",
        *((stored(due),) if due else ()),
    )
    return dict(rows)


def names(ids: Sequence[int]) -> dict[int, str]:
    """Return the names of domains, by id."""
    return dict(connection.execute("SELECT id, name FROM domain WHERE id {ids}", list(ids)))


def count() -> int:
    return models.Domain.select().count()


def lapsing(*, until: datetime, limit: int = 20) -> list[Domain]:
    """Return the registered domains that lapse up to ``until``, the soonest first."""
    return _read(
        "expires <= %s AND answer = %s ORDER BY expires LIMIT %s", stored(until), str(Answer.REGISTERED), limit
    )


def answers() -> dict[str, int]:
    """Return how many domains have each answer; ``unchecked``, ``unparsable`` and ``failed`` ones have none yet."""
    return dict(Counter(map(_answer, _read("TRUE", with_checks=False))))


def _answer(domain: Domain) -> str:
    if domain.known.answer:
        return str(domain.known.answer)
    return "unchecked" if not domain.failure else domain.failure if domain.failure in set(Answer) else "failed"


_COLUMNS: Final = (
    "domain.id, domain.name, domain.client_id, client.name, decision, decided_for, expires_by_hand, domain.alert_days,"
    " client.alert_days, (SELECT MAX(next_due) FROM subscription WHERE domain_id = domain.id), answer, source, server,"
    " created, updated, expires, registrar, nameservers, statuses, said, stage, stage_since, changed_at, next_look_at,"
    " next_look_because, next_look_said, checked_at, failed_at, failure, failures"
)


class _Row(NamedTuple):
    """The columns of a domain; from ``answer`` on they are None where it was never checked."""

    id: int
    name: str
    client_id: int
    client_name: str
    decision: str
    decided_for: Any
    expires_by_hand: date | str | None
    own_alert_days: Any
    client_alert_days: Any
    paid_until: date | str | None
    answer: str | None
    source: str
    server: str
    created: Any
    updated: Any
    expires: Any
    registrar: str | None
    nameservers: Any
    statuses: Any
    said: Any
    stage: str | None
    stage_since: Any
    changed_at: Any
    next_look_at: Any
    next_look_because: str | None
    next_look_said: Any
    checked_at: Any
    failed_at: Any
    failure: str | None
    failures: int
    looks: Any


def _read(where: str, *params: object, with_checks: bool = True) -> list[Domain]:
    """Return the domains of a condition, with what the last checks brought only where they are asked for."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, {'looks' if with_checks else 'NULL'} FROM domain JOIN client ON client.id = client_id"  # noqa: S608 - our own words
        f" LEFT JOIN domain_state ON domain_id = domain.id WHERE {where}",
        *params,
    )
    return [_domain(_Row(*row)) for row in rows]


def _domain(row: _Row) -> Domain:
    own = _days(row.own_alert_days)
    return Domain(
        id=row.id,
        name=row.name,
        client_id=row.client_id,
        client_name=row.client_name,
        decision=RenewalDecision(row.decision),
        decided_for=moment(row.decided_for),
        expires_by_hand=_day(row.expires_by_hand),
        paid_until=_day(row.paid_until),
        own_alert_days=own,
        alert_days=own or _days(row.client_alert_days) or stages.STAGES,
        known=_known(row) if row.answer is not None else Known(name=row.name),
        stage=LifecycleStage(row.stage) if row.stage else None,
        stage_since=moment(row.stage_since),
        changed_at=moment(row.changed_at),
        next_check=_next_check(row),
        checked_at=moment(row.checked_at),
        failed_at=moment(row.failed_at),
        failure=row.failure,
        failures=row.failures or 0,
        recent_checks=recent_checks.load(from_json(row.looks)),
    )


def _next_check(row: _Row) -> NextCheck | None:
    at = moment(row.next_look_at)
    return NextCheck(at, load(row.next_look_because or "", from_json(row.next_look_said))) if at else None


def _known(row: _Row) -> Known:
    said = from_json(row.said) or {}
    stated = "expires" in said.get("said", {})  # otherwise it is ours, from a person or a subscription
    otherwise = FieldStatement(
        source="rdap" if row.source == "rdap" else "whois", server=row.server, at=moment(row.checked_at)
    )
    return knowledge_json.load(
        said,
        otherwise=otherwise,
        name=row.name,
        answer=Answer(row.answer) if row.answer in SETTLED else None,
        created=moment(row.created),
        updated=moment(row.updated),
        expires=moment(row.expires) if stated else None,
        registrar=row.registrar or None,
        nameservers=_texts(row.nameservers),
        statuses=_texts(row.statuses),
    )


def _days(written: Any) -> tuple[int, ...] | None:
    return tuple(from_json(written) or ()) or None


def _day(written: date | str | None) -> date | None:
    return date.fromisoformat(written) if isinstance(written, str) else written


def _texts(written: Any) -> tuple[str, ...]:
    return tuple(map(str, from_json(written)))
