"""How often something may be tried, counted in the database, so that it holds over restarts and several processes."""

from dataclasses import dataclass

from db import connection


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``tries`` in a window, which begins with the first of them."""

    tries: int
    window_s: int


def take(key: str, limit: Limit) -> float | None:
    """Take one try; returns None, or after how many seconds the next one is free.

    It counts first, so that a crowd of tries at the same moment gets no more than the limit.
    """
    with connection.transaction():
        connection.changed("DELETE FROM throttle WHERE ends_at < {now}")
        taken, left_s = connection.execute(
            """
            INSERT INTO throttle (key, taken, ends_at) VALUES (%s, 1, {later(%s)})
            ON CONFLICT (key) DO UPDATE SET taken = throttle.taken + 1
            RETURNING taken, {seconds({now}, ends_at)}
            """,
            key,
            limit.window_s,
        )[0]
    return None if taken <= limit.tries else max(1.0, float(left_s))


def give_back(key: str, *, all_tries: bool = False) -> None:
    """Undo one try, or forget all: it was no failure."""
    with connection.transaction():
        connection.changed(
            "UPDATE throttle SET taken = CASE WHEN %s THEN 0 ELSE taken - 1 END WHERE key = %s AND taken > 0",
            all_tries,
            key,
        )
