"""Domains of the portfolio: whose they are, what was decided about them, and what is known of them now.

``db.portfolio.checks`` writes what is learnt; here it is read, and people's own words about a domain are kept.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from peewee import fn

from db import connection
from db.connection import transaction
from db.fields import stored
from db.money.models import Subscription
from db.portfolio import alerts
from db.portfolio.models import Client, DomainState
from db.portfolio.models import Domain as Row
from rules import stages
from rules.domains import knowledge, provenance, records
from rules.domains.knowledge import Expiry, Known, Statement
from rules.domains.lifecycle import Registration, Stage
from rules.domains.records import SETTLED, Answer
from rules.domains.renewals import RenewalDecision
from rules.next_check import NextCheck
from rules.subjects import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain, what people say of it, and what is known. Times are UTC.

    ``failure`` is why the last look had no answer, ``failures`` how many in a row had none. ``own_alert_days`` are None
    where the client's count, or the default.
    """

    id: int
    name: str
    client_id: int
    client_name: str
    decision: RenewalDecision = RenewalDecision.UNDECIDED
    decided_for: datetime | None = None
    expires_by_hand: date | None = None
    paid_until: date | None = None
    own_alert_days: tuple[int, ...] | None = None
    alert_days: tuple[int, ...] = stages.STAGES
    known: Known | None = None
    stage: Stage | None = None
    stage_since: datetime | None = None
    changed_at: datetime | None = None
    next_look: NextCheck | None = None
    checked_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    failures: int = 0

    @property
    def subject(self) -> Subject:
        return Subject("domain", self.id, self.client_id)

    @property
    def facts(self) -> Known:
        """What is known of it; nothing, before the first answer."""
        return self.known or Known(name=self.name)

    @property
    def expiry(self) -> Expiry | None:
        """When it lapses, and who says so."""
        return knowledge.expiry(self.facts, self.expires_by_hand, self.paid_until)

    @property
    def registration(self) -> Registration:
        """What its lifecycle is judged by."""
        known, expiry = self.facts, self.expiry
        return Registration(
            name=self.name,
            answer=known.answer or Answer.UNAVAILABLE,
            statuses=known.statuses,
            updated=known.updated,
            expires=expiry.at if expiry else None,
            expiry_is_ours=known.expires is None,
            since=self.stage_since,
            doubted=known.doubt is not None,
        )


def add(name: str, *, client_id: int) -> tuple[int, bool]:
    """Add a domain, given as ``rules.names.registrable`` returns it. Returns its id and whether it is new."""
    with transaction():
        found = Row.get_or_none(Row.name == name)
        if found is not None:
            return found.id, False
        return Row.create(name=name, client=client_id).id, True


def get(domain_id: int) -> Domain:
    """Return a domain. Raises ``LookupError``."""
    for row in _query().where(Row.id == domain_id):
        return _shown(row)
    raise LookupError(f"no domain has the id {domain_id}")


def named(name: str) -> Domain | None:
    """Return the domain of this name, or None."""
    return next((_shown(row) for row in _query().where(Row.name == name)), None)


def change(domain_id: int, values: Mapping[str, Any]) -> Domain:
    """Change what people say of a domain: ``client_id``, ``decision``, ``expires_by_hand``, ``alert_days``.

    What follows is judged by ``tasks.domains.judge``. Returns the domain. Raises ``LookupError``.
    """
    with transaction():
        before = get(domain_id)
        columns = {("client" if name == "client_id" else name): value for name, value in values.items()}
        if "decision" in values and values["decision"] != before.decision:
            columns["decided_for"] = before.expiry.at if before.expiry else None
        if columns:
            Row.update(columns).where(Row.id == domain_id).execute()
        return get(domain_id)


def remove(domain_id: int) -> None:
    """Remove a domain with its history; its alerts are over. Raises ``LookupError``."""
    with transaction():
        subject = get(domain_id).subject
        alerts.clear_all(subject)
        Row.delete().where(Row.id == domain_id).execute()


def page(*, client_id: int | None = None, name: str | None = None, after: int = 0, limit: int = 50) -> list[Domain]:
    """Return the domains after an id, ascending; of one client, or the one of this name, where given."""
    query = _query().where(Row.id > after).order_by(Row.id).limit(limit)
    query = query.where(Row.client == client_id) if client_id else query
    return [_shown(row) for row in (query.where(Row.name == name) if name else query)]


def ids_after(last: int, limit: int) -> list[int]:
    """Return the next domain ids, ascending."""
    return [row.id for row in Row.select(Row.id).where(Row.id > last).order_by(Row.id).limit(limit)]


def due_after(last: int, limit: int, *, now: datetime) -> list[int]:
    """Return the ids of the next domains, ascending, whose next look is due, or that nobody has looked at."""
    query = Row.select(Row.id).where(Row.id > last, _is_due(now)).order_by(Row.id).limit(limit)
    return [row.id for row in query]


def count_by_suffix(*, due: datetime | None = None) -> dict[str, int]:
    """Return how many domains there are under each suffix; only those whose next look is due then, where given."""
    later = "SELECT 1 FROM domain_state WHERE domain_id = domain.id AND next_look_at > %s"
    position = "strpos" if connection.dialect().name == "postgresql" else "instr"
    rows = connection.execute(
        f"SELECT substr(name, {position}(name, '.') + 1) AS suffix, COUNT(*) FROM domain"  # noqa: S608 - our own words
        f" WHERE {f'NOT EXISTS ({later})' if due else 'TRUE'} GROUP BY 1",
        *((stored(due),) if due else ()),
    )
    return dict(rows)


def _is_due(now: datetime):
    later = DomainState.select(DomainState.domain).where(DomainState.domain == Row.id, DomainState.next_look_at > now)
    return ~fn.EXISTS(later)


def names_of(ids: Sequence[int]) -> dict[int, str]:
    """Return the names of domains."""
    return {row.id: row.name for row in Row.select(Row.id, Row.name).where(Row.id.in_(list(ids)))}


def count() -> int:
    return Row.select().count()


def lapsing(*, until: datetime, limit: int = 20) -> list[Domain]:
    """Return the registered domains that lapse up to ``until``, the soonest first."""
    rows = (
        _query()
        .where(DomainState.expires <= until, DomainState.answer == records.Answer.REGISTERED)
        .order_by(DomainState.expires)
        .limit(limit)
    )
    return [_shown(row) for row in rows]


def answers() -> dict[str, int]:
    """Return how many domains have each answer; ``unchecked``, ``unparsable`` and ``failed`` ones have none yet."""
    return dict(Counter(_word(_shown(row)) for row in _query()))


def _word(domain: Domain) -> str:
    if domain.known and domain.known.answer:
        return str(domain.known.answer)
    return "unchecked" if not domain.failure else domain.failure if domain.failure in set(Answer) else "failed"


def _query():
    paid = Subscription.select(fn.MAX(Subscription.next_due)).where(Subscription.domain == Row.id)
    return (
        Row.select(Row, Client, DomainState, paid.alias("paid_until"))
        .join(Client)
        .switch(Row)
        .left_outer_join(DomainState, on=(DomainState.domain == Row.id), attr="state")
    )


def _shown(row: Row) -> Domain:
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
    )
    state: DomainState | None = getattr(row, "state", None)
    if state is None or state.answer is None:
        return domain
    return replace(
        domain,
        known=_known(row.name, state),
        stage=Stage(state.stage) if state.stage else None,
        stage_since=state.stage_since,
        changed_at=state.changed_at,
        next_look=NextCheck(state.next_look_at, state.next_look_because or "") if state.next_look_at else None,
        checked_at=state.checked_at,
        failed_at=state.failed_at,
        failure=state.failure,
        failures=state.failures,
    )


def _known(name: str, state: DomainState) -> Known:
    settled = state.answer in SETTLED
    told = "expires" in (state.said or {}).get("said", {})  # otherwise it is ours, from a person or a subscription
    known = Known(
        name=name,
        answer=Answer(state.answer) if settled else None,
        created=state.created,
        updated=state.updated,
        expires=state.expires if told else None,
        registrar=state.registrar or None,
        nameservers=_texts(state.nameservers),
        statuses=_texts(state.statuses),
    )
    otherwise = Statement(
        source="rdap" if state.source == "rdap" else "whois", server=state.server, at=state.checked_at
    )
    return provenance.said_from_json(known, state.said, otherwise=otherwise)


def _days(written: Sequence[int] | None) -> tuple[int, ...] | None:
    return tuple(written) if written else None


def _day(written: date | str | None) -> date | None:
    return date.fromisoformat(written) if isinstance(written, str) else written


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(one) for one in values)
