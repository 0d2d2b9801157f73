"""Requests that may be sent again: an Idempotency-Key makes the second one harmless, and answers it as the first.

The work and its answer are committed in one transaction. A ``private`` request is different: its answer holds a secret,
or it writes something that must stay even where it fails, such as the count of wrong codes. It runs outside of that
transaction, its answer is not kept, and the second request is told so (409).
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api_stub.problems import Problem
from db import connection
from db.access import idempotency
from db.access.idempotency import KeptAnswer, OtherRequest
from rules.access import Within

HEADER = "Idempotency-Key"
KEY = r"^[!-~]{1,200}$"


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request, and the key under which its caller may send it again."""

    user_id: int
    key: str
    fingerprint: str
    """A hash of the request; another request under the same key has another one."""
    private: bool

    @property
    def principal(self) -> str:
        return f"user:{self.user_id}"


def of(request: Request, body: bytes, user_id: int, *, within: Within, private: bool) -> IdempotentRequest | None:
    """Return the request under its key; None without a key. Raises ``Problem`` 422 for a malformed key.

    The caller's limit is part of the fingerprint: a caller who sees fewer clients by now does not get the old answer.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not re.fullmatch(KEY, key):
        raise Problem(422, "bad-values", f"{HEADER} takes 1 to 200 visible ASCII characters")
    limit = "" if within is None else f" {sorted(within)}"
    asked = f"{request.method} {request.url.path}?{request.url.query}{limit} ".encode() + _canonical(body)
    return IdempotentRequest(user_id, key, hashlib.sha256(asked).hexdigest(), private)


def _canonical(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body), sort_keys=True).encode()
    except (ValueError, RecursionError):
        return body


def once(asked: IdempotentRequest, act: Callable[[], Any], *, status: int) -> Any:
    """Run ``act`` and keep its answer in one transaction, or return the answer of the first time.

    Raises ``Problem``: 422 for a key of another request, 409 for a private request that was made before.
    """
    if asked.private:
        return _once_in_private(asked, act)
    with connection.transaction():
        answered = _earlier(asked)
        if answered is None:
            answered = _answer_to_keep(act(), status)
            idempotency.answered(asked.principal, asked.key, answered)
    return Response(answered.body, answered.status, media_type="application/json")


def _once_in_private(asked: IdempotentRequest, act: Callable[[], Any]) -> Any:
    with connection.transaction():
        if _earlier(asked) is not None:
            raise Problem(409, "conflict", "This was asked for with the same key; its answer is not kept, being secret")
        idempotency.answered(asked.principal, asked.key, KeptAnswer(0, ""))
    try:
        return act()
    except BaseException:
        with connection.transaction():
            idempotency.forget(asked.principal, asked.key)
        raise


def _answer_to_keep(result: Any, status: int) -> KeptAnswer:
    if isinstance(result, Response):
        return KeptAnswer(result.status_code, bytes(result.body).decode())
    return KeptAnswer(status, result.model_dump_json() if isinstance(result, BaseModel) else json.dumps(result))


def _earlier(asked: IdempotentRequest) -> KeptAnswer | None:
    try:
        return idempotency.earlier(asked.principal, asked.key, asked.fingerprint)
    except OtherRequest as error:
        raise Problem(422, "key-reused", f"{error}; give each request a key of its own") from None
