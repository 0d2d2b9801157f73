"""Lists of what is looked after, as their pages' addresses ask for them: by tab, window of days, name or client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends

from api_stub import problems
from api_stub.fields import IdFilter
from dashboard import fields, formatting
from db.listing import Identified, Listing
from db.paging import Page
from rules.access import Within
from schedules import clock
from schedules.table import TIMETABLE

T = TypeVar("T", bound=Identified)

MOST_AT_ONCE = 10_000
"""Rows of a list to all of which something is done at once."""


@dataclass(frozen=True, slots=True)
class ListAddress:
    """What the address of a list says: ``show`` names a tab, ``q`` a part of a name."""

    show: fields.Search = ""
    within: fields.Within = None
    q: fields.Search = ""
    client: IdFilter = None
    after: fields.After = None


Address = Annotated[ListAddress, Depends()]


@dataclass(frozen=True, slots=True)
class Tab:
    """What a tab shows: an order, of which what it says nothing of is left out, and filters."""

    sort: str
    filters: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """The ways to see a list: tabs by their words, by name, and one client's.

    The tab ``""`` shows everything, sorted by ends; a window of days shows those whose end is counted: ``ending``.
    """

    tabs: Mapping[str, Tab]
    ending: Mapping[str, Any] = field(default_factory=dict[str, Any])
    by_name: str
    of_client: str


def context(
    listing: Listing[Any], views: Views, asked: ListAddress, within: Within, *, registrar: str = ""
) -> dict[str, Any]:
    """Return what a list's template shows to who is limited to clients ``within``. Raises ``Problem``."""
    now = datetime.now(UTC)
    return {
        "page": listing.page("id", registrar=registrar, within=within, after=asked.after)
        if registrar
        else _page(listing, views, asked, now, within),
        "registrar": registrar,
        "show": asked.show,
        "within": asked.within,
        "q": asked.q,
        "everything": not (asked.show or asked.q.strip() or asked.client) and asked.within is None,
        "matching": listing.count(within=within, most=MOST_AT_ONCE, **filters(views, asked)),
        "client": fields.client_named(asked.client, within=within),
        "windows": [
            (days, listing.count(until=now + timedelta(days=days), within=within, **views.ending))
            for days in fields.WINDOWS
        ],
    }


def _page(listing: Listing[T], views: Views, asked: ListAddress, now: datetime, within: Within) -> Page[T]:
    _require_tab(views, asked)
    if asked.client is not None:
        return listing.page(views.of_client, client=asked.client, within=within, after=asked.after)
    if text := asked.q.strip().lower():
        return listing.page(views.by_name, containing=text, within=within, after=asked.after)
    sort, filters = _asked(views, asked, now)
    everything = not asked.show and asked.within is None
    return listing.page(sort, rest=everything, within=within, after=asked.after, **filters)


def _asked(views: Views, asked: ListAddress, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the order and the filters of a tab, or of a window of days."""
    tab = views.tabs[asked.show]
    if asked.show or asked.within is None:
        return tab.sort, dict(tab.filters)
    return tab.sort, {**views.ending, "until": fields.until(now, asked.within)}


def filters(views: Views, asked: ListAddress) -> dict[str, Any]:
    """Return the filters of a list's address, for what is done to all of it. Raises ``Problem``."""
    _require_tab(views, asked)
    if asked.client is not None:
        return {"client": asked.client}
    if text := asked.q.strip().lower():
        return {"containing": text}
    return _asked(views, asked, datetime.now(UTC))[1]


def _require_tab(views: Views, asked: ListAddress) -> None:
    if asked.show not in views.tabs:
        tabs = ", ".join(one for one in views.tabs if one)
        raise problems.Problem(422, "bad-values", f"show: {asked.show[:40]!r} is no tab of this list, which has {tabs}")


def first_look(task: str, word: str) -> str:
    """Say when what nobody has looked at yet is looked at first, by the timetable."""
    at = clock.next_of(TIMETABLE, task)
    if at is None:
        return f"first {word} waits: its schedule is paused"
    return f"first {word} {formatting.ago(at, now=datetime.now(UTC))}"
