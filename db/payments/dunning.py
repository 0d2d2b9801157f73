"""Reminders that were sent, each stage of an invoice once, and what keeps others from being sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from db import connection
from rules.billing.dunning import DunningHold, DunningHoldKind, DunningStage, SentStage


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningStep:
    """A reminder that was sent. Amounts are in minor units of the invoice's currency."""

    id: int
    invoice_id: int
    days: int
    sent_on: date
    fee_minor: int
    interest_minor: int
    mail_id: int
    waived_at: datetime | None
    waived_by: str

    @property
    def sent(self) -> SentStage:
        return SentStage(days=self.days, on=self.sent_on, fee=self.fee_minor, interest=self.interest_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningPause:
    """Why no reminder is sent for an invoice, and until when; None: until it is lifted."""

    invoice_id: int
    kind: DunningHoldKind
    until: date | None
    reason: str
    set_by: str

    @property
    def hold(self) -> DunningHold:
        return DunningHold(kind=self.kind, until=self.until)


def invoices_after(last: int, limit: int, *, due_by: date) -> list[int]:
    """Return the next invoices that are due by a day and not paid in full, by id."""
    rows = connection.execute(
        "SELECT invoice.id FROM invoice LEFT JOIN (SELECT invoice_id, SUM(amount_minor - disputed_minor) AS received"
        " FROM payment GROUP BY invoice_id) AS paid ON paid.invoice_id = invoice.id"
        " WHERE invoice.id > %s AND due_on <= %s AND gross_minor > COALESCE(received, 0) ORDER BY invoice.id LIMIT %s",
        last,
        due_by,
        limit,
    )
    return [invoice_id for (invoice_id,) in rows]


def steps(invoice_id: int) -> list[DunningStep]:
    """Return the reminders of an invoice, in their order."""
    return connection.rows(
        DunningStep,
        "SELECT id, invoice_id, days, sent_on, fee_minor, interest_minor, mail_id, waived_at, waived_by"
        " FROM dunning_step WHERE invoice_id = %s ORDER BY days",
        invoice_id,
    )


def sent(invoice_id: int, stage: DunningStage, *, on: date, fee: int, interest: int, mail_id: int) -> None:
    """Write that a reminder is sent, in the transaction that posts its mail. Raises ``connection.Conflict``."""
    connection.execute(
        "INSERT INTO dunning_step"
        " (invoice_id, days, sent_on, fee_minor, interest_minor, mail_id, waived_by, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, '', {now})",
        invoice_id,
        stage.days,
        on,
        fee,
        interest,
        mail_id,
    )


def waive(invoice_id: int, days: int, *, by: str) -> bool:
    """Take back what a reminder charged, in the caller's transaction; returns whether it did charge something."""
    return bool(
        connection.changed(
            "UPDATE dunning_step SET waived_at = {now}, waived_by = %s WHERE invoice_id = %s AND days = %s"
            " AND waived_at IS NULL AND fee_minor + interest_minor > 0",
            by[:100],
            invoice_id,
            days,
        )
    )


def fees(ids: Iterable[int]) -> Mapping[int, int]:
    """Return what the reminders of invoices charged and was not waived, in minor units by the invoice's id."""
    rows = connection.execute(
        "SELECT invoice_id, SUM(fee_minor + interest_minor) FROM dunning_step WHERE invoice_id {ids}"
        " AND waived_at IS NULL GROUP BY invoice_id",
        list(ids),
    )
    return {invoice_id: int(charged) for invoice_id, charged in rows}


def pause(invoice_id: int) -> DunningPause | None:
    """Return what keeps reminders of an invoice from being sent, also where it is over."""
    rows = connection.rows(
        DunningPause,
        "SELECT invoice_id, kind, until, reason, set_by FROM dunning_pause WHERE invoice_id = %s",
        invoice_id,
    )
    return rows[0] if rows else None


def set_pause(pause: DunningPause) -> None:
    """Stop the reminders of an invoice, in the caller's transaction, in place of an earlier pause."""
    connection.execute(
        "INSERT INTO dunning_pause (invoice_id, kind, until, reason, set_by, created_at)"
        " VALUES (%s, %s, %s, %s, %s, {now}) ON CONFLICT (invoice_id) DO UPDATE SET kind = excluded.kind,"
        " until = excluded.until, reason = excluded.reason, set_by = excluded.set_by, created_at = excluded.created_at",
        pause.invoice_id,
        str(pause.kind),
        pause.until,
        pause.reason[:500],
        pause.set_by[:100],
    )


def lift(invoice_id: int) -> bool:
    """Let reminders be sent again, in the caller's transaction; returns whether there was a pause."""
    return bool(connection.changed("DELETE FROM dunning_pause WHERE invoice_id = %s", invoice_id))
