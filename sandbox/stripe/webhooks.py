"""Webhooks of the sandbox's Stripe: signed, tried again until taken, and on demand late, twice, or in disorder.

(https://docs.stripe.com/webhooks)
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from threading import Condition, Event, Thread
from urllib.parse import urlsplit

from sandbox.stripe.objects import Json

TIMEOUT_S = 10.0
WAITS_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between the tries of one event; Stripe waits for hours, over three days."""


def signature(body: bytes, secrets: Sequence[str], *, at: int | None = None) -> str:
    """Return the header Stripe-Signature: one v1 for each secret, as while a secret is being replaced."""
    moment = int(time.time()) if at is None else at
    signed = f"{moment}.".encode() + body
    macs = (hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join((f"t={moment}", *(f"v1={mac}" for mac in macs)))


def body_of(event: Json) -> bytes:
    """Return an event as it is sent."""
    return json.dumps(event, indent=2).encode()


class WebhookSender:
    """A sender of events to one endpoint, one after the other. ``taken`` are those that were answered with 2xx."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self.secrets = list(secrets)
        self.url: str | None = None
        self.copies = 1
        """How often each event is sent."""
        self.taken: list[str] = []
        self.refused: list[tuple[str, int]] = []
        self._held = False
        self._waiting: list[Json] = []
        self._changed = Condition()
        self._stopping = Event()
        self._thread = Thread(target=self._send_all, name="sandbox webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join()

    def add(self, event: Json) -> None:
        """Send an event soon, without waiting for it."""
        with self._changed:
            self._waiting.append(event)
            self._changed.notify_all()

    def hold(self) -> None:
        """Send nothing until ``release``."""
        with self._changed:
            self._held = True

    def release(self, arrange: Callable[[list[Json]], list[Json]] = list) -> None:
        """Send what was held, as ``arrange`` orders, doubles or loses it."""
        with self._changed:
            self._held = False
            self._waiting[:] = arrange(self._waiting)
            self._changed.notify_all()

    def wait_until_idle(self, *, timeout_s: float) -> None:
        """Return when nothing is left to be sent. Raises ``TimeoutError``."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._waiting, timeout_s):
                raise TimeoutError(f"{len(self._waiting)} webhooks were not taken")

    def _send_all(self) -> None:
        while not self._stopping.is_set():
            with self._changed:
                self._changed.wait_for(self._may_send, 1.0)
                event = self._waiting[0] if self._may_send() and not self._stopping.is_set() else None
            if event is None:
                continue
            for _ in range(self.copies):
                self._send(event)
            with self._changed:
                self._waiting[:] = [one for one in self._waiting if one is not event]
                self._changed.notify_all()

    def _may_send(self) -> bool:
        return self._stopping.is_set() or (bool(self._waiting) and not self._held and self.url is not None)

    def _send(self, event: Json) -> None:
        for wait_s in (*WAITS_S, 0.0):
            status = self._try(event)
            if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
                self.taken.append(event["id"])
                return
            self.refused.append((event["id"], status))
            if self._stopping.wait(wait_s):
                return

    def _try(self, event: Json) -> int:
        where = urlsplit(self.url or "")
        connection = HTTPConnection(where.hostname or "", where.port, timeout=TIMEOUT_S)
        body = body_of(event)
        try:
            connection.request(
                "POST",
                where.path,
                body,
                {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature(body, self.secrets)},
            )
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()
