"""Small texts that all processes share and that are fetched now and then: IANA's list of RDAP servers."""

from collections.abc import Mapping, Sequence

from db import connection
from db.connection import execute, transaction


def keep(name: str, text: str) -> None:
    """Keep the newest version of a text, in the caller's transaction."""
    with transaction():
        connection.changed(
            """
            INSERT INTO document (name, text, kept_at) VALUES (%s, %s, {now})
            ON CONFLICT (name) DO UPDATE SET text = excluded.text, kept_at = excluded.kept_at
            """,
            name,
            text,
        )


def kept(name: str) -> str | None:
    """Return the text that was kept under this name, or None."""
    rows = execute("SELECT text FROM document WHERE name = %s", name)
    return rows[0][0] if rows else None


def versions(names: Sequence[str]) -> Mapping[str, object]:
    """Return a value for each text that is kept, another one after each change of it."""
    wanted = ", ".join(["%s"] * len(names))
    return dict(execute(f"SELECT name, kept_at FROM document WHERE name IN ({wanted})", *names))  # noqa: S608 - signs
