"""Open alerts as pages show them: by kind, the most pressing first."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import connection, paging
from db.fields import moment
from db.paging import Count, Page, sure
from rules.subjects import Subject

_WITHOUT_STAGE = 10**6
_BEFORE_ALL = 2  # days: what lapses tomorrow comes before what is broken, the rest after


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An open alert. ``stage`` counts days before an end; None where nothing ends."""

    id: int
    kind: str
    subject: Subject
    client_name: str | None
    stage: int | None
    headline: str
    facts: tuple[tuple[str, str], ...]
    opened_at: datetime
    told_at: datetime | None


_SHOWN = (
    "SELECT alert.id, kind, subject_kind, subject_id, alert.client_id, client.name, stage, headline, facts,"
    " opened_at, told_at FROM alert LEFT JOIN client ON client.id = alert.client_id"
)


def _alert(row: tuple[Any, ...]) -> ListedAlert:
    facts = json.loads(row[8]) if isinstance(row[8], str) else row[8]
    return ListedAlert(
        row[0],
        row[1],
        Subject(row[2], row[3], row[4]),
        row[5],
        row[6],
        row[7],
        tuple((str(label), str(value)) for label, value in facts),
        sure(row[9]),
        moment(row[10]),
    )


def kinds() -> list[tuple[str, Count]]:
    """Count the open alerts of each kind, the kinds found by hopping over the index."""
    rows = connection.execute(
        """
        WITH RECURSIVE known (kind) AS (
            SELECT MIN(kind) FROM alert WHERE cleared_at IS NULL
            UNION ALL
            SELECT (SELECT MIN(alert.kind) FROM alert WHERE cleared_at IS NULL AND alert.kind > known.kind)
            FROM known WHERE known.kind IS NOT NULL)
        SELECT kind, (SELECT COUNT(*) FROM (
            SELECT 1 FROM alert WHERE cleared_at IS NULL AND alert.kind = known.kind LIMIT %s) AS counted)
        FROM known WHERE kind IS NOT NULL
        """,
        paging.MANY + 1,
    )
    return [(kind, paging.bounded(number)) for kind, number in rows]


def of_kind(kind: str, *, after: str | None = None, size: int = paging.ROWS) -> Page[ListedAlert]:
    """Return the open alerts of a kind, the one with the fewest days left first. Raises ``BadCursor``."""
    key = paging.decode(after, int, int)
    without = key is not None and key[0] == _WITHOUT_STAGE
    rows = [] if without else _staged(kind, key, size + 1)
    if len(rows) <= size:
        rows += _stageless(kind, key[1] if key and without else 0, size + 1 - len(rows))
    return paging.cut(
        [_alert(row) for row in rows],
        lambda alert: (_WITHOUT_STAGE if alert.stage is None else alert.stage, alert.id),
        size=size,
    )


def _staged(kind: str, key: paging.Key | None, limit: int) -> list[tuple[Any, ...]]:
    behind, params = ("", ()) if key is None else ("AND (stage, alert.id) > (%s, %s)", key)
    return connection.execute(
        f"{_SHOWN} WHERE cleared_at IS NULL AND kind = %s AND stage IS NOT NULL {behind}"
        " ORDER BY stage, alert.id LIMIT %s",
        kind,
        *params,
        limit,
    )


def _stageless(kind: str, last: object, limit: int) -> list[tuple[Any, ...]]:
    return connection.execute(
        f"{_SHOWN} WHERE cleared_at IS NULL AND kind = %s AND stage IS NULL AND alert.id > %s"
        " ORDER BY alert.id LIMIT %s",
        kind,
        last,
        limit,
    )


def pressing(kinds_: list[str], *, limit: int) -> list[ListedAlert]:
    """Return the most pressing alerts of all kinds: a few of each kind, then sorted."""
    found = [alert for kind in kinds_ for alert in of_kind(kind, size=limit).rows]
    found.sort(key=lambda alert: (_BEFORE_ALL if alert.stage is None else alert.stage, alert.id))
    return found[:limit]


def of(subject_kind: str, subject_id: int, *kinds_: str) -> list[ListedAlert]:
    """Return the open alerts about one subject."""
    rows = connection.execute(
        f"{_SHOWN} WHERE cleared_at IS NULL AND kind IN ({', '.join('%s' for _ in kinds_)})"
        " AND subject_kind = %s AND subject_id = %s ORDER BY stage, alert.id",
        *kinds_,
        subject_kind,
        subject_id,
    )
    return [_alert(row) for row in rows]


def of_client(client_id: int, *, limit: int = 20) -> list[ListedAlert]:
    """Return the open alerts of a client."""
    rows = connection.execute(
        f"{_SHOWN} WHERE cleared_at IS NULL AND alert.client_id = %s ORDER BY stage, alert.id LIMIT %s",
        client_id,
        limit,
    )
    return [_alert(row) for row in rows]
