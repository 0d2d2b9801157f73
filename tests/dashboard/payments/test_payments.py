"""What staff and clients do about payments on pages: within their rights, once each, and nothing of another client."""

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.access import audit, signed_links
from db.billing import invoices, senders
from db.billing.senders import Sender
from db.ledger import jobs
from db.payments import attempts, dunning, payments, refunds, settlements, webhooks
from db.payments.attempts import NewAttempt
from db.payments.payments import Payment
from db.portfolio import clients
from rules import languages
from rules.access import Role
from rules.billing.attempts import AttemptKind, AttemptState
from rules.billing.dunning import DunningStage
from rules.billing.money import Money
from rules.billing.settlement import PaymentSource, SettlementState
from rules.stripe import stripe_events
from sandbox.stripe import KEY
from tasks import signed_links as addresses
from tasks.payments import client_links, collection
from tasks.payments import webhooks as inbox
from tests.api.browser import TestClient
from tests.api.conftest import HOME, Surface
from tests.dashboard.conftest import Filled
from tests.rules.stripe.test_stripe_events import said
from tests.support.bank_files import OURS, camt053, entry
from wording import written_days
from wording.billing import invoice_states


@pytest.fixture
def money() -> Iterator[None]:
    with settings.override(stripe_key=SecretStr(KEY)):
        yield


def link_of(invoice_id: int) -> tuple[int, str]:
    with connection.session(), connection.transaction():
        made = client_links.make(invoices.require(invoice_id), by="test")
        return made, f"/{addresses.path(signed_links.require(made))}"


def visitor(surface: Surface) -> TestClient:
    return surface.client(headers={"accept": "text/html", "origin": HOME})


def newest() -> tuple[str, str]:
    """Return what was written into the trail last, with whom and from where."""
    with connection.session():
        entry = audit.LIST.page("-id", size=1).rows[0]
    assert (entry.actor, bool(entry.address)) == ("the owner", True)
    return entry.action, entry.subject


def token_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found
    return found[1]


def settled(invoice_id: int) -> SettlementState:
    with connection.session():
        invoice = invoices.require(invoice_id)
        return settlements.of_invoice(invoice, on=invoice.due_on).state


def paid_by_card(invoice_id: int) -> int:
    with connection.session(), connection.transaction():
        invoice = invoices.require(invoice_id)
        return payments.save(
            Payment(
                client_id=invoice.client_id,
                invoice_id=invoice_id,
                source=PaymentSource.STRIPE,
                key="pi_1",
                reference="pi_1",
                currency=invoice.currency,
                amount_minor=invoice.gross_minor,
                received_on=invoice.issued_on,
                recorded_by="stripe",
            )
        )


class TestClientsPage:
    def test_it_shows_the_invoice_and_no_other_clients(self, surface: Surface, fill: Callable[..., Filled]) -> None:
        filled = fill()
        _, path = link_of(filled.invoice)
        html = visitor(surface).get(path).text
        assert "INV-000001" in html
        assert "To be paid" in html
        assert "Pay now" not in html, "without Stripe nothing can be paid here"
        assert "/clients" not in html
        assert 'class="side"' not in html

    def test_the_button_asks_for_a_page_of_checkout_once(
        self, surface: Surface, fill: Callable[..., Filled], money: None
    ) -> None:
        filled = fill()
        link_id, path = link_of(filled.invoice)
        browser = visitor(surface)
        form = {"csrf": token_of(browser.get(path).text)}
        for _ in range(2):
            assert browser.post(path, data=form).status_code == 303
        with connection.session():
            (attempt,) = attempts.of_invoice(filled.invoice)
            assert (attempt.kind, attempt.link_id) == (AttemptKind.CHECKOUT, link_id)
            assert len(jobs.newest(task="payments.open_checkout")) == 1
        with connection.session(), connection.transaction():
            attempts.opened(attempt.id, session="cs_1", url="https://checkout.test/c", expires_at=attempt.created_at)
        assert 'url=https://checkout.test/c"' in browser.post(path, data=form).text

    @pytest.mark.parametrize("language", languages.NAMES)
    def test_it_speaks_the_clients_language_up_to_the_door_of_stripe(
        self, surface: Surface, fill: Callable[..., Filled], money: None, language: str
    ) -> None:
        filled = fill()
        with connection.session(), connection.transaction():
            clients.change(filled.client, language=language)
        _, path = link_of(filled.invoice)
        browser, words = visitor(surface), invoice_states.page(language)
        html = unescape(browser.get(path, headers={"accept-language": "ja"}).text)
        assert f'<html lang="{language}">' in html
        shown = ("invoice", "total", "outstanding", "issued", "due", "document", "keep", "pay", "leads", "statement")
        assert [one for one in shown if words[one] not in html] == []
        with connection.session():
            assert written_days.written(invoices.require(filled.invoice).due_on, language) in html

        form = {"csrf": token_of(html)}
        assert words["preparing"] in unescape(browser.post(path, data=form, follow_redirects=True).text)
        with connection.session(), connection.transaction():
            (attempt,) = attempts.of_invoice(filled.invoice)
            attempts.opened(attempt.id, session="cs_1", url="https://checkout.test/c", expires_at=attempt.created_at)
        onward = unescape(browser.post(path, data=form).text)
        assert f'<html lang="{language}">' in onward
        assert words["go_on"] in onward
        with connection.session(), connection.transaction():
            attempts.became(attempt.id, AttemptState.PROCESSING)
        assert words["refused"] in unescape(browser.post(path, data=form, follow_redirects=True).text)

    def test_without_the_forms_token_nothing_is_asked_for(
        self, surface: Surface, fill: Callable[..., Filled], money: None
    ) -> None:
        filled = fill()
        _, path = link_of(filled.invoice)
        assert visitor(surface).post(path).status_code == 403

    def test_a_link_that_is_forged_withdrawn_or_of_another_use_opens_nothing(
        self, surface: Surface, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        link_id, path = link_of(filled.invoice)
        browser = visitor(surface)
        other, _ = link_of(filled.invoice)
        forged = path.replace(f"/{link_id}.", f"/{other}.")
        for wrong in (forged, path[:-1] + ("A" if path[-1] != "A" else "B"), "/pay/1.x", f"{forged}/document"):
            assert browser.get(wrong).status_code == 403, wrong
        with connection.session(), connection.transaction():
            signed_links.withdraw(link_id, by="ada")
        for method in (browser.get, browser.post):
            assert method(path).status_code == 403
        assert browser.get(f"{path}/document").status_code == 403


class TestStaff:
    def test_a_payment_that_came_another_way_is_entered_once(
        self, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        page = f"/invoices/{filled.invoice}"
        key = re.search(r'name="key" value="([a-f0-9]{32})"', browser.get(page).text)
        assert key
        form = {"amount": "34.51", "reference": "R 17", "received_on": "2026-01-02", "key": key[1]}
        for _ in range(2):
            assert browser.post(f"{page}/payments", data=form).status_code == 303
        assert settled(filled.invoice) is SettlementState.PAID
        with connection.session():
            assert len(payments.of_invoice(filled.invoice)) == 1
        assert newest() == ("record payment", f"invoice {filled.invoice}")
        assert "R 17" in browser.get(page).text

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({"amount": "1.234"}, 422),
            ({"amount": "x"}, 422),
            ({"amount": "0"}, 409),
            ({"reference": " "}, 409),
            ({"received_on": "2099-01-01"}, 409),
            ({"received_on": "soon"}, 422),
            ({"key": "x"}, 422),
        ],
    )
    def test_what_cannot_be_a_payment_is_refused(
        self, changed: dict[str, str], status: int, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        form = {"amount": "1.00", "reference": "R", "received_on": "2026-01-02", "key": "a" * 32, **changed}
        assert browser.post(f"/invoices/{filled.invoice}/payments", data=form).status_code == status
        with connection.session():
            assert payments.of_invoice(filled.invoice) == []

    def test_a_refund_is_a_row_and_a_job_and_no_more_than_came(
        self, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        payment_id = paid_by_card(filled.invoice)
        assert browser.post(f"/payments/{payment_id}/refunds", data={"amount": "99", "reason": "x"}).status_code == 409
        answer = browser.post(f"/payments/{payment_id}/refunds", data={"amount": "4.51", "reason": "goodwill"})
        assert answer.status_code == 303
        with connection.session():
            (refund,) = refunds.of_payment(payment_id)
            assert (refund.amount_minor, refund.asked_by) == (451, "the owner")
            assert len(jobs.newest(task="payments.give_back")) == 1
        assert newest() == ("refund", f"invoice {filled.invoice}")
        assert "goodwill" in browser.get(f"/invoices/{filled.invoice}").text

    def test_a_stored_card_is_charged_by_a_button_that_is_there_only_then(
        self, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        page = f"/invoices/{filled.invoice}"
        assert "Charge the stored card" not in browser.get(page).text
        assert browser.post(f"{page}/charges").status_code == 409
        with connection.session(), connection.transaction():
            new = NewAttempt(
                client_id=filled.client,
                invoice_id=filled.invoice,
                kind=AttemptKind.CHECKOUT,
                key=collection.new_key(),
                amount=Money(1, "EUR"),
                asked_by="test",
                keeps_card=True,
            )
            attempts.became(attempts.begin(new), AttemptState.SUCCEEDED, card="pm_1")
        assert "Charge the stored card" in browser.get(page).text
        assert browser.post(f"{page}/charges").status_code == 303
        with connection.session():
            assert len(jobs.newest(task="payments.charge")) == 1
        assert newest() == ("charge", f"invoice {filled.invoice}")

    def test_a_link_is_shown_once_and_withdrawn(
        self, browser: TestClient, surface: Surface, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        html = browser.post(f"/invoices/{filled.invoice}/links").text
        assert newest() == ("make link", f"invoice {filled.invoice}")
        found = re.search(r"/pay/[0-9]+\.[A-Za-z0-9_-]{43}", html)
        assert found
        assert visitor(surface).get(found[0]).status_code == 200
        page = browser.get(f"/invoices/{filled.invoice}").text
        assert found[0] not in page
        withdraw = re.search(rf"/invoices/{filled.invoice}/links/[0-9]+/withdraw", page)
        assert withdraw
        assert browser.post(withdraw[0]).status_code == 303
        assert newest() == ("withdraw link", f"invoice {filled.invoice}")
        assert visitor(surface).get(found[0]).status_code == 403

    def test_reminders_are_paused_and_sent_again_and_what_they_charged_is_waived(
        self, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        page = f"/invoices/{filled.invoice}"
        assert browser.post(f"{page}/dunning-pause", data={"kind": "promise", "reason": "x"}).status_code == 422
        form = {"kind": "promise", "reason": "they called", "until": "2099-01-02"}
        assert browser.post(f"{page}/dunning-pause", data=form).status_code == 303
        assert newest() == ("pause reminders", f"invoice {filled.invoice}")
        assert "they called" in browser.get(page).text
        assert browser.post(f"{page}/dunning-pause/lift").status_code == 303
        assert newest() == ("lift pause of reminders", f"invoice {filled.invoice}")
        assert browser.post(f"{page}/dunning-pause/lift").status_code == 409
        with connection.session(), connection.transaction():
            stage = DunningStage(days=7, fee={"EUR": 500})
            day = invoices.require(filled.invoice).due_on
            dunning.sent(filled.invoice, stage, on=day, fee=500, interest=0, mail_id=filled.mail)
        assert "\N{EURO SIGN}5.00" in browser.get(page).text
        assert browser.post(f"{page}/dunning-steps/7/waive").status_code == 303
        assert newest() == ("waive fees", f"invoice {filled.invoice}")
        assert browser.post(f"{page}/dunning-steps/7/waive").status_code == 409

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
    def test_who_may_not_move_money_sees_no_button_and_is_refused(
        self, role: Role, surface: Surface, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        payment_id = paid_by_card(filled.invoice)
        browser = surface.signed_in(role)
        browser.headers["accept"] = "text/html"
        html = browser.get(f"/invoices/{filled.invoice}").text
        assert "Give back</summary>" not in html
        assert "Enter a payment" not in html
        for path in (f"/payments/{payment_id}/refunds", f"/invoices/{filled.invoice}/charges", "/webhooks/1/folds"):
            assert browser.post(path, data={"amount": "1", "reason": "x"}).status_code == 403

    def test_the_inbox_shows_what_came_and_folds_it_again(
        self, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        fill()
        event = said()[0]
        with connection.session(), connection.transaction():
            inbox.receive(stripe_events.of(event), "{}")
            (kept,) = webhooks.LIST.page().rows
            webhooks.failed(kept.id, "it could not be read")
        html = browser.get("/webhooks?state=failed").text
        assert event["id"] in html
        assert "it could not be read" in html
        assert browser.post(f"/webhooks/{kept.id}/folds").status_code == 303
        assert newest() == ("fold webhook", f"webhook {kept.id}")
        with connection.session():
            assert webhooks.require(kept.id).state is webhooks.WebhookState.RECEIVED


class TestBankFiles:
    def test_a_file_is_given_by_a_form_and_what_fits_is_booked(
        self, surface: Surface, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        filled = fill()
        with connection.session():
            senders.add(Sender(name="Agency", series="AG", iban=OURS))
        sent = {"file": ("november.xml", camt053(entry()), "application/xml")}
        assert "1 new, 0 known" in browser.post("/bank-files", files=sent, follow_redirects=True).text
        assert "0 new, 1 known" in browser.post("/bank-files", files=sent, follow_redirects=True).text
        page = browser.get("/bank-entries").text
        assert "INV-000001" in page
        assert "by number, amount" in page
        said = browser.post("/bank-entries/1/bookings", data={"invoice": "NONE-1"}, follow_redirects=True).text
        assert "no invoice has the number" in said
        browser.post("/bank-entries/1/bookings", data={"invoice": "INV-000001"})
        assert settled(filled.invoice) is SettlementState.PAID
        assert newest() == ("book bank entry", f"invoice {filled.invoice}")
        assert "Take back" in browser.get("/bank-entries?state=booked").text
        browser.post("/bank-entries/1/unbooking")
        browser.post("/bank-entries/1/setting-aside", data={"why": "a loan"})
        assert "a loan" in browser.get("/bank-entries?state=set aside").text
        assert browser.post("/bank-entries/1/setting-aside", data={"why": "again"}).status_code == 409
        browser.post("/bank-entries/1/reopening")
        assert settled(filled.invoice) is SettlementState.OPEN

    def test_a_file_that_cannot_be_read_says_why(
        self, surface: Surface, browser: TestClient, fill: Callable[..., Filled]
    ) -> None:
        fill()
        sent = {"file": ("november.xml", camt053(entry()), "application/xml")}
        assert "no sender has an IBAN" in browser.post("/bank-files", files=sent, follow_redirects=True).text
        sent = {"file": ("november.txt", b"<x>", "text/plain")}
        assert "The file was not taken" in browser.post("/bank-files", files=sent, follow_redirects=True).text
        sent = {"file": ("november.txt", b"x" * 3_000_000, "text/plain")}
        assert browser.post("/bank-files", files=sent).status_code == 413


def test_a_vat_id_that_is_entered_is_put_to_vies_and_so_it_is_by_a_button(
    surface: Surface, browser: TestClient, fill: Callable[..., Filled]
) -> None:
    page = f"/clients/{fill().client}"
    assert browser.post(f"{page}/vat-id-checks").status_code == 409
    with settings.override(vies_url="https://vies.test/rest-api"):
        browser.post(f"{page}/billing", data={"country": "AT", "vat_id": "ATU12345675"})
        with connection.session():
            assert len(jobs.newest(task="vat_id_checks.check")) == 1
        assert "Ask VIES now" in browser.get(f"{page}/billing").text
        assert browser.post(f"{page}/vat-id-checks").status_code == 303
    assert newest()[0] == "check VAT-ID"


def test_credit_is_granted_once_used_and_stands_in_the_account(
    surface: Surface, browser: TestClient, fill: Callable[..., Filled]
) -> None:
    filled = fill()
    form = {"amount": "10.00", "currency": "EUR", "reason": "goodwill", "key": "a" * 32}
    for _ in range(2):
        browser.post(f"/clients/{filled.client}/credit", data=form)
    assert newest() == ("grant credit", f"client {filled.client}")
    assert browser.post(f"/clients/{filled.client}/credit", data={**form, "amount": "1.234"}).status_code == 422
    page = browser.get(f"/invoices/{filled.invoice}").text
    assert "credit of €10.00" in page
    assert browser.post(f"/invoices/{filled.invoice}/credit-use", data={"key": "b" * 32}).status_code == 303
    assert browser.post(f"/invoices/{filled.invoice}/credit-use", data={"key": "c" * 32}).status_code == 409
    assert newest() == ("use credit", f"invoice {filled.invoice}")
    account = browser.get(f"/clients/{filled.client}/statement").text
    assert "goodwill" in account
    assert "€24.51" in account


def test_invoices_are_exported_from_their_page(
    surface: Surface, browser: TestClient, fill: Callable[..., Filled]
) -> None:
    fill()
    assert 'action="/invoice-export"' in browser.get("/invoices").text
    exported = browser.get("/invoice-export?format=bookings&since=&until=")
    assert exported.headers["content-type"].startswith("text/csv")
    assert "Umsatz" in exported.text


def test_a_client_gets_the_invoice_as_xml_where_it_is_one(surface: Surface, fill: Callable[..., Filled]) -> None:
    _, path = link_of(fill().invoice)
    assert "XML" not in visitor(surface).get(path).text, "it has no countries"
    assert visitor(surface).get(f"{path}/e-invoice").status_code == 409
    assert visitor(surface).get("/pay/nonsense/e-invoice").status_code in (403, 404)
