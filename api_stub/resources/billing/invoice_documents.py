"""What is made of invoices: drafts, XML, statements of account, exports for accountants."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from api_stub.fields import Id
from api_stub.problems import Problem, existing
from api_stub.routes import router
from api_stub.security.principal import Caller
from db.access import audit
from db.billing import invoices
from db.billing.invoices import Invoice
from db.payments import statements
from db.portfolio import clients
from rules.billing.einvoice import cii, requirements, ubl
from rules.billing.statement import StatementKind
from tasks.billing import invoice_descriptions, invoice_drafts, invoice_tables
from tasks.billing.invoice_tables import InvoiceExport
from wording.billing import billing_lines

routes = router(tags=["invoices"])


class DraftLine(BaseModel):
    """What a line of a draft comes from: a period of a subscription, or a one-off item. Change it there."""

    subscription_id: int | None = Field(examples=[4])
    period: int | None = Field(description="Its number, from 0", examples=[1])
    item_id: int | None = Field(examples=[None])


class DraftInvoice(BaseModel):
    """An invoice that a run would issue. Amounts are in major units, as texts."""

    currency: str = Field(examples=["EUR"])
    net: str = Field(examples=["29.00"])
    tax: str = Field(examples=["5.51"])
    gross: str = Field(examples=["34.51"])
    lines: list[str] = Field(examples=[["Care of bakery.example"]])
    sources: list[DraftLine] = Field(description="Of each line, in their order")


class HeldBack(BaseModel):
    """What is due and would not be billed."""

    description: str = Field(examples=["Care of bakery.example"])
    why: str = Field(examples=["The domain has left."])


class ForeseenInvoices(BaseModel):
    """What a run would do for a client."""

    client_id: int = Field(examples=[3])
    client_name: str = Field(examples=["Bakery"])
    invoices: list[DraftInvoice]
    held: list[HeldBack]
    why_not: str | None = Field(description="What keeps all of it from being issued", examples=[None])


class AccountEntry(BaseModel):
    """A move of an account. Above zero it is owed, below zero it was credited or paid."""

    day: date = Field(examples=["2026-11-23"])
    kind: StatementKind
    reference: str = Field(examples=["INV-000009"])
    amount_minor: int = Field(examples=[3451])
    balance_minor: int = Field(description="What was owed after it", examples=[3451])


class AccountStatement(BaseModel):
    """A client's account in one currency, the oldest move first."""

    client_id: int = Field(examples=[3])
    currency: str = Field(examples=["EUR"])
    balance_minor: int = Field(examples=[3451])
    entries: list[AccountEntry]


class AccountStatements(BaseModel):
    """A client's accounts, one for each currency."""

    statements: list[AccountStatement]


class XmlSyntax(StrEnum):
    """The syntaxes of EN 16931."""

    UBL = "ubl"
    CII = "cii"


@routes.get("/api/clients/{client_id}/invoice-drafts")
def read_drafts(
    who: Caller,
    client_id: Id,
    on: Annotated[date | None, Query(description="A day; by default today where the client is")] = None,
) -> ForeseenInvoices:
    """Foresee which invoices a client would get on a day; nothing is issued."""
    existing(clients.get, client_id, within=who.within)
    found = invoice_drafts.foreseen(client_id, on=on)
    return ForeseenInvoices(
        client_id=client_id,
        client_name=found.client_name,
        invoices=[
            DraftInvoice(
                currency=one.description.currency,
                net=str(one.description.totals.net),
                tax=str(one.description.totals.tax),
                gross=str(one.description.totals.gross),
                lines=[line.name for line in one.description.lines],
                sources=[
                    DraftLine(subscription_id=line.subscription_id, period=line.number, item_id=line.item_id)
                    for line in one.lines
                ],
            )
            for one in found.drafts
        ],
        held=[HeldBack(description=one.description, why=billing_lines.held(one)) for one in found.held],
        why_not=found.why_not,
    )


@routes.get("/api/clients/{client_id}/statement")
def read_statement(who: Caller, client_id: Id) -> AccountStatements:
    """Read a client's statements of account: invoices, credit notes and payments, and what is left."""
    existing(clients.get, client_id, within=who.within)
    found = [statements.of_client(client_id, currency) for currency in statements.currencies(client_id)]
    return AccountStatements(
        statements=[
            AccountStatement(
                client_id=client_id,
                currency=one.currency,
                balance_minor=one.balance.minor,
                entries=[AccountEntry.model_validate(entry, from_attributes=True) for entry in one.entries],
            )
            for one in found
        ]
    )


@routes.get(
    "/api/invoices/{invoice_id}/e-invoice",
    response_class=Response,
    responses={
        200: {
            "description": "The invoice",
            "content": {"application/xml": {"schema": {"type": "string"}, "example": "<Invoice>...</Invoice>"}},
        }
    },
)
def read_xml(who: Caller, invoice_id: Id, syntax: Annotated[XmlSyntax, Query()] = XmlSyntax.UBL) -> Response:
    """Read an invoice as XML by EN 16931: UBL 2.1 or CII D16B."""
    return xml_answer(existing(invoices.require, invoice_id, within=who.within), syntax)


def xml_answer(found: Invoice, syntax: XmlSyntax) -> Response:
    """Return the answer that holds an invoice as XML. Raises ``Problem`` 409 for one that is no e-invoice."""
    said = invoice_descriptions.of_invoice(found)
    if faults := requirements.faults(said):
        words = "; ".join(f"{path}: {what}" for path, what in faults)
        raise Problem(409, "conflict", f"{found.name} is no e-invoice: {words}")
    xml = (ubl if syntax is XmlSyntax.UBL else cii).document(said)
    named = {"Content-Disposition": f'attachment; filename="{found.name}.{syntax}.xml"'}
    return Response(xml, media_type="application/xml", headers=named)


@routes.get(
    "/api/invoice-export",
    response_class=Response,
    responses={
        200: {
            "description": "The invoices, in the order of their issue",
            "content": {"text/csv": {"schema": {"type": "string"}, "example": "number,kind,client"}},
        }
    },
)
def export_invoices(
    who: Caller,
    *,
    format: Annotated[InvoiceExport, Query()] = InvoiceExport.CSV,  # noqa: A002
    since: Annotated[date | None, Query(description="Issued on that day or later")] = None,
    until: Annotated[date | None, Query(description="Issued on that day or earlier")] = None,
) -> Response:
    """Export invoices and credit notes as CSV, or as bookings for an accountant. The export is in the audit trail."""
    audit.add(who.actor, "invoice export", "invoices", {"format": format, "since": str(since), "until": str(until)})
    return StreamingResponse(
        invoice_tables.rows(format, since=since, until=until, within=who.within),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="invoices.{format}.csv"'},
    )
