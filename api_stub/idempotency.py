"""Requests that may be sent again: an Idempotency-Key makes the second one harmless, and answers it as the first."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from api_stub.problems import Problem
from db import connection
from db.access import idempotency
from db.access.idempotency import KeptAnswer, OtherRequest


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request, and the key under which it may come again; None: it is new each time."""

    user_id: int
    key: str | None
    what: str
    body: Mapping[str, object]

    @property
    def principal(self) -> str:
        return f"user:{self.user_id}"

    @property
    def fingerprint(self) -> str:
        """What tells this request from another one with its key."""
        return hashlib.sha256(json.dumps([self.what, self.body], sort_keys=True).encode()).hexdigest()


def once(asked: IdempotentRequest, act: Callable[[], Mapping[str, object]], *, status: int) -> Response:
    """Do it and keep the answer in one transaction, or answer as the first time. Raises ``Problem`` 422."""
    with connection.transaction():
        answered = _earlier(asked)
        if answered is None:
            answered = KeptAnswer(status, json.dumps(act()))
            if asked.key:
                idempotency.answered(asked.principal, asked.key, answered)
    return Response(answered.body, answered.status, media_type="application/json")


def _earlier(asked: IdempotentRequest) -> KeptAnswer | None:
    if not asked.key:
        return None
    try:
        return idempotency.earlier(asked.principal, asked.key, asked.fingerprint)
    except OtherRequest as error:
        raise Problem(422, "key-reused", f"{error}; give each request a key of its own") from None
