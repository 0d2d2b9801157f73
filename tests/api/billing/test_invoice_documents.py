"""Drafts, statements, XML and exports of invoices over HTTP."""

from datetime import UTC, datetime

from db import connection
from db.billing import billing_profiles, credit_orders, senders, subscriptions
from db.billing.billing_profiles import BillingProfile
from db.billing.senders import Sender
from db.billing.subscriptions import Subscription
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role
from tasks.billing import credit_notes, invoice_drafts, invoices
from tasks.payments import new_key
from tests.api.conftest import Surface

TODAY = datetime.now(UTC).date()


def owing() -> int:
    senders.add(Sender(name="Agency", country="DE", vat_id="DE136695976", series="AG"))
    number = clients.add(Client(name="=cmd|' /C calc'!A0", email="bakery@clients.test"))[0]
    billing_profiles.save(BillingProfile(client_id=number, country="DE"))
    subscriptions.subscribe(
        Subscription(
            client_id=number,
            description="Care",
            price_minor=2900,
            currency="EUR",
            months=12,
            tax_basis_points=1900,
            anchor=TODAY,
        )
    )
    return number


def issued(client_id: int) -> int:
    found = invoice_drafts.of_client(client_id, on=TODAY)
    with connection.transaction():
        return invoices._issue(found, found.drafts[0]).id


def test_a_draft_is_foreseen_and_then_issued_as_it_was(surface: Surface) -> None:
    with connection.session():
        client_id = owing()
    browser = surface.signed_in(Role.BILLING)
    said = browser.get(f"/api/clients/{client_id}/invoice-drafts").json()
    (draft,) = said["invoices"]
    assert draft.pop("sources") == [{"subscription_id": 1, "period": 0, "item_id": None}]
    assert draft == {"currency": "EUR", "net": "29.00", "tax": "5.51", "gross": "34.51", "lines": ["Care"]}
    assert said["why_not"] is None
    page = browser.get("/invoice-drafts").text
    assert "34.51" in page
    assert "would be issued" in page
    with connection.session():
        invoice_id = issued(client_id)
    assert browser.get(f"/api/invoices/{invoice_id}").json()["gross_minor"] == 3451


def test_an_issued_invoice_is_read_as_xml_in_either_syntax(surface: Surface) -> None:
    with connection.session():
        invoice_id = issued(owing())
    browser = surface.signed_in(Role.VIEWER)
    for syntax, root in (("ubl", "<Invoice "), ("cii", "<rsm:CrossIndustryInvoice ")):
        answer = browser.get(f"/api/invoices/{invoice_id}/e-invoice?syntax={syntax}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
        assert root in answer.text
        assert "AG-000001" in answer.text


def test_what_is_no_e_invoice_says_which_field_is_missing(surface: Surface) -> None:
    with connection.session():
        client_id = owing()
        billing_profiles.save(BillingProfile(client_id=client_id))
        invoice_id = issued(client_id)
    answer = surface.signed_in(Role.VIEWER).get(f"/api/invoices/{invoice_id}/e-invoice")
    assert answer.status_code == 409
    assert "buyer.address.country" in answer.json()["detail"]


def test_an_export_opens_in_a_spreadsheet_without_running_a_name(surface: Surface) -> None:
    with connection.session():
        issued(owing())
    browser = surface.signed_in(Role.BILLING)
    head, line = browser.get("/api/invoice-export").text.splitlines()
    assert head == "number,kind,client,issued,due,currency,net,tax,gross,corrects"
    assert line.startswith("AG-000001,invoice,'=cmd|' /C calc'!A0,")
    head, line = browser.get("/api/invoice-export?format=bookings").text.splitlines()
    assert head.startswith("Umsatz,Soll/Haben-Kennzeichen,WKZ Umsatz,Konto,")
    assert "'=cmd" in line
    assert browser.get("/api/invoice-export?since=2100-01-01").text.count("\n") == 1


def test_a_credit_note_is_asked_for_on_the_invoices_page(surface: Surface) -> None:
    with connection.session():
        invoice_id = issued(owing())
    browser = surface.signed_in(Role.BILLING)
    assert "Take it back" in browser.get(f"/invoices/{invoice_id}").text
    wish = {"reason": "Wrong", "key": new_key()}
    for _ in range(2):  # a form that is sent again asks for nothing more
        assert browser.post(f"/invoices/{invoice_id}/credit", data=wish, follow_redirects=False).status_code == 303
    with connection.session():
        (order,) = credit_orders.of_invoice(invoice_id)
        credit_notes.issue(order_id=order.id)
    again = browser.post(f"/invoices/{invoice_id}/credit", data={"reason": "Wrong", "key": new_key()})
    assert again.status_code == 409
    assert "taken back by" in browser.get(f"/invoices/{invoice_id}").text
