"""Reminders of invoices that are not paid: a mail for each stage, once.

Promise: local. The stage's row, which is unique, its mail and its link are written in the transaction that ends the
job. Whether one is due is asked in there, so a payment that comes at the same moment is seen, or comes after it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import settings
from db import connection
from db.billing import invoices
from db.billing.invoices import Invoice
from db.mail import outbox
from db.payments import dunning, settlements
from db.portfolio import clients
from rules import languages
from rules.access import Permission
from rules.billing import dunning as rules
from rules.billing import money
from rules.billing.dunning import DunningStage
from rules.billing.money import Money
from tasks import mail, senders, signed_links
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.mail import client_mails, letters
from tasks.mail.letters.brand import Brand
from tasks.payments import client_links
from wording import written_days


def _due_by():
    """Return the latest due day of an invoice that may have a stage due today in some client's zone."""
    first = min((one.days for one in settings.current().dunning_stages), default=0)
    return (datetime.now(UTC) + timedelta(days=1 - min(0, first))).date()


def _size() -> FanOutSize:
    return FanOutSize(len(dunning.invoices_after(0, 100_000, due_by=_due_by())) if settings.current().dunning else 0)


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size, deadline_s=900, permission=Permission.MONEY)
def remind_all() -> None:
    """Look at every invoice that is not paid in full; without stages in the settings, at none."""
    if settings.current().dunning:
        remind.fan_out(partial(dunning.invoices_after, due_by=_due_by()), "invoice_id")


@task(Queue.BILLING, attempts=5, unique=("invoice_id",), in_batches=True, permission=Permission.MONEY)
def remind(*, invoice_id: int) -> None:
    """Send the reminder that is due for an invoice today in the client's zone, if one is."""
    invoice = invoices.require(invoice_id)
    client = clients.get(invoice.client_id)
    today = datetime.now(ZoneInfo(client.zone)).date()
    with completing():
        connection.alone(f"dunning {invoice_id}")
        due = _due(invoice, on=today)
        if due is None:
            return
        link_id = client_links.make(invoice, by="dunning.remind")
        mail_id = mail.post(_letter(invoice, due, link_id=link_id), links=[link_id])
        dunning.sent(invoice_id, due.stage, on=today, fee=due.fee, interest=due.interest, mail_id=mail_id)


@dataclass(frozen=True, slots=True)
class _DueReminder:
    """The letter that is due, what it adds, and what is owed with that, in minor units."""

    stage: DunningStage
    fee: int
    interest: int
    outstanding: int
    charged: int
    """Of what is outstanding: the fees and the interest of this letter and of those before."""


def _due(invoice: Invoice, *, on: date) -> _DueReminder | None:
    sent = [one.sent for one in dunning.steps(invoice.id)]
    settled, pause = settlements.of_invoice(invoice, on=on), dunning.pause(invoice.id)
    hold = pause.hold if pause else None
    stage = rules.due_stage(
        settings.current().dunning_stages, sent, due_on=invoice.due_on, settlement=settled, hold=hold, on=on
    )
    if stage is None:
        return None
    owed_before = dunning.fees([invoice.id]).get(invoice.id, 0)
    owed = max(0, settled.outstanding - owed_before)
    fee, interest = rules.charges(
        stage, sent, currency=invoice.currency, outstanding=owed, due_on=invoice.due_on, on=on
    )
    added = fee + interest
    return _DueReminder(stage, fee, interest, settled.outstanding + added, owed_before + added)


def _letter(invoice: Invoice, due: _DueReminder, *, link_id: int) -> outbox.Mail:
    client, sender = clients.get(invoice.client_id), senders.of_client(invoice.client_id)
    language = languages.negotiate(client.language, letters.LANGUAGES)
    letter = letters.render(
        "reminder" if due.stage.is_reminder else "payment_due",
        language=language,
        brand=Brand.of_sender(sender),
        client_name=client.name,
        number=invoice.name,
        outstanding=money.display(Money(due.outstanding, invoice.currency), language),
        charged=money.display(Money(due.charged, invoice.currency), language) if due.charged else "",
        due=written_days.written(invoice.due_on, language),
        seller_name=sender.name,
        link=signed_links.placeholder(link_id),
    )
    return client_mails.mail(
        letter,
        client,
        sender,
        dedupe_key=f"dunning:{invoice.id}:{due.stage.days}",
    )
