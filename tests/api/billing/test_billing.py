"""The catalogue over HTTP: what is entered is read back, and what cannot be billed is refused with its field named."""

from typing import Any

import pytest

from db import connection
from db.access import audit
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules.access import Role, Scope
from tests.api.browser import TestClient
from tests.api.conftest import Surface

DAY = "2026-12-01"
SENDER = {"name": "Agency", "series": "AG", "country": "DE", "vat_id": "DE 136 695 976", "address": ["1 Mill Lane"]}
PRODUCT = {"code": "com", "name": "Domain .com", "kind": "domain", "tld": ".com", "unit": "ANN", "interval": "P1Y"}


@pytest.fixture
def program(surface: Surface) -> TestClient:
    with connection.session():
        for name in ("Bakery", "Mill"):
            clients.add(Client(name=name, email=f"{name.lower()}@clients.test", zone="Europe/Berlin"))
        domains.add("bakery.example", client_id=1)
    return surface.with_token(Role.BILLING)


def made(answer: Any, status: int = 201) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {one["at"]: one["message"] for one in answer.json()["errors"]}


def product(program: TestClient, **values: Any) -> int:
    number = made(program.post("/api/products", json=PRODUCT | values))["id"]
    made(program.post(f"/api/products/{number}/prices", json={"currency": "EUR", "begin": DAY, "price": "15.00"}))
    return number


def subscription(program: TestClient, **values: Any) -> dict[str, Any]:
    given = {"client_id": 1, "description": "Hosting", "price": "31", "interval": "P1M", "start": DAY, "tax": "19"}
    return made(program.post("/api/subscriptions", json=given | values))


def test_a_product_is_sold_at_the_price_of_the_first_day(program: TestClient) -> None:
    number = product(program)
    made(program.post(f"/api/products/{number}/prices", json={"currency": "EUR", "begin": "2027-01-01", "price": "17"}))
    given = {"client_id": 1, "product": "com", "domain": "www.bakery.example", "start": DAY}
    found = made(program.post("/api/subscriptions", json=given))
    assert (found["description"], found["interval"]) == ("Domain .com bakery.example", "P1Y")
    assert [one["price_minor"] for one in found["terms"]] == [1500]
    assert (found["tax_basis_points"], found["next_due_at"]) == (None, "2026-11-30T23:00:00Z")
    later = made(program.post("/api/subscriptions", json=given | {"start": "2027-02-01"}))
    assert later["terms"][0]["price_minor"] == 1700
    assert len(program.get(f"/api/products/{number}").json()["prices"]) == 2
    assert len(program.get(f"/api/subscriptions?product={number}").json()["subscriptions"]) == 2


@pytest.mark.parametrize(
    ("values", "field", "why"),
    [
        ({"currency": "QQQ"}, "currency", "no currency of ISO 4217"),
        ({"currency": "DEM"}, "currency", "in use"),
        ({"quantity": "-1"}, "quantity", "from 0 to"),
        ({"quantity": "1.0005"}, "quantity", "3 decimals"),
        ({"quantity": "1000001"}, "quantity", "from 0 to"),
        ({"price": "12.3456"}, "price", "more decimals than EUR, which has 2"),
        ({"price": "-1"}, "price", "not negative"),
        ({"price": "12,50"}, "price", "not an amount"),
        ({"price": "999999999999"}, "price", "more than can be billed"),
        ({"price": "900000000", "quantity": "1000"}, "quantity", "more than can be billed"),
        ({"interval": "monthly"}, "interval", "write P1M"),
        ({"product": "nothing"}, "product", "no product has the code"),
        ({"domain": "mill.example"}, "domain", "not looked after"),
        ({"client_id": 2, "domain": "bakery.example"}, "domain", "is not Mill's"),
        ({"until": DAY}, "until", "is not after"),
        ({"trial_until": "2026-11-30"}, "trial_until", "before the start"),
        ({"discount": "101%"}, "discount", "percentage"),
        ({"discount": "5.001"}, "discount", "more decimals"),
        ({"coupon": "NONE"}, "coupon", "no coupon has the code"),
        ({"tax": ""}, "tax", "is missing"),
        ({"tax": "1900"}, "tax", "percentage"),
        ({"description": "a\u0000b"}, "description", "cannot be printed"),
    ],
)
def test_what_cannot_be_billed_is_refused_by_its_field(
    program: TestClient, values: dict[str, str], field: str, why: str
) -> None:
    given = {"client_id": 1, "description": "Hosting", "price": "31", "interval": "P1M", "start": DAY, "tax": "19"}
    found = refused(program.post("/api/subscriptions", json=given | values))
    assert why in found[f"body.{field}"]
    assert program.get("/api/subscriptions").json()["subscriptions"] == []


def test_all_that_is_wrong_is_named_at_once(program: TestClient) -> None:
    found = refused(program.post("/api/subscriptions", json={"client_id": 1, "price": "x", "quantity": "-2"}))
    assert {"body.price", "body.quantity", "body.interval", "body.description", "body.tax"} <= set(found)


def test_a_trial_is_free_until_the_first_period(program: TestClient) -> None:
    found = subscription(program, trial_until="2026-12-15")
    assert (found["trial_from"], found["anchor"], found["next_due"]) == (DAY, "2026-12-15", "2026-12-15")


def test_a_subscription_is_changed_paused_resumed_ended_and_goes_on(program: TestClient) -> None:
    path = f"/api/subscriptions/{subscription(program)['id']}"
    changed = made(program.post(f"{path}/changes", json={"begin": "2027-01-01", "quantity": "2", "price": "30"}), 200)
    assert [(one["begin"], one["quantity"], one["price_minor"]) for one in changed["terms"]] == [
        (DAY, "1", 3100),
        ("2027-01-01", "2", 3000),
    ]
    made(program.post(f"{path}/pause", json={"begin": "2027-02-01"}), 200)
    resumed = made(program.post(f"{path}/resume", json={"begin": "2027-03-01"}), 200)
    assert [one["paused"] for one in resumed["terms"]] == [False, False, True, False]
    ended = made(program.post(f"{path}/end", json={"until": "2027-04-01"}), 200)
    assert ended["until"] == "2027-04-01"
    late = program.post(f"{path}/changes", json={"begin": "2027-05-01", "quantity": "3"})
    assert (late.status_code, "it ends on 2027-04-01" in late.json()["detail"]) == (409, True)
    assert made(program.post(f"{path}/continuation"), 200)["until"] is None
    with connection.session():
        assert {"subscription add", "subscription change", "subscription pause", "subscription resume"} <= {
            one.action for one in audit.LIST.page("-id").rows
        }


def test_a_change_that_changes_nothing_is_refused(program: TestClient) -> None:
    path = f"/api/subscriptions/{subscription(program)['id']}/changes"
    assert "give what changes" in refused(program.post(path, json={"begin": DAY}))["body.quantity"]
    assert "more decimals" in refused(program.post(path, json={"price": "1.234"}))["body.price"]


def test_a_coupon_takes_its_share_off_the_first_periods_until_it_is_used_up(program: TestClient) -> None:
    made(program.post("/api/coupons", json={"code": "HALF", "discount": "50%", "periods": 2, "most": 1}))
    found = subscription(program, coupon="HALF")
    assert (found["terms"][0]["discount_basis_points"], found["terms"][0]["discount_until"]) == (5000, "2027-02-01")
    given = {"client_id": 1, "description": "More", "price": "31", "interval": "P1M", "tax": "19", "coupon": "HALF"}
    assert "as often as it may be" in refused(program.post("/api/subscriptions", json=given))["body.coupon"]
    assert program.get("/api/coupons").json()["coupons"][0]["used"] == 1


def test_an_item_waits_for_the_next_invoice_and_can_be_taken_back(program: TestClient) -> None:
    given = {"client_id": 1, "description": "Move", "price": "90", "quantity": "1.5", "unit": "HUR", "tax": "19"}
    item = made(program.post("/api/billing-items", json=given))
    assert (item["net_minor"], item["client_name"], item["invoice_id"]) == (13500, "Bakery", None)
    assert program.get("/api/billing-items?billed=false").json()["items"] == [item]
    where = f"/api/billing-items/{item['id']}"
    changed = made(program.patch(where, json={"price": "20.00", "quantity": "2"}), 200)
    assert (changed["net_minor"], changed["description"]) == (4000, item["description"])
    assert program.get(where).json() == changed
    assert "more decimals" in refused(program.patch(where, json={"price": "1.234"}))["body.price"]
    assert program.patch(where, json={"client_id": 2}).status_code == 422
    assert program.delete(where).status_code == 204
    assert program.patch(where, json={"price": "1"}).status_code == 404
    assert program.get(f"/api/billing-items/{item['id']}").status_code == 404
    assert "is none of" in refused(program.post("/api/billing-items", json=given | {"unit": "XYZ"}))["body.unit"]


def test_one_periods_line_is_changed_before_it_is_billed_and_as_it_was_again(program: TestClient) -> None:
    where = f"/api/subscriptions/{subscription(program)['id']}/periods/0"
    (charge,) = made(program.get(where), 200)["charges"]
    assert (charge["start"], charge["end"], charge["net_minor"]) == (DAY, "2027-01-01", 3100)
    given = {"description": "Hosting, moved", "price": "12.00", "quantity": "2", "reason": "agreed on the phone"}
    changed = made(program.put(where, json=given), 200)
    assert [one["net_minor"] for one in changed["charges"]] == [2400]
    assert changed["change"] == {
        "description": "Hosting, moved",
        "price_minor": 1200,
        "quantity": "2",
        "not_before": None,
        "omitted": False,
        "reason": "agreed on the phone",
    }
    left_out = made(program.put(where, json={"omitted": True, "reason": "a gift"}), 200)
    assert (left_out["charges"], left_out["change"]["description"]) == ([], None)
    with connection.session():
        assert [one.action for one in audit.LIST.page("-id", size=2).rows] == ["line change", "line change"]
    assert program.delete(f"{where}/change").status_code == 204
    assert made(program.get(where), 200)["change"] is None
    with connection.session():
        assert audit.LIST.page("-id", size=1).rows[0].action == "line restore"


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({}, "body.description", "give what changes"),
        ({"omitted": True, "price": "1"}, "body.omitted", "then price means nothing"),
        ({"price": "1.234"}, "body.price", "more decimals"),
        ({"price": "-1"}, "body.price", "negative"),
        ({"quantity": "-1"}, "body.quantity", "a quantity is from 0"),
        ({"not_before": "tomorrow"}, "body.not_before", ""),
        ({"price": "1", "reason": ""}, "body.reason", "is missing"),
    ],
)
def test_a_change_of_a_line_that_cannot_be_names_the_field(
    program: TestClient, values: dict[str, Any], field: str, message: str
) -> None:
    where = f"/api/subscriptions/{subscription(program)['id']}/periods/0"
    assert message in refused(program.put(where, json={"reason": "agreed"} | values))[field]
    assert made(program.get(where), 200)["change"] is None
    assert program.get(where.replace("/0", "/5000")).status_code == 404


def test_a_sender_is_entered_by_who_may_change_settings_and_no_program(surface: Surface, program: TestClient) -> None:
    owner = surface.signed_in(Role.OWNER)
    first = made(owner.post("/api/senders", json=SENDER))
    assert (first["vat_id"], first["is_default"], first["address"]) == ("DE136695976", True, ["1 Mill Lane"])
    second = made(
        owner.post(
            "/api/senders", json=SENDER | {"name": "North", "series": "N-{year}", "iban": "DE89 3704 0044 0532 0130 00"}
        )
    )
    assert made(owner.post(f"/api/senders/{second['id']}/default"), 200)["is_default"]
    assert owner.post("/api/senders", json=SENDER).status_code == 409
    assert program.post("/api/senders", json=SENDER).status_code == 403
    assert [one["is_default"] for one in program.get("/api/senders").json()["senders"]] == [False, True]


@pytest.mark.parametrize(
    ("values", "field", "why"),
    [
        ({"vat_id": "DE136695977"}, "vat_id", "checksum"),
        ({"country": "XX"}, "country", "ISO 3166-1"),
        ({"country": ""}, "country", "is missing"),
        ({"iban": "DE89370400440532013001"}, "iban", "check digits"),
        ({"bic": "NOPE"}, "bic", "no BIC"),
        ({"series": "lower case"}, "series", "capitals"),
        ({"series": "{month}-1"}, "series", "{year}"),
        ({"due_days": 400}, "due_days", "from 0 to 365"),
        ({"accent": "red"}, "accent", "a colour"),
        ({"logo": "data:image/png;base64,AAAA"}, "logo", "PNG image"),
        ({"logo": "https://evil.example/x.png"}, "logo", "data:image"),
        ({"exemption_code": "VATEX-EU-132"}, "exemption_reason", "words of the law"),
    ],
)
def test_a_sender_that_cannot_be_printed_or_paid_is_refused_by_its_field(
    surface: Surface, program: TestClient, values: dict[str, Any], field: str, why: str
) -> None:
    found = refused(surface.signed_in(Role.OWNER).post("/api/senders", json=SENDER | values))
    assert why in found[f"body.{field}"]


def test_how_a_client_is_billed_is_kept_and_checked(surface: Surface, program: TestClient) -> None:
    sender = made(surface.signed_in(Role.OWNER).post("/api/senders", json=SENDER))["id"]
    given = {"country": "GR", "vat_id": "094259216", "address": ["2 Quay"], "sender_id": sender}
    found = made(program.put("/api/clients/1/billing", json=given), 200)
    assert (found["vat_id"], found["kind"], found["credit"]) == ("EL094259216", "business", [])
    assert made(program.get("/api/clients/1/billing"), 200) == found
    wrong = program.put("/api/clients/1/billing", json=given | {"sender_id": 99})
    assert "no sender has the id 99" in refused(wrong)["body.sender_id"]


def test_a_viewer_reads_and_changes_nothing(surface: Surface, program: TestClient) -> None:
    number = subscription(program)["id"]
    viewer = surface.with_token(Role.VIEWER)
    assert viewer.get(f"/api/subscriptions/{number}").status_code == 200
    assert viewer.post(f"/api/subscriptions/{number}/end", json={"until": DAY}).status_code == 403
    reader = surface.with_token(Role.OWNER, Scope.READ)
    assert reader.post(f"/api/subscriptions/{number}/end", json={"until": DAY}).status_code == 403


def test_a_repeated_request_subscribes_once(program: TestClient) -> None:
    given = {"client_id": 1, "description": "Hosting", "price": "31", "interval": "P1M", "tax": "19"}
    answers = [
        program.post("/api/subscriptions", json=given, headers={"idempotency-key": "a"}).json()["id"] for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(program.get("/api/subscriptions").json()["subscriptions"]) == 1
