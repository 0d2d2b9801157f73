"""Tries to be paid online: each is a row before anybody is asked, and an invoice has one under way at the most."""

from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.fields import stored
from rules.billing.attempts import AttemptKind, AttemptState
from rules.billing.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentAttempt:
    """A try to be paid. ``object_id`` is Stripe's payment or session, once it is certain; times are UTC."""

    id: int
    client_id: int
    invoice_id: int
    kind: AttemptKind
    state: AttemptState
    key: str
    amount_minor: int
    currency: str
    card: str | None
    keeps_card: bool
    link_id: int | None
    object_id: str | None
    url: str | None
    expires_at: datetime | None
    failure: str | None
    asked_by: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttempt:
    """A try that is to be begun."""

    client_id: int
    invoice_id: int
    kind: AttemptKind
    key: str
    amount: Money
    asked_by: str
    card: str | None = None
    keeps_card: bool = False
    link_id: int | None = None


class UnderWay(Exception):
    """Raised when an invoice is being paid already."""


_ATTEMPT = (
    "SELECT id, client_id, invoice_id, kind, state, key, amount_minor, currency, card, keeps_card, link_id, object_id,"
    " url, expires_at, failure, asked_by, created_at, ended_at FROM payment_attempt"
)


def begin(new: NewAttempt) -> int:
    """Add a try, in the caller's transaction. Raises ``UnderWay``."""
    rows = connection.execute(
        "INSERT INTO payment_attempt (client_id, invoice_id, kind, state, key, amount_minor, currency, card,"
        " keeps_card, link_id, asked_by, created_at) VALUES (%s, %s, %s, 'asked', %s, %s, %s, %s, %s, %s, %s, {now})"
        " ON CONFLICT DO NOTHING RETURNING id",
        new.client_id,
        new.invoice_id,
        str(new.kind),
        new.key,
        new.amount.minor,
        new.amount.currency,
        new.card,
        new.keeps_card,
        new.link_id,
        new.asked_by[:100],
    )
    if not rows:
        raise UnderWay("a payment of this invoice is under way; wait until it has ended")
    return rows[0][0]


def find(attempt_id: object) -> PaymentAttempt | None:
    """Return a try, or None."""
    return next(iter(connection.rows(PaymentAttempt, f"{_ATTEMPT} WHERE id = %s", attempt_id)), None)


def require(attempt_id: int) -> PaymentAttempt:
    """Return a try. Raises ``LookupError``."""
    if (found := find(attempt_id)) is None:
        raise LookupError(f"no payment attempt has the id {attempt_id}")
    return found


def with_key(key: str) -> PaymentAttempt | None:
    """Return the try that was made with a key."""
    return next(iter(connection.rows(PaymentAttempt, f"{_ATTEMPT} WHERE key = %s", key)), None)


def under_way(invoice_id: int) -> PaymentAttempt | None:
    """Return the try of an invoice that has not ended, if there is one."""
    return next(
        iter(
            connection.rows(
                PaymentAttempt,
                f"{_ATTEMPT} WHERE invoice_id = %s AND state IN ('asked', 'open', 'processing')",
                invoice_id,
            )
        ),
        None,
    )


def of_invoice(invoice_id: int, *, limit: int = 50) -> list[PaymentAttempt]:
    """Return the newest tries of an invoice."""
    return connection.rows(
        PaymentAttempt, f"{_ATTEMPT} WHERE invoice_id = %s ORDER BY id DESC LIMIT %s", invoice_id, limit
    )


def kept_card(client_id: int) -> str | None:
    """Return the card that a client let us keep last."""
    rows = connection.execute(
        "SELECT card FROM payment_attempt WHERE client_id = %s AND state = 'succeeded' AND keeps_card = TRUE"
        " AND card IS NOT NULL ORDER BY id DESC LIMIT 1",
        client_id,
    )
    return rows[0][0] if rows else None


def opened(attempt_id: int, *, session: str, url: str | None, expires_at: datetime) -> None:
    """Write, in the caller's transaction, where the payer pays."""
    connection.changed(
        "UPDATE payment_attempt SET state = 'open', object_id = %s, url = %s, expires_at = %s"
        " WHERE id = %s AND state = 'asked'",
        session,
        url,
        stored(expires_at),
        attempt_id,
    )


def became(
    attempt_id: int,
    state: AttemptState,
    *,
    failure: str = "",
    object_id: str | None = None,
    card: str | None = None,
) -> None:
    """Write, in the caller's transaction, what a try has come to, and which card paid; one that succeeded stays so."""
    ended = state not in (AttemptState.ASKED, AttemptState.OPEN, AttemptState.PROCESSING)
    connection.changed(
        "UPDATE payment_attempt SET state = %s, failure = %s, object_id = COALESCE(object_id, %s),"
        " card = COALESCE(card, %s),"
        " ended_at = CASE WHEN %s THEN {now} ELSE NULL END WHERE id = %s AND state <> 'succeeded'",
        str(state),
        failure.replace("\0", "")[:500] or None,
        object_id,
        card,
        ended,
        attempt_id,
    )
