"""Alerts as lists: by kind, the most pressing first; of a client, and about one subject."""

from typing import Final

from db import connection
from db.listing import Condition, ListFilter, Listing, Order, about, equals, whether
from db.paging import Count
from db.portfolio import alerts
from db.portfolio.alerts import Alert

_BEFORE_ALL = 2  # days: what lapses tomorrow comes before what is broken, the rest after


def _of_storm(storm: str) -> Condition:
    return "storm = %s AND storm <> ''", (storm,)


LIST: Final[Listing[Alert]] = Listing(
    table="alert",
    columns="kind, stage, cleared_at, storm",
    read=alerts.many,
    orders={"id": Order(), "stage": Order("stage", then=("id",), nullable=True)},
    filters={
        "client": ListFilter(int, equals("alert.client_id"), "Only those about what this client has", narrows=True),
        "kind": ListFilter(str, equals("kind"), "Only of this kind"),
        "storm": ListFilter(str, _of_storm, "Only of this storm: what many of a kind share"),
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


def pressing(kinds_: list[str], *, limit: int, within: frozenset[int] | None = None) -> list[Alert]:
    """Return the most pressing open alerts of these kinds: a few of each, then sorted."""
    found = [
        alert for kind in kinds_ for alert in LIST.page("stage", kind=kind, open=True, size=limit, within=within).rows
    ]
    found.sort(key=lambda alert: (_BEFORE_ALL if alert.stage is None else alert.stage, alert.id))
    return found[:limit]
