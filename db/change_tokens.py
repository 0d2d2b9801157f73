"""Whether something changed: a few numbers that move whenever a page would show something else."""

from db import connection

_NUMBERS = {
    "jobs": "COALESCE((SELECT MAX(id) FROM job), 0)",
    "attempts": "COALESCE((SELECT MAX(id) FROM attempt), 0)",
    "running": (
        "(SELECT COALESCE(SUM(id), 0) FROM"
        " (SELECT id FROM job WHERE state = 'running' ORDER BY claim_expires_at LIMIT 10000) AS held)"
    ),
    "runs": "COALESCE((SELECT MAX(id) FROM run), 0)",
    "open_runs": "(SELECT COUNT(*) FROM run WHERE finished_at IS NULL)",
    "firings": "COALESCE((SELECT MAX(id) FROM firing), 0)",
    "paused": "(SELECT COUNT(*) FROM schedule WHERE paused_at IS NOT NULL)",
    "audit": "COALESCE((SELECT MAX(id) FROM audit), 0)",
    "alerts": "COALESCE((SELECT MAX(id) FROM alert_event), 0)",
    "events": "COALESCE((SELECT MAX(id) FROM event), 0)",
    "answers": "COALESCE((SELECT MAX(id) FROM domain_answer), 0)",
    "scans": "COALESCE((SELECT MAX(id) FROM endpoint_scan), 0)",
    "invoices": "COALESCE((SELECT MAX(id) FROM invoice), 0)",
    "mails": "COALESCE((SELECT MAX(id) FROM mail), 0)",
    "workers": "(SELECT COUNT(*) FROM worker WHERE ended_at IS NULL)",
    "started": "(SELECT COUNT(*) FROM worker)",
    "silent": "(SELECT COUNT(*) FROM worker WHERE ended_at IS NULL AND beat_at < {later(-20)})",
}

_WORK = ("jobs", "attempts", "running", "runs", "open_runs", "audit")
TOPICS: dict[str, tuple[str, ...]] = {
    "work": _WORK,
    "schedules": ("firings", "paused", "runs", "open_runs", "audit"),
    "workers": ("workers", "started", "silent", "running"),
    "portfolio": ("events", "answers", "scans", "alerts", "audit"),
    "money": ("invoices", "mails", "attempts"),
    "today": tuple(_NUMBERS),
}
"""What a page may ask for, and the numbers that it depends on."""


def take() -> dict[str, int]:
    """Return all numbers, each found at the end of an index or in a table of few rows."""
    rows = connection.execute(f"SELECT {', '.join(_NUMBERS.values())}")
    return dict(zip(_NUMBERS, (int(one) for one in rows[0]), strict=True))


_THEIR_NUMBERS = {
    "jobs": "(SELECT MAX(id) FROM job WHERE client_id = theirs.id)",
    "running": (
        "(SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE client_id = theirs.id AND state IN ('queued', 'running')"
        " LIMIT 1000) AS unfinished)"
    ),
    "audit": "(SELECT MAX(id) FROM audit WHERE client_id = theirs.id)",
    "alerts": "(SELECT MAX(id) FROM alert WHERE client_id = theirs.id)",
    "events": "(SELECT MAX(id) FROM event WHERE client_id = theirs.id)",
    "invoices": "(SELECT MAX(id) FROM invoice WHERE client_id = theirs.id)",
    "mails": "(SELECT MAX(id) FROM mail WHERE client_id = theirs.id)",
}


def take_within(within: frozenset[int]) -> dict[str, int]:
    """Return the numbers that move whenever something changes about these clients, and at no other time.

    Each of their checks, scans and bills is a job that names the client; so jobs stand for rows that name none.
    """
    rows = connection.execute(
        f"SELECT {', '.join(_THEIR_NUMBERS.values())} FROM client AS theirs WHERE theirs.id {{ids}}",  # noqa: S608
        sorted(within),
    )
    return {name: sum(row[at] or 0 for row in rows) for at, name in enumerate(_THEIR_NUMBERS)}


def session_holds(session_id: int | None, *, idle_s: int) -> bool:
    """Tell whether a session still holds, without counting this as a sign of life."""
    return bool(
        connection.execute(
            "SELECT 1 FROM session JOIN account ON account.id = session.user_id WHERE session.id = %s"
            " AND session.expires_at > {now} AND session.seen_at > {later(%s)} AND account.disabled_at IS NULL",
            session_id,
            -idle_s,
        )
    )
