"""The API's description: OpenAPI 3.1 for programs, and a page of our own, without scripts, for people."""

from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api_stub import policy
from api_stub.csrf import HEADER, SESSION_COOKIE
from api_stub.fields import Problem
from api_stub.problems import MEDIA_TYPE
from api_stub.routes import router

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
    421: "Nolapse does not answer to this host name",
    422: "Some values cannot be used",
    429: "Too many tries",
    503: "The database does not answer now",
}
_METHODS = ("get", "post", "put", "patch", "delete")


@routes.get("/api/openapi.json")
async def openapi(request: Request) -> Response:
    """Give the description."""
    return JSONResponse(described(request.app))


@routes.get("/api/docs")
async def page(request: Request) -> Response:
    """Show the description."""
    html = _template().render(api=described(request.app), methods=_METHODS)
    return Response(html, media_type="text/html")


@routes.get("/api/docs.css")
async def style() -> Response:
    """Give the page's looks."""
    text = files("api_stub").joinpath("templates/docs.css").read_text(encoding="utf-8")
    return Response(text, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})


@cache
def _template():
    loader = PackageLoader("api_stub")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("docs.html")


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
    components["schemas"]["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)


def _complete(method: str, path: str, operation: dict[str, Any]) -> None:
    """Add what the policy table says of the caller, and the problems."""
    asked = policy.find(method, path)
    if asked is not None and asked.role is not None:
        operation["security"] = [*([{"token": []}] if asked.scope else []), {"session": []}]
        scope = f" A token needs the scope `{asked.scope}`." if asked.scope else ""
        operation["description"] = f"{operation.get('description', '')}\n\nFor the role {asked.role}.{scope}".strip()
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, words in _PROBLEMS.items():
        if status == 422 or str(status) not in operation["responses"]:  # noqa: PLR2004 - ours, not FastAPI's
            operation["responses"][str(status)] = {"description": words, "content": content}
