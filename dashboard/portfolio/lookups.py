"""Lookups of any name: a form, and a page with the answer, which is the same as the API's."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from starlette.requests import Request
from starlette.responses import RedirectResponse

from api_stub import entries, routes
from api_stub.fields import Id, TextLine
from api_stub.resources.portfolio import lookups as resource
from api_stub.security.principal import Caller
from dashboard.portfolio.domains import LABELS
from dashboard.rendering import render
from db import connection
from db.access import lookups
from db.access.lookups import AskedLookup
from rules import lookups as questions
from rules import names
from rules.certificates.finding import FindingTexts
from rules.certificates.observation import Protocol
from rules.lookups import LookupKind
from wording import lookup_documents
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)


@pages.get("/lookups")
def lookup_list(request: Request, who: Caller) -> Response:
    """Show the form, and what the person looked up last."""
    return render.page(request, "lookups/lookups.html", lookups=lookups.newest(who.user_id), protocols=tuple(Protocol))


@pages.post("/lookups")
def look_up(
    who: Caller,
    *,
    name: Annotated[TextLine, Form(max_length=names.LONGEST_INPUT)],
    kind: Annotated[LookupKind, Form()] = LookupKind.DOMAIN,
    protocol: Annotated[Protocol | None, Form()] = None,
) -> Response:
    """Look a name up, wait a moment for the answer, and lead to its page."""
    try:
        question = (
            questions.about_domain(name)
            if kind is LookupKind.DOMAIN
            else questions.about_endpoint(name, protocol=protocol)
        )
    except (names.NotAHost, names.NotRegistrable) as error:
        raise entries.wrong("name", str(error)) from None
    with connection.transaction():
        lookup_id = resource.asked(who, question)
    resource.awaited(who, lookup_id)
    return RedirectResponse(f"/lookups/{lookup_id}", status_code=303)


@pages.get("/lookups/{lookup_id}")
def lookup(request: Request, who: Caller, lookup_id: Id) -> Response:
    """Show what came of a lookup; while nothing has, the page looks again by itself."""
    found = resource.of_caller(who, lookup_id)
    is_of_domain = found.answer is not None and found.question.kind is LookupKind.DOMAIN
    facts = list(_facts(found.answer or {})) if is_of_domain else []
    said = _sentences(found)
    return render.page(request, "lookups/lookup.html", lookup=found, facts=facts, said=said)


def _sentences(found: AskedLookup) -> str | FindingTexts | None:
    """Return a lookup's answer in the reader's language: a domain's lifecycle, or an endpoint's finding; None: open."""
    if found.answer is None:
        return None
    if found.question.kind is LookupKind.DOMAIN:
        return lookup_documents.life_again(found.answer, at=found.finished_at or found.created_at)
    return lookup_documents.finding_again(found.answer)


def _facts(answer: Mapping[str, Any]) -> Iterator[tuple[str, Any, Mapping[str, Any] | None]]:
    """Iterate over the fields of a domain's answer: label, value, and the field statement (None for an empty value)."""
    for field, label in LABELS.items():
        value = answer.get(field)
        if field in _MOMENTS and value:
            value = datetime.fromisoformat(value)
        yield _(label), value, answer["said"].get(field) if value not in (None, [], "") else None


_MOMENTS = ("created", "updated", "expires")
