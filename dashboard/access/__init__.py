"""Who may come in and what people did: the sign-in form, and the audit trail."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.fields import IdFilter
from api_stub.problems import Problem
from api_stub.resources.access import audit as resource
from api_stub.resources.access.audit import ExportFormat
from api_stub.resources.access.passkeys import form_browser
from api_stub.resources.access.sign_in import admitted
from api_stub.security import admission, origins
from api_stub.security.principal import Caller
from dashboard.lists import list_keys, list_pages
from dashboard.lists.list_pages import ListPage
from dashboard.rendering import fields, render
from db.access import audit
from rules.access import Permission
from rules.lists import filter_text
from rules.lists.filter_text import FilterText

pages: APIRouter = routes.router(include_in_schema=False)

_Token = Annotated[str, Path(max_length=64)]
_Day = Annotated[str, Query(pattern=r"^(|\d{4}-\d{2}-\d{2})$")]


@dataclass(frozen=True, slots=True)
class AuditForm:
    """The values of the page's form; an empty one filters nothing. Days are in UTC, ``until`` is the last of them."""

    actor: fields.Search = ""
    action: fields.Search = ""
    subject: fields.Search = ""
    since: _Day = ""
    until: _Day = ""

    def filters(self) -> dict[str, object]:
        """Return the filters of the list. Raises ``Problem`` 422 for a day that no calendar has."""
        return {
            "actor": self.actor.strip() or None,
            "action": self.action.strip() or None,
            "subject": self.subject.strip() or None,
            "since": _day(self.since) if self.since else None,
            "until": _day(self.until) + timedelta(days=1) if self.until else None,
        }

    def folded(self) -> FilterText:
        """Return the form's values as the filter of the list. Raises ``Problem`` 422 for a day that no calendar has."""
        until = f"{_day(self.until) + timedelta(days=1):%Y-%m-%d}" if self.until else ""
        named = (("actor", self.actor), ("action", self.action), ("subject", self.subject))
        return filter_text.of(
            [*((key, value.strip()) for key, value in named), ("since", self.since), ("until", until)]
        )


AuditAddress = Annotated[AuditForm, Depends()]


def _day(written: str) -> datetime:
    try:
        return datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        raise Problem(422, "bad-values", f"{written} is no day of the calendar") from None


@pages.get("/sign-in")
def sign_in(
    request: Request,
    next: Annotated[str, Query(max_length=2000)] = "/",  # noqa: A002 - as in the address
    provider: Annotated[Literal["", "refused", "away", "taken"], Query()] = "",
) -> Response:
    """Show the form that signs in, and what became of an attempt with a provider."""
    return render.page(
        request, "access/sign_in.html", problem=None, next=origins.own_path(next), provider_failed=provider
    )


@pages.post("/sign-in/passkey")
def sign_in_with_passkey(request: Request, credential: fields.Credential, next: fields.Next = "/") -> Response:  # noqa: A002 - as in the form
    """Take the answer of a passkey and sign in."""
    how_far = admission.by_passkey(credential, form_browser(request), routes.visitor(request))
    return admitted(request, how_far, to=origins.own_path(next))


@pages.get("/sign-in/link/{token}")
def link_page(request: Request, token: _Token) -> Response:
    """Ask whether to sign in: programs that fetch links, as messengers do, must not use them up."""
    return render.page(request, "access/mailed_sign_in.html", name=admission.link_holder(token).name)


@pages.post("/sign-in/link/{token}")
def sign_in_by_link(request: Request, token: _Token) -> Response:
    """Use the link up and sign in."""
    return admitted(request, admission.by_link(token, routes.visitor(request)), to="/")


PAGE = ListPage(
    name="audit",
    where="/audit",
    title="Audit",
    listing=audit.LIST,
    keys=(
        list_keys.plain("actor", "who did it", "ada"),
        list_keys.plain("action", "what was done", "domain change"),
        list_keys.plain("subject", "to what it was done", "domain 17"),
        list_keys.CLIENT,
        list_keys.moment("since", "from when on"),
        list_keys.moment("until", "up to when"),
    ),
    sort="-id",
    cells={
        "id": lambda one: one.id,
        "at": lambda one: one.at.isoformat(),
        "actor": lambda one: one.actor,
        "action": lambda one: one.action,
        "subject": lambda one: one.subject,
        "reason": lambda one: one.reason,
    },
    always=lambda who: {} if who.within is None else {"living": True},
    permission=Permission.AUDIT,
)


@pages.get("/audit")
def audit_trail(
    request: Request, who: Caller, asked: AuditAddress, query: list_pages.Asked, before: IdFilter = None
) -> Response:
    """List what people did, the newest first."""
    given = replace(query, after=query.after or (str(before) if before else None))
    listed = list_pages.shown(PAGE, who, given, folded=asked.folded())
    return render.page(request, "access/audit.html", listed=listed, entries=listed.rows.rows)


@pages.get("/audit/export")
def export(
    who: Caller,
    asked: AuditAddress,
    format: Annotated[ExportFormat, Query()] = ExportFormat.CSV,  # noqa: A002
) -> Response:
    """Export what the page's filters show."""
    return resource.exported(who, asked.filters(), format)
