"""Lists of what is looked after, as their pages' addresses ask for them: by tab, window of days, name or client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends

from api_stub import problems
from api_stub.fields import IdFilter
from dashboard import fields
from db.listing import Identified, Listing
from db.paging import Page
from rules.access import Within

T = TypeVar("T", bound=Identified)


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
    """The ways to see a list: tabs by their words, by name, and one client's. The tab ``""`` is sorted by ends."""

    tabs: Mapping[str, Tab]
    by_name: str
    of_client: str


def context(
    listing: Listing[Any], views: Views, asked: ListAddress, within: Within, *, registrar: str = ""
) -> dict[str, Any]:
    """Return what a list's template shows to who is limited to clients ``within``. Raises ``Problem``."""
    now = datetime.now(UTC)
    ending = views.tabs[""].filters
    return {
        "page": listing.page("id", registrar=registrar, within=within, after=asked.after)
        if registrar
        else _page(listing, views, asked, now, within),
        "registrar": registrar,
        "show": asked.show,
        "within": asked.within,
        "q": asked.q,
        "client": fields.client_named(asked.client, within=within),
        "windows": [
            (days, listing.count(until=now + timedelta(days=days), within=within, **ending)) for days in fields.WINDOWS
        ],
    }


def _page(listing: Listing[T], views: Views, asked: ListAddress, now: datetime, within: Within) -> Page[T]:
    if asked.show not in views.tabs:
        tabs = ", ".join(filter(None, views.tabs))
        raise problems.Problem(422, "bad-values", f"show: {asked.show[:40]!r} is no tab of this list, which has {tabs}")
    if asked.client is not None:
        return listing.page(views.of_client, client=asked.client, within=within, after=asked.after)
    if text := asked.q.strip().lower():
        return listing.page(views.by_name, containing=text, within=within, after=asked.after)
    tab = views.tabs[asked.show]
    filters: dict[str, Any] = (
        dict(tab.filters) if asked.show else {**tab.filters, "until": fields.until(now, asked.within)}
    )
    return listing.page(tab.sort, rest=False, within=within, after=asked.after, **filters)
