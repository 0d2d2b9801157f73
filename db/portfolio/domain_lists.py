"""Domains as pages show them: by what is left of them, by answer, by name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import connection, paging
from db.fields import moment, stored
from db.paging import Count, Page, sure
from rules.domains.records import Answer


@dataclass(frozen=True, slots=True)
class ListedDomain:
    """A domain as lists show it; ``answer`` is None before the first look."""

    id: int
    name: str
    client_id: int
    client_name: str
    answer: Answer | None
    expires: datetime | None
    registrar: str | None
    checked_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    stage: str | None
    decision: str


_DOMAIN = (
    "SELECT domain.id, domain.name, domain.client_id, client.name, answer, expires, registrar, checked_at, failed_at,"
    " failure, stage, decision FROM"
)
_DOMAIN_OF_STATE = f"{_DOMAIN} domain_state JOIN domain ON domain.id = domain_id JOIN client ON client.id = client_id"
_DOMAIN_OR_NEW = (
    f"{_DOMAIN} domain JOIN client ON client.id = client_id LEFT JOIN domain_state ON domain_id = domain.id"
)


def _domain(row: tuple[Any, ...]) -> ListedDomain:
    domain_id, name, client_id, client_name, answer, expires, registrar, checked_at, failed_at, failure, *rest = row
    stage, decision = rest
    return ListedDomain(
        id=domain_id,
        name=name,
        client_id=client_id,
        client_name=client_name,
        answer=Answer(answer) if answer else None,
        expires=moment(expires),
        registrar=registrar,
        checked_at=moment(checked_at),
        failed_at=moment(failed_at),
        failure=failure,
        stage=stage,
        decision=decision,
    )


def by_expiry(
    *,
    answer: Answer = Answer.REGISTERED,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str | None = None,
    size: int = paging.ROWS,
) -> Page[ListedDomain]:
    """Return the domains of an answer that have an expiry, the soonest first. Raises ``BadCursor``."""
    key = paging.decode(after, datetime, int)
    conditions, params = ["answer = %s", "expires IS NOT NULL"], [str(answer)]
    if since is not None:
        conditions, params = [*conditions, "expires > %s"], [*params, stored(since)]
    if until is not None:
        conditions, params = [*conditions, "expires <= %s"], [*params, stored(until)]
    if key is not None:
        conditions, params = [*conditions, "(expires, domain_id) > (%s, %s)"], [*params, *key]
    rows = connection.execute(
        f"{_DOMAIN_OF_STATE} WHERE {' AND '.join(conditions)} ORDER BY expires, domain_id LIMIT %s", *params, size + 1
    )
    return paging.cut([_domain(row) for row in rows], lambda one: (one.expires, one.id), size=size)


def answered(answer: Answer, *, after: str | None = None, size: int = paging.ROWS) -> Page[ListedDomain]:
    """Return the domains of an answer that have no expiry. Raises ``BadCursor``."""
    behind, params = paging.beyond(after, "domain_id > %s")
    rows = connection.execute(
        f"{_DOMAIN_OF_STATE} WHERE answer = %s AND expires IS NULL {behind} ORDER BY domain_id LIMIT %s",
        str(answer),
        *params,
        size + 1,
    )
    return paging.cut([_domain(row) for row in rows], lambda one: (one.id,), size=size)


def failing(*, after: str | None = None, size: int = paging.ROWS) -> Page[ListedDomain]:
    """Return the domains whose last look had no answer, the latest first. Raises ``BadCursor``."""
    key = paging.decode(after, datetime, int)
    behind, params = ("", ()) if key is None else ("AND (failed_at, domain_id) < (%s, %s)", key)
    rows = connection.execute(
        f"{_DOMAIN_OF_STATE} WHERE failed_at IS NOT NULL {behind} ORDER BY failed_at DESC, domain_id DESC LIMIT %s",
        *params,
        size + 1,
    )
    return paging.cut([_domain(row) for row in rows], lambda one: (one.failed_at, one.id), size=size)


def odd(*, after: str | None = None, size: int = paging.ROWS) -> Page[ListedDomain]:
    """Return the domains that are neither active nor expiring, by stage. Raises ``BadCursor``."""
    key = paging.decode(after, str, int)
    behind, params = ("", ()) if key is None else ("AND (stage, domain_id) > (%s, %s)", key)
    rows = connection.execute(
        f"{_DOMAIN_OF_STATE} WHERE {_ODD} {behind} ORDER BY stage, domain_id LIMIT %s", *params, size + 1
    )
    return paging.cut([_domain(row) for row in rows], lambda one: (one.stage, one.id), size=size)


_ODD = "stage NOT IN ('active', 'expiring')"


def newest(*, after: str | None = None, size: int = paging.ROWS) -> Page[ListedDomain]:
    """Return the domains that were added last, looked at or not. Raises ``BadCursor``."""
    behind, params = paging.beyond(after, "domain.id < %s")
    rows = connection.execute(
        f"{_DOMAIN_OR_NEW} WHERE TRUE {behind} ORDER BY domain.id DESC LIMIT %s", *params, size + 1
    )
    return paging.cut([_domain(row) for row in rows], lambda one: (one.id,), size=size)


def named(text: str, *, after: str | None = None, size: int = paging.ROWS) -> Page[ListedDomain]:
    """Return the domains whose name begins with ``text``, by name. Raises ``BadCursor``."""
    begins, params = paging.prefix("domain.name", text)
    key = paging.decode(after, str)
    if key is not None:
        begins, params = f"{begins} AND domain.name > %s", (*params, *key)
    rows = connection.execute(f"{_DOMAIN_OR_NEW} WHERE {begins} ORDER BY domain.name LIMIT %s", *params, size + 1)
    return paging.cut([_domain(row) for row in rows], lambda one: (one.name,), size=size)


def of(client_id: int, *, after: str | None = None, size: int = paging.ROWS) -> Page[ListedDomain]:
    """Return a client's domains, the registered ones by expiry, then the others. Raises ``BadCursor``."""
    key = paging.decode(after, str, int)
    endless = key is not None and key[0] == paging.FAR
    rows = [] if endless else _ending(client_id, key, size + 1)
    if len(rows) <= size:
        rows += _endless(client_id, key[1] if key and endless else 0, size + 1 - len(rows))
    return paging.cut([_domain(row) for row in rows], _by_end, size=size)


def _by_end(one: ListedDomain) -> paging.Key:
    return paging.written(one.expires if one.answer is Answer.REGISTERED else None), one.id


def _ending(client_id: int, key: paging.Key | None, limit: int) -> list[tuple[Any, ...]]:
    behind, params = ("", ()) if key is None else ("AND (expires, domain_id) > (%s, %s)", key)
    return connection.execute(
        f"{_DOMAIN_OF_STATE} WHERE answer = %s AND expires IS NOT NULL AND domain.client_id = %s {behind}"
        " ORDER BY expires, domain_id LIMIT %s",
        str(Answer.REGISTERED),
        client_id,
        *params,
        limit,
    )


def _endless(client_id: int, last: object, limit: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"{_DOMAIN_OR_NEW} WHERE domain.client_id = %s AND (expires IS NULL OR answer <> %s) AND domain.id > %s"
        " ORDER BY domain.id LIMIT %s",
        client_id,
        str(Answer.REGISTERED),
        last,
        limit,
    )


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """One answer of a registry. ``raw_text`` is a stranger's, and None once retention took it."""

    at: datetime
    answer: str
    source: str
    server: str
    expires: datetime | None


def answers(domain_id: int, *, limit: int = 10) -> list[RegistryAnswer]:
    """Return a domain's newest answers."""
    rows = connection.execute(
        "SELECT at, answer, source, server, expires FROM domain_answer WHERE domain_id = %s ORDER BY at DESC LIMIT %s",
        domain_id,
        limit,
    )
    return [RegistryAnswer(sure(row[0]), row[1], row[2], row[3], moment(row[4])) for row in rows]


def newest_raw(domain_id: int) -> str | None:
    """Return the text of a domain's newest answer, if it is still kept."""
    rows = connection.execute(
        "SELECT raw_text FROM domain_answer WHERE domain_id = %s ORDER BY at DESC LIMIT 1", domain_id
    )
    return rows[0][0] if rows else None


def lapsing(until: datetime) -> Count:
    """Count the registered domains that expire up to then."""
    return paging.count(
        "domain_state WHERE answer = %s AND expires IS NOT NULL AND expires <= %s",
        str(Answer.REGISTERED),
        stored(until),
    )


def failing_count() -> Count:
    """Count the domains whose last look had no answer."""
    return paging.count("domain_state WHERE failed_at IS NOT NULL")


def odd_count() -> Count:
    """Count the domains that are neither active nor expiring."""
    return paging.count(f"domain_state WHERE {_ODD}")
