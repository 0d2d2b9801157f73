"""The paths of the sandbox's Stripe API, and the function behind each. Forms come in, JSON goes out.

Idempotency keys are honoured as Stripe says (https://docs.stripe.com/api/idempotent_requests): the same key with the
same body is answered as before, also where that was an error of the card or of the server; with another body it is 400.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe import checkout, payments
from sandbox.stripe.objects import Json, Objects, StripeProblem, invalid

_PART = re.compile(r"[^\[\]]+")
_MOST = 100
_DEFAULT = 10


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a key was answered, and for which request."""

    request: tuple[str, bytes]
    status: int
    body: Json


def read_form(text: str) -> Json:
    """Return a form with names such as ``metadata[invoice]`` and ``line_items[0][quantity]`` as a tree."""
    root: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        parts = _PART.findall(name)
        place = root
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return {name: _with_lists(value) for name, value in root.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(one) for name, one in value.items()}
    return list(inner.values()) if inner and all(name.isdecimal() for name in inner) else inner


class StripeApi:
    """What answers requests from its objects, one at a time."""

    def __init__(self, objects: Objects, *, home: Callable[[], str]) -> None:
        self.objects = objects
        self.keys: dict[str, KeptAnswer] = {}
        self._home = home
        do = objects
        self._posts: list[tuple[str, Callable[[str, Json], Json]]] = [
            (r"customers", lambda _, form: payments.create_customer(do, form)),
            (r"payment_methods/(\w+)/attach", lambda one, form: payments.attach(do, one, form)),
            (r"setup_intents", lambda _, form: payments.create_setup(do, form)),
            (r"setup_intents/(\w+)/confirm", lambda one, form: payments.confirm_setup(do, one, form)),
            (r"payment_intents", lambda _, form: payments.create_intent(do, form)),
            (r"payment_intents/(\w+)/confirm", lambda one, form: payments.confirm(do, one, form)),
            (r"payment_intents/(\w+)/cancel", lambda one, form: payments.cancel(do, one, form)),
            (r"refunds", lambda _, form: payments.refund(do, form)),
            (r"checkout/sessions", lambda _, form: checkout.create(do, form, home=home())),
            (r"checkout/sessions/(\w+)/expire", lambda one, form: checkout.expire(do, one, form)),
        ]

    def forget_keys(self) -> None:
        """Forget all keys, as Stripe does once they are a day old."""
        self.keys.clear()

    def post(self, path: str, body: bytes, key: str | None) -> tuple[int, Json]:
        """Answer a POST, once for each key."""
        with self.objects.lock:
            kept = self.keys.get(key) if key else None
            if kept is not None:
                if kept.request != (path, body):
                    raise StripeProblem(
                        HTTPStatus.BAD_REQUEST,
                        "idempotency_error",
                        "Keys for idempotent requests can only be used with the same parameters they were first used"
                        f" with. Try using a key other than '{key}' if you meant to execute a different request.",
                    )
                return kept.status, kept.body
            try:
                status, answer = HTTPStatus.OK, self._posted(path, read_form(body.decode()))
            except StripeProblem as problem:
                if problem.status != HTTPStatus.PAYMENT_REQUIRED:
                    raise
                status, answer = HTTPStatus(problem.status), problem.body
            answer = dict(answer)
            if key:
                self.keys[key] = KeptAnswer((path, body), status, answer)
            return status, answer

    def break_for(self, path: str, body: bytes, key: str | None) -> tuple[int, Json]:
        """Answer 500 without doing anything; a key is answered so from now on."""
        broken: Json = {"error": {"type": "api_error", "message": "An unknown error occurred"}}
        if key and key not in self.keys:
            self.keys[key] = KeptAnswer((path, body), HTTPStatus.INTERNAL_SERVER_ERROR, broken)
        return HTTPStatus.INTERNAL_SERVER_ERROR, broken

    def get(self, path: str, query: str) -> Json:
        """Answer a GET: one object, or a list."""
        asked, parts = read_form(query), path.split("/")
        with self.objects.lock:
            if path == "balance":
                return {"object": "balance", "available": [], "pending": [], "livemode": self.objects.livemode}
            if path == "events":
                return self._listed(list(reversed(self.objects.events)), asked)
            if path in _LISTED:
                equal = {name: value for name, value in asked.items() if name in _FILTERS}
                return self._listed(self.objects.all(_LISTED[path], **equal), asked)
            kind = _LISTED.get("/".join(parts[:-1]))
            if kind is None:
                raise self._unknown("GET", path)
            return dict(self.objects.get(kind, parts[-1]))

    def _posted(self, path: str, form: Json) -> Json:
        for pattern, act in self._posts:
            if match := re.fullmatch(pattern, path):
                return act(match[1] if match.groups() else "", form)
        raise self._unknown("POST", path)

    def _listed(self, found: list[Json], asked: Json) -> Json:
        """Return a page, the newest first; cursors are ids (https://docs.stripe.com/api/pagination)."""
        since = int(asked.get("created", {}).get("gte", 0)) if isinstance(asked.get("created"), dict) else 0
        types = asked.get("types", [])
        found = [one for one in found if one["created"] >= since and (not types or one.get("type") in types)]
        size = min(int(asked.get("limit", _DEFAULT)), _MOST)
        ids = [one["id"] for one in found]
        if after := asked.get("starting_after"):
            found = found[self._place(ids, after) + 1 :]
            return _page(found[:size], more=len(found) > size)
        if before := asked.get("ending_before"):
            found = found[: self._place(ids, before)]
            return _page(found[-size:], more=len(found) > size)
        return _page(found[:size], more=len(found) > size)

    def _place(self, ids: list[str], cursor: str) -> int:
        if cursor not in ids:
            raise invalid(f"No such object: '{cursor}'", param="starting_after", code="resource_missing")
        return ids.index(cursor)

    def _unknown(self, method: str, path: str) -> StripeProblem:
        return invalid(f"Unrecognized request URL ({method}: /v1/{path})", status=HTTPStatus.NOT_FOUND)


def _page(rows: list[Json], *, more: bool) -> Json:
    return {"object": "list", "data": [dict(one) for one in rows], "has_more": more, "url": "/v1/list"}


_LISTED = {
    "customers": "customer",
    "payment_methods": "payment_method",
    "setup_intents": "setup_intent",
    "payment_intents": "payment_intent",
    "checkout/sessions": "checkout.session",
    "refunds": "refund",
    "disputes": "dispute",
}
_FILTERS = frozenset({"customer", "email", "payment_intent"})
