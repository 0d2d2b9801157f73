"""Domains of the portfolio: whose they are, what was decided about them, and what is known of them now.

``db.portfolio.checks`` saves what is learnt; here it is read, and people's own words about a domain are kept.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import peewee
from peewee import fn

from db import connection
from db.connection import transaction
from db.fields import stored
from db.portfolio import alerts, models, owned_documents
from rules import stages
from rules.access import Within, sees
from rules.domains import knowledge_json, looks
from rules.domains.domain import Domain
from rules.domains.knowledge import Known, Statement
from rules.domains.lifecycle import Stage
from rules.domains.records import SETTLED, Answer
from rules.domains.renewals import RenewalDecision
from rules.next_check import NextCheck

_SUBSCRIPTION = peewee.Table("subscription")
"""What is paid for belongs to ``db.money``, which imports this folder."""


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
    """Return those of the domains that there are."""
    return [_domain(row) for row in _query().where(models.Domain.id.in_(list(ids)))]


def locked(domain_id: int) -> Domain:
    """Return a domain that nobody else changes until the caller's transaction ends. Raises ``LookupError``."""
    connection.execute("SELECT id FROM domain WHERE id = %s {locked}", domain_id)
    return get(domain_id)


def named(name: str) -> Domain | None:
    """Return the domain of this name, or None."""
    return next((_domain(row) for row in _query().where(models.Domain.name == name)), None)


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
    """Return how many domains there are under each suffix; only those whose next check is due then, where given."""
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
    rows = (
        _query()
        .where(models.DomainState.expires <= until, models.DomainState.answer == Answer.REGISTERED)
        .order_by(models.DomainState.expires)
        .limit(limit)
    )
    return [_domain(row) for row in rows]


def answers() -> dict[str, int]:
    """Return how many domains have each answer; ``unchecked``, ``unparsable`` and ``failed`` ones have none yet."""
    return dict(Counter(_answer(_domain(row)) for row in _query()))


def _answer(domain: Domain) -> str:
    if domain.known.answer:
        return str(domain.known.answer)
    return "unchecked" if not domain.failure else domain.failure if domain.failure in set(Answer) else "failed"


def _query():
    of = _SUBSCRIPTION.c
    paid = _SUBSCRIPTION.select(fn.MAX(of.next_due)).where(of.domain_id == models.Domain.id)
    return (
        models.Domain.select(models.Domain, models.Client, models.DomainState, paid.alias("paid_until"))
        .join(models.Client)
        .switch(models.Domain)
        .left_outer_join(models.DomainState, on=(models.DomainState.domain == models.Domain.id), attr="state")
    )


def _domain(row: models.Domain) -> Domain:
    own = _days(row.alert_days)
    domain = Domain(
        id=row.id,
        name=row.name,
        client_id=row.client_id,
        client_name=row.client.name,
        decision=RenewalDecision(row.decision),
        decided_for=row.decided_for,
        expires_by_hand=row.expires_by_hand,
        paid_until=_day(getattr(row, "paid_until")),  # noqa: B009 - a column of the query alone
        own_alert_days=own,
        alert_days=own or _days(row.client.alert_days) or stages.STAGES,
        known=Known(name=row.name),
    )
    state: models.DomainState | None = getattr(row, "state", None)
    if state is None or state.answer is None:
        return domain
    return replace(
        domain,
        known=_known(row.name, state),
        stage=Stage(state.stage) if state.stage else None,
        stage_since=state.stage_since,
        changed_at=state.changed_at,
        next_check=NextCheck(state.next_look_at, state.next_look_because or "") if state.next_look_at else None,
        checked_at=state.checked_at,
        failed_at=state.failed_at,
        failure=state.failure,
        failures=state.failures,
        looks=looks.load(state.looks),
    )


def _known(name: str, state: models.DomainState) -> Known:
    settled = state.answer in SETTLED
    stated = "expires" in (state.said or {}).get("said", {})  # otherwise it is ours, from a person or a subscription
    known = Known(
        name=name,
        answer=Answer(state.answer) if settled else None,
        created=state.created,
        updated=state.updated,
        expires=state.expires if stated else None,
        registrar=state.registrar or None,
        nameservers=_texts(state.nameservers),
        statuses=_texts(state.statuses),
    )
    otherwise = Statement(
        source="rdap" if state.source == "rdap" else "whois", server=state.server, at=state.checked_at
    )
    return knowledge_json.load(known, state.said, otherwise=otherwise)


def _days(written: Sequence[int] | None) -> tuple[int, ...] | None:
    return tuple(written) if written else None


def _day(written: date | str | None) -> date | None:
    return date.fromisoformat(written) if isinstance(written, str) else written


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(one) for one in values)
