"""Alerts as lists: by kind, the most pressing first; of a client, and about one subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from db import connection, paging
from db.fields import stored, sure
from db.listing import Condition, ListFilter, Listing, Order, about, equals, whether
from db.paging import Count
from db.portfolio import alerts
from db.portfolio.alerts import Alert
from rules.alerts import mail_groups
from rules.checks.alarms import Urgency

_BEFORE_ALL = 2  # days: what lapses tomorrow comes before what is broken, the rest after


_LOOKED_THROUGH = 2000
"""Newest open alerts in which a storm is looked for."""


def _of_storm(storm: str) -> Condition:
    return "storm = %s AND storm <> ''", (storm,)


def _but(storms: Sequence[str]) -> Condition:
    return f"(stage IS NOT NULL OR storm NOT IN ({', '.join('%s' for _ in storms)}))", tuple(storms)


LIST: Final[Listing[Alert]] = Listing(
    table="alert",
    columns="kind, stage, cleared_at, storm",
    read=alerts.many,
    orders={"id": Order(), "stage": Order("stage", then=("id",), nullable=True)},
    filters={
        "client": ListFilter(int, equals("alert.client_id"), "Only those about what this client has", narrows=True),
        "kind": ListFilter(str, equals("kind"), "Only of this kind"),
        "storm": ListFilter(str, _of_storm, "Only of this storm: what many of a kind share"),
        "but": ListFilter(list[str], _but),
        "lapsed": ListFilter(bool, whether("stage = 0", "stage <> 0")),
        "open": ListFilter(
            bool, whether("cleared_at IS NULL", "cleared_at IS NOT NULL"), "Whether its cause still holds"
        ),
        "domain": ListFilter(int, about("domain"), "Only those about this domain", narrows=True),
        "endpoint": ListFilter(int, about("endpoint"), "Only those about this endpoint", narrows=True),
    },
    owner="alert.client_id",
)
"""All alerts, also those that are closed."""


def kinds(*, within: frozenset[int] | None = None) -> list[tuple[str, Count]]:
    """Count the open alerts of each kind, the kinds found by hopping over the index."""
    rows = connection.execute(
        """
        WITH RECURSIVE known (kind) AS (
            SELECT MIN(kind) FROM alert WHERE cleared_at IS NULL
            UNION ALL
            SELECT (SELECT MIN(alert.kind) FROM alert WHERE cleared_at IS NULL AND alert.kind > known.kind)
            FROM known WHERE known.kind IS NOT NULL)
        SELECT kind FROM known WHERE kind IS NOT NULL
        """
    )
    counted = [(kind, LIST.count(kind=kind, open=True, within=within)) for (kind,) in rows]
    return [(kind, number) for kind, number in counted if number]


@dataclass(frozen=True, slots=True)
class AlertStorm:
    """Open alerts of one kind and cause that came in a short time. ``storm`` is what they share; empty: their kind.

    Alerts with a stage are no part of one: each of them has an end of its own.
    """

    kind: str
    storm: str
    urgency: Urgency
    since: datetime
    """When the first of those that came lately was opened."""
    lately: int
    """How many came lately."""
    count: Count
    """All that its list has."""


def storms(*, since: datetime, within: frozenset[int] | None = None) -> list[AlertStorm]:
    """Return the storms among the newest open alerts that were opened since a moment, the gravest and largest first."""
    theirs, params = ("", ()) if within is None else (" AND client_id {ids}", (sorted(within),))
    order = "id" if within is None else paging.unindexed("id")
    rows = connection.execute(
        "SELECT kind, storm, urgency, since, lately, (SELECT COUNT(*) FROM (SELECT 1 FROM alert"  # noqa: S608 - our own
        " WHERE alert.kind = grouped.kind AND cleared_at IS NULL"
        f" AND (grouped.storm = '' OR alert.storm = grouped.storm){theirs} LIMIT %s) AS counted)"
        " FROM (SELECT kind, storm, MAX(urgency) AS urgency, MIN(opened_at) AS since, COUNT(*) AS lately FROM ("
        "SELECT kind, storm, stage, urgency, opened_at FROM alert"
        f" WHERE cleared_at IS NULL{theirs} ORDER BY {order} DESC LIMIT %s) AS newest"
        " WHERE opened_at >= %s AND stage IS NULL GROUP BY kind, storm HAVING COUNT(*) >= %s) AS grouped"
        " ORDER BY urgency DESC, lately DESC, kind, storm",
        *params,
        paging.MANY + 1,
        *params,
        _LOOKED_THROUGH,
        stored(since),
        mail_groups.BANNER,
    )
    return [
        AlertStorm(kind, storm, Urgency(urgency), sure(at), lately, paging.bounded(number))
        for kind, storm, urgency, at, lately, number in rows
    ]


def pressing(
    kinds_: list[str], *, limit: int, within: frozenset[int] | None = None, but: Sequence[AlertStorm] = ()
) -> list[Alert]:
    """Return the most pressing open alerts of these kinds: a few of each, then sorted; without those of storms."""
    found = [
        alert
        for kind in kinds_
        for alert in LIST.page(
            "stage",
            kind=kind,
            open=True,
            size=limit,
            within=within,
            but=[one.storm for one in but if one.kind == kind] or None,
        ).rows
    ]
    found.sort(key=lambda alert: (_BEFORE_ALL if alert.stage is None else alert.stage, alert.id))
    return found[:limit]
