"""Lists as people want to see them again: each person's own, by name."""

from dataclasses import dataclass
from typing import Final

from db import connection
from rules.translatable import TranslatableError

MOST: Final = 40
"""Views of one list that a person may keep."""


class NotKept(TranslatableError):
    """Raised where a view cannot be kept under its name; the message says why."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view: which list, the text of its filter, its order; empty where it is the list's own."""

    id: int
    page: str
    name: str
    text: str
    sort: str


_VIEW: Final = "SELECT id, page, name, text, sort FROM saved_view"


def of(user_id: int, page: str) -> list[SavedView]:
    """Return a person's views of a list, by name."""
    return connection.rows(SavedView, f"{_VIEW} WHERE user_id = %s AND page = %s ORDER BY name", user_id, page)


def require(user_id: int, view_id: int) -> SavedView:
    """Return a view of a person. Raises ``LookupError``, also for one of somebody else."""
    found = connection.rows(SavedView, f"{_VIEW} WHERE id = %s AND user_id = %s", view_id, user_id)
    if not found:
        raise LookupError(f"you have no view of the number {view_id}")
    return found[0]


def save(user_id: int, page: str, name: str, *, text: str, sort: str) -> SavedView | None:
    """Keep a view in the caller's transaction; returns the view that it replaces, or None. Raises ``NotKept``."""
    kept = of(user_id, page)
    before = next((one for one in kept if one.name == name), None)
    if before is None and len(kept) >= MOST:
        raise NotKept("you have {number} views of this list; remove one first", number=MOST)
    connection.changed(
        "INSERT INTO saved_view (user_id, page, name, text, sort, created_at) VALUES (%s, %s, %s, %s, %s, {now})"
        " ON CONFLICT (user_id, page, name) DO UPDATE SET text = excluded.text, sort = excluded.sort",
        user_id, page, name, text, sort,
    )  # fmt: skip
    return before


def rename(view: SavedView, name: str) -> None:
    """Give a view another name, in the caller's transaction. Raises ``NotKept`` where another has it."""
    taken = connection.execute(
        "SELECT 1 FROM saved_view AS other JOIN saved_view ON saved_view.id = %s AND other.user_id = saved_view.user_id"
        " AND other.page = saved_view.page WHERE other.name = %s AND other.id <> saved_view.id",
        view.id,
        name,
    )
    if taken:
        raise NotKept("another view of this list is called {name}", name=name)
    connection.changed("UPDATE saved_view SET name = %s WHERE id = %s", name, view.id)


def remove(view: SavedView) -> None:
    """Forget a view, in the caller's transaction."""
    connection.changed("DELETE FROM saved_view WHERE id = %s", view.id)


def page_size(user_id: int) -> int:
    """Return how many rows of a list a person sees on a page."""
    rows = connection.execute("SELECT page_size FROM account WHERE id = %s", user_id)
    return rows[0][0] if rows else 50


def set_page_size(user_id: int, size: int) -> None:
    """Keep how many rows of a list a person sees on a page."""
    with connection.transaction():
        connection.changed("UPDATE account SET page_size = %s WHERE id = %s", size, user_id)
