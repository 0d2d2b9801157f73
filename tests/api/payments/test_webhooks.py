"""Stripe's webhooks at the door: forged, old, future, huge and malformed ones are refused; each event is kept once."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import SecretStr

import settings
from api_stub.security import headers
from db import connection
from db.ledger import jobs
from sandbox.stripe import payments
from sandbox.stripe.objects import Json, Objects
from sandbox.stripe.webhooks import body_of, signature
from tests.api.browser import TestClient
from tests.api.conftest import Surface

OLD, NEW = "whsec_old_old_old", "whsec_new_new_new"
PATH = "/webhooks/stripe"


@pytest.fixture
def stripes(surface: Surface) -> Iterator[TestClient]:
    """Stripe's machine, to which the two secrets of a rotation were told."""
    with settings.override(stripe_webhook_secrets=SecretStr(f"{NEW},{OLD}")):
        yield surface.client()


def event(**changed: Any) -> Json:
    objects = Objects(account="acct_1")
    payments.create_intent(objects, {"amount": "100", "currency": "eur", "metadata": {}})
    return {**objects.events[0], **changed}


def send(browser: TestClient, body: bytes, *, header: str | None = None, secrets: Sequence[str] = (NEW,)) -> Any:
    given = signature(body, secrets) if header is None else header
    return browser.post(PATH, content=body, headers={"stripe-signature": given, "content-type": "application/json"})


def kept() -> list[tuple[str, str]]:
    with connection.session():
        return [(name, body) for name, body in connection.execute("SELECT event, body FROM webhook ORDER BY id")]


def folds() -> int:
    with connection.session():
        return len(jobs.newest(task="webhooks.fold"))


@pytest.mark.parametrize("secrets", [[OLD], [NEW], [NEW, OLD]])
def test_an_event_is_kept_as_it_came_once_and_then_folded_by_a_job(stripes: TestClient, secrets: list[str]) -> None:
    body = body_of(event())
    assert [send(stripes, body, secrets=secrets).json() for _ in range(2)] == [{"new": True}, {"new": False}]
    assert kept() == [(json.loads(body)["id"], body.decode())]
    assert folds() == 1


def test_the_same_event_from_ten_sides_at_once_is_one_row_and_one_job(stripes: TestClient, surface: Surface) -> None:
    body = body_of(event())
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: send(surface.client(), body), range(10)))
    assert [one.status_code for one in answers] == [200] * 10
    assert sorted(one.json()["new"] for one in answers) == [False] * 9 + [True]
    assert (len(kept()), folds()) == (1, 1)


def at(seconds: int) -> Callable[[bytes], str]:
    return lambda body: signature(body, [NEW], at=int(time.time()) + seconds)


@pytest.mark.parametrize(
    ("sign", "says"),
    [
        (lambda _: "", "no moment"),
        (lambda body: signature(body, ["whsec_of_a_stranger"]), "no signature fits"),
        (lambda body: signature(body + b" ", [NEW]), "no signature fits"),
        (lambda body: signature(body, [NEW]).replace("v1=", "v0="), "no v1"),
        (at(-301), "too long ago"),
        (at(120), "in the future"),
    ],
)
def test_what_stripe_did_not_sign_now_is_refused_and_not_kept(
    sign: Callable[[bytes], str], says: str, stripes: TestClient
) -> None:
    body = body_of(event())
    answer = send(stripes, body, header=sign(body))
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-webhook")
    assert says in answer.json()["detail"]
    assert NEW not in answer.text
    assert kept() == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe\xff", "no JSON"),
        ('{"object": "event"}'.encode("utf-16"), "no JSON"),
        (b"[]", "no event"),
        (b'{"object": "event"}', "no id"),
        (body_of(event(livemode=True)), "live mode"),
        (body_of(event(account="acct_other")), "another account"),
        (body_of(event(data={"object": {"object": "payment_intent"}})), "no text"),
    ],
)
def test_what_is_signed_and_no_event_for_us_is_refused_by_name(body: bytes, says: str, stripes: TestClient) -> None:
    answer = send(stripes, body)
    assert (answer.status_code, says in answer.json()["detail"]) == (400, True), answer.text
    assert kept() == []


def test_a_huge_one_and_a_deep_one_are_refused_before_they_are_read(stripes: TestClient) -> None:
    assert send(stripes, b"x" * (headers.LARGEST_BODY + 1)).status_code == 413
    assert send(stripes, b'{"a":' * 100 + b"1" + b"}" * 100).status_code == 400
    assert kept() == []


def test_a_kind_that_does_not_count_here_is_kept_all_the_same(stripes: TestClient) -> None:
    assert send(stripes, body_of(event(type="invoice.paid"))).json() == {"new": True}


def test_without_a_secret_there_is_nothing_here(surface: Surface) -> None:
    assert send(surface.client(), body_of(event())).status_code == 404


def test_while_the_database_is_away_stripe_is_told_to_come_again(
    stripes: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise connection.Unreachable[0]("gone")

    monkeypatch.setattr("db.payments.webhooks.add", away)
    assert send(stripes, body_of(event())).status_code == 503
