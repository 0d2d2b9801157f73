"""Domains: the list, by the time left; and a page for each: what is known, who said it, decisions, changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.resources.portfolio import ownership as verification
from api_stub.resources.portfolio import removals
from api_stub.security.principal import Caller
from dashboard import documents
from dashboard.lists import list_keys
from dashboard.lists.list_pages import ListPage
from dashboard.portfolio import portfolio_lists, requested_checks
from dashboard.portfolio.portfolio_lists import Tab, Views
from dashboard.rendering import flash_messages, render, strips
from db import text_search
from db.billing import invoices, subscriptions
from db.portfolio import alert_lists, domain_dns, domain_lists, ownership, registrar_names, timelines
from db.portfolio import domains as portfolio_domains
from db.portfolio.domain_lists import LIST
from rules.access import Within
from rules.checks import stages
from rules.checks.subjects import Subject
from rules.domains import lifecycle
from rules.domains.domain import Domain
from rules.domains.knowledge import FieldStatement
from rules.domains.records import Answer
from wording.domains import lifecycles
from wording.domains.decisions import DECISIONS
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_ANSWERS = (Answer.AVAILABLE, Answer.RESERVED)


def _registrars(begun: str, within: Within) -> Sequence[str]:
    return [one.name for one in registrar_names.containing(begun, within=within, limit=list_keys.MOST_VALUES)]


def _suffixes(begun: str, within: Within) -> Sequence[str]:
    """Return suffixes that match the text, from domains that contain it after a dot; a short text: from the newest."""
    typed = begun.strip().lower().lstrip(".")
    asked: dict[str, Any] = {"containing": f".{typed}"} if len(typed) >= text_search.SHORTEST - 1 else {}
    found = LIST.page("-id", within=within, size=list_keys.LOOKED_THROUGH, **asked).rows
    return list_keys.beginning(sorted({one.name.partition(".")[2] for one in found}), typed)


PAGE = ListPage(
    name="domains",
    where="/domains",
    title="Domains",
    listing=LIST,
    keys=(
        list_keys.CLIENT,
        list_keys.ends("when it ends, of those that are registered", answer=Answer.REGISTERED),
        replace(list_keys.plain("tld", "what its name ends with", "de"), values=_suffixes),
        replace(
            list_keys.plain("registrar", "its registrar, by the whole name", "Example Registrar"), values=_registrars
        ),
        list_keys.choice("answer", "what the registry says", map(str, Answer), Answer),
        list_keys.flag("failing", "whether nobody answered the last look-up"),
        list_keys.flag("odd", "whether its stage of life is another than active"),
        list_keys.flag("stated", "whether its end is known", filter="ends"),
    ),
    words="containing",
    sort="expires",
    sorts={"name": "Name", "expires": "Expires", "registrar": "Registrar", "stage": "Stage", "id": "Entered"},
    cells={
        "id": lambda one: one.id,
        "domain": lambda one: one.name,
        "client": lambda one: one.client_name,
        "expires": lambda one: one.expires,
        "answer": lambda one: one.known.answer,
        "stage": lambda one: one.stage,
        "registrar": lambda one: one.known.registrar,
        "decision": lambda one: one.decision,
        "failure": lambda one: one.failure,
    },
)
VIEWS = Views(
    tabs={
        "": Tab(),
        "odd": Tab("stage", "odd:yes"),
        "failing": Tab("", "failing:yes"),
        "unstated": Tab("id", "answer:registered stated:no"),
        **{str(answer): Tab("id", f"answer:{answer} stated:no") for answer in _ANSWERS},
        "newest": Tab("-id"),
    },
    ending={"answer": Answer.REGISTERED},
)


@pages.get("/domains")
def domain_list(request: Request, who: Caller, asked: portfolio_lists.Address) -> Response:
    """List domains, the soonest to lapse first, or as the address says."""
    shown = portfolio_lists.context(PAGE, VIEWS, asked, who)
    checks = portfolio_domains.recent_checks_of([one.id for one in shown["page"].rows])
    return render.page(
        request,
        "domains/domains.html",
        **shown,
        answers=_ANSWERS,
        failing=LIST.count(failing=True, within=who.within),
        odd=LIST.count(odd=True, within=who.within),
        decisions=DECISIONS,
        strips={one: strips.of_checks(seen) for one, seen in checks.items()},
        removals=removals.pending(who),
        first_look=portfolio_lists.first_look("domains.check_due"),
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """A field of a domain. ``value`` is a moment, a text, texts or nothing; ``why`` the last lookup brought none."""

    label: str
    value: Any
    statement: FieldStatement | None
    why: str | None


LABELS = {
    "registrar": "Registrar",
    "registrar_id": "Registrar's number",
    "abuse": "Complaints to",
    "registrant": "Holder",
    "created": "Registered",
    "updated": "Updated",
    "expires": "Expires",
    "nameservers": "Name servers",
    "statuses": "Status",
    "dnssec": "DNSSEC",
}
"""A field of a registry record -> its name for people."""


@pages.get("/domains/{domain_id}")
def domain(request: Request, who: Caller, domain_id: Id) -> Response:
    """Show a domain: what is known of it, what was decided, what changed, what is paid for it."""
    found = problems.existing(portfolio_domains.get, domain_id, within=who.within)
    life = lifecycle.assess(found.registration, now=datetime.now(UTC))
    return render.page(
        request,
        "domains/domain.html",
        domain=found,
        life=life,
        life_sentences=lifecycles.sentences(life),
        facts=list(_facts(found)) if found.is_checked else [],
        dns=domain_dns.get(domain_id),
        ownership=ownership.get(domain_id),
        alerts=alert_lists.LIST.page("stage", domain=domain_id, open=True, within=who.within).rows,
        events=timelines.of("domain", domain_id, within=who.within),
        documents=documents.of(Subject("domain", domain_id), within=who.within),
        removals=removals.pending(who),
        answers=domain_lists.answers(domain_id),
        raw=domain_lists.newest_raw(domain_id),
        subscriptions=subscriptions.of_domain(domain_id, within=who.within),
        earned=subscriptions.earned(domain_id, within=who.within),
        invoices=invoices.of_domain(domain_id, within=who.within),
        decisions=DECISIONS,
        own_alert_days=stages.written(found.own_alert_days or ()),
    )


def _facts(domain: Domain) -> Iterator[Fact]:
    known, expiry = domain.known, domain.expiry
    for name, label in LABELS.items():
        value, statement = getattr(known, name), known.statements.get(name)
        if name == "expires" and expiry:
            value, statement = expiry.at, expiry.statement
        why = known.silent.get(name)
        if value in (None, ()) and name in _SELDOM:
            continue
        yield Fact(_(label), value, statement if value not in (None, ()) else None, _(why) if why else None)


_SELDOM = ("registrar_id", "abuse", "registrant", "dnssec")
"""Fields that most registries do not give; the page leaves them out where they are empty."""


@pages.post("/domains/{domain_id}/checks")
def check(who: Caller, domain_id: Id) -> Response:
    """Ask the registry about a domain now."""
    name = problems.existing(portfolio_domains.get, domain_id, within=who.within).name
    enqueued = requested_checks.request(who, "domains.check", domain_id=domain_id)
    return flash_messages.redirect(f"/domains/{domain_id}", requested_checks.confirmation(name, enqueued))


@pages.post("/domains/{domain_id}/verification")
def verify(who: Caller, domain_id: Id, *, renew: Annotated[bool, Form()] = False) -> Response:
    """Begin to verify a domain, with another token where that is asked for, and look for the token now."""
    found, _proof, enqueued = verification.requested(who, domain_id, renew=renew)
    where = f"/domains/{domain_id}#ownership"
    return flash_messages.redirect(
        where, requested_checks.confirmation(_("the token of {name}", name=found.name), enqueued)
    )
