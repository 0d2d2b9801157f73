"""How much ends or falls due on each day: domains, certificates, subscriptions and unpaid invoices."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from db import connection
from db.fields import stored
from rules.access import Within
from rules.portfolio import end_calendar as rules
from rules.portfolio.end_calendar import EndKind, Ends

_BY_MOMENT: Final = {
    EndKind.DOMAIN: ("domain_state", "answer = 'registered' AND expires", "domain"),
    EndKind.CERTIFICATE: ("endpoint_state", "not_after", "endpoint"),
}
_UNPAID: Final = (
    "gross_minor > 0 AND gross_minor > (SELECT COALESCE(-SUM(note.gross_minor), 0) FROM invoice AS note"
    " WHERE note.corrects_id = invoice.id) + (SELECT COALESCE(SUM(amount_minor - disputed_minor), 0) FROM payment"
    " WHERE payment.invoice_id = invoice.id)"
)
_BY_DAY: Final = {
    EndKind.SUBSCRIPTION: ("subscription", "next_due", "(until IS NULL OR next_due < until)"),
    EndKind.INVOICE: ("invoice", "due_on", _UNPAID),
}
MOST_OF_DAY: Final = 100
"""Things of each kind that are listed of one day."""


def ends(days: Sequence[date], zone: ZoneInfo, *, within: Within = None) -> Ends:
    """Return how much ends on each of these days of a zone; days follow one another."""
    found: defaultdict[date, dict[EndKind, int]] = defaultdict(dict)
    for kind in _BY_MOMENT:
        for number, count in _by_moment(kind, days, zone, within):
            found[days[number]][kind] = count
    for kind in _BY_DAY:
        for day, count in _by_day(kind, days, within):
            found[day][kind] = count
    return found


def _by_moment(kind: EndKind, days: Sequence[date], zone: ZoneInfo, within: Within) -> Iterable[tuple[int, int]]:
    """Count what has a moment as its end, a range of its index for each day."""
    table, end, noun = _BY_MOMENT[kind]
    theirs, params = _theirs(f"AND {noun}_id IN (SELECT id FROM {noun} WHERE client_id {{ids}})", within)  # noqa: S608
    bounds = [
        {"number": number, "since": stored(since), "until": stored(until)}
        for number, (since, until) in enumerate(rules.bounds(day, zone) for day in days)
    ]
    rows = connection.execute(
        "SELECT number, counted FROM (SELECT {of(number, integer)} AS number,"  # noqa: S608 - our own words
        f" (SELECT COUNT(*) FROM {table} WHERE {end} >= {{of(since, timestamptz)}}"
        f" AND {end.rpartition(' ')[2]} < {{of(until, timestamptz)}} {theirs}) AS counted"
        " FROM {objects}) AS of_days WHERE counted > 0",
        *params,
        json.dumps(bounds, default=str),
    )
    return [(int(number), int(count)) for number, count in rows]


def _by_day(kind: EndKind, days: Sequence[date], within: Within) -> Iterable[tuple[date, int]]:
    table, day, condition = _BY_DAY[kind]
    theirs, params = _theirs("AND client_id {ids}", within)
    rows = connection.execute(
        f"SELECT {day}, COUNT(*) FROM {table} WHERE {day} >= %s AND {day} <= %s AND {condition} {theirs}"  # noqa: S608
        f" GROUP BY {day}",
        *(days[0], days[-1], *params),
    )
    return [(on if isinstance(on, date) else date.fromisoformat(on), int(count)) for on, count in rows]


def ids_on(kind: EndKind, day: date, *, within: Within = None) -> list[int]:
    """Return the ids of the subscriptions or the unpaid invoices that fall due on a day."""
    table, column, condition = _BY_DAY[kind]
    theirs, params = _theirs("AND client_id {ids}", within)
    rows = connection.execute(
        f"SELECT id FROM {table} WHERE {column} = %s AND {condition} {theirs} ORDER BY id LIMIT %s",  # noqa: S608
        *(day, *params, MOST_OF_DAY),
    )
    return [row[0] for row in rows]


def _theirs(condition: str, within: Within) -> tuple[str, tuple[list[int], ...]]:
    return ("", ()) if within is None else (condition, (sorted(within),))
