"""Endpoints as lists: by what is left of their certificates, by fault, by host; and the scans of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from db import connection
from db.fields import from_json, moment, sure
from db.listing import ListFilter, Listing, Order, begins, compares, equals, whether
from db.portfolio import endpoints
from db.portfolio.endpoints import Endpoint
from db.text_search import contains
from rules.certificates import finding_json as findings
from rules.certificates.faults import FaultKind
from rules.certificates.finding import Grade

LIST: Final[Listing[Endpoint]] = Listing(
    table="endpoint",
    state="endpoint_state",
    columns="host, port, not_after, ok",
    read=endpoints.listed,
    orders={
        "id": Order(),
        "host": Order("host", str, then=("port", "id")),
        "not_after": Order("not_after", datetime, then=("id",), nullable=True),
    },
    filters={
        "client": ListFilter(int, equals("endpoint.client_id"), "Only this client's", narrows=True),
        "host": ListFilter(str, equals("endpoint.host"), "Those of this host", narrows=True),
        "beginning": ListFilter(str, begins("host")),
        "containing": contains("endpoint", "host"),
        "since": ListFilter(
            datetime, compares("not_after", ">"), "Whose certificate ends behind this moment", of_state=True
        ),
        "until": ListFilter(
            datetime, compares("not_after", "<="), "Whose certificate does not end behind this moment", of_state=True
        ),
        "faulty": ListFilter(
            bool, whether("NOT ok", "ok"), "Only those with a fault, or those without one", of_state=True
        ),
    },
    owner="endpoint.client_id",
)
"""All endpoints."""


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


def outcomes(ids: Sequence[int], *, most: int = 30) -> dict[int, list[tuple[datetime, bool]]]:
    """Return when each endpoint was scanned and whether all was well: its newest ``most`` scans, the oldest first."""
    rows = connection.execute(
        """
        SELECT scan.endpoint_id, scan.at, scan.ok
        FROM endpoint JOIN endpoint_scan AS scan ON scan.endpoint_id = endpoint.id AND scan.at >= (
            SELECT MIN(at) FROM (SELECT at FROM endpoint_scan WHERE endpoint_scan.endpoint_id = endpoint.id
                                 ORDER BY at DESC LIMIT %s) AS newest)
        WHERE endpoint.id {ids}
        ORDER BY scan.at
        """,
        most,
        list(ids),
    )
    found: dict[int, list[tuple[datetime, bool]]] = {one: [] for one in ids}
    for endpoint_id, at, ok in rows:
        found[endpoint_id].append((sure(at), bool(ok)))
    return found


def _scan(row: tuple[Any, ...]) -> PastScan:
    at, ok, grade, faults, message, not_after = row
    return PastScan(
        at=sure(at),
        ok=bool(ok),
        grade=Grade(grade) if grade in set(Grade) else None,
        faults=tuple(findings.load_kinds(from_json(faults))),
        message=message,
        not_after=moment(not_after),
    )
