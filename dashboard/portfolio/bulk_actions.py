"""What is done to many domains or endpoints at once: to those that were ticked, or to all that a list names."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Form, Response

from api_stub import routes
from api_stub.fields import BIGGEST_ID, TextLine
from api_stub.problems import Problem
from api_stub.resources.portfolio import bulk, removals
from api_stub.resources.portfolio.bulk import BulkItems
from api_stub.security.principal import Caller, Principal
from dashboard.lists.list_pages import ListPage
from dashboard.portfolio import domains, endpoints, portfolio_lists
from dashboard.portfolio.portfolio_lists import MOST_AT_ONCE, ListAddress, Views
from dashboard.rendering import fields, formatting, notices
from db.portfolio import clients
from db.portfolio.bulk_changes import Noun
from rules.access import Permission
from rules.domains.renewals import RenewalDecision
from rules.lists.filter_text import BadFilter
from wording import messages
from wording.decisions import DECISIONS
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_Line = Annotated[TextLine, Form(max_length=253)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Those that were ticked, or with ``whole`` all of the list whose address came along."""

    item: fields.Ids = ()  # pyright: ignore[reportAssignmentType] - nobody changes it
    whole: Annotated[bool, Form()] = False
    show: _Line = ""
    days: Annotated[int | None, Form(ge=0, le=3660)] = None
    q: Annotated[TextLine, Form(max_length=2000)] = ""
    of_client: Annotated[int | None, Form(ge=1, le=BIGGEST_ID)] = None

    def ids(self, page: ListPage[Any], views: Views, who: Principal) -> list[int]:
        """Return the ids of what is meant. Raises ``Problem`` 422 where it is more than can be done at once."""
        if not self.whole:
            return list(self.item)
        asked = ListAddress(show=self.show, within=self.days, q=self.q, client=self.of_client)
        try:
            filters = portfolio_lists.filters(page, views, asked, who)
        except BadFilter as error:
            raise Problem(422, "bad-values", f"q: {messages.complaint(error)}") from None
        found = page.listing.ids(MOST_AT_ONCE + 1, within=who.within, **filters)
        if len(found) > MOST_AT_ONCE:
            raise Problem(422, "bad-values", f"These are more than {MOST_AT_ONCE:,}; narrow the list first")
        return found


Meant = Annotated[Chosen, Depends()]
Client = Annotated[TextLine, Form(max_length=200)]


@pages.post("/domains")
def change_domains(
    who: Caller,
    chosen: Meant,
    *,
    what: Annotated[Literal["check", "decide", "move", "remove"], Form()],
    decision: Annotated[RenewalDecision, Form()] = RenewalDecision.UNDECIDED,
    client: Client = "",
    next: fields.Next = "/domains",  # noqa: A002 - as it stands in the form
) -> Response:
    """Check domains now, keep one decision about them, give them to a client, or remove them."""
    ids = chosen.ids(domains.PAGE, domains.VIEWS, who)
    if not ids:
        return notices.redirect(next, _("Nothing was chosen: tick the domains first."))
    match what:
        case "check":
            bulk.requested(who, "domains.check", "domain", ids)
            said = _("{number} will be looked at now, at the pace of their registries.", number=_number("domain", ids))
        case "decide":
            done = _changed(who, "domains", ids, {"decision": decision})
            decided = _(DECISIONS[decision])
            said = f"{done}: {decided[:1].lower()}{decided[1:]}."
        case "move":
            said = _moved(who, "domains", ids, client)
        case "remove":
            said = _removed(who, "domain", ids)
    return notices.redirect(next, said)


@pages.post("/endpoints/bulk")
def change_endpoints(
    who: Caller,
    chosen: Meant,
    *,
    what: Annotated[Literal["scan", "move", "remove"], Form()],
    client: Client = "",
    next: fields.Next = "/endpoints",  # noqa: A002 - as it stands in the form
) -> Response:
    """Scan endpoints now, give them to a client, or remove them."""
    ids = chosen.ids(endpoints.PAGE, endpoints.VIEWS, who)
    if not ids:
        return notices.redirect(next, _("Nothing was chosen: tick the endpoints first."))
    match what:
        case "scan":
            bulk.requested(who, "certificates.scan", "endpoint", ids)
            said = _("{number} will be scanned now.", number=_number("endpoint", ids))
        case "move":
            said = _moved(who, "endpoints", ids, client)
        case "remove":
            said = _removed(who, "endpoint", ids)
    return notices.redirect(next, said)


def _moved(who: Principal, nouns: str, ids: Sequence[int], client: str) -> str:
    found = clients.called(client.strip(), within=who.within)
    if found is None:
        return _("Nothing was changed: no client is called {name}.", name=repr(client[:60]))
    moved = _changed(who, nouns, ids, {"client_id": found.id})
    return _("{number}: now of {client}.", number=moved, client=found.name)


def _removed(who: Principal, noun: Noun, ids: Sequence[int]) -> str:
    if not who.may(Permission.REMOVE):
        raise Problem(403, "forbidden", "To remove something takes an admin")
    removals.asked(who, noun, ids)
    number = _number(noun, ids)
    return _(
        "{number} will be gone in {minutes} minutes; undo it here until then.", number=number, minutes=removals.MINUTES
    )


def _changed(who: Principal, nouns: str, ids: Sequence[int], values: dict[str, Any]) -> str:
    """Change all of them, a batch after the other, and say of how many."""
    bulk.require_all(who, cast("Noun", nouns.removesuffix("s")), ids)
    results = Counter[bool]()
    for batch in _batches(ids):
        items = BulkItems(items=[{"id": one, **values} for one in batch])
        results.update(one.status < 400 for one in bulk.change_in_bulk(who, nouns, items).results)  # noqa: PLR2004
    done = formatting.counted(nouns.removesuffix("s"), results[True])
    if not results[False]:
        return done
    return _("{number} ({missing} are not there any more)", number=done, missing=results[False])


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + bulk.MOST] for start in range(0, len(ids), bulk.MOST))


def _number(noun: str, ids: Sequence[int]) -> str:
    return formatting.counted(noun, len(ids))
