"""The search: everything that the typed text may mean, in groups. The script shows the same page below the field."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.security.principal import Caller, Principal
from dashboard.rendering import fields, formatting, links, navigation, render
from db.billing import invoices, subscriptions
from db.documents import documents
from db.ledger import job_search, runs
from db.ledger.jobs import Job
from db.listing import Identified, Listing
from db.mail import outbox
from db.mail.outbox import Mail, Posted
from db.portfolio import (
    alerts,
    certificates,
    clients,
    domain_lists,
    domains,
    endpoint_lists,
    endpoints,
    registrar_names,
)
from db.portfolio.certificates import FoundCertificate
from rules.billing import money
from rules.lists import search_words
from rules.lists.search_words import SearchWords
from wording.kinds import SUBJECTS
from wording.messages import N_, _, language, ngettext

pages: APIRouter = routes.router(include_in_schema=False)

T = TypeVar("T", bound=Identified)

_OF_A_KIND: Final = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: its name, a text that tells it from others of that name, and its page."""

    label: str
    detail: str
    where: str


@dataclass(frozen=True, slots=True)
class HitGroup:
    """The hits of one kind. ``more`` is the address of the list of all hits; empty where there is no such list."""

    title: str
    hits: Sequence[Hit]
    more: str = ""


@pages.get("/search")
def search(request: Request, who: Caller, q: fields.Search = "") -> Response:
    """Find whatever somebody may mean, of what they may see."""
    words = search_words.read(q)
    groups = _merged(_groups(words, who)) if words.text else []
    return render.page(request, "search/search.html", q=q, groups=groups)


def _merged(groups: Iterable[HitGroup]) -> list[HitGroup]:
    """Return one group for each title that has hits, in the order in which the titles came."""
    merged: dict[str, HitGroup] = {}
    for one in groups:
        before = merged.get(one.title, HitGroup(one.title, ()))
        hits = {hit.where: hit for hit in (*before.hits, *one.hits)}
        merged[one.title] = HitGroup(one.title, list(hits.values()), before.more or one.more)
    return [one for one in merged.values() if one.hits]


def _groups(words: SearchWords, who: Principal) -> Iterable[HitGroup]:
    text = words.text
    yield HitGroup(
        _("Pages and actions"), [Hit(one.label, "", one.where) for one in navigation.found(text, who, limit=_OF_A_KIND)]
    )
    yield from _called(text, who)
    yield _domains(words, who)
    yield _hosts(words, who)
    yield _clients(words, who)
    yield HitGroup(_("Invoices"), _invoices(words, who))
    mails = _few(outbox.LIST, who, sort="-id", containing=text) if "@" in text or "." in text else ()
    yield HitGroup(_("Mails"), [_mail(one) for one in mails])
    yield _jobs(words, who)
    named = registrar_names.containing(text, within=who.within, limit=_OF_A_KIND)
    yield HitGroup(
        _("Registrars"),
        [Hit(one.name, _of_domains(one), links.address("/domains", registrar=one.name)) for one in named],
    )
    held = certificates.beginning(words.hexadecimal, within=who.within, limit=_OF_A_KIND) if words.hexadecimal else []
    yield HitGroup(_("Certificates"), [_certificate(one, words.hexadecimal) for one in held])


def _called(text: str, who: Principal) -> Iterable[HitGroup]:
    """Yield the groups for a kind's word with a number or a name, as "run 2" or "invoice 2026-0001"."""
    for kind in SUBJECTS:
        rest = search_words.after(text, {kind, _(kind)})
        words = search_words.read(rest)
        if rest and kind in _NAMED:
            yield _NAMED[kind](words, who)
        if words.number is not None and kind in _NUMBERED:
            title, read, shown = _NUMBERED[kind]
            with suppress(LookupError):
                yield HitGroup(_(title), [shown(read(words.number, within=who.within))])


def _domains(words: SearchWords, who: Principal) -> HitGroup:
    found = _by_name(domain_lists.LIST, "name", words.host or words.text, who)
    hits = [Hit(one.name, one.client_name, f"/domains/{one.id}") for one in found]
    return HitGroup(_("Domains"), hits, links.address("/domains", q=words.text))


def _hosts(words: SearchWords, who: Principal) -> HitGroup:
    found = _by_name(endpoint_lists.LIST, "host", words.host or words.text, who)
    hits = [Hit(one.address, one.client_name, f"/endpoints/{one.id}") for one in found]
    return HitGroup(_("Hosts"), hits, links.address("/endpoints", q=words.text))


def _clients(words: SearchWords, who: Principal) -> HitGroup:
    found = _few(clients.LIST, who, sort="name", containing=words.text)
    hits = [Hit(one.name, one.email, f"/clients/{one.id}") for one in found]
    return HitGroup(_("Clients"), hits, links.address("/clients", q=words.text))


def _jobs(words: SearchWords, who: Principal) -> HitGroup:
    found = job_search.found(words.text, number=words.number, within=who.within, limit=_OF_A_KIND)
    return HitGroup(_("Jobs"), [_job(one) for one in found])


def _job(one: Job) -> Hit:
    about = one.error or links.arguments(one.args).striptags()
    return Hit(f"{one.id} {one.task}", f"{_(one.state)} {about}", f"/jobs/{one.id}")


def _mail(one: Mail | Posted) -> Hit:
    return Hit(one.recipient, f"{one.state}: {one.subject}", f"/mail/{one.id}")


def _few(listing: Listing[T], who: Principal, *, sort: str, **asked: Any) -> tuple[T, ...]:
    return listing.page(sort, within=who.within, size=_OF_A_KIND, **asked).rows


def _by_name(listing: Listing[T], order: str, text: str, who: Principal) -> list[T]:
    """Return the rows whose name begins with the text, then those whose name contains it."""
    begin = _few(listing, who, sort=order, beginning=text.lower())
    other = _few(listing, who, sort="id", containing=text) if len(begin) < _OF_A_KIND else ()
    return list({one.id: one for one in (*begin, *other)}.values())[:_OF_A_KIND]


def _invoices(words: SearchWords, who: Principal) -> list[Hit]:
    """Return the invoices of a number, in any series, and those of a gross sum, read with their currency's decimals."""
    numbered = () if words.invoice_number is None else _few(
        invoices.LIST, who, sort="-id", number=words.invoice_number
    )  # fmt: skip
    digits = dict(words.amounts)
    summed = _few(invoices.LIST, who, sort="-id", gross=list(digits)) if digits else ()
    found = [
        *(one for one in numbered if words.text.lstrip("0").isdigit() or words.text.lower() in one.name.lower()),
        *(one for one in summed if digits[one.gross_minor] == money.minor_digits(one.currency)),
    ]
    return [
        Hit(one.name, f"{money.display(one.gross, language())} {one.client_name}", f"/invoices/{one.id}")
        for one in {one.id: one for one in found}.values()
    ]


def _of_domains(registrar: registrar_names.Registrar) -> str:
    number = registrar.domains
    counted = ngettext("{number:,} domain", "{number:,} domains", number.number)
    return _("more than {number}", number=counted) if number.more else counted


def _certificate(one: FoundCertificate, digits: str) -> Hit:
    shown = one.serial if one.serial.startswith(digits) else one.fingerprint
    return Hit(
        shown,
        _("{host}, until {day}", host=one.host, day=formatting.day(one.not_after)),
        f"/endpoints/{one.endpoint_id}",
    )


_NAMED: Final[Mapping[str, Callable[[SearchWords, Principal], HitGroup]]] = {
    "domain": _domains,
    "endpoint": _hosts,
    "client": _clients,
    "invoice": lambda words, who: HitGroup(_("Invoices"), _invoices(words, who)),
    "job": _jobs,
}
"""Kinds whose things are searched by name, or by a number that stands on paper."""

_NUMBERED: Final[Mapping[str, tuple[str, Callable[..., Any], Callable[[Any], Hit]]]] = {
    "run": (N_("Runs"), runs.require, lambda one: Hit(f"{one.id} {one.task}", _(one.word), f"/runs/{one.id}")),
    "domain": (N_("Domains"), domains.get, lambda one: Hit(one.name, one.client_name, f"/domains/{one.id}")),
    "endpoint": (N_("Hosts"), endpoints.get, lambda one: Hit(one.address, one.client_name, f"/endpoints/{one.id}")),
    "client": (N_("Clients"), clients.get, lambda one: Hit(one.name, one.email, f"/clients/{one.id}")),
    "subscription": (
        N_("Subscriptions"),
        subscriptions.get,
        lambda one: Hit(one.description, one.client_name, f"/subscriptions/{one.id}"),
    ),
    "mail": (N_("Mails"), outbox.get, _mail),
    "document": (
        N_("Documents"),
        documents.require,
        lambda one: Hit(one.name, one.client_name or "", f"/documents/{one.id}"),
    ),
    "alert": (N_("Alerts"), alerts.get, lambda one: Hit(one.headline, one.client_name or "", f"/alerts/{one.id}")),
}
"""Kinds whose things are found by id: the group's title, the function that reads one, and the one that shows it."""
