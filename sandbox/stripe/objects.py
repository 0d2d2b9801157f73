"""What the sandbox's Stripe knows: its objects, the events about them, and a book of what was really moved.

Objects have the shape that Stripe's API answers with, as far as anybody here reads it (https://docs.stripe.com/api).
"""

import copy
import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from threading import RLock
from typing import Any

Json = dict[str, Any]

API_VERSION = "2026-10-28.endive"
_LETTERS = string.ascii_letters + string.digits


class MovementKind(StrEnum):
    """What moved money."""

    CHARGE = "charge"
    REFUND = "refund"
    DISPUTE = "dispute"  # the bank takes it back
    REVERSAL = "reversal"  # a dispute was won, or a refund failed: the money comes back


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the book: minor units as Stripe counts them, negative where money left."""

    kind: MovementKind
    intent: str
    amount: int
    currency: str
    metadata: Json


Heard = Callable[[Json], None]


class StripeProblem(Exception):
    """Raised to answer with one of Stripe's errors (https://docs.stripe.com/api/errors)."""

    def __init__(self, status: int, kind: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"error": {"type": kind, "message": message, **more}}


def invalid(message: str, *, param: str = "", code: str = "", status: int = HTTPStatus.BAD_REQUEST) -> StripeProblem:
    """Return the error of a request that cannot be right."""
    named = {name: value for name, value in (("param", param), ("code", code)) if value}
    return StripeProblem(status, "invalid_request_error", message, **named)


class Objects:
    """All objects by their ids. Code that reads or changes several of them holds ``lock``."""

    def __init__(self, *, account: str, livemode: bool = False) -> None:
        self.account = account
        self.livemode = livemode
        self.lock = RLock()
        self.book: list[Movement] = []
        self.events: list[Json] = []
        self.heard: list[Heard] = []
        """Functions that are called with each event."""
        self._by_id: dict[str, Json] = {}

    def add(self, prefix: str, kind: str, **members: Any) -> Json:
        """Make an object, and give it its id."""
        made: Json = {
            "id": f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(24))}",
            "object": kind,
            "created": int(time.time()),
            "livemode": self.livemode,
            **members,
        }
        self._by_id[made["id"]] = made
        return made

    def get(self, kind: str, object_id: str) -> Json:
        """Return an object. Raises ``StripeProblem`` 404 as Stripe does."""
        found = self._by_id.get(object_id)
        if found is None or found["object"] != kind:
            message = f"No such {kind}: '{object_id}'"
            raise invalid(message, param="id", code="resource_missing", status=HTTPStatus.NOT_FOUND)
        return found

    def all(self, kind: str, **equal: object) -> list[Json]:
        """Return the objects of a kind with these members, the newest first."""
        with self.lock:
            found = [one for one in self._by_id.values() if one["object"] == kind]
        return [one for one in reversed(found) if all(one.get(name) == value for name, value in equal.items())]

    def say(self, kind: str, thing: Json) -> Json:
        """Add an event with the object as it is now, and call each function of ``heard`` with it."""
        event = {
            "id": f"evt_{''.join(secrets.choice(_LETTERS) for _ in range(24))}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "data": {"object": copy.deepcopy(thing)},
            "livemode": self.livemode,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.events.append(event)
        for hear in self.heard:
            hear(event)
        return event

    def move(self, kind: MovementKind, intent: Json, amount: int) -> None:
        """Write a line into the book."""
        self.book.append(Movement(kind, intent["id"], amount, intent["currency"], dict(intent["metadata"])))

    def charged(self, intent: str | None = None) -> int:
        """Return what was taken from payers less what went back, for one payment or for all."""
        return sum(one.amount for one in self.book if intent in (None, one.intent))
