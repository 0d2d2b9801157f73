"""A client's status page and its badges, behind a signed link that staff make and withdraw; without a link, no page.

GET  /status/{token}                          domains and certificates in words, and what is wrong, in their language
GET  /status/{token}/ends.ics                 the ends as a calendar that programs subscribe to
GET  /status/{token}/badges/{kind}/{name}     an SVG for their own pages: until when it is valid

Caches may keep a badge for five minutes, so a badge outlives its link by as much.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Response
from starlette.requests import Request

from api_stub import problems, routes
from api_stub.fields import Id
from api_stub.security import signed_links
from api_stub.security.principal import Caller
from dashboard.client_pages import badges
from dashboard.rendering import flash_messages, render
from db import connection
from db.access import audit
from db.access import signed_links as stored_links
from db.access.signed_links import NewLink
from db.portfolio import client_status, clients
from db.portfolio.clients import Client
from rules.access.signed_links import LONGEST_TOKEN, SignedLink, SignedPurpose
from rules.checks.subjects import Subject
from rules.clients import client_status as rules
from rules.clients.client_status import MOST_THINGS, PublicState, StatusKind, WatchedThing
from rules.portfolio import icalendar
from rules.portfolio.icalendar import CalendarEvent
from tasks import senders
from tasks import signed_links as addresses
from wording.clients import status_pages
from wording.clients.report_labels import LABELS
from wording.clients.status_pages import WORDS
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_Token = Annotated[str, Path(max_length=LONGEST_TOKEN)]
_Name = Annotated[str, Path(max_length=257, pattern=r"^[^/]+\.svg$")]
_HOLDS_S: Final = 2 * 365 * 86400
_GONE: Final = ("domain_gone", "domain_redemption")
_SHADES: Final = {
    PublicState.ENDED: "bad",
    PublicState.PROBLEM: "bad",
    PublicState.SOON: "warn",
    PublicState.UNKNOWN: "calm",
    PublicState.WELL: "good",
}


@dataclass(frozen=True, slots=True)
class StatusLine:
    """A domain or an endpoint as the page shows it, in the client's language; ``problems`` are (what, since when)."""

    kind: StatusKind
    name: str
    state: str
    shade: str
    until: str
    checked: str
    problems: tuple[tuple[str, str], ...]


@pages.post("/clients/{client_id}/status-links")
def make_link(request: Request, who: Caller, client_id: Id) -> Response:
    """Make a link to the client's status page, and show it this once."""
    client = problems.existing(clients.get, client_id, within=who.within)
    with connection.transaction():
        link_id = stored_links.add(
            NewLink(
                purpose=SignedPurpose.STATUS,
                subject=Subject("client", client_id, client_id),
                holds_s=_HOLDS_S,
                created_by=who.actor,
            )
        )
        audit.add(who.actor, "make link", f"client {client_id}", {"link": link_id, "purpose": "status"})
    address = addresses.address(stored_links.require(link_id))
    things = client_status.of_client(client_id)
    return render.page(request, "clients/status_link.html", client=client, link=address, things=things[:2])


@pages.post("/clients/{client_id}/status-links/{link_id}/withdraw")
def withdraw_link(who: Caller, client_id: Id, link_id: Id) -> Response:
    """Have a link to a status page be worth nothing from now on."""
    link = problems.existing(stored_links.require, link_id, within=who.within)
    if (link.purpose, link.subject.id) != (SignedPurpose.STATUS, client_id):
        raise problems.Problem(404, "not-found", f"client {client_id} has no link {link_id} to a status page")
    with connection.transaction():
        stored_links.withdraw(link_id, by=who.actor)
        audit.add(who.actor, "withdraw link", f"client {client_id}", {"link": link_id, "purpose": "status"})
    where = f"/clients/{client_id}#status"
    return flash_messages.redirect(
        where, _("Whoever has that link sees nothing any more; badges are gone within five minutes.")
    )


def links_of(client_id: int) -> list[SignedLink]:
    """Return the newest links to a client's status page, also those that were withdrawn."""
    return list(stored_links.LIST.page("-id", purpose=SignedPurpose.STATUS, client=client_id, size=10).rows)


@pages.get("/status/{token}")
def status_page(request: Request, token: _Token) -> Response:
    """Show the state of what a client has to whoever has their link."""
    link, client = _client_of(request, token)
    signed_links.used(routes.visitor(request), link, "opened")
    now, language = datetime.now(UTC), status_pages.spoken(client.language)
    things = client_status.of_client(client.id)
    states = [rules.state(one, now=now) for one in things]
    lines = [_line(one, client, now) for one in things]
    whole = rules.overall(states)
    return render.page(
        request,
        "client_pages/status.html",
        language=language,
        words=WORDS[language],
        client=client,
        seller=senders.of_client(client.id).name,
        overall=WORDS[language].whole[whole],
        overall_shade=_SHADES[whole],
        most=MOST_THINGS,
        parts=[
            (WORDS[language].domains, [one for one in lines if one.kind is StatusKind.DOMAIN]),
            (WORDS[language].certificates, [one for one in lines if one.kind is StatusKind.CERTIFICATE]),
        ],
        made=status_pages.moment(now, language, ZoneInfo(client.zone)),
    )


@pages.get("/status/{token}/ends.ics")
def ends(request: Request, token: _Token) -> Response:
    """Return the days on which domains and certificates end, for calendar programs. Nothing is written down."""
    _, client = _client_of(request, token)
    language, zone = status_pages.spoken(client.language), ZoneInfo(client.zone)
    events = [
        CalendarEvent(
            uid=f"{one.kind}-{one.name}-{one.port or 0}@nolapse",
            on=one.until.astimezone(zone).date(),
            summary=f"{LABELS[language].things[one.kind]}: {one.name}",
        )
        for one in client_status.of_client(client.id)
        if one.until
    ]
    written = icalendar.written(WORDS[language].title.format(client=client.name), events, now=datetime.now(UTC))
    return Response(written, media_type="text/calendar", headers={"Cache-Control": "private, max-age=3600"})


@pages.get("/status/{token}/badges/{kind}/{name}")
def badge(request: Request, token: _Token, kind: StatusKind, name: _Name) -> Response:
    """Return a badge that says until when a domain or a host's certificate is valid. Nothing is written down."""
    link, client = _client_of(request, token)
    thing = client_status.named(client.id, kind, name.removesuffix(".svg").lower())
    if thing is None:
        raise signed_links.gone(link)
    language = status_pages.spoken(client.language)
    state = rules.state(thing, now=datetime.now(UTC))
    said = WORDS[language].states[state]
    if thing.until and state in (PublicState.WELL, PublicState.SOON):
        said = f"{WORDS[language].valid_until} {status_pages.day(thing.until, language, ZoneInfo(client.zone))}"
    return badges.answer(thing.name, said, _SHADES[state])


def _client_of(request: Request, token: str) -> tuple[SignedLink, Client]:
    """Return a token's link and its client. Raises ``LinkProblem`` 403, 404; ``Problem`` 429."""
    link = signed_links.admitted(routes.visitor(request), token, SignedPurpose.STATUS)
    for client in clients.many([link.subject.id]):
        return link, client
    raise signed_links.gone(link)


def _line(thing: WatchedThing, client: Client, now: datetime) -> StatusLine:
    language, zone = status_pages.spoken(client.language), ZoneInfo(client.zone)
    words, state = WORDS[language], rules.state(thing, now=now)
    known = LABELS[language].problems
    return StatusLine(
        kind=thing.kind,
        name=thing.name if thing.port in (None, 443) else f"{thing.name}:{thing.port}",
        state=words.states[state],
        shade=_SHADES[state],
        until=status_pages.day(thing.until, language, zone) if thing.until else "",
        checked=status_pages.moment(thing.checked_at, language, zone) if thing.checked_at else words.never,
        problems=tuple(
            (
                known["gone"] if one.kind in _GONE else known.get(one.kind, known["other"]),
                words.since.format(day=status_pages.day(one.since, language, zone)),
            )
            for one in thing.problems
        ),
    )
