"""Credit notes that were asked for: each is a row before it is issued, once for its key."""

from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.billing import models
from rules.billing.credit_orders import CreditOrderState
from rules.billing.crediting import CreditWish
from rules.billing.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditOrder:
    """A credit note that was asked for. It is over these lines, an amount, or what is left where neither is."""

    id: int
    invoice_id: int
    key: str
    lines: tuple[int, ...]
    amount_minor: int | None
    currency: str
    reason: str
    state: CreditOrderState
    note_id: int | None
    failure: str | None
    asked_by: str
    created_at: datetime

    @property
    def wish(self) -> CreditWish:
        """What it is to take back."""
        amount = None if self.amount_minor is None else Money(self.amount_minor, self.currency)
        return CreditWish(lines=self.lines, amount=amount)


class CreditUnderWay(Exception):
    """Raised when another credit note over the invoice is being issued."""


_ORDER = (
    "SELECT credit_order.id, invoice_id, credit_order.key, lines, amount_minor, invoice.currency, reason, state,"
    " note_id, failure, asked_by, credit_order.created_at FROM credit_order JOIN invoice ON invoice.id = invoice_id"
)


def begin(invoice_id: int, wish: CreditWish, *, key: str, reason: str, asked_by: str) -> int:
    """Add an order in the caller's transaction and return its number. Raises ``CreditUnderWay``."""
    if any(one.state is CreditOrderState.ASKED for one in of_invoice(invoice_id)):
        raise CreditUnderWay
    row = models.CreditOrder.create(
        invoice=invoice_id,
        key=key,
        lines=list(wish.lines),
        amount_minor=wish.amount.minor if wish.amount else None,
        reason=reason[:200],
        asked_by=asked_by[:100],
    )
    return row.id


def find(order_id: object) -> CreditOrder | None:
    """Return an order, or None."""
    return next(iter(connection.rows(CreditOrder, f"{_ORDER} WHERE credit_order.id = %s", order_id)), None)


def require(order_id: int) -> CreditOrder:
    """Return an order. Raises ``LookupError``."""
    if (found := find(order_id)) is None:
        raise LookupError(f"no credit note was asked for under the id {order_id}")
    return found


def with_key(key: str) -> CreditOrder | None:
    """Return the order that was made with a key, or None."""
    return next(iter(connection.rows(CreditOrder, f"{_ORDER} WHERE credit_order.key = %s", key)), None)


def of_invoice(invoice_id: int) -> list[CreditOrder]:
    """Return the orders for an invoice, the oldest first."""
    return connection.rows(CreditOrder, f"{_ORDER} WHERE invoice_id = %s ORDER BY credit_order.id", invoice_id)


def issued(order_id: int, note_id: int) -> None:
    """Write, in the caller's transaction, which credit note an order has become."""
    connection.changed("UPDATE credit_order SET state = 'issued', note_id = %s WHERE id = %s", note_id, order_id)


def failed(order_id: int, why: str) -> None:
    """Write, in the caller's transaction, why no credit note came of an order."""
    connection.changed(
        "UPDATE credit_order SET state = 'failed', failure = %s WHERE id = %s AND state = 'asked'",
        why.replace("\0", "")[:1000],
        order_id,
    )
