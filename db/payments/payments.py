"""Money that came for invoices: one row for each payment, and what went back of it beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from db import connection
from db.fields import stored
from db.listing import ListFilter, Listing, Order, equals, whether
from rules.access import Within, sees
from rules.billing.money import Money
from rules.billing.settlement import DisputeState, PaymentSource, ReceivedMoney


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment for an invoice. Amounts are in minor units of its currency; ``received_on`` is the bank's day."""

    id: int = 0
    client_id: int
    invoice_id: int
    source: PaymentSource
    key: str
    reference: str
    currency: str
    amount_minor: int
    refunded_minor: int = 0
    disputed_minor: int = 0
    dispute: DisputeState = DisputeState.NONE
    dispute_due: datetime | None = None
    received_on: date
    recorded_by: str
    bank_entry_id: int | None = None
    """The move of a bank's file from which it was booked."""

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)

    @property
    def refundable(self) -> Money:
        """What may still go back of it."""
        return Money(max(0, self.amount_minor - self.refunded_minor - self.disputed_minor), self.currency)

    @property
    def receipt(self) -> ReceivedMoney:
        """What counts of it for its invoice's state."""
        return ReceivedMoney(
            amount=self.amount_minor, refunded=self.refunded_minor, disputed=self.disputed_minor, dispute=self.dispute
        )


_PAYMENT = (
    "SELECT id, client_id, invoice_id, source, key, reference, currency, amount_minor, refunded_minor, disputed_minor,"
    " dispute, dispute_due, received_on, recorded_by, bank_entry_id FROM payment"
)


def save(payment: Payment) -> int:
    """Add a payment in the caller's transaction, or bring the one with its key up to date; returns its number."""
    rows = connection.execute(
        "INSERT INTO payment (client_id, invoice_id, source, key, reference, currency, amount_minor, refunded_minor,"
        " disputed_minor, dispute, dispute_due, received_on, recorded_by, bank_entry_id, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, {now})"
        " ON CONFLICT (key) DO UPDATE SET amount_minor = excluded.amount_minor,"
        " refunded_minor = excluded.refunded_minor, disputed_minor = excluded.disputed_minor,"
        " dispute = excluded.dispute, dispute_due = excluded.dispute_due RETURNING id",
        payment.client_id,
        payment.invoice_id,
        str(payment.source),
        payment.key,
        payment.reference[:200],
        payment.currency,
        payment.amount_minor,
        payment.refunded_minor,
        payment.disputed_minor,
        str(payment.dispute),
        stored(payment.dispute_due) if payment.dispute_due else None,
        payment.received_on,
        payment.recorded_by[:100],
        payment.bank_entry_id,
    )
    return rows[0][0]


def find(payment_id: object) -> Payment | None:
    """Return a payment, or None."""
    return next(iter(connection.rows(Payment, f"{_PAYMENT} WHERE id = %s", payment_id)), None)


def require(payment_id: int, *, within: Within = None) -> Payment:
    """Return a payment. Raises ``LookupError``."""
    found = find(payment_id)
    if found is not None and sees(within, found.client_id):
        return found
    raise LookupError(f"no payment has the id {payment_id}")


def with_key(key: str) -> Payment | None:
    """Return the payment with a key: Stripe's id, a bank's entry, or that of a form."""
    return next(iter(connection.rows(Payment, f"{_PAYMENT} WHERE key = %s", key)), None)


def of_invoices(ids: Iterable[int]) -> dict[int, list[Payment]]:
    """Return the payments of invoices, the oldest first; an invoice without any has an empty list."""
    found: dict[int, list[Payment]] = {one: [] for one in ids}
    for one in connection.rows(Payment, f"{_PAYMENT} WHERE invoice_id {{ids}} ORDER BY id", list(found)):
        found[one.invoice_id].append(one)
    return found


def of_invoice(invoice_id: int) -> list[Payment]:
    """Return the payments of an invoice, the oldest first."""
    return of_invoices([invoice_id])[invoice_id]


def many(ids: Sequence[int]) -> list[Payment]:
    """Return the payments that exist, of these ids."""
    return connection.rows(Payment, f"{_PAYMENT} WHERE id {{ids}}", list(ids))


def of_bank_entry(entry_id: int) -> list[Payment]:
    """Return the payments that were booked from a move of a bank's file, the oldest first."""
    return connection.rows(Payment, f"{_PAYMENT} WHERE bank_entry_id = %s ORDER BY id", entry_id)


LIST: Final[Listing[Payment]] = Listing(
    table="payment",
    columns="received_on, source, dispute",
    read=many,
    orders={"id": Order(), "received_on": Order("received_on", date, then=("id",))},
    filters={
        "client": ListFilter(int, equals("payment.client_id"), "Only this client's", narrows=True),
        "invoice": ListFilter(int, equals("payment.invoice_id"), "Only this invoice's", narrows=True),
        "source": ListFilter(PaymentSource, equals("source"), "Only what came this way"),
        "disputed": ListFilter(bool, whether("dispute <> ''", "dispute = ''"), "Whether the payer's bank disputes it"),
    },
    owner="payment.client_id",
)
"""All payments."""
