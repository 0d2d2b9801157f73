"""Lists of the API: ``cursor``, ``limit``, ``sort`` and filters, made of what ``db.listing`` declares of a list.

Asked = Annotated[lists.ListQuery, lists.asked(LIST.filters, "client", "name", sorts=("id", "name"))]

@routes.get("/api/domains")
def list_domains(who: Caller, asked: Asked) -> Domains:
    page = asked.page(LIST, within=who.within)
    return Domains(domains=[_document(one) for one in page.rows], next=lists.next_(page))
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from inspect import Parameter, Signature
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Query
from pydantic import BeforeValidator

from api_stub.fields import BIGGEST_ID, Moment, SearchText
from db.listing import Identified, ListFilter, Listing
from db.paging import Page
from rules.translatable import TranslatableError

T = TypeVar("T", bound=Identified)

_MOST = 200
_LONGEST_TEXT = 253
_ON = "Where to go on: `next` of the page before"
_IdCursor = Annotated[int | None, Query(ge=1, le=BIGGEST_ID, description=_ON)]
Cursor = Annotated[str | None, Query(max_length=600, pattern=r"^[A-Za-z0-9_-]+$", description=_ON)]
Limit = Annotated[int, Query(ge=1, le=_MOST, description="How many at the most")]
_SORT = "What to sort by; `-` before it turns the order round. What has none of it comes last"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What an address asks of a list."""

    sort: str
    cursor: str | None
    limit: int
    filters: Mapping[str, Any]

    def page(self, listing: Listing[T], **more: Any) -> Page[T]:
        """Return the page, narrowed to ``more`` besides. Raises ``BadCursor``."""
        return listing.page(self.sort, after=self.cursor, size=self.limit, **self.filters, **more)


def asked(
    known: Mapping[str, ListFilter],
    *filters: str,
    sorts: tuple[str, ...] = ("id",),
    sort: str = "id",
    cursor: str = "cursor",
    pages: bool = True,
) -> Any:
    """Return the dependency that reads these filters and these orders of a list from an address.

    Without ``sorts`` there is one order, ``sort``. ``cursor`` is the name of the parameter for the next page. Without
    ``pages`` the dependency reads the filters alone, for a route that answers with the whole list at once.
    """
    allowed = tuple(sign + name for name in sorts for sign in ("", "-"))
    kinds: dict[str, tuple[Any, object]] = {
        name: (_filter(known[name].kind, known[name].words), None) for name in filters
    }
    if pages and sorts:
        kinds["sort"] = (Annotated[Literal[allowed], Query(description=_SORT)], sort)
    if pages:
        kinds |= {cursor: (_IdCursor if sorts == ("id",) else Cursor, None), "limit": (Limit, 50)}

    def read(*, limit: int = 50, **given: Any) -> ListQuery:
        after = given.pop(cursor, None)
        return ListQuery(given.pop("sort", sort), None if after is None else str(after), limit, given)

    parameters = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in kinds.items()
    ]
    read.__signature__ = Signature(parameters)
    return Depends(read)


def _filter(kind: Any, about: str) -> Any:
    """Return a filter's parameter, with bounds by its kind, so that nothing odd reaches the database."""
    if kind is int:
        return Annotated[int | None, Query(ge=1, le=BIGGEST_ID, description=about)]
    if kind is str:
        return Annotated[SearchText | None, Query(max_length=_LONGEST_TEXT, description=about)]
    if kind is bool or issubclass(kind, Enum):
        return Annotated[kind | None, Query(description=about)]
    return Annotated[Moment | None, BeforeValidator(_no_number), Query(description=about)]


def _no_number(value: object) -> object:
    """Refuse a number, which Pydantic would read as seconds since 1970: the API's description does not offer that."""
    try:
        float(str(value))
    except ValueError:
        return value
    raise TranslatableError("must be a date and a time such as 2026-11-23T09:00:00Z, not a number")


def next_(page: Page[Any]) -> int | str | None:
    """Return the cursor of the next page: a number where the list is sorted by id."""
    return int(page.after) if page.after and page.after.isdigit() else page.after
