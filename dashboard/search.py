"""The search: all that what was typed may be, grouped. The script shows the same page below the field as one types."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi import APIRouter, Response
from starlette.requests import Request

from api_stub import routes
from api_stub.security.principal import Caller, Principal
from dashboard import fields, formatting, links, navigation, render
from db.ledger import job_search
from db.listing import Identified, Listing
from db.mail import outbox
from db.money import invoices
from db.portfolio import certificates, clients, domain_lists, endpoint_lists, registrar_names
from db.portfolio.certificates import HeldCertificate
from rules import search_words
from rules.billing import money
from rules.search_words import SearchWords
from wording.messages import _, language, ngettext

pages: APIRouter = routes.router(include_in_schema=False)

T = TypeVar("T", bound=Identified)

_OF_A_KIND: Final = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: its name, what tells it from others of that name, its page."""

    label: str
    detail: str
    where: str


@dataclass(frozen=True, slots=True)
class HitGroup:
    """What was found of one kind. ``more`` is the list of all of them, where there is one."""

    title: str
    hits: Sequence[Hit]
    more: str = ""


@pages.get("/search")
def search(request: Request, who: Caller, q: fields.Search = "") -> Response:
    """Find whatever somebody may mean, of what they may see."""
    words = search_words.read(q)
    groups = [group for group in _groups(words, who) if group.hits] if words.text else []
    return render.page(request, "search/search.html", q=q, groups=groups)


def _groups(words: SearchWords, who: Principal) -> Iterable[HitGroup]:
    text = words.text
    yield HitGroup(
        _("Pages and actions"), [Hit(one.label, "", one.where) for one in navigation.found(text, who, limit=_OF_A_KIND)]
    )
    domains = _named(domain_lists.LIST, "name", words.host or text, who)
    yield HitGroup(
        _("Domains"),
        [Hit(one.name, one.client_name, f"/domains/{one.id}") for one in domains],
        links.address("/domains", q=text),
    )
    hosts = _named(endpoint_lists.LIST, "host", words.host or text, who)
    yield HitGroup(
        _("Hosts"),
        [Hit(one.address, one.client_name, f"/endpoints/{one.id}") for one in hosts],
        links.address("/endpoints", q=text),
    )
    found = _few(clients.LIST, who, sort="name", containing=text)
    yield HitGroup(
        _("Clients"),
        [Hit(one.name, one.email, f"/clients/{one.id}") for one in found],
        links.address("/clients", q=text),
    )
    yield HitGroup(_("Invoices"), _invoices(words, who))
    mails = _few(outbox.LIST, who, sort="-id", containing=text) if "@" in text or "." in text else ()
    yield HitGroup(_("Mails"), [Hit(one.recipient, f"{one.state}: {one.subject}", f"/mail/{one.id}") for one in mails])
    jobs = job_search.found(text, number=words.number, within=who.within, limit=_OF_A_KIND)
    yield HitGroup(
        _("Jobs"),
        [Hit(f"{one.id} {one.task}", f"{one.state} {one.error or one.args}", f"/jobs/{one.id}") for one in jobs],
    )
    named = registrar_names.containing(text, within=who.within, limit=_OF_A_KIND)
    yield HitGroup(
        _("Registrars"),
        [Hit(one.name, _of_domains(one), links.address("/domains", registrar=one.name)) for one in named],
    )
    held = certificates.beginning(words.hexadecimal, within=who.within, limit=_OF_A_KIND) if words.hexadecimal else []
    yield HitGroup(_("Certificates"), [_certificate(one, words.hexadecimal) for one in held])


def _few(listing: Listing[T], who: Principal, *, sort: str, **asked: Any) -> tuple[T, ...]:
    return listing.page(sort, within=who.within, size=_OF_A_KIND, **asked).rows


def _named(listing: Listing[T], order: str, text: str, who: Principal) -> list[T]:
    """Return what a name is the beginning of, then what it is a part of."""
    begin = _few(listing, who, sort=order, beginning=text.lower())
    other = _few(listing, who, sort="id", containing=text) if len(begin) < _OF_A_KIND else ()
    return list({one.id: one for one in (*begin, *other)}.values())[:_OF_A_KIND]


def _invoices(words: SearchWords, who: Principal) -> list[Hit]:
    """Return the invoices of a number, in whatever series, and of a sum, where its currency has so many digits."""
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


def _certificate(one: HeldCertificate, digits: str) -> Hit:
    shown = one.serial if one.serial.startswith(digits) else one.fingerprint
    return Hit(
        shown,
        _("{host}, until {day}", host=one.host, day=formatting.day(one.not_after)),
        f"/endpoints/{one.endpoint_id}",
    )
