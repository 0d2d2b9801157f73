"""The demo's late payer: a client with an unpaid invoice of last month, issued before the night."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from db import connection
from db.billing import billing_items, invoices
from db.billing.billing_items import BillingItem
from db.portfolio import clients
from sandbox import truth
from tasks.billing import invoice_drafts
from tasks.billing import invoices as tasks

GROSS_MINOR = 11_900
_NET_MINOR, _TAX = 10_000, 1900
_ISSUED_BEFORE = timedelta(days=30)


def payer(portfolio: truth.Portfolio, today: date) -> truth.Client:
    """Return the late payer: the first client to whom nothing is billed tonight."""
    return next(one for one in portfolio.clients if all(sub.next_due > today for sub in one.subscriptions))


def issue(portfolio: truth.Portfolio) -> None:
    """Issue the late payer's invoice of last month."""
    today = datetime.now(UTC).date()
    with connection.session(), connection.transaction():
        late = clients.called(payer(portfolio, today).name)
        if late is not None:
            issue_for(late.id, today - _ISSUED_BEFORE)


def issue_for(client_id: int, day: date) -> None:
    """Issue a client's invoice, dated to a past day, in the caller's transaction."""
    item = BillingItem(
        client_id=client_id,
        description="Moving the shop",
        price_minor=_NET_MINOR,
        currency=clients.get(client_id).currency,
        tax_basis_points=_TAX,
        due_on=day,
    )
    billing_items.add(item)
    found = invoice_drafts.of_client(client_id, on=day)
    for draft in found.drafts:
        made = invoices.issue(
            client_id,
            draft.lines,
            series=found.series,
            on=day,
            due_days=found.sender.due_days,
            describe=lambda number, said=draft.description: replace(said, number=number),
        )
        tasks.document.enqueue(invoice_id=made.id)
