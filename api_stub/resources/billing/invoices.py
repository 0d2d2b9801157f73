"""Invoices with their lines. They are issued by the nightly run, and never changed."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from api_stub import lists
from api_stub.fields import Id, Next
from api_stub.problems import existing
from api_stub.routes import router
from api_stub.security.principal import Caller
from db.billing import invoices
from rules.billing.invoice_description import InvoiceKind

routes = router(tags=["invoices"])


class Invoice(BaseModel):
    """An invoice. Amounts are in minor units of its currency: cents, fils."""

    id: int = Field(examples=[9])
    name: str = Field(description="Its number as it is printed", examples=["INV-000009"])
    client_id: int = Field(examples=[3])
    client_name: str = Field(examples=["Bakery"])
    issued_on: date = Field(examples=["2026-11-23"])
    due_on: date = Field(examples=["2026-12-07"])
    currency: str = Field(examples=["EUR"])
    net_minor: int = Field(examples=[2900])
    tax_minor: int = Field(examples=[551])
    gross_minor: int = Field(examples=[3451])
    kind: InvoiceKind = Field(description="The amounts of a credit note are negative", examples=["invoice"])
    corrects_id: int | None = Field(description="The invoice that a credit note takes back", examples=[None])
    voided_by: int | None = Field(description="The credit note that took back what was left of it", examples=[None])
    credited_minor: int = Field(description="What credit notes took back of it, with tax", examples=[0])
    documented: bool = Field(description="Whether its PDF is there")


class InvoiceLine(BaseModel):
    """One period, up to but without its end."""

    subscription_id: int | None = Field(description="Null for what is billed once", examples=[4])
    description: str = Field(examples=["Care of bakery.example"])
    start: date = Field(examples=["2026-11-23"])
    end: date = Field(examples=["2027-11-23"])
    net_minor: int = Field(examples=[2900])
    tax_basis_points: int = Field(description="1900: 19 %", examples=[1900])
    domain_id: int | None = Field(examples=[17])
    domain_name: str | None = Field(examples=["bakery.example"])
    credited: bool = Field(description="Whether a credit note took it back whole", examples=[False])


class InvoiceWithLines(Invoice):
    """An invoice and what it is for."""

    lines: list[InvoiceLine]


class Invoices(BaseModel):
    """A page of invoices."""

    invoices: list[Invoice]
    next: Next


Asked = Annotated[
    lists.ListQuery,
    lists.asked(invoices.LIST.filters, "client", "documented", "number", sorts=("id", "gross"), sort="-id"),
]


@routes.get("/api/invoices")
def list_invoices(who: Caller, asked: Asked) -> Invoices:
    """List the invoices, the newest first."""
    page = asked.page(invoices.LIST, within=who.within)
    return Invoices(invoices=[_invoice(one) for one in page.rows], next=lists.next_(page))


@routes.get("/api/invoices/{invoice_id}")
def read_invoice(who: Caller, invoice_id: Id) -> InvoiceWithLines:
    """Read one invoice with its lines."""
    found = existing(invoices.require, invoice_id, within=who.within)
    lines = [InvoiceLine.model_validate(one, from_attributes=True) for one in invoices.lines(invoice_id)]
    return InvoiceWithLines(**_invoice(found).model_dump(), lines=lines)


def _invoice(found: invoices.Invoice) -> Invoice:
    return Invoice(
        id=found.id,
        name=found.name,
        client_id=found.client_id,
        client_name=found.client_name,
        issued_on=found.issued_on,
        due_on=found.due_on,
        currency=found.currency,
        net_minor=found.net_minor,
        tax_minor=found.tax_minor,
        gross_minor=found.gross_minor,
        kind=found.kind,
        corrects_id=found.corrects_id,
        voided_by=found.voided_by,
        credited_minor=found.credited_minor,
        documented=found.document_key is not None,
    )
