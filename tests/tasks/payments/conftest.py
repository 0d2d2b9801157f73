"""Payments over a database, with the sandbox's Stripe, and an issued invoice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.access import signed_links
from db.access.signed_links import NewLink
from db.billing import invoices
from db.billing.invoices import Invoice
from db.ledger import jobs
from db.payments import attempts, payments, settlements
from db.payments.attempts import PaymentAttempt
from db.payments.payments import Payment
from rules.access.signed_links import SignedPurpose
from rules.billing.settlement import InvoiceSettlement
from rules.checks.subjects import Subject
from rules.stripe import stripe_events
from sandbox.stripe import KEY, WEBHOOK_SECRET, StripeServer, checkout
from sandbox.stripe.webhooks import body_of
from tasks import outside
from tasks import payments as tasks
from tasks.billing import invoices as billing
from tasks.payments import collection, webhooks
from tests.support import subscribed
from tests.support.worker import Worker

GROSS = 3451


@dataclass
class Till:
    """An invoice of 34.51 EUR, Stripe, and what is done with both."""

    worker: Worker
    stripe: StripeServer
    invoice: Invoice
    link_id: int

    @property
    def today(self):
        return datetime.now(UTC).date()

    @property
    def settled(self) -> InvoiceSettlement:
        return settlements.of_invoice(self.invoice, on=self.today)

    @property
    def payment(self) -> Payment:
        (found,) = payments.of_invoice(self.invoice.id)
        return found

    @property
    def credit(self) -> int:
        ((amount,),) = connection.execute("SELECT COALESCE(SUM(amount_minor), 0) FROM credit_entry")
        return int(amount)

    def drain(self) -> list[jobs.Job]:
        """Run the jobs of payments and webhooks; no documents, no mails."""
        ours = (tasks.charge, tasks.open_checkout, tasks.close_checkout, tasks.give_back, webhooks.fold)
        return self.worker.drain(*ours)

    def open_page(self, *, keeps_card: bool = False) -> PaymentAttempt:
        attempt = collection.checkout(self.invoice.id, link_id=self.link_id, keeps_card=keeps_card, on=self.today)
        self.drain()
        return attempts.require(attempt.id)

    def pay(self, card: str = "visa", *, keeps_card: bool = False) -> PaymentAttempt:
        """Pay on the page of Checkout; nobody here has heard of it yet."""
        attempt = self.open_page(keeps_card=keeps_card)
        checkout.pay(self.stripe.objects, attempt.object_id or "", card)
        return attempt

    def hear(self) -> None:
        """Take all of Stripe's events, in the order in which they were made, and fold them."""
        for event in self.stripe.objects.events:
            self.receive(event)
        self.drain()

    def receive(self, event: dict) -> bool:
        with connection.transaction():
            return webhooks.receive(stripe_events.of(event), body_of(event).decode())


@pytest.fixture
def till(worker: Worker) -> Iterator[Till]:
    with (
        StripeServer() as server,
        settings.override(
            stripe_key=SecretStr(KEY),
            stripe_webhook_secrets=SecretStr(WEBHOOK_SECRET),
            stripe_url=server.url,
            allowed_networks=(ip_network("127.0.0.0/8"),),
        ),
    ):
        outside.guard.cache_clear()
        client_id = subscribed.bakery()
        worker.perform(billing.bill, client_id=client_id)
        (invoice,) = invoices.all_()
        assert invoice.gross_minor == GROSS
        link = NewLink(
            purpose=SignedPurpose.INVOICE,
            subject=Subject("invoice", invoice.id, client_id),
            holds_s=3600,
            created_by="test",
            method="POST",
        )
        yield Till(worker, server, invoice, signed_links.add(link))
        outside.guard.cache_clear()
