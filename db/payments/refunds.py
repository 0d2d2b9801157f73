"""Money that is to go back: each refund is a row before Stripe is asked for it."""

from dataclasses import dataclass
from datetime import datetime

from db import connection
from rules.billing.settlement import RefundState


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A part of a payment that goes back. ``refund`` is Stripe's id of it, once it is certain. Times are UTC."""

    id: int
    payment_id: int
    key: str
    amount_minor: int
    state: RefundState
    refund: str | None
    reason: str
    failure: str | None
    asked_by: str
    created_at: datetime


ON_THEIR_WAY = (RefundState.ASKED, RefundState.PENDING, RefundState.SUCCEEDED)
"""The states of refunds that were made, or may still be."""

_REFUND = (
    "SELECT refund.id, payment_id, refund.key, refund.amount_minor, refund.state, refund, reason, failure, asked_by,"
    " refund.created_at FROM refund"
)


def begin(payment_id: int, *, key: str, amount_minor: int, reason: str, asked_by: str) -> int:
    """Add a refund in the caller's transaction, and return its number."""
    rows = connection.execute(
        "INSERT INTO refund (payment_id, key, amount_minor, state, reason, asked_by, created_at)"
        " VALUES (%s, %s, %s, 'asked', %s, %s, {now}) RETURNING id",
        payment_id,
        key,
        amount_minor,
        reason[:500],
        asked_by[:100],
    )
    return rows[0][0]


def find(refund_id: object) -> Refund | None:
    """Return a refund, or None."""
    return next(iter(connection.rows(Refund, f"{_REFUND} WHERE refund.id = %s", refund_id)), None)


def require(refund_id: int) -> Refund:
    """Return a refund. Raises ``LookupError``."""
    if (found := find(refund_id)) is None:
        raise LookupError(f"no refund has the id {refund_id}")
    return found


def of_payment(payment_id: int) -> list[Refund]:
    """Return the refunds of a payment, the oldest first."""
    return connection.rows(Refund, f"{_REFUND} WHERE payment_id = %s ORDER BY refund.id", payment_id)


def of_invoice(invoice_id: int) -> list[Refund]:
    """Return the refunds of an invoice's payments, the oldest first."""
    return connection.rows(
        Refund,
        f"{_REFUND} JOIN payment ON payment.id = payment_id WHERE invoice_id = %s ORDER BY refund.id",
        invoice_id,
    )


def became(key: str, state: RefundState, *, refund: str | None = None, failure: str = "") -> None:
    """Write, in the caller's transaction, what became of the refund that was made with a key."""
    connection.changed(
        "UPDATE refund SET state = %s, refund = COALESCE(refund, %s), failure = %s WHERE key = %s",
        str(state),
        refund,
        failure.replace("\0", "")[:500] or None,
        key,
    )
