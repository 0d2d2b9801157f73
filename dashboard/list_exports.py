"""A list as CSV: the rows that its filter shows, in its order, in a stream that reads some rows at a time."""

from collections.abc import Iterator
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from api_stub import routes
from api_stub.problems import Problem
from api_stub.security.principal import Caller
from dashboard import list_catalogue
from dashboard.lists.list_pages import ListPage
from dashboard.rendering import fields, formatting
from db import connection
from db.access import audit
from rules import spreadsheets
from rules.access import Within
from rules.lists.filter_text import BadFilter
from wording import messages
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

MOST: Final = 100_000
"""Rows of a file at the most; where rows are left out, the last line says so."""

_AT_ONCE: Final = 500


@pages.get("/lists/{name}/csv")
def export(who: Caller, name: str, q: fields.ListText = "", sort: fields.Search = "") -> Response:
    """Export what a list's filter shows. The export is in the audit trail."""
    page = list_catalogue.require(name, who)
    order = page.order(sort)
    try:
        filters = page.filters(q, who)
    except BadFilter as error:
        raise Problem(422, "bad-values", f"q: {messages.complaint(error)}") from None
    audit.add(who.actor, "list export", page.name, {"filter": q, "sort": order})
    return StreamingResponse(
        _lines(page, order, filters, who.within),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{page.name}.csv"'},
    )


def _lines(page: ListPage[Any], order: str, filters: dict[str, Any], within: Within) -> Iterator[str]:
    """Yield the lines. Each part is read in its own database session, so that a slow reader holds no connection."""
    yield spreadsheets.line(tuple(page.cells))
    after, written = None, 0
    while written < MOST:
        with connection.session():
            found = page.listing.page(order, within=within, after=after, size=_AT_ONCE, **filters)
        for one in found.rows:
            yield spreadsheets.line([_cell_value(cell(one)) for cell in page.cells.values()])
        written += len(found.rows)
        if (after := found.after) is None:
            return
    yield spreadsheets.line(
        [_("There is more: a file has no more than {most} rows. Narrow the list.", most=formatting.number(MOST))]
    )


def _cell_value(value: object) -> object:
    return value if value is None or isinstance(value, int | float) else str(value)
