"""Dead ends: the page for a client where a mail's link leads nowhere, in their language, in no technical words."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from api_stub.problems import Problem
from api_stub.security.signed_links import LinkProblem
from rules import languages
from rules.access.signed_links import TO_CLIENTS, LinkRefusal
from tasks.signed_links import PATHS
from wording.clients import refused_links
from wording.clients.refused_links import DeadEnd

_CLIENTS_PATHS = tuple(f"/{PATHS[purpose]}/" for purpose in sorted(TO_CLIENTS))
_OF_LINKS: Mapping[LinkRefusal, DeadEnd] = {
    LinkRefusal.EXPIRED: DeadEnd.EXPIRED,
    LinkRefusal.WITHDRAWN: DeadEnd.WITHDRAWN,
    LinkRefusal.GONE: DeadEnd.GONE,
}
_OF_STATUS: Mapping[int, DeadEnd] = {
    404: DeadEnd.GONE,
    422: DeadEnd.CUT,
    429: DeadEnd.TRIED,
    500: DeadEnd.AWAY,
    503: DeadEnd.AWAY,
}


def shown(request: Request, problem: Problem) -> Mapping[str, Any] | None:
    """Return the values for a client's page about a problem; None for other pages, and for other kinds of problems."""
    end = _dead_end(problem)
    if end is None or not request.url.path.startswith(_CLIENTS_PATHS):
        return None
    known = problem.language if isinstance(problem, LinkProblem) else ""
    language = languages.of_visitor(known, request.headers.get("accept-language", ""))
    title, advice = refused_links.words(language, end)
    return {"language": language, "title": title, "advice": advice}


def _dead_end(problem: Problem) -> DeadEnd | None:
    if isinstance(problem, LinkProblem):
        return _OF_LINKS.get(problem.why, DeadEnd.CUT)
    return _OF_STATUS.get(problem.status_code)
