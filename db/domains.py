"""Domains: their newest state in one row, their answers as history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from db import alerts, events
from db.connection import transaction
from db.events import Subject
from db.models import Client, DomainAnswer, DomainState
from db.models import Domain as Row
from rules import domains
from rules.domains import Record


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of the portfolio and what is known of it. ``failure`` is why the last look had no answer."""

    id: int
    name: str
    client_id: int
    client_name: str
    known: Record | None
    checked_at: datetime | None = None
    failure: str | None = None

    @property
    def subject(self) -> Subject:
        return Subject("domain", self.id, self.client_id)


def add(name: str, *, client_id: int) -> tuple[int, bool]:
    """Add a domain, given as ``rules.names.registrable`` returns it. Returns its id and whether it is new."""
    with transaction():
        found = Row.get_or_none(Row.name == name)
        if found is not None:
            return found.id, False
        return Row.create(name=name, client=client_id).id, True


def get(domain_id: int) -> Domain:
    """Return a domain. Raises ``LookupError``."""
    rows = _query().where(Row.id == domain_id)
    for row in rows:
        return _shown(row)
    raise LookupError(f"no domain has the id {domain_id}")


def named(name: str) -> Domain | None:
    """Return the domain of this name, or None."""
    return next((_shown(row) for row in _query().where(Row.name == name)), None)


def move(domain_id: int, *, client_id: int) -> Domain:
    """Give a domain to another client, and return it. Raises ``LookupError``."""
    with transaction():
        Row.update(client=client_id).where(Row.id == domain_id).execute()
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


def count() -> int:
    return Row.select().count()


def lapsing(*, until: datetime, limit: int = 20) -> list[Domain]:
    """Return the registered domains that expire up to ``until``, the soonest first."""
    rows = (
        _query()
        .where(DomainState.expires <= until, DomainState.answer == domains.Answer.REGISTERED)
        .order_by(DomainState.expires)
        .limit(limit)
    )
    return [_shown(row) for row in rows]


def answers() -> dict[str, int]:
    """Return how many domains have each answer, ``unchecked`` and ``failed`` among them."""
    found: dict[str, int] = {}
    for row in _query():
        shown = _shown(row)
        word = str(shown.known.answer) if shown.known else ("failed" if shown.failure else "unchecked")
        found[word] = found.get(word, 0) + 1
    return found


def record(domain: Domain, answer: Record) -> list[domains.Change]:
    """Store an answer: history, newest state and events, in the caller's transaction. Returns what is news."""
    DomainAnswer.create(
        domain=domain.id,
        answer=answer.answer,
        source=answer.source,
        server=answer.server[:255],
        expires=answer.expires,
        raw_text=_storable(answer.raw),
    )
    news = list(domains.changes(domain.known, answer))
    for change in news:
        events.add(domain.subject, change.kind, change.before, change.after)
    silent = None if answer.answer in domains.SETTLED else str(answer.answer)
    _remember(domain.id, domains.merge(domain.known, answer), silent=silent)
    return news


def failed(domain: Domain, why: str) -> None:
    """Remember, in the caller's transaction, that nobody answered; what is known stays."""
    heard = {"failed_at": datetime.now(UTC), "failure": _storable(why)[:500]}
    DomainState.insert(domain=domain.id, answer=domains.Answer.UNAVAILABLE, source="", server="", **heard).on_conflict(
        conflict_target=[DomainState.domain], update=heard
    ).execute()


def _remember(domain_id: int, known: Record, *, silent: str | None) -> None:
    now = datetime.now(UTC)
    values = {
        "answer": known.answer,
        "source": known.source,
        "server": known.server[:255],
        "created": known.created,
        "updated": known.updated,
        "expires": known.expires,
        "registrar": _storable(known.registrar),
        "nameservers": list(known.nameservers),
        "statuses": list(known.statuses),
    }
    heard = {"failed_at": now, "failure": silent} if silent else {"failed_at": None, "failure": None}
    DomainState.insert(domain=domain_id, checked_at=now, **values, **heard).on_conflict(
        conflict_target=[DomainState.domain], update={**values, **heard, **({} if silent else {"checked_at": now})}
    ).execute()


def _storable(text: str | None) -> str:
    """Drop NUL, which PostgreSQL refuses."""
    return (text or "").replace("\0", "")


def _query():
    return (
        Row.select(Row, Client, DomainState)
        .join(Client)
        .switch(Row)
        .left_outer_join(DomainState, on=(DomainState.domain == Row.id), attr="state")
    )


def _shown(row: Row) -> Domain:
    state: DomainState | None = getattr(row, "state", None)
    if state is None or state.answer is None:
        return Domain(row.id, row.name, row.client_id, row.client.name, None)
    known = Record(
        name=row.name,
        answer=domains.Answer(state.answer),
        source="rdap" if state.source == "rdap" else "whois",
        server=state.server,
        created=state.created,
        updated=state.updated,
        expires=state.expires,
        registrar=state.registrar or None,
        nameservers=_texts(state.nameservers),
        statuses=_texts(state.statuses),
    )
    return Domain(row.id, row.name, row.client_id, row.client.name, known, state.checked_at, state.failure)


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(one) for one in values)
