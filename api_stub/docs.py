"""The API's description: OpenAPI 3.1 for programs, and a page of our own, without scripts, for people.

Both are made of the routes, the policy table, the fields' examples and the kinds of problems; nothing is written twice.
"""

from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from api_stub import examples, problems
from api_stub.fields import ProblemDetails
from api_stub.problems import KINDS, MEDIA_TYPE
from api_stub.routes import router
from api_stub.security import policy
from api_stub.security.csrf import HEADER, SESSION_COOKIE

routes = router(include_in_schema=False)

_ABOUT = """Nolapse keeps domains, certificates and invoices from lapsing.

Programs send `Authorization: Bearer nlp_...` (make a token with `nolapse token add`). Browsers sign in and send the
session's cookie, and with every request that is not a GET the token of GET /api/sessions/current as `X-CSRF-Token`.
Errors are problem details (RFC 9457). Lists go on with `cursor`, which is `next` of the page before."""

_PROBLEMS = {
    400: "The request cannot be read",
    401: "Nobody knows who calls",
    403: "The caller may not, or the CSRF token is missing",
    404: "There is no such thing",
    405: "The address does not take this method",
    409: "It is not in a state that allows this",
    413: "The body is too large",
    415: "The body is of another kind",
    421: "Nolapse does not answer to this host name",
    422: "Some values cannot be used",
    429: "Too many tries",
    500: "A mistake of ours",
    503: "The database does not answer now",
}
_OF_BODIES = (413, 415)
_METHODS = ("get", "post", "put", "patch", "delete")


@routes.get("/api/openapi.json")
async def openapi(request: Request) -> Response:
    """Give the description."""
    return JSONResponse(described(request.app))


@routes.get("/api/docs")
async def page(request: Request) -> Response:
    """Show the description."""
    api = described(request.app)
    tags = dict.fromkeys(one["tags"][0] for of in api["paths"].values() for one in of.values())
    html = _template().render(api=api, methods=_METHODS, tags=tags, kinds=KINDS, statuses=HTTPStatus)
    return Response(html, media_type="text/html")


@routes.get("/problems/{kind}")
async def problem(kind: str) -> Response:
    """Lead from the ``type`` of a problem to what is said of it."""
    if kind not in KINDS:
        raise problems.Problem(404, "not-found", "There is no such kind of problem; /api/docs#problems lists them")
    return RedirectResponse(f"/api/docs#{kind}", status_code=303)


@routes.get("/api/docs.css")
async def style() -> Response:
    """Give the page's looks."""
    text = files("api_stub").joinpath("templates/docs.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})


@cache
def _template():
    loader = PackageLoader("api_stub")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.get_template("docs.html")


def described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description: FastAPI's, with who may call what, and the problems that every route can give."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, openapi_version="3.1.0", description=_ABOUT, routes=app.routes
        )
        _add_schemes(made["components"])
        for path, operations in made["paths"].items():
            for method, operation in operations.items():
                _complete(method.upper(), path, operation)
                _exemplify(method.upper(), path, operation, made["components"]["schemas"])
        app.openapi_schema = made
    return app.openapi_schema


def _add_schemes(components: dict[str, Any]) -> None:
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "nlp_..."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": SESSION_COOKIE,
            "description": f"With {HEADER} on every request that is not a GET",
        },
    }
    components["schemas"]["Problem"] = ProblemDetails.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)


def _complete(method: str, path: str, operation: dict[str, Any]) -> None:
    """Say it in the docstring's words; add what the policy table says of the caller, and the problems."""
    said = operation.get("description", "")
    first, _, rest = said.partition(". ") if ". " in said.partition("\n\n")[0] else said.partition("\n\n")
    operation.update(summary=" ".join(first.split()).removesuffix("."), description=rest or first)
    asked = policy.find(method, path)
    if asked is not None and asked.role is not None:
        operation["security"] = [*([{"token": []}] if asked.scope else []), {"session": []}]
        scope = f" A token needs the scope `{asked.scope}`." if asked.scope else ""
        operation["description"] = f"{rest}\n\nFor the role {asked.role}.{scope}".strip()
    for status, words in _PROBLEMS.items():
        if status in _OF_BODIES and "requestBody" not in operation:
            continue
        if status == 422 or str(status) not in operation["responses"]:  # noqa: PLR2004 - ours, not FastAPI's
            said = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _problem(status)}
            operation["responses"][str(status)] = {"description": words, "content": {MEDIA_TYPE: said}}


def _problem(status: int) -> dict[str, Any]:
    kind, (_, words) = next(one for one in KINDS.items() if one[1][0] == status)
    return problems.Problem(status, kind, words).body()


def _exemplify(method: str, path: str, operation: dict[str, Any], known: dict[str, Any]) -> None:
    """Add an example to each body, and the request as a command."""
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media in part.get("content", {}).values():
            if "schema" in media and "example" not in media:
                media["example"] = examples.of(media["schema"], known)
    source = examples.curl(method, path, operation, known)
    operation["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": source}]
