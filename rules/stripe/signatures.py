"""Whether a webhook is Stripe's: the header Stripe-Signature over the very bytes that came.

    Stripe-Signature: t=1764390000,v1=5257a8...,v1=6ffbb5...,v0=...

Each v1 is an HMAC-SHA256 of ``t.body`` with one of the endpoint's secrets; while a secret is replaced there are two
(https://docs.stripe.com/webhooks/signature). The stripe package verifies the age only backwards, and not at all where
the tolerance is 0; a moment in the future is refused here as well, because a recorded one would hold until then.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

OLDEST: Final = timedelta(minutes=5)
NEWEST: Final = timedelta(minutes=1)
"""How far the sender's clock may be ahead of ours."""

_MOST_PARTS: Final = 16
_LONGEST_HEADER: Final = 4096
_MAC: Final = 64  # hexadecimal digits


class BadSignature(ValueError):
    """Raised for what Stripe did not sign, or not now; the message says which, and holds nothing of the secret."""


def verify(body: bytes, header: str, secrets: Sequence[str], *, now: datetime) -> datetime:
    """Return when Stripe signed the body. Raises ``BadSignature``."""
    if len(header) > _LONGEST_HEADER:
        raise BadSignature("Stripe-Signature is longer than any that Stripe sends")
    parts = [part.strip().partition("=") for part in header.split(",")][:_MOST_PARTS]
    moments = [value for name, _, value in parts if name == "t"]
    macs = [value for name, _, value in parts if name == "v1" and len(value) == _MAC and value.isascii()]
    if len(moments) != 1 or not moments[0].isascii() or not moments[0].isdecimal() or len(moments[0]) > 11:  # noqa: PLR2004
        raise BadSignature("Stripe-Signature names no moment (t=...)")
    if not macs:
        raise BadSignature("Stripe-Signature has no v1 signature")
    signed = moments[0].encode() + b"." + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    if not any(hmac.compare_digest(mac, one) for mac in macs for one in expected):
        raise BadSignature("no signature fits: the secret is another endpoint's, or the body was changed on its way")
    at = datetime.fromtimestamp(int(moments[0]), UTC)
    if at < now - OLDEST:
        raise BadSignature("it was signed too long ago; a message that was recorded is not taken again")
    if at > now + NEWEST:
        raise BadSignature("it was signed in the future; one of the two clocks is wrong")
    return at
