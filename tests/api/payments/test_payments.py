"""Payments, credit and bank files over HTTP: each act once, in the audit trail, and never more than there is."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from db import connection
from db.access import audit, users
from db.billing import invoices as store
from db.billing import senders
from db.billing.senders import Sender
from db.payments import payments
from db.payments.payments import Payment
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role, Scope
from rules.billing.settlement import PaymentSource
from tasks.billing import credit_notes, invoices
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.support import subscribed
from tests.support.bank_files import OURS, camt053, entry

BY_HAND = {"amount": "10.00", "reference": "receipt 7", "received_on": "2026-11-02"}


@pytest.fixture
def program(surface: Surface) -> TestClient:
    """A program of the billing staff, for a bakery that owes 34.51 EUR on INV-000001."""
    with connection.session():
        with connection.transaction():
            client_id = subscribed.bakery()
        invoices.bill(client_id=client_id)
        senders.add(Sender(name="Agency", series="AG", iban=OURS))
    return surface.with_token(Role.BILLING, Scope.READ, Scope.MONEY)


def through_stripe(minor: int = 3451) -> int:
    with connection.session(), connection.transaction():
        (invoice,) = store.all_()
        paid = Payment(
            client_id=invoice.client_id,
            invoice_id=invoice.id,
            source=PaymentSource.STRIPE,
            key="pi_1",
            reference="pi_1",
            currency="EUR",
            amount_minor=minor,
            received_on=invoice.issued_on,
            recorded_by="stripe",
        )
        return payments.save(paid)


def done(answer: Any, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.json()


def newest() -> tuple[str, str]:
    with connection.session():
        found = audit.LIST.page("-id", size=1).rows[0]
    return found.action, found.subject


def test_a_payment_is_entered_once_for_its_key_and_is_listed(program: TestClient) -> None:
    keyed = {"Idempotency-Key": "receipt-7"}
    made = done(program.post("/api/invoices/1/payments", json=BY_HAND, headers=keyed))
    assert done(program.post("/api/invoices/1/payments", json=BY_HAND, headers=keyed)) == made
    assert newest() == ("record payment", "invoice 1")
    assert (made["amount_minor"], made["source"], made["refundable_minor"]) == (1000, "hand", 1000)
    second = done(program.post("/api/invoices/1/payments", json=BY_HAND | {"received_on": "2026-11-01"}))
    assert program.get("/api/payments").json()["payments"] == [second, made]
    first = program.get("/api/payments?sort=received_on&limit=1").json()
    assert first["payments"] == [second]
    rest = program.get(f"/api/payments?sort=received_on&limit=1&cursor={first['next']}").json()
    assert (rest["payments"], rest["next"]) == ([made], None)
    assert program.get("/api/payments?source=stripe").json()["payments"] == []
    assert program.get("/api/payments?disputed=true").json()["payments"] == []
    assert len(program.get("/api/payments?client=1&invoice=1").json()["payments"]) == 2
    assert program.get(f"/api/payments/{made['id']}").json() == made


def test_what_cannot_be_a_payment_is_named(program: TestClient) -> None:
    for wrong, where in (
        ({"amount": "1.234"}, "body.amount"),
        ({"amount": "ten"}, "body.amount"),
        ({"reference": ""}, "body.reference"),
        ({"received_on": "yesterday"}, "body.received_on"),
        ({"odd": 1}, "body.odd"),
    ):
        answer = program.post("/api/invoices/1/payments", json=BY_HAND | wrong)
        assert (answer.status_code, answer.json()["errors"][0]["at"]) == (422, where)
    for impossible in ({"amount": "0"}, {"received_on": "2199-01-01"}):
        answer = program.post("/api/invoices/1/payments", json=BY_HAND | impossible)
        assert answer.status_code == 409, answer.text
    assert program.post("/api/invoices/99/payments", json=BY_HAND).status_code == 404
    assert program.get("/api/payments").json() == {"payments": [], "next": None}


def test_of_refunds_that_are_asked_for_at_once_no_more_goes_back_than_came(program: TestClient) -> None:
    number = through_stripe()

    def ask(_: int) -> int:
        return program.post(f"/api/payments/{number}/refunds", json={"amount": "20.00", "reason": "gone"}).status_code

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(ask, range(4))) == [202, 409, 409, 409]
    assert newest() == ("refund", "invoice 1")
    (refund,) = program.get(f"/api/payments/{number}/refunds").json()["refunds"]
    assert (refund["amount_minor"], refund["state"], refund["reason"]) == (2000, "asked", "gone")
    for much in ("14.52", "0", "-1"):
        answer = program.post(f"/api/payments/{number}/refunds", json={"amount": much, "reason": "x"})
        assert (answer.status_code, "up to 14.51 EUR" in answer.text) == (409, True)
    done(program.post(f"/api/payments/{number}/refunds", json={"amount": "14.51", "reason": "x"}), 202)


def test_what_came_by_hand_is_not_given_back_by_stripe(program: TestClient) -> None:
    number = done(program.post("/api/invoices/1/payments", json=BY_HAND))["id"]
    answer = program.post(f"/api/payments/{number}/refunds", json={"amount": "1", "reason": "x"})
    assert (answer.status_code, "pay it back there" in answer.text) == (409, True)


def test_a_card_is_charged_only_where_the_client_let_us_keep_one(program: TestClient) -> None:
    answer = program.post("/api/invoices/1/charges")
    assert (answer.status_code, "has not let us keep a card" in answer.text) == (409, True)
    assert program.get("/api/invoices/1/charges").json() == {"charges": []}


def test_credit_is_granted_and_pays_no_more_than_there_is(program: TestClient) -> None:
    given = {"amount": "5.00", "currency": "EUR", "reason": "two days without the shop"}
    keyed = {"Idempotency-Key": "goodwill"}
    found = done(program.post("/api/clients/1/credit", json=given, headers=keyed))
    assert done(program.post("/api/clients/1/credit", json=given, headers=keyed)) == found
    assert newest() == ("grant credit", "client 1")
    assert found["balances"] == [{"currency": "EUR", "amount_minor": 500}]
    assert program.post("/api/clients/1/credit", json=given | {"amount": "-5.01"}).status_code == 409
    used = done(program.post("/api/invoices/1/credit-use"), 200)
    assert used == {"invoice_id": 1, "currency": "EUR", "amount_minor": 500}
    assert newest() == ("use credit", "invoice 1")
    assert program.post("/api/invoices/1/credit-use").status_code == 409
    left = program.get("/api/clients/1/credit").json()
    assert (left["balances"], [one["amount_minor"] for one in left["changes"]]) == ([], [-500, 500])


def test_an_invoice_is_taken_back_in_part_once_for_its_key(program: TestClient) -> None:
    asked, keyed = {"amount": "10.00", "reason": "half a year"}, {"Idempotency-Key": "half"}
    order = done(program.post("/api/invoices/1/credit-notes", json=asked, headers=keyed), 202)
    assert done(program.post("/api/invoices/1/credit-notes", json=asked, headers=keyed), 202) == order
    assert (order["state"], order["amount_minor"], newest()) == ("asked", 1000, ("credit", "invoice 1"))
    with connection.session():
        credit_notes.issue(order_id=order["id"])
    (issued,) = program.get("/api/invoices/1/credit-notes").json()["credit_notes"]
    assert (issued["state"], issued["note_id"]) == ("issued", 2)
    invoice = program.get("/api/invoices/1").json()
    assert (invoice["credited_minor"], invoice["voided_by"]) == (1000, None)
    assert program.get("/api/invoices/2").json()["gross_minor"] == -1000
    for much, code in (({"amount": "24.52"}, 409), ({"lines": [2]}, 409), ({"lines": [0]}, 422)):
        answer = program.post("/api/invoices/1/credit-notes", json=asked | {"amount": None} | much)
        assert answer.status_code == code, answer.text
    assert program.post("/api/invoices/2/credit-notes", json=asked).status_code == 409
    assert program.post("/api/invoices/1/credit-notes", json=asked | {"lines": [1]}).status_code == 409


def test_a_bank_file_is_given_and_its_moves_are_booked(program: TestClient) -> None:
    sent = {"file": ("november.xml", camt053(entry()), "application/xml")}
    assert done(program.post("/api/bank-files", files=sent)) == {"new": 1, "known": 0, "left_out": 0}
    assert done(program.post("/api/bank-files", files=sent)) == {"new": 0, "known": 1, "left_out": 0}
    assert newest() == ("read bank file", "bank file")
    (move,) = program.get("/api/bank-entries?state=open").json()["entries"]
    (match,) = program.get(f"/api/bank-entries/{move['id']}").json()["suggested"]
    assert (match["invoice"], match["because"][:2]) == ("INV-000001", ["number", "amount"])
    where = f"/api/bank-entries/{move['id']}"
    unknown = program.post(f"{where}/bookings", json={"invoice": "INV-2"})
    assert (unknown.status_code, unknown.json()["errors"][0]["at"]) == (422, "body.invoice")
    assert program.post(f"{where}/bookings", json={"invoice": "INV-000001", "amount": "34.52"}).status_code == 409
    part = done(program.post(f"{where}/bookings", json={"invoice": "INV-000001", "amount": "30.00"}))
    assert (part["booked_minor"], part["state"]) == (3000, "open")
    whole = done(program.post(f"{where}/bookings", json={"invoice": "INV-000001"}))
    assert (whole["booked_minor"], whole["state"], whole["suggested"]) == (3451, "booked", [])
    assert done(program.post(f"{where}/unbooking"), 200)["state"] == "open"
    assert done(program.post(f"{where}/setting-aside", json={"why": "a loan"}), 200)["why"] == "a loan"
    assert program.post(f"{where}/setting-aside", json={"why": "a loan"}).status_code == 409
    assert done(program.post(f"{where}/reopening"), 200)["state"] == "open"
    assert newest() == ("reopen bank entry", f"bank_entry {move['id']}")


def test_a_file_of_another_account_is_refused_whole(program: TestClient) -> None:
    sent = {"file": ("x.xml", camt053(entry(), account="DE89370400440532013000"), "application/xml")}
    answer = program.post("/api/bank-files", files=sent)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/not-taken")
    assert "no sender has" in answer.text
    assert program.get("/api/bank-entries").json()["entries"] == []


def test_who_is_limited_to_clients_finds_theirs_and_no_bank_entries(surface: Surface, program: TestClient) -> None:
    number = through_stripe()
    with connection.session():
        other = clients.add(Client(name="Mill", email="mill@clients.test"))[0]
        users.limit_to_clients(surface.people[Role.BILLING], [other])
    assert program.get("/api/payments").json()["payments"] == []
    refund = {"amount": "1", "reason": "x"}
    assert program.post("/api/invoices/1/credit-notes", json=refund).status_code == 404
    assert program.post(f"/api/payments/{number}/refunds", json=refund).status_code == 404
    assert program.post("/api/invoices/1/payments", json=BY_HAND).status_code == 404
    assert program.get("/api/clients/1/credit").status_code == 404
    assert program.get("/api/bank-entries").status_code == 403


def test_a_token_without_the_scope_money_only_reads(surface: Surface, program: TestClient) -> None:
    reader = surface.with_token(Role.OWNER, Scope.READ)
    assert reader.get("/api/payments").status_code == 200
    assert reader.post("/api/invoices/1/payments", json=BY_HAND).status_code == 403
