"""Views of lists that people save for themselves, and how many rows they see on a page."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Response

from api_stub import problems, routes
from api_stub.fields import Id, TextLine
from api_stub.security.principal import Caller
from dashboard import list_catalogue
from dashboard.rendering import fields, flash_messages
from db import connection
from db.access import audit, saved_views
from db.access.saved_views import NotKept
from rules.lists.filter_text import LONGEST, BadFilter
from wording.messages import _, complaint

pages: APIRouter = routes.router(include_in_schema=False)

_Name = Annotated[TextLine, Form(min_length=1, max_length=60, pattern=r"\S")]


@pages.post("/lists/page-size")
def resize(
    who: Caller,
    size: Annotated[Literal["25", "50", "100", "200"], Form()],
    next: fields.Next = "/",  # noqa: A002 - as it stands in the form
) -> Response:
    """Keep how many rows of a list one sees on a page."""
    saved_views.set_page_size(who.user_id, int(size))
    return flash_messages.redirect(next, _("Lists show {size} rows on a page now.", size=size))


@pages.post("/lists/{name}/views")
def save(
    who: Caller,
    name: str,
    *,
    view: _Name,
    q: Annotated[TextLine, Form(max_length=LONGEST)] = "",
    sort: Annotated[TextLine, Form(max_length=32)] = "",
    next: fields.Next = "/",  # noqa: A002 - as it stands in the form
) -> Response:
    """Keep the filter and the order of a list under a name; one of that name is replaced."""
    page, called = list_catalogue.require(name, who), view.strip()
    page.order(sort)
    try:
        page.filters(q, who)
        with connection.transaction():
            before = saved_views.save(who.user_id, name, called, text=q, sort=sort)
            audit.add(
                who.actor,
                "view save",
                f"view of {name}",
                {"name": called},
                before={"filter": before.text, "sort": before.sort} if before else None,
                after={"filter": q, "sort": sort},
            )
    except (BadFilter, NotKept) as error:
        return flash_messages.redirect(next, _("The view was not saved: {error}.", error=complaint(error)))
    return flash_messages.redirect(next, _("Saved as {name}.", name=called))


@pages.post("/views/{view_id}")
def rename(who: Caller, view_id: Id, view: _Name, next: fields.Next = "/") -> Response:  # noqa: A002 - as it stands in the form
    """Give one of one's views another name."""
    found = problems.existing(lambda one: saved_views.require(who.user_id, one), view_id)
    try:
        with connection.transaction():
            saved_views.rename(found, view.strip())
            audit.add(
                who.actor,
                "view rename",
                f"view of {found.page}",
                {},
                before={"name": found.name},
                after={"name": view.strip()},
            )
    except NotKept as error:
        return flash_messages.redirect(next, _("The view keeps its name: {error}.", error=complaint(error)))
    return flash_messages.redirect(next, _("The view is called {name} now.", name=view.strip()))


@pages.post("/views/{view_id}/removal")
def remove(who: Caller, view_id: Id, next: fields.Next = "/") -> Response:  # noqa: A002 - as it stands in the form
    """Forget one of one's views."""
    found = problems.existing(lambda one: saved_views.require(who.user_id, one), view_id)
    with connection.transaction():
        saved_views.remove(found)
        before = {"name": found.name, "filter": found.text}
        audit.add(who.actor, "view remove", f"view of {found.page}", {}, before=before)
    return flash_messages.redirect(next, _("The view {name} is gone.", name=found.name))
