"""The lists of domains and endpoints: their tabs, their windows of days, and the meaning of older addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends

from api_stub import problems
from api_stub.fields import IdFilter
from api_stub.security.principal import Principal
from dashboard.lists import list_pages
from dashboard.lists.list_pages import ListPage, ListRequest, ShownList
from dashboard.rendering import fields, formatting
from db.paging import Count
from rules.lists.filter_text import FilterText, of, read
from schedules import clock
from schedules.table import TIMETABLE
from wording.messages import _

MOST_AT_ONCE = 10_000
"""Rows on which one action on a whole list works, at the most."""


@dataclass(frozen=True, slots=True)
class ListAddress:
    """The parameters of a list's address; ``show`` names a tab, ``within`` a window of days, ``q`` is the filter."""

    show: fields.Search = ""
    within: fields.Within = None
    client: IdFilter = None
    registrar: fields.Search = ""
    q: fields.ListText = ""
    sort: fields.Search = ""
    after: fields.After = None


Address = Annotated[ListAddress, Depends()]


@dataclass(frozen=True, slots=True)
class Tab:
    """The order and the filter of a tab; an empty order is the list's own."""

    sort: str = ""
    filter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """The tabs of a list by their names in addresses; ``ending`` are the filters of the rows that windows count."""

    tabs: Mapping[str, Tab]
    ending: Mapping[str, Any] = field(default_factory=dict[str, Any])


def shown(page: ListPage[Any], views: Views, asked: ListAddress, who: Principal) -> ShownList[Any]:
    """Return the list as an address asks for it. Raises ``Problem``."""
    fields.client_named(asked.client, within=who.within)
    tab = _tab(views, asked)
    query = ListRequest(q=asked.q, sort=asked.sort or tab.sort, after=asked.after)
    return list_pages.shown(page, who, query, folded=folded(views, asked))


def folded(views: Views, asked: ListAddress) -> FilterText:
    """Return the address's tab, window, client and registrar as a filter. Raises ``Problem`` 422 for an unknown tab."""
    tokens = [*read(_tab(views, asked).filter).tokens]
    return of(
        [
            *((one.key, one.value) for one in tokens),
            ("ends", "" if asked.show or asked.within is None else f"<{asked.within}d"),
            ("client", str(asked.client or "")),
            ("registrar", asked.registrar.strip()),
        ]
    )


def _tab(views: Views, asked: ListAddress) -> Tab:
    if asked.show not in views.tabs:
        tabs = ", ".join(one for one in views.tabs if one)
        raise problems.Problem(422, "bad-values", f"show: {asked.show[:40]!r} is no tab of this list, which has {tabs}")
    return views.tabs[asked.show]


def context(page: ListPage[Any], views: Views, asked: ListAddress, who: Principal) -> dict[str, Any]:
    """Return the values for a list's template. Raises ``Problem``."""
    listed, now = shown(page, views, asked, who), datetime.now(UTC)
    client = listed.filters.get("client")
    return {
        "listed": listed,
        "page": listed.rows,
        "matching": page.listing.count(within=who.within, most=MOST_AT_ONCE, **listed.filters),
        "client": fields.client_named(client, within=who.within),
        "windows": list(zip(fields.WINDOWS, _ending(page, views, who, now), strict=True)),
    }


def _ending(page: ListPage[Any], views: Views, who: Principal, now: datetime) -> list[Count]:
    ends = [now + timedelta(days=days) for days in fields.WINDOWS]
    return page.listing.windows(page.sort, ends, within=who.within, **views.ending)


def filters(page: ListPage[Any], views: Views, asked: ListAddress, who: Principal) -> dict[str, Any]:
    """Return the filters of a list's address, for an action on all its rows. Raises ``Problem``, ``BadFilter``."""
    written = read(asked.q)
    for token in folded(views, replace(asked, q="")).tokens:
        written = written.having(token.key, token.value)
    return page.filters(str(written), who)


def first_look(task: str) -> str:
    """Return in words when the timetable's next run of ``task`` looks at new things for the first time."""
    at = clock.next_of(TIMETABLE, task)
    if at is None:
        return _("first look waits: its schedule is paused")
    return _("first look {when}", when=formatting.ago(at, now=datetime.now(UTC)))
