"""A list's page: its filter, its order, its number of rows, its saved views and its export.

    PAGE = ListPage(name="runs", where="/runs", title="Runs", listing=runs.LIST, keys=(...), sort="-id", cells={...})

    shown = list_pages.shown(PAGE, who, asked)
    render.page(request, "ledger/runs.html", listed=shown, page=shown.rows)

The template shows it with ``layout/lists.html``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends

from api_stub.problems import Problem
from api_stub.security.principal import Principal
from dashboard.lists import list_keys
from dashboard.lists.list_keys import ListKey
from dashboard.rendering import fields, links
from db.access import saved_views
from db.access.saved_views import SavedView
from db.listing import Identified, Listing
from db.paging import Page
from rules.access import Permission
from rules.lists import filter_text
from rules.lists.filter_text import BadFilter, FilterText
from wording import messages

T = TypeVar("T", bound=Identified)


@dataclass(frozen=True, slots=True)
class ListRequest:
    """The parameters of a list's address: its filter, its order, and the cursor of the row before the page."""

    q: fields.ListText = ""
    sort: fields.Search = ""
    after: fields.After = None


Asked = Annotated[ListRequest, Depends()]


def _nothing(_who: Principal) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(Generic[T]):
    """A list's page as declared. ``words`` names the filter for free words; ``cells`` are the columns of its CSV."""

    name: str
    where: str
    title: str
    listing: Listing[T]
    keys: Sequence[ListKey]
    words: str = ""
    sort: str
    sorts: Mapping[str, str] = field(default_factory=dict[str, str])
    """The orders that people may choose, each with its name in words."""
    cells: Mapping[str, Callable[[T], object]]
    always: Callable[[Principal], Mapping[str, Any]] = _nothing
    """Returns the filters that hold for a reader, whatever the address asks for."""
    permission: Permission = Permission.READ

    def filters(self, text: str, who: Principal) -> dict[str, Any]:
        """Return the listing's filters for a text that the caller wrote. Raises ``BadFilter``."""
        written = filter_text.read(text)
        asked = list_keys.filters(self.keys, self.words, written, now=datetime.now(UTC), within=who.within)
        return {**asked, **self.always(who)}

    def order(self, sort: str) -> str:
        """Return the order that an address asks for. Raises ``Problem`` 422 for one that is not offered."""
        if sort and sort.removeprefix("-") not in self.sorts:
            offered = ", ".join(self.sorts) or "none"
            raise Problem(422, "bad-values", f"sort: {sort[:40]!r} is no order of this list, which has {offered}")
        return sort or self.sort


@dataclass(frozen=True, slots=True)
class Sorting:
    """The link that sorts by a column, and how the list is sorted by it now."""

    where: str
    now: str
    """The value of aria-sort; empty where the list is sorted by another column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList(Generic[T]):
    """A list as a reader asked for it. Where its filter cannot be read, ``wrong`` says why, and it has no rows."""

    of: ListPage[T]
    text: str
    written: FilterText
    sort: str
    after: str | None
    rows: Page[T]
    size: int
    wrong: str
    views: Sequence[SavedView]
    filters: Mapping[str, Any]

    def address(self, **changes: str) -> str:
        """Return the list's address with changed values, without a cursor: it leads to the first page."""
        given = {"q": self.text, "sort": self.sort, **changes}
        return links.address(self.of.where, **given)

    def having(self, key: str, value: str) -> str:
        """Return the address of the list with another value of a key."""
        return self.address(q=str(self.written.having(key, value)))

    def says(self, key: str) -> str:
        """Return the value that the filter has for a key; empty without one."""
        return self.written.value(key)

    @property
    def everything(self) -> bool:
        """Tell whether the list has no filter."""
        return not self.text

    @property
    def next_page(self) -> str:
        """Return the address of the next page, empty on the last."""
        return self.address(after=self.rows.after) if self.rows.after else ""

    @property
    def export(self) -> str:
        """Return the address of its CSV."""
        return links.address(f"/lists/{self.of.name}/csv", q=self.text, sort=self.sort)

    def sorting(self, order: str) -> Sorting:
        """Return the sorting of a column's head: ascending first, and descending where it is ascending already."""
        now = self.sort or self.of.sort
        up = now == order
        is_now = ("ascending" if up else "descending") if now.removeprefix("-") == order else ""
        return Sorting(self.address(sort=f"-{order}" if up else order), is_now)


def shown(of: ListPage[T], who: Principal, asked: ListRequest, *, folded: FilterText | None = None) -> ShownList[T]:
    """Return a list as an address asks for it. ``folded`` is a filter made of other parameters. Raises ``Problem``."""
    sort, size = of.order(asked.sort), saved_views.page_size(who.user_id)
    views, text, wrong = saved_views.of(who.user_id, of.name), asked.q.strip(), ""
    written, filters = FilterText(), dict[str, Any]()
    rows: Page[T] = Page(())
    try:
        written = filter_text.read(text)
        for token in folded.tokens if folded else ():
            written = written.having(token.key, token.value)
        text = str(written)
        filters = of.filters(text, who)
        rows = of.listing.page(sort, within=who.within, after=asked.after, size=size, **filters)
    except BadFilter as error:
        wrong = messages.complaint(error)
    return ShownList(
        of=of,
        text=text,
        written=written,
        sort=asked.sort,
        after=asked.after,
        rows=rows,
        size=size,
        wrong=wrong,
        views=views,
        filters=filters,
    )
