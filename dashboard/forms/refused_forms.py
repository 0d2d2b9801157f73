"""A refused form is shown again where it stands: on its page, with the typed values and the mistakes.

    POST -> a problem -> the page that the form came from, read anew -> form_filling.filled -> the problem's status

No handler and no template takes part in that. A form with a page of its own is different: the problem carries its page
(``entry_forms.shown_again``).
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote, urlsplit

from fastapi import Response
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import Message, Scope

from api_stub import problems
from api_stub.problems import Problem, ProblemKind
from api_stub.security import csrf, origins
from dashboard.forms import form_filling
from dashboard.forms.entry_forms import RefusedEntry
from dashboard.forms.form_filling import PLACE, RefusedForm
from wording.messages import _, said

_MENDED_ON_THE_FORM: Final[frozenset[ProblemKind]] = frozenset(
    {"bad-values", "conflict", "not-found", "bad-credentials", "bad-code", "not-taken"}
)
_OF_THE_BODY: Final = {b"content-length", b"content-type", b"origin", b"transfer-encoding", b"expect"}
_OF_THE_CONNECTION: Final = ("type", "asgi", "http_version", "scheme", "root_path", "client", "server", "extensions")
_OK: Final = 200


async def shown_again(request: Request, problem: Problem) -> Response | None:
    """Return the page of the form that led to a problem; None where no form can be shown again."""
    if isinstance(problem, RefusedEntry):
        return problem.answer
    if not _is_from_a_form(request, problem):
        return None
    sent = await request.form()
    place = _place(request, sent)
    html = await _page(request, place) if place else None
    if html is None:
        return None
    page = form_filling.filled(html, _refused(request.url.path, place, sent, problem))
    return HTMLResponse(page, problem.status_code) if page else None


def _refused(action: str, place: str, sent: FormData, problem: Problem) -> RefusedForm:
    given = {name: [one for one in sent.getlist(name) if isinstance(one, str)] for name in sent}
    wrong = {one["at"].removeprefix("body."): said(one["message"]) for one in problem.errors}

    def complaint(elsewhere: Sequence[str]) -> str:
        if wrong and not elsewhere:
            return _("Nothing was saved: mend what is marked below.")
        return _("Nothing was saved: {what}", what="; ".join(elsewhere) or problem.detail)

    return RefusedForm(action=action, place=place, given=given, wrong=wrong, complaint=complaint)


def _is_from_a_form(request: Request, problem: Problem) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return (
        request.method == "POST"
        and problem.kind in _MENDED_ON_THE_FORM
        and problems.wants_page(request)
        and kind == csrf.FORMS[0]
        and getattr(request.state, "principal", None) is not None
    )


def _place(request: Request, sent: FormData) -> str:
    """Return the page that a form stands on: from its field ``PLACE``, or else from Referer; empty without both."""
    if isinstance(said := sent.get(PLACE), str):
        return origins.own_path(said)
    before = urlsplit(request.headers.get("referer", ""))
    if before.netloc != request.url.netloc:
        return ""
    return origins.own_path(f"{before.path}?{before.query}" if before.query else before.path)


async def _page(request: Request, place: str) -> str | None:
    """Return the HTML of a page of ours as the form's sender sees it now; None where they get no page."""
    began: list[Message] = []
    body = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            began.append(message)
        elif _is_page(began[0]):
            body.extend(message.get("body", b""))

    await request.app(_scope(request, place), receive, send)
    return body.decode() if _is_page(began[0]) else None


def _scope(request: Request, place: str) -> Scope:
    """Return the scope of a GET of ``place`` by the form's sender, from the same browser."""
    path, _, query = place.partition("?")
    scope = request.scope
    return {
        **{name: scope[name] for name in _OF_THE_CONNECTION if name in scope},
        "method": "GET",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name, value) for name, value in scope["headers"] if name not in _OF_THE_BODY],
        "state": {},
    }


def _is_page(start: Message) -> bool:
    kind = dict[bytes, bytes](start["headers"]).get(b"content-type", b"")
    return start["status"] == _OK and kind.startswith(b"text/html")
