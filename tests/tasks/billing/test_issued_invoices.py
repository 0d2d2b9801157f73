"""What was issued stays: nothing changes it, a credit note takes it back, and e-invoices are checked before."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import facturx
import pytest
from pypdf import PdfReader

from db import connection
from db.billing import billing_profiles, invoice_audit, senders, subscriptions
from db.billing import invoices as store
from db.billing.billing_profiles import BillingProfile
from db.billing.senders import Sender
from db.billing.subscriptions import Subscription
from db.ledger import jobs
from db.portfolio import alerts, clients
from db.portfolio.clients import Client
from rules.billing import invoice_numbers
from rules.jobs import JobState
from tasks import outside
from tasks.billing import invoice_drafts, invoices
from tests.support import ledger as do
from tests.support.worker import Worker

TODAY = datetime.now(UTC).date()


def billed(worker: Worker, **values: Any) -> store.Invoice:
    worker.perform(invoices.bill, client_id=owing(**values))
    return store.all_()[-1]


def owing(name: str = "Bakery", *, minor: int = 2900, **more: Any) -> int:
    client_id = clients.add(Client(name=name, email=f"{name.lower()}@clients.test"))[0]
    subscriptions.subscribe(
        Subscription(
            client_id=client_id,
            description="Care",
            price_minor=minor,
            currency="EUR",
            months=12,
            tax_basis_points=1900,
            anchor=TODAY,
            **more,
        )
    )
    return client_id


def sent_by_agency(**values: Any) -> None:
    given: dict[str, Any] = {"name": "Agency", "country": "DE", "vat_id": "DE136695976", "series": "AG-{year}"}
    senders.add(Sender(**{**given, **values}))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE invoice SET gross_minor = gross_minor + 1",
        "UPDATE invoice SET client_id = client_id + 1",
        "UPDATE invoice SET number = 7",
        "UPDATE invoice SET description = '{}'",
        "UPDATE invoice_line SET net_minor = 0",
        "UPDATE invoice_line SET description = 'x'",
        "DELETE FROM invoice_line",
        "DELETE FROM invoice",
    ],
)
def test_what_was_issued_cannot_be_changed_by_anybody(worker: Worker, change: str) -> None:
    before = billed(worker)
    with pytest.raises(Exception, match="does not change"), connection.transaction():
        connection.execute(change)
    assert store.all_() == [before]
    assert invoice_audit.faults() == []


def test_an_update_that_changes_nothing_is_let_be(worker: Worker) -> None:
    billed(worker)
    with connection.transaction():
        connection.changed("UPDATE invoice SET number = number, document_error = 'full disk'")
    assert [one.document_error for one in store.all_()] == ["full disk"]


def test_a_credit_note_takes_an_invoice_back_in_a_series_of_its_own_once(worker: Worker) -> None:
    invoice = billed(worker)
    for _ in range(2):
        assert worker.perform(invoices.credit, invoice_id=invoice.id, reason="Wrong client").state is JobState.DONE
    (note, taken_back) = store.all_()
    assert (note.name, note.kind, note.corrects_id) == ("CN-INV-000001", "credit_note", invoice.id)
    assert taken_back.voided_by == note.id
    assert (note.net_minor, note.tax_minor, note.gross_minor) == (-2900, -551, -3451)
    said = store.description(note.id)
    assert said
    assert (said.totals.gross, said.preceding[0].number, said.notes) == (
        Decimal("34.51"),
        invoice.name,
        ("Wrong client",),
    )
    assert invoice_audit.faults() == []


def test_a_credit_note_is_not_taken_back_itself(worker: Worker) -> None:
    worker.perform(invoices.credit, invoice_id=billed(worker).id)
    note = store.all_()[0]
    assert worker.perform(invoices.credit, invoice_id=note.id).state is JobState.FAILED
    assert len(store.all_()) == 2


def test_credits_asked_for_at_once_make_one_note(worker: Worker) -> None:
    invoice = billed(worker)
    do.at_once(4, lambda _: invoices.credit(invoice_id=invoice.id))
    assert [one.name for one in store.all_()] == ["CN-INV-000001", "INV-000001"]
    assert invoice_audit.faults() == []


def test_a_series_may_begin_anew_each_year(worker: Worker) -> None:
    sent_by_agency()
    client_id, names = owing(), list[str]()
    for year in (2026, 2026, 2027):
        found = invoice_drafts.of_client(client_id, on=TODAY)
        at = replace(found, series=invoice_numbers.series_on(found.sender.series, date(year, 5, 1)))
        with do.undone():
            names.append(invoices._issue(at, found.drafts[0]).name)
    assert names == ["AG-2026-000001", "AG-2026-000001", "AG-2027-000001"]


def test_a_series_that_leaves_no_room_is_named_before_a_number_is_taken(worker: Worker) -> None:
    sent_by_agency(series="x" * 32)
    assert worker.perform(invoices.bill, client_id=owing()).state is JobState.FAILED
    (job,) = jobs.newest(task="invoices.bill")
    assert "sender.series: a series has up to 29 characters, not 32" in str(job.error)
    assert invoice_audit.series() == []


class TestEInvoice:
    def test_it_carries_the_invoice_for_programs(self, worker: Worker) -> None:
        sent_by_agency()
        client_id = owing()
        billing_profiles.save(BillingProfile(client_id=client_id, country="DE", reference="04011000-1-1"))
        worker.perform(invoices.bill, client_id=client_id)
        worker.drain(invoices.document)
        (invoice,) = store.all_()
        pdf = outside.storage().get(invoice.document_key or "")
        name, xml = facturx.get_facturx_xml_from_pdf(pdf, check_xsd=True)
        assert (name, bool(xml)) == ("factur-x.xml", True)
        assert xml
        assert f"<ram:ID>{invoice.name}</ram:ID>".encode() in xml
        assert b"04011000-1-1" in xml
        assert invoice.name in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()

    def test_a_rule_that_is_broken_stops_the_issue_and_names_the_field(self, worker: Worker) -> None:
        sent_by_agency(vat_id=None)
        client_id = owing()
        billing_profiles.save(BillingProfile(client_id=client_id, country="DE"))
        assert worker.perform(invoices.bill, client_id=client_id).state is JobState.FAILED
        (job,) = jobs.newest(task="invoices.bill")
        assert "seller.vat_id: is missing" in str(job.error)
        assert [one.kind for one in alerts.open_()] == ["invoice_not_issued"]
        assert store.all_() == []
        assert invoice_audit.series() == []

    def test_what_was_entered_wrongly_names_the_field(self, worker: Worker) -> None:
        sent_by_agency(iban="DE00", series="AG")
        assert worker.perform(invoices.bill, client_id=owing()).state is JobState.FAILED
        (job,) = jobs.newest(task="invoices.bill")
        assert "iban: not an IBAN" in str(job.error)


def test_the_audit_finds_sums_that_are_not_those_of_the_lines(worker: Worker) -> None:
    invoice = billed(worker)
    with connection.transaction():
        connection.execute(
            "INSERT INTO invoice_line (invoice_id, period_start, period_end, description, net_minor, tax_basis_points)"
            " VALUES (%s, '2026-01-01', '2026-02-01', 'Slipped in', 100, 0)",
            invoice.id,
        )
    assert invoice_audit.faults() == ["series INV: number 1 says 2900 net, its lines 3000"]


class TestDryRun:
    def test_it_says_who_would_get_what_and_issues_nothing(self, worker: Worker) -> None:
        sent_by_agency(vat_id=None)
        good, bad = owing("Bakery"), owing("Butcher", minor=100)
        billing_profiles.save(BillingProfile(client_id=bad, country="DE"))
        found = {one.client_id: one for one in invoice_drafts.all_foreseen()}
        assert found.keys() == {good, bad}
        assert [(one.currency, one.totals.gross) for one in found[good].invoices] == [("EUR", Decimal("34.51"))]
        assert found[good].why_not is None
        assert "seller.vat_id" in (found[bad].why_not or "")
        assert store.all_() == []
        assert invoice_audit.series() == []

    def test_what_it_says_is_what_a_run_then_issues(self, worker: Worker) -> None:
        client_id = owing()
        (said,) = invoice_drafts.foreseen(client_id).invoices
        worker.perform(invoices.bill, client_id=client_id)
        (invoice,) = store.all_()
        assert invoice.gross.amount == said.totals.gross
        assert invoice_drafts.foreseen(client_id).invoices == ()
