"""What holds for every route of the API by itself: idempotency keys, which make a POST repeatable, and entity tags.

    GET /api/domains/17                        ETag: "5f0c..."; with If-None-Match: 304 where it is still the same
    PATCH, PUT, DELETE  with If-Match          412 where the thing is not what the caller saw. It is read again in the
                                               transaction of the change, while nobody else can change it. The tag's
                                               part behind the dot, which changes with time alone, does not count
    POST  with Idempotency-Key                 done once, and answered as the first time: see ``api_stub.idempotency``

``begun`` remembers what a request says about these; ``call`` runs a route's function under them.
"""

import hashlib
import inspect
import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api_stub import idempotency
from api_stub.problems import Problem
from api_stub.security.policy import Policy
from api_stub.security.principal import Principal
from db import connection

Function = Callable[..., Any]

_TAG = re.compile(r'(?<!W/)"[^"]*"')
_readers: Final[dict[str, Function]] = {}
"""Path of a single resource -> the function that reads it."""


@dataclass(slots=True)
class Exchange:
    """A request's conditions, and the tag that its answer gets."""

    path: str
    if_match: str | None
    principal: Principal | None
    repeatable: idempotency.IdempotentRequest | None
    waits: bool
    tag: str | None = field(default=None)


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


def is_single(path: str) -> bool:
    """Tell whether a path is that of one thing."""
    return path.startswith("/api/") and path.endswith("}")


def declare(path: str, methods: set[str], function: Function) -> None:
    """Remember the function that reads a single resource."""
    if "GET" in methods and is_single(path):
        _readers[path] = function


def has_tag(path: str) -> bool:
    """Tell whether a path has an entity tag: it does where a GET reads one resource there."""
    return path in _readers


def begun(request: Request, path: str, body: bytes, asked: Policy) -> Exchange:
    """Note the request's conditions for the thread that will run the route's function. Raises ``Problem``."""
    principal: Principal | None = request.state.principal
    repeatable = None
    if principal is not None and request.method == "POST" and path.startswith("/api/"):
        repeatable = idempotency.of(request, body, principal.user_id, within=principal.within, private=asked.private)
    exchange = Exchange(path, request.headers.get("if-match"), principal, repeatable, asked.waits)
    _current.set(exchange)
    return exchange


def ended(request: Request, exchange: Exchange, response: Response) -> Response:
    """Return the answer with its tag; 304 and the tag alone where the caller has the same answer already."""
    if exchange.tag is None:
        return response
    response.headers["ETag"] = exchange.tag
    if request.method == "GET" and _names(request.headers.get("if-none-match"), exchange.tag):
        return Response(status_code=304, headers={"ETag": exchange.tag})
    return response


def call(function: Function, given: Mapping[str, Any], methods: set[str], status: int) -> Any:
    """Run a route's function: once for each idempotency key, and only on what the caller saw. Note the new tag."""
    exchange = _current.get()
    if exchange is None:
        return function(**given)
    if exchange.repeatable is not None and not exchange.waits:
        return idempotency.once(exchange.repeatable, lambda: function(**given), status=status)
    if (reader := _readers.get(exchange.path)) is None:
        return function(**given)
    if "GET" in methods:
        found = function(**given)
        exchange.tag = _tag(found)
        return found
    return _changed_if_matching(exchange, lambda: _read(reader, given, exchange.principal), function, given, methods)


def once(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run ``act`` once for the request's idempotency key and return its result; later calls get the first result.

    Functions whose policy says ``waits`` call this for the part that must not be done twice.
    """
    exchange = _current.get()
    if exchange is None or exchange.repeatable is None:
        with connection.transaction():
            return act()
    return json.loads(bytes(idempotency.once(exchange.repeatable, act, status=202).body))


def _changed_if_matching(
    exchange: Exchange, read: Callable[[], Any], function: Function, given: Mapping[str, Any], methods: set[str]
) -> Any:
    if exchange.if_match is None:
        changed = function(**given)
    else:
        with connection.transaction():
            connection.alone(f"{exchange.path} {sorted(one for one in given.values() if isinstance(one, (int, str)))}")
            if not _names(exchange.if_match, _tag(read()) or "", moment=False):
                raise Problem(412, "stale", "It has changed since you read it; read it again, and send its new ETag")
            changed = function(**given)
    if "DELETE" not in methods:
        exchange.tag = _tag(read())
    return changed


def _read(reader: Function, given: Mapping[str, Any], principal: Principal | None) -> Any:
    """Read what is to be changed: path parameters are those of the change, any other parameter is the caller."""
    return reader(**{name: given.get(name, principal) for name in inspect.signature(reader).parameters})


def _tag(found: Any) -> str | None:
    """Return the tag of a representation: a strong one, because it is a hash of the exact text. None: no tag.

    A document may name fields that ``move_with_time`` though nobody changes them; they make the tag's second part.
    """
    if not isinstance(found, BaseModel):
        return None
    moving: frozenset[str] = getattr(found, "move_with_time", frozenset[str]())
    kept = _digest(found.model_dump_json(exclude=set(moving)))
    return f'"{kept}.{_digest(found.model_dump_json(include=set(moving)))}"' if moving else f'"{kept}"'


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _names(header: str | None, tag: str, *, moment: bool = True) -> bool:
    """Tell whether a header names a tag; without ``moment`` its second part, which moves with time, may differ."""
    if header is None:
        return False
    given = _TAG.findall(header)
    return header.strip() == "*" or tag in given or (not moment and _lasting(tag) in map(_lasting, given))


def _lasting(tag: str) -> str:
    return tag.strip('"').partition(".")[0]
