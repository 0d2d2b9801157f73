"""What a client's monthly report says of them, read from rows; and which reports were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from db import connection
from db.billing import invoices
from db.fields import moment, stored, sure
from rules.billing.money import Money
from rules.clients.client_reports import (
    MOST_LINES,
    BilledInvoice,
    ClientReport,
    ComingEnd,
    FoundProblem,
    Renewed,
    ReportMonth,
    Watched,
)

T = TypeVar("T")

_COMING = timedelta(days=60)
_LOOKED_THROUGH = 10 * MOST_LINES
_NAME = "COALESCE(domain.name, endpoint.host, '')"
_NAMED = (
    " LEFT JOIN domain ON subject_kind = 'domain' AND domain.id = subject_id"
    " LEFT JOIN endpoint ON subject_kind = 'endpoint' AND endpoint.id = subject_id"
)


def report(client_id: int, month: ReportMonth, zone: ZoneInfo) -> ClientReport:
    """Return what happened for a client in a month of their own calendar, and what ends in the two months after it."""
    began, ended = month.bounds(zone)
    parts = (
        _open_alerts(client_id, began, ended),
        _renewed(client_id, began, ended),
        _billed(client_id, month),
        _coming(client_id, ended, zone),
    )
    found, renewed, billed, coming = parts
    return ClientReport(
        month=month,
        watched=_watched(client_id, began, ended),
        found=found[:MOST_LINES],
        renewed=renewed[:MOST_LINES],
        billed=billed[:MOST_LINES],
        coming=coming[:MOST_LINES],
        more=(_left_out(found), _left_out(renewed), _left_out(billed), _left_out(coming)),
    )


def _left_out(lines: Sequence[T]) -> int:
    return max(0, len(lines) - MOST_LINES)


def _watched(client_id: int, began: datetime, ended: datetime) -> Watched:
    domains, endpoints = (
        connection.execute(f"SELECT COUNT(*) FROM {table} WHERE client_id = %s AND created_at < %s", client_id, until)[  # noqa: S608
            0
        ][0]
        for table, until in (("domain", stored(ended)), ("endpoint", stored(ended)))
    )
    checks, scans = (
        connection.execute(
            f"SELECT COUNT(*) FROM {table} JOIN {of} ON {of}.id = {of}_id"  # noqa: S608 - our own words
            f" WHERE {of}.client_id = %s AND {table}.at >= %s AND {table}.at < %s",
            *(client_id, stored(began), stored(ended)),
        )[0][0]
        for table, of in (("domain_answer", "domain"), ("endpoint_scan", "endpoint"))
    )
    return Watched(domains, endpoints, checks, scans)


def _open_alerts(client_id: int, began: datetime, ended: datetime) -> list[FoundProblem]:
    """Return the alerts that were open in the month, the newest first."""
    rows = connection.execute(
        f"SELECT kind, {_NAME}, opened_at, cleared_at FROM alert{_NAMED}"  # noqa: S608 - our own words
        " WHERE alert.client_id = %s AND subject_kind IN ('domain', 'endpoint') AND opened_at < %s"
        " AND (cleared_at IS NULL OR cleared_at >= %s) ORDER BY opened_at DESC, alert.id LIMIT %s",
        *(client_id, stored(ended), stored(began), _LOOKED_THROUGH),
    )
    over = [moment(row[3]) for row in rows]
    return [
        FoundProblem(kind, name, sure(at), end if end and end < ended else None)
        for (kind, name, at, _), end in zip(rows, over, strict=True)
    ]


def _renewed(client_id: int, began: datetime, ended: datetime) -> list[Renewed]:
    rows = connection.execute(
        f"SELECT event.kind, {_NAME}, event.at, event.after FROM event{_NAMED}"  # noqa: S608 - our own words
        " WHERE event.client_id = %s AND event.kind IN ('renewed', 'auto_renewed', 'certificate_changed')"
        " AND event.at >= %s AND event.at < %s ORDER BY event.id DESC LIMIT %s",
        *(client_id, stored(began), stored(ended), _LOOKED_THROUGH),
    )
    return [Renewed(kind, name, sure(at), _day(after)) for kind, name, at, after in rows]


def _day(written: str | None) -> date | None:
    """Return the day that an event's text begins with; None where it is no day, as of a certificate."""
    try:
        return date.fromisoformat((written or "")[:10])
    except ValueError:
        return None


def _billed(client_id: int, month: ReportMonth) -> list[BilledInvoice]:
    rows = connection.execute(
        "SELECT id FROM invoice WHERE client_id = %s AND issued_on >= %s AND issued_on <= %s ORDER BY id LIMIT %s",
        client_id, month.first, month.last, _LOOKED_THROUGH,
    )  # fmt: skip
    found = sorted(invoices.many([row[0] for row in rows]), key=lambda one: one.id)
    return [BilledInvoice(one.name, one.issued_on, Money(one.gross_minor, one.currency)) for one in found]


def _coming(client_id: int, since: datetime, zone: ZoneInfo) -> list[ComingEnd]:
    """Return what ends in the two months after a moment, the soonest first."""
    rows = connection.execute(
        "SELECT 'domain', name, expires FROM domain JOIN domain_state ON domain_id = domain.id"
        " WHERE client_id = %s AND answer = 'registered' AND expires >= %s AND expires < %s"
        " UNION ALL SELECT 'certificate', host, not_after FROM endpoint"
        " JOIN endpoint_state ON endpoint_id = endpoint.id"
        " WHERE client_id = %s AND not_after >= %s AND not_after < %s ORDER BY 3, 2 LIMIT %s",
        *(client_id, stored(since), stored(since + _COMING)) * 2,
        _LOOKED_THROUGH,
    )
    return [ComingEnd(kind, name, sure(at).astimezone(zone).date()) for kind, name, at in rows]


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report that was made: of which month, its document, and the mail in which it went."""

    month: date
    document_id: int
    mail_id: int | None
    at: datetime


def of_client(client_id: int, *, limit: int = 12) -> list[MadeReport]:
    """Return a client's newest reports."""
    return connection.rows(
        MadeReport,
        "SELECT month, document_id, mail_id, at FROM client_report WHERE client_id = %s ORDER BY month DESC LIMIT %s",
        client_id,
        limit,
    )


def is_made(client_id: int, month: ReportMonth) -> bool:
    """Tell whether there is a report of a month already."""
    return bool(
        connection.execute("SELECT 1 FROM client_report WHERE client_id = %s AND month = %s", client_id, month.first)
    )


def add(client_id: int, month: ReportMonth, *, document_id: int, mail_id: int | None) -> None:
    """Write down that a report was made, in the transaction that mails it. Raises ``Conflict`` for a second one."""
    connection.execute(
        "INSERT INTO client_report (client_id, month, document_id, mail_id, at) VALUES (%s, %s, %s, %s, %s)",
        client_id, month.first, document_id, mail_id, stored(datetime.now(UTC)),
    )  # fmt: skip


def clients_after(last: int, limit: int) -> list[int]:
    """Return the next clients, by id, who get reports and have none of the month before this one."""
    rows = connection.execute(
        "SELECT id FROM client WHERE id > %s AND monthly_report AND NOT EXISTS (SELECT 1 FROM client_report"
        " WHERE client_id = client.id AND month >= %s) ORDER BY id LIMIT %s",
        last, _last_month(), limit,
    )  # fmt: skip
    return [client_id for (client_id,) in rows]


def _last_month() -> date:
    first = datetime.now(UTC).date().replace(day=1)
    return (first - timedelta(days=1)).replace(day=1)
