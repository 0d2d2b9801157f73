"""Makes pages: a Jinja environment for each language that escapes everything and shows no control character.

Every value that a template prints passes ``_inert``: texts from outside come out as plain, visible text.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

import settings
from api_stub import spoken
from api_stub.problems import Problem, ProblemKind
from api_stub.resources.portfolio import removals
from api_stub.security import cookies, csrf, origins, sessions
from api_stub.security.principal import Principal
from dashboard.rendering import (
    assets,
    dead_ends,
    filters,
    flash_messages,
    formatting,
    links,
    navigation,
    themes,
    translated_templates,
)
from db import connection
from rules import languages
from rules.access import Permission
from rules.domains.ownership import challenges
from wording import messages
from wording.certificates.remediation import REMEDIATION
from wording.domains import ownership

_NOT_FOUND = 404


def _inert(value: object) -> object:
    return formatting.visible(value) if type(value) is str else value


class _Translating(CodeGenerator):
    """A code generator that translates a template into the language of its environment."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - as Jinja calls it
        """Translate the template first."""
        translated_templates.translate(node, messages.catalogue(_language_of(self.environment)).gettext)
        super().visit_Template(node, frame)


def _language_of(templates: Environment) -> str:
    return cast("str", templates.globals["language"])  # pyright: ignore[reportUnknownMemberType] - untyped in Jinja


@cache
def environment(language: str = messages.LANGUAGES[0]) -> Environment:
    """Return the templates' environment for one of ``messages.LANGUAGES``."""
    templates = Environment(
        loader=PackageLoader("dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    if language != messages.LANGUAGES[0]:
        templates.code_generator_class = _Translating
    templates.filters.update(filters.FILTERS)  # pyright: ignore[reportUnknownMemberType] - untyped in Jinja
    templates.globals.update(  # pyright: ignore[reportUnknownMemberType] - untyped in Jinja
        language=language,
        _=_escaped_message,
        ngettext=_escaped_plural,
        asset=assets.address,
        address=links.address,
        about=links.about,
        shade=formatting.shade,
        languages=languages.NAMES,
        undo_minutes=removals.MINUTES,
        remediation=REMEDIATION,
        challenges=challenges,
        ownership_words=ownership,
    )
    return templates


def _escaped_message(message: str, **values: object) -> str:
    """Translate a message for a template, and fill it: the values are escaped as in any other expression."""
    said = messages._(message)
    return escape(said).format(**{name: _inert(value) for name, value in values.items()}) if values else said


def _escaped_plural(one: str, many: str, number: int, /, **values: object) -> str:
    said = messages.catalogue(messages.language()).ngettext(one, many, number)
    return escape(said).format(**{name: _inert(value) for name, value in {"number": number, **values}.items()})


def page(request: Request, template: str, **context: Any) -> Response:
    """Answer with a page. Adds what every page needs: its reader, the CSRF token, the flash message, the time."""
    principal = getattr(request.state, "principal", None)
    who = principal if isinstance(principal, Principal) else None
    html = (
        environment(messages.language())
        .get_template(template)
        .render(
            who=who,
            may=partial(_may, who),
            whole=who is not None and who.within is None,
            menu=navigation.menu(who) if who else [],
            csrf=csrf.token(request),
            flash=flash_messages.read(request),
            theme=themes.read(request),
            next_theme=themes.NEXT[themes.read(request)],
            path=request.url.path,
            here=here(request),
            now=datetime.now(UTC),
            zone=ZoneInfo(who.zone if who else "UTC"),
            providers=settings.current().oidc,
            uploads_open=settings.current().takes_uploads,
            upload_most=settings.current().upload_max_bytes,
            upload_direct=settings.current().upload_origin is not None,
            **context,
        )
    )
    response = HTMLResponse(html)
    flash_messages.forget(request, response)
    return response


def _may(who: Principal | None, permission: str) -> bool:
    return who is not None and who.may(Permission(permission))


def problem_page(request: Request, problem: Problem) -> Response:
    """Answer with a page about the problem; a client's dead end and a failed sign-in have pages of their own."""
    if (shown := dead_ends.shown(request, problem)) is not None:
        return page(request, "client_pages/dead_end.html", **shown)
    spoken.begin(request, page=True)
    if problem.kind in {"bad-credentials", "bad-passkey", "too-many-tries", "bad-link"}:
        to = request.query_params.get("next", "/")
        return page(request, "access/sign_in.html", problem=problem, provider_failed="", next=to)
    if problem.status_code == _NOT_FOUND and not hasattr(request.state, "principal"):
        request.state.principal = _signed_in(request)
        spoken.begin(request, page=True)
    came_from = _came_from(request)
    return page(
        request,
        "layout/problem.html",
        problem=problem,
        title=messages._(_TITLES.get(problem.kind, problem.title)),
        explanation=_explanation(problem),
        came_from=came_from,
        again=origins.own_path(here(request)) if request.method == "GET" else came_from,
    )


def _explanation(problem: Problem) -> str:
    if problem.kind in _EXPLANATIONS:
        return messages._(_EXPLANATIONS[problem.kind])
    return f"{messages._(str(problem.detail)).rstrip('.')}."


def _signed_in(request: Request) -> Principal | None:
    """Return the caller of an address that no route has, so that the page about the problem has its menu."""
    try:
        with connection.session():
            return sessions.principal_of(request.cookies.get(cookies.SESSION, ""))
    except connection.Unreachable:
        return None


_TITLES: Mapping[ProblemKind, str] = {
    "not-found": "There is nothing here",
    "forbidden": "You may not do this",
    "csrf": "This page was open too long",
    "cross-site": "This came from another site",
    "conflict": "It has changed meanwhile",
    "bad-values": "Something here cannot be used",
    "unavailable": "Away for a moment",
    "bug": "Something broke",
}
_EXPLANATIONS: Mapping[ProblemKind, str] = {
    "csrf": "Its form belongs to a session that is over. Load the page again and repeat what you did; nothing changed.",
    "unavailable": "The database does not answer. What was accepted before is kept. Try again in a few seconds.",
}
"""Explanations for people, for problems whose API text is for programmers."""


def _came_from(request: Request) -> str:
    """Return the path of the page of ours that led here, or "/"."""
    before = urlsplit(request.headers.get("referer", ""))
    if before.netloc != request.url.netloc or before.path == request.url.path:
        return "/"
    return origins.own_path(f"{before.path}?{before.query}" if before.query else before.path)


def here(request: Request) -> str:
    """Return this page's address, to come back to."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
