"""Actions on many domains or endpoints at once: on those that were ticked, or on all rows of a list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

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
from dashboard.rendering import fields, flash_messages, formatting
from db.portfolio import clients
from db.portfolio.bulk_changes import Noun
from rules.access import Permission
from rules.domains.renewals import RenewalDecision
from rules.lists.filter_text import BadFilter
from wording import messages
from wording.domains.decisions import decided
from wording.messages import N_, _

pages: APIRouter = routes.router(include_in_schema=False)

_Line = Annotated[TextLine, Form(max_length=253)]
_CHECKS: dict[Noun, tuple[str, str]] = {
    "domain": ("domains.check", N_("{number} will be looked at now, at the pace of their registries.")),
    "endpoint": ("certificates.scan", N_("{number} will be scanned now.")),
}
"""The task that checks one of them, and what is said once it is requested."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The things to act on: those that were ticked, or with ``whole`` all rows of the list whose address was sent."""

    item: fields.Ids = ()  # pyright: ignore[reportAssignmentType] - nobody changes it
    whole: Annotated[bool, Form()] = False
    show: _Line = ""
    days: Annotated[int | None, Form(ge=0, le=3660)] = None
    q: Annotated[TextLine, Form(max_length=2000)] = ""
    of_client: Annotated[int | None, Form(ge=1, le=BIGGEST_ID)] = None

    def ids(self, page: ListPage[Any], views: Views, who: Principal) -> list[int]:
        """Return the chosen ids. Raises ``Problem`` 422 for a bad filter, or for more things than ``MOST_AT_ONCE``."""
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


@dataclass(frozen=True, slots=True)
class ManyThings:
    """Domains or endpoints that a person changes at once. Methods return a sentence that begins with their number."""

    who: Principal
    noun: Noun
    ids: Sequence[int]

    @property
    def number(self) -> str:
        return formatting.counted(self.noun, len(self.ids))

    def done(self, what: str, client: str) -> str:
        """Check or scan all of them, give them to a client, or remove them. Raises ``Problem`` 403, 404."""
        if what == "move":
            return self.moved(client)
        if what == "remove":
            return self.removed()
        task, said = _CHECKS[self.noun]
        bulk.requested(self.who, task, self.noun, self.ids)
        return _(said, number=self.number)

    def moved(self, client: str) -> str:
        """Give them to the client of this name; return what was done as a sentence. Raises ``Problem`` 404."""
        found = clients.called(client.strip(), within=self.who.within)
        if found is None:
            return _("Nothing was changed: no client is called {name}.", name=repr(client[:60]))
        return _("{number}: now of {client}.", number=self.changed({"client_id": found.id}), client=found.name)

    def removed(self) -> str:
        """Queue their removal, which can be undone for a while. Raises ``Problem`` 403, 404."""
        if not self.who.may(Permission.REMOVE):
            raise Problem(403, "forbidden", "To remove something takes an admin")
        removals.asked(self.who, self.noun, self.ids)
        return _(
            "{number} will be gone in {minutes} minutes; undo it here until then.",
            number=self.number,
            minutes=removals.MINUTES,
        )

    def changed(self, values: Mapping[str, Any]) -> str:
        """Change all of them, batch by batch; return the number of changed things in words. Raises ``Problem`` 404."""
        bulk.require_all(self.who, self.noun, self.ids)
        results = Counter[bool]()
        for start in range(0, len(self.ids), bulk.MOST):
            items = [{"id": one, **values} for one in self.ids[start : start + bulk.MOST]]
            done = bulk.change_in_bulk(self.who, f"{self.noun}s", BulkItems(items=items))
            results.update(one.status < 400 for one in done.results)  # noqa: PLR2004
        number = formatting.counted(self.noun, results[True])
        if not results[False]:
            return number
        return _("{number} ({missing} are not there any more)", number=number, missing=results[False])


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
    many = ManyThings(who, "domain", chosen.ids(domains.PAGE, domains.VIEWS, who))
    if not many.ids:
        return flash_messages.redirect(next, _("Nothing was chosen: tick the domains first."))
    if what == "decide":
        return flash_messages.redirect(next, f"{many.changed({'decision': decision})}: {decided(decision)}.")
    return flash_messages.redirect(next, many.done(what, client))


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
    many = ManyThings(who, "endpoint", chosen.ids(endpoints.PAGE, endpoints.VIEWS, who))
    if not many.ids:
        return flash_messages.redirect(next, _("Nothing was chosen: tick the endpoints first."))
    return flash_messages.redirect(next, many.done(what, client))
