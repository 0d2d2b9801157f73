"""What staff do about payments: charge a card, refund, enter a payment by hand, hand out the client's link.

The inbox of Stripe's webhooks is here as well: their states, and a button to fold one again.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Query, Response
from starlette.requests import Request

from api_stub import entries, problems, routes
from api_stub.fields import Id, TextLine
from api_stub.problems import Problem
from api_stub.resources.payments import payments as acts
from api_stub.security.principal import Caller
from dashboard.rendering import fields, flash_messages, render
from db import connection
from db.access import audit, signed_links
from db.billing import credit, credit_orders, invoices
from db.billing.invoices import Invoice
from db.payments import attempts, dunning, payments, refunds, settlements, webhooks
from db.payments.dunning import DunningPause
from db.payments.webhooks import WebhookState
from rules.access.signed_links import SignedPurpose
from rules.billing.dunning import DunningHoldKind
from rules.billing.invoice_description import InvoiceKind
from tasks import signed_links as addresses
from tasks.billing import credit_drafts
from tasks.payments import client_links, new_key
from tasks.payments import webhooks as inbox
from wording.messages import _

pages: APIRouter = routes.router(include_in_schema=False)

_Amount = Annotated[TextLine, Form(min_length=1, max_length=24)]
_Why = Annotated[TextLine, Form(min_length=1, max_length=200)]
_FormKey = Annotated[str, Form(pattern=r"^[a-f0-9]{32}$")]


def of_invoice(invoice: Invoice) -> dict[str, Any]:
    """Return the values for the part of an invoice's page that is about payments."""
    return {
        "settlement": settlements.of_invoice(invoice, on=_today()),
        "payments": payments.of_invoice(invoice.id),
        "refunds": refunds.of_invoice(invoice.id),
        "attempts": attempts.of_invoice(invoice.id),
        "kept_card": attempts.kept_card(invoice.client_id),
        "links": signed_links.LIST.page("-id", purpose=SignedPurpose.INVOICE, invoice=invoice.id).rows,
        "steps": dunning.steps(invoice.id),
        "pause": dunning.pause(invoice.id),
        "form_key": new_key(),
        "credit": credit.balance(invoice.client_id, invoice.currency),
        "notes": invoices.notes(invoice.id),
        "credit_orders": credit_orders.of_invoice(invoice.id),
        "left": credit_drafts.left(invoice) if invoice.kind is InvoiceKind.INVOICE else None,
        "today": _today(),
    }


@pages.post("/invoices/{invoice_id}/charges")
def charge(who: Caller, invoice_id: Id) -> Response:
    """Charge the client's stored card with what is outstanding."""
    acts.charge(who, invoice_id)
    return flash_messages.redirect(f"/invoices/{invoice_id}", _("The card is being charged."))


@pages.post("/invoices/{invoice_id}/payments")
def record(
    who: Caller,
    invoice_id: Id,
    *,
    amount: _Amount,
    reference: _Why,
    received_on: Annotated[date, Form()],
    key: _FormKey,
) -> Response:
    """Enter a payment that came another way; the same form enters it once."""
    acts.record(who, invoice_id, amount, reference=reference, received_on=received_on, key=key)
    return flash_messages.redirect(f"/invoices/{invoice_id}", _("The payment is entered."))


@pages.post("/payments/{payment_id}/refunds")
def give_back(who: Caller, payment_id: Id, amount: _Amount, reason: _Why) -> Response:
    """Give a part of a payment back, or all of it."""
    acts.give_back(who, payment_id, amount, reason=reason)
    invoice_id = payments.require(payment_id).invoice_id
    return flash_messages.redirect(f"/invoices/{invoice_id}", _("The refund is on its way."))


@pages.post("/invoices/{invoice_id}/links")
def make_link(request: Request, who: Caller, invoice_id: Id) -> Response:
    """Make a link to the client's page, and show it this once."""
    invoice = problems.existing(invoices.require, invoice_id, within=who.within)
    with connection.transaction():
        link_id = client_links.make(invoice, by=who.actor)
        audit.add(who.actor, "make link", f"invoice {invoice_id}", {"link": link_id})
    address = addresses.address(signed_links.require(link_id))
    return render.page(request, "payments/link.html", invoice=invoice, link=address)


@pages.post("/invoices/{invoice_id}/links/{link_id}/withdraw")
def withdraw_link(who: Caller, invoice_id: Id, link_id: Id) -> Response:
    """Have a link be worth nothing from now on."""
    link = problems.existing(signed_links.require, link_id, within=who.within)
    if (link.purpose, link.subject.id) != (SignedPurpose.INVOICE, invoice_id):
        raise Problem(404, "not-found", f"invoice {invoice_id} has no link {link_id}")
    with connection.transaction():
        signed_links.withdraw(link_id, by=who.actor)
        audit.add(who.actor, "withdraw link", f"invoice {invoice_id}", {"link": link_id})
    return flash_messages.redirect(f"/invoices/{invoice_id}", _("Whoever has that link sees nothing any more."))


@pages.post("/invoices/{invoice_id}/dunning-pause")
def pause_dunning(
    who: Caller,
    invoice_id: Id,
    *,
    kind: Annotated[DunningHoldKind, Form()],
    reason: _Why,
    until: Annotated[date | Literal[""], Form()] = "",
) -> Response:
    """Have no reminder be sent for a while: a pause, or the client's promise to pay by a day."""
    invoice = problems.existing(invoices.require, invoice_id, within=who.within)
    if kind is DunningHoldKind.PROMISE and not until:
        raise entries.wrong("until", "a promise is one to pay by a day: say until when")
    pause = DunningPause(invoice_id=invoice.id, kind=kind, until=until or None, reason=reason, set_by=who.actor)
    with connection.transaction():
        dunning.set_pause(pause)
        details = {"kind": kind, "until": str(until)}
        audit.add(who.actor, "pause reminders", f"invoice {invoice_id}", details, reason=reason)
    return flash_messages.redirect(f"/invoices/{invoice_id}", _("No reminder is sent meanwhile."))


@pages.post("/invoices/{invoice_id}/dunning-pause/lift")
def lift_pause(who: Caller, invoice_id: Id) -> Response:
    """Have reminders be sent again."""
    problems.existing(invoices.require, invoice_id, within=who.within)
    with connection.transaction():
        if not dunning.lift(invoice_id):
            raise Problem(409, "conflict", "Nothing keeps reminders of this invoice from being sent")
        audit.add(who.actor, "lift pause of reminders", f"invoice {invoice_id}", {})
    return flash_messages.redirect(f"/invoices/{invoice_id}", _("Reminders are sent again."))


@pages.post("/invoices/{invoice_id}/dunning-steps/{days}/waive")
def waive(who: Caller, invoice_id: Id, days: Annotated[int, Path(ge=-60, le=365)]) -> Response:
    """Take back what a reminder charged."""
    problems.existing(invoices.require, invoice_id, within=who.within)
    with connection.transaction():
        if not dunning.waive(invoice_id, days, by=who.actor):
            raise Problem(409, "conflict", "That reminder charged nothing, or it was waived before")
        settlements.settle_surplus(invoice_id)
        audit.add(who.actor, "waive fees", f"invoice {invoice_id}", {"days": days})
    return flash_messages.redirect(f"/invoices/{invoice_id}", _("What the reminder charged is not owed any more."))


@pages.get("/webhooks")
def webhook_list(
    request: Request,
    _who: Caller,
    state: Annotated[str, Query(pattern=f"^(|{'|'.join(WebhookState)})$")] = "",
    after: fields.After = None,
) -> Response:
    """List the inbox of Stripe's events, newest first."""
    chosen = WebhookState(state) if state else None
    page = webhooks.LIST.page("-id", state=chosen, after=after)
    return render.page(request, "payments/webhooks.html", page=page, state=state, states=list(WebhookState))


@pages.post("/webhooks/{webhook_id}/folds")
def fold_again(who: Caller, webhook_id: Id) -> Response:
    """Fold an event once more: it changes nothing where it was folded."""
    found = problems.existing(webhooks.require, webhook_id)
    with connection.transaction():
        job = inbox.refold(found.id)
        audit.add(who.actor, "fold webhook", f"webhook {webhook_id}", {"event": found.event, "job": job})
    return flash_messages.redirect("/webhooks", _("{event} is folded again.", event=found.event))


def _today() -> date:
    return datetime.now(UTC).date()
