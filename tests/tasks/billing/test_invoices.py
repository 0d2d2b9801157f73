"""Invoices: each period is billed once and numbers have no gap, also where runs meet; document and mail come once."""

import io
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import time_machine
from pydantic import SecretStr
from pypdf import PdfReader

import settings
from db import connection
from db.access import signed_links
from db.billing import invoice_audit, subscriptions
from db.billing import invoices as store
from db.billing.subscriptions import Subscription
from db.ledger import jobs, staff_actions, transitions
from db.ledger.transitions import JobRequest, JobSpec
from db.mail import outbox
from db.portfolio import alerts, clients
from db.portfolio.clients import Client
from rules.access.signed_links import LinkRefusal, RefusedLink, SignedPurpose
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from rules.jobs import JobState
from sandbox.stripe import KEY
from sandbox.world import World
from tasks import mail, outside
from tasks import signed_links as addresses
from tasks.billing import billing_due, invoice_descriptions, invoices
from tasks.engine import runner
from tasks.payments import client_links
from tests.support import kept_documents
from tests.support import ledger as do
from tests.support.worker import Worker

Sandbox = Callable[..., World]
TODAY = datetime.now(UTC).date()


def client(name: str = "Bakery", *, language: str = "en", currency: str = "EUR", zone: str = "UTC") -> int:
    email = f"{name.lower()}@clients.test"
    return clients.add(Client(name=name, email=email, language=language, currency=currency, zone=zone))[0]


def subscribe(
    client_id: int,
    *,
    minor: int = 2900,
    currency: str = "EUR",
    months: int = 12,
    anchor: date = TODAY,
    until: date | None = None,
    tax_basis_points: int = 1900,
) -> int:
    return subscriptions.subscribe(
        Subscription(
            client_id=client_id,
            description="Domain and certificate care",
            price_minor=minor,
            currency=currency,
            months=months,
            tax_basis_points=tax_basis_points,
            anchor=anchor,
            until=until,
        )
    )


def numbers() -> list[int]:
    return [one.number for one in store.all_()]


class TestBill:
    def test_what_is_due_is_one_invoice_and_run_twice_it_is_still_one(self, worker: Worker) -> None:
        client_id = client()
        subscribe(client_id, minor=2900)
        subscribe(client_id, minor=1235)
        for _ in range(2):
            assert worker.perform(invoices.bill, client_id=client_id).state is JobState.DONE
        (invoice,) = store.all_()
        assert (invoice.number, invoice.name, invoice.issued_on) == (1, "INV-000001", TODAY)
        assert invoice.due_on == TODAY + timedelta(days=settings.current().invoice_due_days)
        assert [line.net.minor for line in store.lines(invoice.id)] == [2900, 1235]
        assert (invoice.net_minor, invoice.tax_minor) == (4135, 786)
        assert len(jobs.newest(task="invoices.document")) == 1

    def test_an_overdue_subscription_is_billed_for_each_period_that_has_begun(self, worker: Worker) -> None:
        client_id = client()
        subscribe(client_id, months=1, anchor=TODAY - timedelta(days=70))
        worker.perform(invoices.bill, client_id=client_id)
        (invoice,) = store.all_()
        periods = store.lines(invoice.id)
        assert len(periods) == 3
        assert periods[0].start == TODAY - timedelta(days=70)
        assert all(before.end == after.start for before, after in pairwise(periods))
        assert periods[-1].start <= TODAY < periods[-1].end
        worker.perform(invoices.bill, client_id=client_id)
        assert len(store.all_()) == 1

    def test_the_next_period_is_billed_when_it_begins_and_not_before(self, worker: Worker) -> None:
        client_id = client()
        subscribe(client_id, months=1, anchor=date(2026, 1, 31))
        for day, billed in [(date(2026, 1, 30), 0), (date(2026, 1, 31), 1), (date(2026, 2, 27), 1)]:
            self.bill_on(worker, client_id, day)
            assert len(store.all_()) == billed, day
        for day, billed in [(date(2026, 2, 28), 2), (date(2026, 3, 30), 2), (date(2026, 3, 31), 3)]:
            self.bill_on(worker, client_id, day)
            assert len(store.all_()) == billed, day

    def bill_on(self, worker: Worker, client_id: int, day: date) -> None:
        with time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)):
            worker.perform(invoices.bill, client_id=client_id)

    def test_a_subscription_that_has_ended_or_begins_later_is_not_billed(self, worker: Worker) -> None:
        client_id = client()
        subscribe(client_id, anchor=TODAY - timedelta(days=400), until=TODAY - timedelta(days=400))
        subscribe(client_id, anchor=TODAY + timedelta(days=2))
        assert worker.perform(invoices.bill, client_id=client_id).state is JobState.DONE
        assert store.all_() == []
        assert connection.execute("SELECT COUNT(*) FROM counter") == [(0,)], "no number is taken for nothing"

    def test_each_currency_is_an_invoice_of_its_own(self, worker: Worker) -> None:
        client_id = client()
        for currency in ("GBP", "EUR", "GBP"):
            subscribe(client_id, currency=currency)
        worker.perform(invoices.bill, client_id=client_id)
        assert [(one.currency, len(store.lines(one.id))) for one in store.all_()] == [("EUR", 1), ("GBP", 2)]

    def test_it_is_billed_on_the_day_that_it_is_where_the_client_is(self, worker: Worker) -> None:
        east, west = client("East", zone="Pacific/Kiritimati"), client("West", zone="Pacific/Niue")
        for client_id in (east, west):
            subscribe(client_id, anchor=date(2026, 3, 2))
        with time_machine.travel(datetime(2026, 3, 1, 10, 30, tzinfo=UTC)):
            worker.perform(invoices.bill_all)
            worker.drain(invoices.bill)
        assert [(one.client_id, one.issued_on) for one in store.all_()] == [(east, date(2026, 3, 2))]

    def test_the_series_is_the_settings(self, worker: Worker) -> None:
        client_id = client()
        subscribe(client_id)
        with settings.override(invoice_series="RE-2026"):
            worker.perform(invoices.bill, client_id=client_id)
        assert [one.name for one in store.all_()] == ["RE-2026-000001"]

    def test_an_invoice_that_is_undone_gives_its_number_back(self, worker: Worker) -> None:
        client_id = client()
        subscribe(client_id)
        with do.undone():
            invoices.bill(client_id=client_id)
        assert store.all_() == []
        worker.perform(invoices.bill, client_id=client_id)
        assert numbers() == [1]
        assert invoice_audit.gaps() == []

    def test_a_period_cannot_be_billed_twice_even_by_hand(self, worker: Worker) -> None:
        client_id = client()
        subscribe(client_id)
        lines = billing_due.of_client(client_id, on=TODAY).lines
        worker.perform(invoices.bill, client_id=client_id)
        with pytest.raises(connection.Conflict), connection.transaction():
            store.issue(client_id, lines, series="INV", on=TODAY, due_days=14)
        assert numbers() == [1]
        assert invoice_audit.gaps() == []


def without_key(client_id: int) -> int:
    """Queue a bill as the release before did where a person asked for one: another of that client may run meanwhile."""
    with connection.transaction():
        spec, request = JobSpec("invoices.bill", "billing"), JobRequest({"client_id": client_id})
        return transitions.insert_one(spec, request)[0]


class TestTwoRunsAtOnce:
    @pytest.mark.parametrize("round_", range(3))
    def test_no_client_is_billed_twice_and_numbers_have_no_gap_and_no_double(
        self, ledger: str, tmp_path: Path, round_: int
    ) -> None:
        """Four workers take the jobs of two runs from both ends, so that they meet at the same clients."""
        ids = [client(f"Client {round_}-{number}") for number in range(12)]
        for number, client_id in enumerate(ids):
            subscribe(client_id, months=1, anchor=TODAY - timedelta(days=40 * (number % 3)))
        first = [invoices.bill.enqueue(client_id=one).job_id for one in ids]
        second = [without_key(one) for one in ids]
        shares = [first, second[::-1], first[::-1], second]
        workers = [Worker(tmp_path) for _ in shares]

        def work(place: int) -> None:
            for job_id in shares[place]:
                workers[place].claims.claim([job_id])
                runner.run(workers[place].claims, job_id)

        do.at_once(len(shares), work)
        assert {do.state(one) for one in (*first, *second)} == {JobState.DONE}
        assert numbers() == list(range(1, len(ids) + 1))
        assert invoice_audit.gaps() == []
        assert Counter(one.client_id for one in store.all_()) == Counter(ids)
        assert [len(store.lines(one.id)) for one in sorted(store.all_(), key=lambda one: one.client_id)] == [
            1 + number % 3 for number in range(12)
        ]

    def test_bills_called_at_once_for_one_client_issue_one_invoice(self, ledger: str) -> None:
        """Without the ledger's own guard against running the same work twice."""
        for number in range(4):
            client_id = client(f"Client {number}")
            subscribe(client_id)
            subscribe(client_id, months=1, anchor=TODAY - timedelta(days=70))
            with ThreadPoolExecutor(4) as pool:
                for future in [pool.submit(_bill, client_id) for _ in range(4)]:
                    future.result()
            assert len([one for one in store.all_() if one.client_id == client_id]) == 1
        assert numbers() == [1, 2, 3, 4]
        assert invoice_audit.gaps() == []

    def test_two_runs_share_their_jobs_where_these_are_queued_already(self, worker: Worker) -> None:
        for number in range(4):
            subscribe(client(f"Client {number}"))
        for _ in range(2):
            worker.perform(invoices.bill_all)
        assert len(jobs.newest(task="invoices.bill")) == 4
        worker.drain(invoices.bill)
        assert numbers() == [1, 2, 3, 4]


def _bill(client_id: int) -> None:
    with connection.session():
        invoices.bill(client_id=client_id)


class TestGaps:
    def test_an_invoice_that_somebody_removed_is_found(self, worker: Worker) -> None:
        for number in range(3):
            client_id = client(f"Client {number}")
            subscribe(client_id)
            worker.perform(invoices.bill, client_id=client_id)
        assert invoice_audit.gaps() == []
        do.let_issued_be_removed()
        with connection.transaction():
            connection.execute("DELETE FROM invoice_line WHERE invoice_id = (SELECT id FROM invoice WHERE number = 2)")
            connection.execute("DELETE FROM invoice WHERE number = 2")
        assert invoice_audit.gaps() == ["series INV: numbers go to 3, 2 invoices exist"]


class TestDocument:
    def test_an_invoice_becomes_a_document_and_a_mail_once(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        client_id = client("Bakery", language="de")
        subscribe(client_id)
        worker.perform(invoices.bill, client_id=client_id)
        (invoice,) = store.all_()
        worker.perform(invoices.document, invoice_id=invoice.id)
        worker.drain()
        (kept,) = kept_documents.of(Subject("invoice", invoice.id))
        first = outside.storage().get(kept.storage_key, sha256=kept.sha256)
        assert (kept.name, kept.state, kept.client_id) == ("INV-000001.pdf", DocumentState.CLEAN, client_id)
        assert kept.kept_until == datetime(invoice.issued_on.year + 11, 1, 1, tzinfo=UTC)
        with settings.override(seller_name="Another Agency"):
            worker.perform(invoices.document, invoice_id=invoice.id)
            worker.drain()
        assert kept_documents.of(Subject("invoice", invoice.id)) == [kept], "what was issued is not made anew"
        assert store.require(invoice.id).document_key == kept.storage_key
        (delivered,) = world.smtp.mailbox
        assert delivered.recipients == ("bakery@clients.test",)
        assert delivered.message["Subject"] == "Rechnung INV-000001 von Sandbox Agency"
        (attachment,) = delivered.message.iter_attachments()
        assert (attachment.get_filename(), attachment.get_content()) == ("INV-000001.pdf", first)
        assert "INV-000001" in PdfReader(io.BytesIO(first)).pages[0].extract_text()
        assert store.LIST.count(documented=False).number == 0
        assert outbox.counts()["sent"] == 1

    def test_the_link_on_the_document_is_the_mails_and_the_same_when_it_is_made_again(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        subscribe(client_id := client())
        with settings.override(stripe_key=SecretStr(KEY)):
            worker.perform(invoices.bill, client_id=client_id)
            (invoice,) = store.all_()
            said = invoice_descriptions.of_invoice(invoice)
            link = client_links.standing(invoice, by=invoices.document.name)
            first = invoices._rendered(invoices._payable(said, link))
            worker.drain()
        assert signed_links.LIST.page(invoice=invoice.id).rows == (signed_links.require(link.id),)
        (delivered,) = world.smtp.mailbox
        (attachment,) = delivered.message.iter_attachments()
        assert attachment.get_content() == first
        page: Any = PdfReader(io.BytesIO(first)).pages[0]
        (printed,) = page["/Annots"]
        address = printed.get_object()["/A"]["/URI"]
        body = delivered.message.get_body(("plain",))
        assert body
        assert address == addresses.address(link)
        assert address in body.get_content()
        assert address not in str(invoice_descriptions.of_invoice(invoice)), "an address that works is in no row"
        with connection.transaction():
            signed_links.withdraw(link.id, by="ada")
        judged = addresses.judge(address.rsplit("/", 1)[1], SignedPurpose.INVOICE, method="POST", audience="")
        assert judged == RefusedLink(LinkRefusal.WITHDRAWN, client_id)

    @pytest.mark.parametrize("tag", ["de-AT", "DE"])
    def test_a_client_is_written_to_in_the_language_of_a_regional_tag(
        self, sandbox: Sandbox, worker: Worker, tag: str
    ) -> None:
        world = sandbox()
        subscribe(client_id := client("Bakery", language=tag), tax_basis_points=770)
        worker.perform(invoices.bill, client_id=client_id)
        worker.drain()
        (delivered,) = world.smtp.mailbox
        assert delivered.message["Subject"] == "Rechnung INV-000001 von Sandbox Agency"
        (attachment,) = delivered.message.iter_attachments()
        text = PdfReader(io.BytesIO(attachment.get_content())).pages[0].extract_text()
        assert "USt. 7,7\N{NO-BREAK SPACE}% auf" in text.replace("\n", " ")

    def test_a_sum_of_zero_is_no_demand(self, sandbox: Sandbox, worker: Worker) -> None:
        world = sandbox()
        subscribe(client_id := client("Bakery"), minor=0)
        worker.perform(invoices.bill, client_id=client_id)
        worker.drain()
        (delivered,) = world.smtp.mailbox
        body = delivered.message.get_body(("plain",))
        assert body
        assert "Nothing is to be paid." in body.get_content()
        assert "Due date" not in body.get_content()

    def test_an_attempt_that_died_after_the_document_was_stored_is_made_good(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        client_id = client()
        subscribe(client_id)
        worker.perform(invoices.bill, client_id=client_id)
        (invoice,) = store.all_()
        with do.undone():
            invoices.document(invoice_id=invoice.id)
        assert [one.size > 0 for one in outside.storage().every(f"documents/invoice/{invoice.id}")] == [True]
        assert kept_documents.of(Subject("invoice", invoice.id)) == []
        assert store.LIST.count(documented=False).number == 1
        worker.drain()
        assert store.LIST.count(documented=False).number == 0
        assert len(world.smtp.mailbox) == 1

    def test_a_client_who_cannot_be_billed_is_not_and_staff_are_told_until_they_can(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        client_id = clients.add(Client(name="Bakery \u0378", email="bakery@clients.test"))[0]
        subscribe(client_id)
        worker.perform(invoices.bill_all)
        worker.drain(invoices.bill)
        assert store.all_() == []
        assert connection.execute("SELECT COUNT(*) FROM counter") == [(0,)], "no number is taken for nothing"
        (job,) = jobs.newest(task="invoices.bill")
        assert (job.state, job.error) == (
            JobState.FAILED,
            "Rejected: buyer.name: holds the character U+0378, which cannot be written",
        )
        (alert,) = alerts.open_()
        assert (alert.kind, alert.subject.kind, alert.subject.id) == ("invoice_not_issued", "client", client_id)
        with connection.transaction():
            connection.changed("UPDATE client SET name = 'Bakery' WHERE id = %s", client_id)
        staff_actions.retry(job.id)
        worker.drain(invoices.bill, invoices.document, mail.send)
        assert alerts.open_() == []
        assert len(world.smtp.mailbox) == 1

    def test_what_was_issued_is_printed_as_it_was_then(self, sandbox: Sandbox, worker: Worker) -> None:
        sandbox()
        subscribe(client_id := client("Bakery"))
        worker.perform(invoices.bill, client_id=client_id)
        with connection.transaction():
            connection.changed("UPDATE client SET name = 'Another' WHERE id = %s", client_id)
        worker.drain(invoices.document)
        kept = store.all_()[0].document_key or ""
        text = PdfReader(io.BytesIO(outside.storage().get(kept))).pages[0].extract_text()
        assert "Bakery" in text
        assert "Another" not in text

    def test_an_invoice_whose_document_was_cancelled_says_so(self, worker: Worker) -> None:
        subscribe(client_id := client())
        worker.perform(invoices.bill, client_id=client_id)
        (job,) = jobs.newest(task="invoices.document")
        staff_actions.cancel(job.id)
        assert [one.document_error for one in store.all_()] == ["its job was cancelled"]
        assert [one.kind for one in alerts.open_()] == ["invoice_undocumented"]

    def test_the_same_invoice_makes_the_same_bytes(self, worker: Worker) -> None:
        client_id = client()
        subscribe(client_id)
        worker.perform(invoices.bill, client_id=client_id)
        (invoice,) = store.all_()
        made = [invoices._rendered(invoice_descriptions.of_invoice(invoice)) for _ in range(2)]
        assert made[0] == made[1]


class TestTheWholeRun:
    def test_a_night_of_invoices_ends_with_one_mail_for_each_client_who_owes(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world = sandbox()
        owing = [client(f"owing{number}") for number in range(4)]
        for client_id in owing:
            subscribe(client_id)
        client("owes-nothing")
        for _ in range(2):
            assert worker.perform(invoices.bill_all).state is JobState.DONE
            worker.drain(invoices.bill, invoices.document, mail.send)
        assert Counter(one.recipients[0] for one in world.smtp.mailbox) == Counter(
            f"owing{number}@clients.test" for number in range(4)
        )
        assert numbers() == [1, 2, 3, 4]
