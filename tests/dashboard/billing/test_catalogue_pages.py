"""The catalogue's pages: what is entered in a form is there, and what is wrong is said at its field, the rest kept."""

import pytest

from db import connection
from db.access import audit
from db.billing import billing_items, billing_profiles, products, senders, subscriptions
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules.access import Role
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite
SHOWN = "http://localhost/subscriptions/1"
SUBSCRIPTION = {"client": "Bakery", "description": "Hosting", "price": "31", "interval": "P1M", "tax": "19"}


@pytest.fixture
def owner(surface: Surface) -> TestClient:
    with connection.session():
        client_id, _ = clients.add(Client(name="Bakery", email="bakery@clients.test"))
        domains.add("bakery.example", client_id=client_id)
    return surface.signed_in(Role.OWNER)


def send(owner: TestClient, path: str, **form: str) -> str:
    answer = owner.post(path, data=form, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_product_with_a_price_is_subscribed_to_and_billed_for_a_domain(owner: TestClient) -> None:
    send(owner, "/products", code="com", name="Domain .com", kind="domain", tld="com", interval="P1Y", unit="ANN")
    assert "15.00" in send(owner, "/products/1/prices", currency="EUR", begin="2026-01-01", price="15.00")
    page = send(owner, "/subscriptions", client="Bakery", product="com", domain="bakery.example", start="2026-11-01")
    assert "Domain .com bakery.example" in page
    assert "every year" in owner.get("/domains/1").text
    assert "Domain .com bakery.example" in owner.get("/products/1").text
    with connection.session():
        assert subscriptions.get(1).price_minor == 1500


def test_a_form_that_cannot_be_used_comes_back_with_what_was_given_and_what_is_wrong(owner: TestClient) -> None:
    answer = owner.post("/subscriptions", data=SUBSCRIPTION | {"price": "12.3456", "quantity": "-1"})
    assert answer.status_code == 422
    assert 'value="12.3456"' in answer.text
    assert "12.3456 has more decimals than EUR, which has 2" in answer.text
    assert "a quantity is from 0 to 1000000, not -1" in answer.text
    assert 'value="Hosting"' in answer.text
    with connection.session():
        assert subscriptions.LIST.count().number == 0


def test_what_was_given_is_shown_as_text(owner: TestClient) -> None:
    answer = owner.post("/subscriptions", data=SUBSCRIPTION | {"price": '"><script>alert(1)</script>'})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_a_line_of_a_draft_is_changed_left_out_and_billed_again(owner: TestClient) -> None:
    send(owner, "/subscriptions", **SUBSCRIPTION)
    assert 'href="/subscriptions/1/periods/0"' in owner.get("/clients/1/invoice-drafts").text
    said = send(owner, "/subscriptions/1/periods/0", description="Hosting, moved", price="12", reason="agreed")
    assert "It is changed, and so is the draft that it is on." in said
    assert "Hosting, moved" in said
    assert "12.00" in said
    assert "14.28" in owner.get("/invoice-drafts").text
    assert 'value="agreed"' in owner.get("/subscriptions/1/periods/0").text
    said = send(owner, "/subscriptions/1/periods/0", omitted="yes", reason="a gift")
    assert "it was left out for good: a gift" in said
    said = send(owner, "/subscriptions/1/periods/0", not_before="2999-01-01", reason="they moved")
    assert "it was put off, not before 2999-01-01: they moved" in said
    assert "31.00" in send(owner, "/subscriptions/1/periods/0/restoration")
    answer = owner.post("/subscriptions/1/periods/0", data={"price": "1.234"})
    assert answer.status_code == 422
    assert "1.234 has more decimals than EUR, which has 2" in answer.text
    with connection.session():
        assert [one.action for one in audit.LIST.page("-id", size=4).rows] == ["line restore", *["line change"] * 3]


def test_a_subscription_is_changed_paused_resumed_and_ended_on_its_page(owner: TestClient) -> None:
    send(owner, "/subscriptions", **SUBSCRIPTION, start="2026-11-01")
    assert "The terms are changed." in send(owner, "/subscriptions/1/changes", begin="2027-01-01", quantity="2")
    assert "paused" in send(owner, "/subscriptions/1/pause", begin="2027-02-01")
    assert "It is charged again." in send(owner, "/subscriptions/1/resume", begin="2027-03-01")
    assert "It ends on 2027-04-01." in send(owner, "/subscriptions/1/end", until="2027-04-01")
    as_a_browser = {"referer": SHOWN, "accept": "text/html"}
    late = owner.post("/subscriptions/1/pause", data={"begin": "2027-04-01"}, headers=as_a_browser)
    assert "Nothing was saved: it ends on 2027-04-01" in late.text
    assert 'value="2027-04-01"' in late.text
    assert "It goes on." in send(owner, "/subscriptions/1/continuation")


def test_an_item_is_entered_and_taken_back(owner: TestClient) -> None:
    send(owner, "/billing-items", client="Bakery", description="Move", price="90", quantity="1.5", tax="19")
    assert "135.00" in owner.get("/billing-items/1").text
    send(owner, "/billing-items/1/removal")
    with connection.session():
        assert billing_items.LIST.count().number == 0


def test_a_sender_and_how_a_client_is_billed_are_entered_and_read_back(owner: TestClient) -> None:
    form = {"name": "Agency", "series": "AG", "country": "DE", "vat_id": "DE136695976", "address": "1 Mill Lane\nYard"}
    send(owner, "/senders", **form)
    assert 'value="DE136695976"' in owner.get("/senders/1").text
    wrong = owner.post("/clients/1/billing", data={"country": "FR", "vat_id": "DE136695976"})
    assert "is a VAT-ID of DE, not of FR" in wrong.text
    send(owner, "/clients/1/billing", country="FR", vat_id="40303265045", kind="business", sender_id="1")
    with connection.session():
        assert senders.get(1).address == ("1 Mill Lane", "Yard")
        assert (found := billing_profiles.get(1)).vat_id == "FR40303265045"
        assert found.sender_id == 1


def test_a_coupon_is_entered(owner: TestClient) -> None:
    assert "20%" in send(owner, "/coupons", code="WELCOME", discount="20%", periods="3")


def test_a_product_is_changed_archived_and_restored(owner: TestClient) -> None:
    send(owner, "/products", code="h", name="Hours", kind="hours", nature="service", unit="HUR", tax_rate="7")
    assert 'value="7"' in owner.get("/products/1/edit").text
    send(owner, "/products/1", code="h", name="Hours of people", kind="hours", nature="service", unit="HUR")
    assert "archived" in send(owner, "/products/1/archive")
    send(owner, "/products/1/restore")
    with connection.session():
        assert (products.get(1).name, products.get(1).tax_basis_points) == ("Hours of people", None)


def test_a_viewer_is_offered_no_form(surface: Surface, owner: TestClient) -> None:
    send(owner, "/subscriptions", **SUBSCRIPTION)
    viewer = surface.signed_in(Role.VIEWER)
    assert "/subscriptions/1/end" not in viewer.get("/subscriptions/1").text
    assert "Change this period only" not in viewer.get("/subscriptions/1/periods/0").text
    assert viewer.get("/subscriptions/new").status_code == 403
