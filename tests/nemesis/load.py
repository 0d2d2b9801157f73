"""Work without end, each kind from a thread of its own, and a receipt for each piece that was accepted.

What was not accepted (the database or the web process did not answer) may have happened or not: it has no receipt, and
is not asked for again under the same name, but for requests with an Idempotency-Key, which are sent until answered.
"""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count

from db import connection
from db.billing import invoices as invoice_store
from db.ledger import jobs
from db.mail.outbox import Mail
from tasks import mail
from tasks.billing import invoices
from tasks.engine.task import find
from tests.nemesis.causes.outside import REPLIES
from tests.nemesis.installation import Installation
from tests.support import subscribed, tasks
from tests.support.paying import charging

MOST_AT_ONCE = 1000
"""No fan-out makes more jobs, so each has a range of numbers of its own."""
_FAN = 30
_PATIENCE_S = 15.0
_EXPECTED = {200, 201, 202, 400, 429, 503}
"""What the web process may answer while anything is wrong. 500 is never right."""


@dataclass
class Receipts:
    """What was accepted, by what it can be recognised by later."""

    effects: dict[str, int] = field(default_factory=dict[str, int])
    """Jobs of one effect each, by its name."""
    mails: set[str] = field(default_factory=set[str])
    """By their key in the outbox."""
    payers: set[int] = field(default_factory=set[int])
    """Clients of whom each owes one invoice."""
    charges: dict[str, int] = field(default_factory=dict[str, int])
    """Attempts by their key."""
    answers: Counter[int] = field(default_factory=Counter[int])
    """Of the web process, by their status; 0: none."""
    odd_answers: list[str] = field(default_factory=list[str])


class Load:
    """The threads; ``stop`` ends them."""

    def __init__(self, target: Installation, seed: int) -> None:
        self.receipts = Receipts()
        self._target = target
        self._dice = random.Random(seed)
        self._stop = threading.Event()
        self._numbers, self._fans = count(1), count(1)
        kinds: tuple[tuple[Callable[[], None], float], ...] = (
            (self._write, 0.05),
            (self._write_many, 4.0),
            (self._mail, 0.2),
            (self._post, 0.2),
            (self._look_up, 0.5),
            (self._bill, 3.0),
            (self._charge, 1.5),
        )
        self._threads = [threading.Thread(target=self._keep, args=kind, daemon=True) for kind in kinds]

    def start(self) -> None:
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        self._stop.set()
        for one in self._threads:
            one.join()

    def _keep(self, act: Callable[[], None], every_s: float) -> None:
        while not self._stop.wait(every_s):
            with suppress(*connection.Unreachable):
                act()

    def _write(self) -> None:
        name = f"write-{next(self._numbers)}"
        self.receipts.effects[name] = tasks.write.enqueue(name=name).job_id

    def _write_many(self) -> None:
        tasks.write_many.enqueue(number=_FAN, after=next(self._fans) * MOST_AT_ONCE)

    def _mail(self) -> None:
        number = next(self._numbers)
        fate = self._dice.choices(["well", *REPLIES], weights=(12, 1, 1, 1))[0]
        recipient = f"{fate.replace(' ', '-')}-{number}@clients.test"
        if fate in REPLIES:
            self._target.world.smtp.replies[recipient] = REPLIES[fate]
        with connection.session(), connection.transaction():
            mail.post(Mail(dedupe_key=f"nemesis:{number}", recipient=recipient, subject="Hi", text="Hi", html="Hi"))
        self.receipts.mails.add(f"nemesis:{number}")

    def _post(self) -> None:
        """Trigger a job over the API, and send it again until it is answered: an Idempotency-Key makes it one."""
        name = f"posted-{next(self._numbers)}"
        while not self._stop.is_set():
            status, body = self.ask("POST", "/api/triggers/tasks.write", {"name": name}, key=name)
            if status in (200, 202):
                self.receipts.effects[name] = json.loads(body)["job_id"]
                return
            self._stop.wait(0.3)

    def ask(self, method: str, path: str, body: object = None, *, key: str = "") -> tuple[int, bytes]:
        """Ask the web process, and note what it answers; 0 where it does not."""
        link = HTTPConnection("localhost", self._target.web_port, timeout=_PATIENCE_S)
        headers = {"Authorization": f"Bearer {self._target.token}", "Content-Type": "application/json"}
        try:
            given = json.dumps(body).encode() if body is not None else None
            link.request(method, path, given, {**headers, **({"Idempotency-Key": key} if key else {})})
            answer = link.getresponse()
            status, said = answer.status, answer.read()
        except (OSError, HTTPException):
            status, said = 0, b""
        finally:
            link.close()
        self.receipts.answers[status] += 1
        if status and (status not in _EXPECTED or b"Traceback" in said):
            self.receipts.odd_answers.append(f"{method} {path}: {status} {said[:200]!r}")
        return status, said

    def _look_up(self) -> None:
        """Have a domain checked or an endpoint scanned."""
        what, argument = self._dice.choice((("domains.check", "domain_id"), ("certificates.scan", "endpoint_id")))
        table = argument.removesuffix("_id")
        rows = self._target.system.rows(f"SELECT id FROM {table}")
        find(what).enqueue(**{argument: self._dice.choice(rows)[0]})

    def _bill(self) -> None:
        """Add a client who owes something since today, and bill it."""
        number = next(self._numbers)
        with connection.session(), connection.transaction():
            client_id = subscribed.bakery(f"Payer {number}", email=f"payer-{number}@clients.test")
            invoices.bill.enqueue(client_id=client_id)
        self.receipts.payers.add(client_id)

    def _charge(self) -> None:
        """Charge the card of whoever has an invoice and was not charged."""
        asked = "SELECT id FROM invoice WHERE client_id {ids} AND id NOT IN (SELECT invoice_id FROM payment_attempt)"
        for (invoice_id,) in self._target.system.rows(asked + " LIMIT 1", sorted(self.receipts.payers)):
            with connection.session():
                found = invoice_store.require(invoice_id)
            attempt_id, key = charging(self._target.world.stripe, found)
            self.receipts.charges[key] = attempt_id


def canary(target: Installation, name: str, *, within_s: float) -> float | None:
    """Enqueue a small job and ask for health; return after how many seconds both were well, None: not in time."""
    begun = time.monotonic()
    job_id: int | None = None
    while time.monotonic() - begun < within_s:
        target.keep_running()
        with suppress(*connection.Unreachable):
            job_id = job_id or tasks.write.enqueue(name=name).job_id
            with connection.session():
                if jobs.require(job_id).state == "done" and _is_well(target):
                    return time.monotonic() - begun
        time.sleep(0.1)
    return None


def _is_well(target: Installation) -> bool:
    link = HTTPConnection("localhost", target.web_port, timeout=2)
    try:
        link.request("GET", "/health/ready")
        return json.loads(link.getresponse().read()).get("status") == "ready"
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        link.close()
