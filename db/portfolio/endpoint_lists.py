"""Endpoints as pages show them: by what is left of their certificates, by fault, by host."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import connection, paging
from db.fields import moment, stored
from db.paging import Count, Page, sure
from rules.certificates import finding_json as findings
from rules.certificates.faults import Fault, FaultKind
from rules.certificates.finding import Finding, Grade


@dataclass(frozen=True, slots=True)
class ListedEndpoint:
    """An endpoint as lists show it; ``ok`` and ``grade`` are None before the first scan.

    ``failure`` is why we could not make the last scan ourselves, None where we could.
    """

    id: int
    host: str
    port: int
    protocol: str
    server_name: str
    client_id: int
    client_name: str
    ok: bool | None
    grade: Grade | None
    not_after: datetime | None
    checked_at: datetime | None
    next_scan_at: datetime | None
    failure: str | None
    faults: tuple[Fault, ...]
    message: str
    issuer: str

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


_ENDPOINT = (
    "SELECT endpoint.id, host, port, protocol, server_name, endpoint.client_id, client.name, ok, not_after, checked_at,"
    " next_scan_at, failure, known FROM"
)
_ENDPOINT_OF_STATE = (
    f"{_ENDPOINT} endpoint_state JOIN endpoint ON endpoint.id = endpoint_id JOIN client ON client.id = client_id"
)
_ENDPOINT_OR_NEW = (
    f"{_ENDPOINT} endpoint JOIN client ON client.id = client_id LEFT JOIN endpoint_state ON endpoint_id = endpoint.id"
)


def _endpoint(row: tuple[Any, ...]) -> ListedEndpoint:
    endpoint_id, host, port, protocol, server_name, client_id, client_name, *state = row
    ok, not_after, checked_at, next_scan_at, failure, known = state
    finding = _finding(known)
    return ListedEndpoint(
        id=endpoint_id,
        host=host,
        port=port,
        protocol=protocol,
        server_name=server_name,
        client_id=client_id,
        client_name=client_name,
        ok=None if ok is None else bool(ok),
        grade=finding.grade if finding else None,
        not_after=moment(not_after),
        checked_at=moment(checked_at),
        next_scan_at=moment(next_scan_at),
        failure=failure,
        faults=finding.faults if finding else (),
        message=finding.message if finding else "",
        issuer=finding.leaf.issuer if finding and finding.leaf else "",
    )


def _finding(known: str | dict[str, Any] | None) -> Finding | None:
    """Return the finding of what is known, without what each address showed: lists do not need it."""
    read = json.loads(known) if isinstance(known, str) else (known or {})
    found = read.get("finding")
    return findings.load({**found, "sights": ()}) if found else None


def by_expiry(
    *, since: datetime | None = None, until: datetime | None = None, after: str | None = None, size: int = paging.ROWS
) -> Page[ListedEndpoint]:
    """Return the endpoints whose certificate's end is known, the soonest first. Raises ``BadCursor``."""
    key = paging.decode(after, datetime, int)
    conditions, params = ["not_after IS NOT NULL"], list[object]()
    if since is not None:
        conditions, params = [*conditions, "not_after > %s"], [*params, stored(since)]
    if until is not None:
        conditions, params = [*conditions, "not_after <= %s"], [*params, stored(until)]
    if key is not None:
        conditions, params = [*conditions, "(not_after, endpoint_id) > (%s, %s)"], [*params, *key]
    rows = connection.execute(
        f"{_ENDPOINT_OF_STATE} WHERE {' AND '.join(conditions)} ORDER BY not_after, endpoint_id LIMIT %s",
        *params,
        size + 1,
    )
    return paging.cut([_endpoint(row) for row in rows], lambda one: (one.not_after, one.id), size=size)


def faulty(*, after: str | None = None, size: int = paging.ROWS) -> Page[ListedEndpoint]:
    """Return the endpoints with a fault. Raises ``BadCursor``."""
    behind, params = paging.beyond(after, "endpoint_id > %s")
    rows = connection.execute(
        f"{_ENDPOINT_OF_STATE} WHERE NOT ok {behind} ORDER BY endpoint_id LIMIT %s", *params, size + 1
    )
    return paging.cut([_endpoint(row) for row in rows], lambda one: (one.id,), size=size)


def newest(*, after: str | None = None, size: int = paging.ROWS) -> Page[ListedEndpoint]:
    """Return the endpoints that were added last, scanned or not. Raises ``BadCursor``."""
    behind, params = paging.beyond(after, "endpoint.id < %s")
    rows = connection.execute(
        f"{_ENDPOINT_OR_NEW} WHERE TRUE {behind} ORDER BY endpoint.id DESC LIMIT %s", *params, size + 1
    )
    return paging.cut([_endpoint(row) for row in rows], lambda one: (one.id,), size=size)


def named(text: str, *, after: str | None = None, size: int = paging.ROWS) -> Page[ListedEndpoint]:
    """Return the endpoints whose host begins with ``text``, by host. Raises ``BadCursor``."""
    begins, params = paging.prefix("host", text)
    key = paging.decode(after, str, int, int)
    if key is not None:
        begins, params = f"{begins} AND (host, port, endpoint.id) > (%s, %s, %s)", (*params, *key)
    rows = connection.execute(
        f"{_ENDPOINT_OR_NEW} WHERE {begins} ORDER BY host, port, endpoint.id LIMIT %s", *params, size + 1
    )
    return paging.cut([_endpoint(row) for row in rows], lambda one: (one.host, one.port, one.id), size=size)


def of(client_id: int, *, after: str | None = None, size: int = paging.ROWS) -> Page[ListedEndpoint]:
    """Return a client's endpoints, the soonest to expire first, those without an end last. Raises ``BadCursor``."""
    key = paging.decode(after, str, int)
    endless = key is not None and key[0] == paging.FAR
    rows = [] if endless else _ending(client_id, key, size + 1)
    if len(rows) <= size:
        rows += _endless(client_id, key[1] if key and endless else 0, size + 1 - len(rows))
    return paging.cut([_endpoint(row) for row in rows], lambda one: (paging.written(one.not_after), one.id), size=size)


def _ending(client_id: int, key: paging.Key | None, limit: int) -> list[tuple[Any, ...]]:
    behind, params = ("", ()) if key is None else ("AND (not_after, endpoint_id) > (%s, %s)", key)
    return connection.execute(
        f"{_ENDPOINT_OF_STATE} WHERE not_after IS NOT NULL AND endpoint.client_id = %s {behind}"
        " ORDER BY not_after, endpoint_id LIMIT %s",
        client_id,
        *params,
        limit,
    )


def _endless(client_id: int, last: object, limit: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"{_ENDPOINT_OR_NEW} WHERE endpoint.client_id = %s AND not_after IS NULL AND endpoint.id > %s"
        " ORDER BY endpoint.id LIMIT %s",
        client_id,
        last,
        limit,
    )


@dataclass(frozen=True, slots=True)
class PastScan:
    """One scan of an endpoint."""

    at: datetime
    ok: bool
    grade: Grade | None
    faults: tuple[FaultKind, ...]
    message: str
    not_after: datetime | None


def scans(endpoint_id: int, *, limit: int = 10) -> list[PastScan]:
    """Return an endpoint's newest scans."""
    rows = connection.execute(
        "SELECT at, ok, grade, faults, message, not_after FROM endpoint_scan WHERE endpoint_id = %s"
        " ORDER BY at DESC LIMIT %s",
        endpoint_id,
        limit,
    )
    return [_scan(row) for row in rows]


def _scan(row: tuple[Any, ...]) -> PastScan:
    at, ok, grade, faults, message, not_after = row
    kinds = json.loads(faults) if isinstance(faults, str) else faults
    return PastScan(
        at=sure(at),
        ok=bool(ok),
        grade=Grade(grade) if grade in set(Grade) else None,
        faults=tuple(findings.load_kinds(kinds)),
        message=message,
        not_after=moment(not_after),
    )


def lapsing(until: datetime) -> Count:
    """Count the endpoints whose certificate ends up to then."""
    return paging.count("endpoint_state WHERE not_after IS NOT NULL AND not_after <= %s", stored(until))


def faulty_count() -> Count:
    """Count the endpoints with a fault."""
    return paging.count("endpoint_state WHERE NOT ok")
