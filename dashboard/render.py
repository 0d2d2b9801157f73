"""Makes pages: one Jinja environment that escapes everything, shows no control character, and knows the time.

Every value that a template prints passes ``_inert``: what is not ours to trust comes out as plain, visible text.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

from fastapi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

import settings
from api_stub.problems import Kind, Problem
from api_stub.resources.sign_in import safe_next
from api_stub.security import csrf
from api_stub.security.principal import Principal
from dashboard import flash, formatting, links
from db.views.paging import Count
from rules.access import Role
from rules.billing import money
from rules.billing.money import Money
from rules.certificates import matrix
from rules.certificates.finding import ChainLink
from rules.certificates.remediation import REMEDIATION
from rules.jobs import waiting

STATIC = {"nolapse.css": "text/css", "nolapse.js": "text/javascript", "icon.svg": "image/svg+xml"}


def _inert(value: object) -> object:
    return formatting.visible(value) if type(value) is str else value


@cache
def environment() -> Environment:
    """Return the templates' environment."""
    made = Environment(
        loader=PackageLoader("dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(  # pyright: ignore[reportUnknownMemberType] - untyped in Jinja
        ago=_ago,
        moment=_moment,
        left=_left,
        day=_day,
        long_day=formatting.long_day,
        dated=_dated,
        times=formatting.times,
        took=formatting.took,
        rate=formatting.rate,
        number=_number,
        money=_money,
        sentence=formatting.sentence,
        stage=formatting.stage,
        within=formatting.within,
        change=formatting.change,
        coded=_coded,
        hsts=matrix.hsts,
        severity=formatting.severity,
        grade_shade=formatting.grade_shade,
        graded=matrix.IN_WORDS.get,
        called=matrix.called,
        named=matrix.named,
        lived=_lived,
        args=links.arguments,
        why=waiting.why,
        duration=waiting.duration,
    )
    made.globals.update(  # pyright: ignore[reportUnknownMemberType] - untyped in Jinja
        asset=asset, address=links.address, about=links.about, shade=formatting.shade, mending=REMEDIATION
    )
    return made


def page(request: Request, template: str, **context: Any) -> Response:
    """Answer with a page. What every page needs is added: who looks, the forms' token, the flash message, the time."""
    principal = getattr(request.state, "principal", None)
    who = principal if isinstance(principal, Principal) else None
    html = (
        environment()
        .get_template(template)
        .render(
            who=who,
            may_work=who is not None and who.role.covers(Role.OPERATOR),
            csrf=csrf.token(request),
            flash=flash.read(request),
            path=request.url.path,
            here=here(request),
            now=datetime.now(UTC),
            providers=settings.current().oidc,
            **context,
        )
    )
    response = HTMLResponse(html)
    flash.forget(request, response)
    return response


def problem(request: Request, what: Problem) -> Response:
    """Answer with a page that says what went wrong; what went wrong at signing in is said on that page."""
    if what.kind in {"bad-credentials", "too-many-tries", "bad-link"}:
        return page(
            request, "sign_in.html", problem=what, provider_failed="", next=request.query_params.get("next", "/")
        )
    came_from = _came_from(request)
    return page(
        request,
        "problem.html",
        problem=what,
        title=_TITLES.get(what.kind, what.title),
        said=_SAID.get(what.kind, f"{str(what.detail).rstrip('.')}."),
        came_from=came_from,
        again=safe_next(here(request)) if request.method == "GET" else came_from,
    )


_TITLES: Mapping[Kind, str] = {
    "not-found": "There is nothing here",
    "forbidden": "You may not do this",
    "csrf": "This page was open too long",
    "cross-site": "This came from another site",
    "conflict": "It has changed meanwhile",
    "bad-values": "Something here cannot be used",
    "unavailable": "Away for a moment",
    "bug": "Something broke",
}
_SAID: Mapping[Kind, str] = {
    "csrf": "Its form belongs to a session that is over. Load the page again and repeat what you did; nothing changed.",
    "unavailable": "The database does not answer. What was accepted before is kept. Try again in a few seconds.",
}
"""What a person is told where the API's words are for programmers."""


def _came_from(request: Request) -> str:
    """Return the page of ours that led here, or the start."""
    before = urlsplit(request.headers.get("referer", ""))
    if before.netloc != request.url.netloc or before.path == request.url.path:
        return "/"
    return safe_next(f"{before.path}?{before.query}" if before.query else before.path)


def here(request: Request) -> str:
    """Return this page's address, to come back to."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


@cache
def static(name: str) -> bytes:
    """Return a static file. Raises ``KeyError`` for one that is not ours."""
    if name not in STATIC:
        raise KeyError(name)
    return files("dashboard").joinpath("static", name).read_bytes()


@cache
def asset(name: str) -> str:
    """Return the address of a static file, which changes with its contents."""
    return f"/static/{name}?v={hashlib.sha256(static(name)).hexdigest()[:12]}"


@pass_context
def _ago(context: Context, at: datetime | None, otherwise: str = "never") -> Markup | str:
    if at is None:
        return otherwise
    shown = formatting.ago(at, now=context["now"])
    return Markup('<time datetime="{}" title="{}" data-ago>{}</time>').format(
        at.isoformat(), formatting.full(at), shown
    )


def _day(value: date) -> Markup:
    shown = formatting.day(value)
    return Markup('<time datetime="{}">{}</time>').format(shown, shown)


def _dated(text: str) -> Markup:
    """Show a headline with its dates unbroken at the end of a line."""
    parts = _ISO_DAY.split(formatting.visible(text))
    return Markup("").join(
        Markup("<time>{}</time>").format(part) if odd else escape(part) for odd, part in zip(cycle((0, 1)), parts)
    )


_ISO_DAY = re.compile(r"(\d{4}-\d\d-\d\d)")


def _coded(text: str) -> Markup:
    """Show what stands between backticks as code."""
    parts = formatting.visible(text).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd else escape(part) for odd, part in zip(cycle((0, 1)), parts)
    )


def _moment(at: datetime | None, otherwise: str = "never") -> Markup | str:
    if at is None:
        return otherwise
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), formatting.full(at))


@pass_context
def _left(context: Context, end: datetime | date | None, otherwise: str = "not known") -> Markup:
    """Show what is left until an end, as a word and a colour."""
    if end is None:
        return Markup('<span class="left left-none">{}</span>').format(otherwise)
    now: datetime = context["now"]
    at = end if isinstance(end, datetime) else datetime(end.year, end.month, end.day, tzinfo=UTC)
    return Markup('<time class="left left-{}" datetime="{}" title="{}">{}</time>').format(
        formatting.urgency(at, now=now), at.isoformat(), formatting.full(at), formatting.left(at, now=now)
    )


@pass_context
def _lived(context: Context, link: ChainLink) -> float | None:
    return matrix.lived(link, now=context["now"])


def _number(value: Count | float) -> Markup:
    if isinstance(value, Count):
        return escape(f"more than {value.number:,}" if value.more else f"{value.number:,}")
    return escape(f"{value:,}")


def _money(value: Money) -> str:
    return money.display(value, "en")
