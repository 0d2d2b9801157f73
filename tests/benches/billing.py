"""A night of billing: subscriptions that are all due at once become invoices, PDFs and mails, in one process.

    python -m tests.benches billing [--clients 10000] [--documents 2000] [--e-invoices]

With --e-invoices both countries are known, so that each draft passes the official rules and each PDF is a Factur-X.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from tempfile import TemporaryDirectory

import settings
from db import connection, migrate
from db.billing import billing_profiles, invoice_audit, senders, subscriptions
from db.billing import invoices as store
from db.billing.billing_profiles import BillingProfile
from db.billing.senders import Sender
from db.billing.subscriptions import Subscription
from db.portfolio import clients
from db.portfolio.clients import Client
from tasks.billing import invoice_documents, invoices
from tasks.engine import catalogue
from tests.support.described import described, line

_MARKS = (100, 500, 1_000)
"""PDFs after which memory is said: the first have the fonts and the compiler loaded, and then it should stay."""
_LINES = 50
_LIMIT_MS = 25.0
"""Of a PDF of fifty lines."""


def main(options: list[str]) -> int:
    """Measure; return 1 where a PDF takes longer than it may, or a number is missing."""
    parser = argparse.ArgumentParser(prog="billing")
    parser.add_argument("--clients", type=int, default=10_000)
    parser.add_argument("--documents", type=int, default=2_000)
    parser.add_argument("--e-invoices", action="store_true")
    asked = parser.parse_args(options)
    with TemporaryDirectory() as folder, settings.override(home=Path(folder)):
        connection.connect(f"sqlite:///{folder}/bench.db")
        migrate.up()
        catalogue.load()
        with connection.session():
            return _night(asked.clients, asked.documents, e_invoices=asked.e_invoices)


def _night(number: int, documents: int, *, e_invoices: bool) -> int:
    ids = _fill(number, country="DE" if e_invoices else "")
    _say("memory before", f"{_megabytes():.0f} MB")
    _each("invoices issued", ids, lambda client_id: invoices.bill(client_id=client_id))
    faults = invoice_audit.faults()
    _say("audit", "; ".join(faults) or "no gap, no double, all sums are those of the lines")
    issued = [one.id for one in store.all_()]
    _say("memory then", f"{_megabytes():.0f} MB")
    for first, last in pairwise((0, *(mark for mark in _MARKS if mark < documents), documents)):
        some = issued[first:last]
        _each("PDFs made, mails queued", some, lambda number: invoices.document(invoice_id=number))
        _say(f"memory after {last:,} PDFs", f"{_megabytes():.0f} MB")
    took = _fifty_lines()
    _say(f"a PDF of {_LINES} lines", f"{took:.1f} ms of the processor, the limit is {_LIMIT_MS:.0f}")
    return int(bool(faults) or len(issued) != number or took > _LIMIT_MS)


def _fill(number: int, *, country: str) -> list[int]:
    today = datetime.now(UTC).date()
    senders.add(
        Sender(name="Agency", country=country, vat_id="DE136695976", series="AG", iban="DE89370400440532013000")
    )
    ids: list[int] = []
    with connection.transaction():
        for place in range(number):
            client_id, _ = clients.add(Client(name=f"Client {place}", email=f"client{place}@clients.test"))
            if country:
                billing_profiles.save(BillingProfile(client_id=client_id, country=country))
            subscriptions.subscribe(
                Subscription(
                    client_id=client_id,
                    description=f"Care of domain{place}.example",
                    price_minor=1_000 + place,
                    currency="EUR",
                    months=12,
                    tax_basis_points=1900,
                    anchor=today,
                )
            )
            ids.append(client_id)
    return ids


def _fifty_lines() -> float:
    """Return how many milliseconds of the processor a PDF of fifty lines takes; no two lines of any are the same."""
    one = described(lines=[line(description=None)] * _LINES)
    took: list[float] = []
    for place in range(40):
        lines = tuple(
            replace(each, name=f"Domain site{place}-{row}.example", unit_price=Decimal(place * 100 + row))
            for row, each in enumerate(one.lines)
        )
        changed = replace(one, number=f"INV-{place}", lines=lines)
        began = time.process_time()
        invoice_documents.pdf(changed)
        took.append((time.process_time() - began) * 1000)
    return median(took)


def _each(what: str, ids: Sequence[int], act: Callable[[int], None]) -> None:
    began = time.perf_counter()
    for one in ids:
        act(one)
    took = time.perf_counter() - began
    _say(what, f"{len(ids):,} in {took:.1f} s, {len(ids) / took:.0f} a second")


def _megabytes() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024  # the most so far, so what grows and is given back is seen, too


def _say(what: str, words: str) -> None:
    print(f"{what:<26} {words}", flush=True)
