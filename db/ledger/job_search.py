"""Jobs found by what somebody knows of one: its number, its key, a word of its task, arguments or error.

All that ended badly are searched, by an index of their own. An index of the others would be one more write for every
job, so they are found by number and key, and by words among the newest alone.
"""

from typing import Final

from db import connection, text_search
from db.ledger import jobs
from db.ledger.jobs import Job
from db.listing import Condition
from rules.access import Within

NEWEST: Final = 1000
"""Jobs, the newest, whose arguments are searched whatever their state is."""

_BADLY: Final = 1000
"""How many of those that ended badly and have the words are sorted at the most."""

_LIVE: Final = ("state = 'queued' AND key IS NOT NULL", "state = 'running' AND key IS NOT NULL")


def found(text: str, *, number: int | None = None, within: Within = None, limit: int) -> list[Job]:
    """Return up to ``limit`` jobs: the one of that number, those of that key, those with these words, newest first."""
    words = any(len(word) >= text_search.SHORTEST for word in text.split())
    ids = [
        *([number] if number is not None else []),
        *_of_key(text),
        *(_ended_badly(text, within, limit) if words else ()),
        *(_newest(text, within, limit) if words else ()),
    ]
    theirs = jobs.many(list(dict.fromkeys(ids)), within=within)
    return theirs[:limit]


def _of_key(key: str) -> list[int]:
    return [
        row[0]
        for live in _LIVE
        for row in connection.execute(f"SELECT id FROM job WHERE {live} AND key = %s LIMIT 5", key)  # noqa: S608
    ]


def _ended_badly(text: str, within: Within, limit: int) -> list[int]:
    condition, params = text_search.in_job(text)
    theirs, given = _theirs(within)
    rows = connection.execute(
        "WITH held AS MATERIALIZED (SELECT id FROM job"  # noqa: S608 - our own words
        f" WHERE {condition} AND {theirs} LIMIT %s) SELECT id FROM held ORDER BY id DESC LIMIT %s",
        *params,
        *given,
        _BADLY,
        limit,
    )
    return [row[0] for row in rows]


def _newest(text: str, within: Within, limit: int) -> list[int]:
    theirs, given = _theirs(within)
    words = text.lower().split()
    likes = " AND ".join(f"LOWER({text_search.JOB_WORDS}) LIKE %s ESCAPE '\\'" for _ in words)
    rows = connection.execute(
        "WITH newest AS MATERIALIZED (SELECT id, task, args, key, error FROM job"  # noqa: S608 - our own words
        f" WHERE {theirs} ORDER BY id DESC LIMIT %s) SELECT id FROM newest WHERE {likes} ORDER BY id DESC LIMIT %s",
        *given,
        NEWEST,
        *(f"%{text_search.literal(word)}%" for word in words),
        limit,
    )
    return [row[0] for row in rows]


def _theirs(within: Within) -> Condition:
    return ("TRUE", ()) if within is None else ("client_id {ids}", (sorted(within),))
