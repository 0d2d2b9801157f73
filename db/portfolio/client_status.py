"""What a client has, as their status page shows it: names, ends, when each was looked at, and which alerts are open."""

from collections import defaultdict
from typing import Any, Final

from db import connection
from db.fields import moment, sure
from rules.clients.client_status import MOST_THINGS, OpenProblem, StatusKind, WatchedThing
from rules.domains.records import Answer

_DOMAINS: Final = (
    "SELECT domain.id, name, NULL, CASE WHEN answer = %s THEN expires END, checked_at"
    " FROM domain LEFT JOIN domain_state ON domain_id = domain.id WHERE client_id = %s"
)
_ENDPOINTS: Final = (
    "SELECT endpoint.id, host, port, not_after, checked_at"
    " FROM endpoint LEFT JOIN endpoint_state ON endpoint_id = endpoint.id WHERE client_id = %s"
)


def of_client(client_id: int) -> list[WatchedThing]:
    """Return a client's domains and then their certificates, by name; of each at most ``MOST_THINGS`` + 1."""
    problems = _problems(client_id)
    domains = connection.execute(
        f"{_DOMAINS} ORDER BY name LIMIT %s", str(Answer.REGISTERED), client_id, MOST_THINGS + 1
    )
    endpoints = connection.execute(
        f"{_ENDPOINTS} ORDER BY host, port, endpoint.id LIMIT %s", client_id, MOST_THINGS + 1
    )
    return [
        *(_thing(StatusKind.DOMAIN, row, problems["domain", row[0]]) for row in domains),
        *(_thing(StatusKind.CERTIFICATE, row, problems["endpoint", row[0]]) for row in endpoints),
    ]


def named(client_id: int, kind: StatusKind, name: str) -> WatchedThing | None:
    """Return a client's domain of this name, or the certificate of a host that ends first; None if there is none."""
    problems = _problems(client_id)
    if kind is StatusKind.DOMAIN:
        rows = connection.execute(f"{_DOMAINS} AND name = %s", str(Answer.REGISTERED), client_id, name)
        about = "domain"
    else:
        rows = connection.execute(
            f"{_ENDPOINTS} AND host = %s ORDER BY not_after IS NULL, not_after LIMIT 1", client_id, name
        )
        about = "endpoint"
    return next((_thing(kind, row, problems[about, row[0]]) for row in rows), None)


_Problems = defaultdict[tuple[str, int], list[OpenProblem]]


def _problems(client_id: int) -> _Problems:
    """Return what is open about each of a client's domains and endpoints, by its kind and id."""
    found: _Problems = defaultdict(list)
    rows = connection.execute(
        "SELECT subject_kind, subject_id, kind, opened_at FROM alert WHERE client_id = %s AND cleared_at IS NULL"
        " AND subject_kind IN ('domain', 'endpoint') ORDER BY id LIMIT %s",
        client_id,
        10 * MOST_THINGS,
    )
    for about, subject_id, kind, at in rows:
        found[about, subject_id].append(OpenProblem(kind, sure(at)))
    return found


def _thing(kind: StatusKind, row: tuple[Any, ...], problems: list[OpenProblem]) -> WatchedThing:
    _, name, port, until, checked_at = row
    return WatchedThing(
        kind=kind, name=name, port=port, until=moment(until), checked_at=moment(checked_at), problems=tuple(problems)
    )
