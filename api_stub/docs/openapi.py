"""OpenAPI: what FastAPI knows of the routes, with who may call them, the problems that they give, and examples."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api_stub import conventions, idempotency, problems
from api_stub.docs import examples
from api_stub.fields import ProblemDetails
from api_stub.problems import KINDS, MEDIA_TYPE
from api_stub.security import cookies, policy
from api_stub.security.csrf import HEADER
from api_stub.security.policy import Policy
from rules.access import roles_with

METHODS = ("get", "post", "put", "patch", "delete")

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
    412: "It has changed since it was read",
    413: "The body is too large",
    415: "The body is of another kind",
    421: "Nolapse does not answer to this host name",
    422: "Some values cannot be used",
    429: "Too many tries or requests",
    500: "A mistake of ours",
    503: "The database does not answer now",
}
_NEED_A_BODY = (413, 415)
_NEEDS_A_TAG = 412
_UNPROCESSABLE = 422


def description(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description: FastAPI's, completed; it is made once."""
    if app.openapi_schema is None:
        api = get_openapi(
            title=app.title, version=app.version, openapi_version="3.1.0", description=_ABOUT, routes=app.routes
        )
        _add_schemes(api["components"])
        for method, path, operation in operations(api):
            _add_conventions(method, path, operation)
            _describe(method, path, operation)
            _add_security(method, path, operation)
            _add_problems(operation)
            _add_examples(method, path, operation, api["components"]["schemas"])
        app.openapi_schema = api
    return app.openapi_schema


def operations(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Iterate over (method in capitals, path, operation)."""
    for path, by_method in api["paths"].items():
        for method, operation in by_method.items():
            yield method.upper(), path, operation


def _add_schemes(components: dict[str, Any]) -> None:
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "nlp_..."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookies.SESSION,
            "description": f"With {HEADER} on every request that is not a GET",
        },
    }
    components["schemas"]["Problem"] = ProblemDetails.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)


def _describe(method: str, path: str, operation: dict[str, Any]) -> None:
    """Make the docstring's first sentence the summary, and the rest of it the description, with who may call."""
    text = operation.get("description", "")
    first, _, rest = text.partition(". ") if ". " in text.partition("\n\n")[0] else text.partition("\n\n")
    described = f"{rest}\n\n{_who_may_call(policy.find(method, path))}".strip()
    operation.update(summary=" ".join(first.split()).removesuffix("."), description=described or first)


def _who_may_call(asked: Policy | None) -> str:
    if asked is None or asked.permission is None:
        return ""
    scope = f" A token needs the scope `{asked.scope}`." if asked.scope else ""
    whole = " Not for those who are limited to some clients." if asked.whole else ""
    return f"For the roles {', '.join(roles_with(asked.permission))}.{whole}{scope}"


_IF_MATCH: Any = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "Change it only if it is still what had this ETag",
    "schema": {"type": "string"},
    "example": '"5f0c7b1e9a2d4c6f8b3e1a7d9c5f2b4e"',
}
_KEY: Any = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": "Do it once, however often it is sent with this key within a day, and answer as the first time",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": idempotency.KEY},
    "example": "deploy-2026-11-23",
}


def _add_conventions(method: str, path: str, operation: dict[str, Any]) -> None:
    """Add the headers that every route of its kind reads, and the tags that it answers with."""
    asked = policy.find(method, path)
    parameters = operation.setdefault("parameters", [])
    if method == "POST" and asked is not None and asked.permission is not None:
        parameters.append(_KEY)
    if not conventions.has_tag(path):
        return
    if method != "GET":
        parameters.append(_IF_MATCH)
    for status, answer in operation["responses"].items():
        if status == "200":
            answer["headers"] = {"ETag": {"description": "Of this very representation", "schema": {"type": "string"}}}


def _add_security(method: str, path: str, operation: dict[str, Any]) -> None:
    asked = policy.find(method, path)
    if asked is not None and asked.permission is not None:
        operation["security"] = [*([{"token": []}] if asked.scope else []), {"session": []}]


def _add_problems(operation: dict[str, Any]) -> None:
    """Add the problems that every route can give, and ours in the place of FastAPI's own 422."""
    for status, summary in _PROBLEMS.items():
        if status in _NEED_A_BODY and "requestBody" not in operation:
            continue
        if status == _NEEDS_A_TAG and _IF_MATCH not in operation.get("parameters", []):
            continue
        if status == _UNPROCESSABLE or str(status) not in operation["responses"]:
            content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _problem(status)}
            operation["responses"][str(status)] = {"description": summary, "content": {MEDIA_TYPE: content}}


def _problem(status: int) -> dict[str, Any]:
    kind, (_, meaning) = next(one for one in KINDS.items() if one[1][0] == status)
    return problems.Problem(status, kind, meaning).body()


def _add_examples(method: str, path: str, operation: dict[str, Any], known: dict[str, Any]) -> None:
    """Add an example to each body, and the request as a command."""
    for part in (operation.get("requestBody", {}), *operation["responses"].values()):
        for media in part.get("content", {}).values():
            if "schema" in media and "example" not in media:
                media["example"] = examples.of(media["schema"], known)
    source = examples.curl(method, path, operation, known)
    operation["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": source}]
