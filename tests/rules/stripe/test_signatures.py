"""Webhooks' signatures: the stripe package's own count, for as long as they hold, with either of two secrets."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe

from rules.stripe import signatures
from rules.stripe.signatures import BadSignature
from sandbox.stripe.webhooks import signature

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
OLD, NEW = "whsec_old", "whsec_new"
BODY = '{"id": "evt_1", "name": "Bäckerei"}'.encode()


def verified(header: str, *, body: bytes = BODY, secrets: tuple[str, ...] = (NEW, OLD)) -> datetime:
    return signatures.verify(body, header, secrets, now=NOW)


def test_what_the_stripe_package_signs_is_stripes() -> None:
    header = stripe.WebhookSignature.generate_signature_header(BODY.decode(), NEW, AT)
    assert verified(header) == NOW


def test_what_the_sandbox_signs_the_stripe_package_takes() -> None:
    now = int(datetime.now(UTC).timestamp())
    assert stripe.WebhookSignature.verify_header(BODY, signature(BODY, [OLD, NEW], at=now), NEW, 300)


@pytest.mark.parametrize("signed_with", [[OLD], [NEW], [OLD, NEW], ["whsec_third", OLD]])
def test_while_a_secret_is_replaced_either_counts(signed_with: list[str]) -> None:
    assert verified(signature(BODY, signed_with, at=AT)) == NOW


def test_the_age_and_the_future_are_bounded() -> None:
    for seconds in (-300, 0, 60):
        assert verified(signature(BODY, [NEW], at=AT + seconds)) == NOW + timedelta(seconds=seconds)
    with pytest.raises(BadSignature, match="too long ago"):
        verified(signature(BODY, [NEW], at=AT - 301))
    with pytest.raises(BadSignature, match="in the future"):
        verified(signature(BODY, [NEW], at=AT + 61))


GOOD = signature(BODY, [NEW], at=AT)
MAC = GOOD.partition("v1=")[2]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=",
        f"t={AT}",
        f"v1={MAC}",
        f"t={AT},v0={MAC}",
        f"t={AT},v1=",
        f"t={AT},v1={MAC[:-1]}",
        f"t={AT},v1={MAC[:-1]}é",
        f"t=-{AT},v1={MAC}",
        f"t={AT}.5,v1={MAC}",
        f"t={'9' * 400},v1={MAC}",
        f"t={AT},t={AT},v1={MAC}",
        f"t={AT + 1},v1={MAC}",
        f"t=\u0661,v1={MAC}",
        GOOD + "," * 5000,
        "t=1,v1=\x00\n",
    ],
)
def test_a_header_that_is_not_stripes_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        verified(header)


def test_a_changed_body_and_a_strange_secret_are_refused() -> None:
    with pytest.raises(BadSignature, match="no signature fits"):
        verified(GOOD, body=BODY + b" ")
    with pytest.raises(BadSignature, match="no signature fits"):
        verified(GOOD, secrets=(OLD,))
    with pytest.raises(BadSignature, match="no signature fits"):
        verified(GOOD, secrets=())
