"""Forms on pages of their own: their fields, and the page that shows a refused form with its values and mistakes."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Form, Response
from pydantic import BaseModel
from starlette.requests import Request

from api_stub.problems import Problem
from api_stub.security import csrf
from dashboard.forms.form_filling import PLACE
from dashboard.rendering import render
from rules.billing.product_kinds import UNITS, ProductKind
from rules.billing.tax_decision import BuyerKind, ProductNature
from rules.certificates.observation import Protocol
from wording.domains.decisions import DECISIONS
from wording.messages import N_, said

_LONGEST = 700_000
_BODY = "body."
_OWN = frozenset({csrf.FIELD, PLACE})
"""Fields that every form has for itself."""


class EntryForm(BaseModel, extra="allow"):
    """The texts that a form sends, by field."""

    @property
    def texts(self) -> dict[str, str]:
        """Return the fields that are not empty, cut to a length, without those that every form has."""
        sent = self.model_extra or {}
        return {name: str(value)[:_LONGEST] for name, value in sent.items() if name not in _OWN and str(value).strip()}


SentForm = Annotated[EntryForm, Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """A field. ``kind`` is text, lines, day, number or choice; ``options`` maps a choice's values to their words."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = False
    options: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPage:
    """A page with one form. ``back`` is the page before it, ``label`` the button's text, ``also`` are other buttons."""

    title: str
    action: str
    back: tuple[str, str]
    label: str
    fields: Sequence[FormField]
    lead: str = ""
    also: Sequence[tuple[str, str]] = ()


def show(
    request: Request, page: EntryPage, given: Mapping[str, str], wrong: Mapping[str, str] | None = None
) -> Response:
    """Show a form with the values in ``given``, and below each field its mistake in ``wrong``."""
    return render.page(request, "forms/entry.html", form=page, given=given, wrong=wrong or {})


class RefusedEntry(Problem):
    """A problem raised to end a request with ``answer``, the page of a form that shows its mistakes."""

    def __init__(self, problem: Problem, answer: Response) -> None:
        super().__init__(problem.status_code, problem.kind, problem.detail, errors=problem.errors)
        self.answer = answer
        self.answer.status_code = problem.status_code


@contextmanager
def shown_again(request: Request, page: EntryPage, given: Mapping[str, str]) -> Generator[None]:
    """Show the form again where a ``Problem`` raised within says that a value is bad or in conflict.

    Raises ``RefusedEntry`` in its place; other problems pass.
    """
    try:
        yield
    except Problem as problem:
        if problem.kind not in {"bad-values", "conflict"}:
            raise
        wrong = {one["at"].removeprefix(_BODY): said(one["message"]) for one in problem.errors}
        raise RefusedEntry(problem, show(request, page, given, wrong or {"": problem.detail})) from problem


def shown(values: Mapping[str, Any]) -> dict[str, str]:
    """Return stored values as a form shows them."""
    return {name: _text(value) for name, value in values.items() if value not in (None, ())}


def _text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return "\n".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
        case date():
            return value.isoformat()
        case _:
            return str(value)


_NATURES: Final = {
    ProductNature.ELECTRONIC: "electronic service (domains, hosting, certificates)",
    ProductNature.SERVICE: "service of people (hours)",
    ProductNature.GOODS: N_("goods"),
}
_YES_NO: Final = {"no": "no", "yes": "yes"}
_TAX: Final = (
    FormField(
        name="exemption_reason", label="Why no VAT is charged", kind="lines", hint="In the words of the law, if exempt."
    ),
    FormField(name="exemption_code", label="Its code", hint="Of the list VATEX, such as VATEX-EU-132."),
)
_ADDRESS: Final = (
    FormField(name="address", label="Street and house", kind="lines"),
    FormField(name="postcode", label="Postcode"),
    FormField(name="city", label="City"),
    FormField(name="country", label="Country", hint="Two letters: DE, GB."),
    FormField(name="vat_id", label="VAT-ID", hint="Its check digit is verified."),
)

_PROTOCOLS: Final = {"tls": "at once", **{str(one): f"{one}, STARTTLS" for one in Protocol if one is not Protocol.TLS}}

CLIENT: Final = (
    FormField(name="name", label="Name", required=True),
    FormField(name="email", label="Mail address", hint="Where invoices and reports go.", required=True),
    FormField(name="language", label="Language", hint="en, de or de-AT."),
    FormField(name="currency", label="Currency", hint="EUR"),
    FormField(name="zone", label="Time zone", hint="Europe/Berlin"),
    FormField(name="address", label="Address", kind="lines"),
    FormField(name="alert_days", label="Staff are told so many days before an end", hint="60,30,7; empty: by default."),
)
DOMAIN: Final = (
    FormField(name="name", label="Domain", hint="A name, or an address in it.", required=True),
    FormField(name="client", label="Client", hint="Name or number.", required=True),
    FormField(
        name="decision", label="At its end", kind="choice", options={str(one): text for one, text in DECISIONS.items()}
    ),
)
DOMAIN_CHANGE: Final = (
    *DOMAIN[1:],
    FormField(name="expires_by_hand", label="Its end, where its registry states none", kind="day"),
    CLIENT[-1],
)
ENDPOINT: Final = (
    FormField(name="host", label="Host", hint="A name or an address, also as a URL.", required=True),
    FormField(name="protocol", label="TLS is spoken", kind="choice", options=_PROTOCOLS),
    FormField(name="port", label="Port", kind="number", hint="Empty: the protocol's own."),
    FormField(name="server_name", label="Name that is asked for", hint="Empty: the host's."),
    FormField(name="client", label="Client", hint="Name or number.", required=True),
)
OWNER: Final = (ENDPOINT[-1],)

PRODUCT: Final = (
    FormField(name="code", label="Code", hint="By which it is entered: domain-com.", required=True),
    FormField(name="name", label="Name on invoices", required=True),
    FormField(name="kind", label="Kind", kind="choice", options={str(one): str(one) for one in ProductKind}),
    FormField(name="tld", label="TLD", hint="Of domains: com, co.uk."),
    FormField(name="interval", label="Every", hint="P1Y, P1M, P2W; empty: it is sold once."),
    FormField(name="unit", label="Unit", kind="choice", options=UNITS),
    FormField(name="nature", label="Taxed as", kind="choice", options={str(k): v for k, v in _NATURES.items()}),
    FormField(name="tax_rate", label="Reduced rate in %", hint="Empty: the standard rate of its place of supply."),
    *_TAX,
    FormField(name="description", label="Note for staff", kind="lines"),
)
PRICE: Final = (
    FormField(name="currency", label="Currency", hint="EUR", required=True),
    FormField(name="begin", label="From", kind="day", required=True),
    FormField(name="price", label="Price without tax", hint="12.50", required=True),
)
COUPON: Final = (
    FormField(name="code", label="Code", required=True),
    FormField(name="name", label="Name"),
    FormField(name="discount", label="Discount", hint="10% or 5.00", required=True),
    FormField(name="currency", label="Currency", hint="Of an amount."),
    FormField(name="periods", label="Off the first periods", hint="How many; empty: off all of them."),
    FormField(name="begin", label="Valid from", kind="day"),
    FormField(name="until", label="Valid before", kind="day"),
    FormField(name="most", label="How often", hint="Empty: as often as somebody likes."),
)
SENDER: Final = (
    FormField(name="name", label="Name as it is registered", required=True),
    *_ADDRESS,
    FormField(name="tax_number", label="Tax number"),
    FormField(name="legal_id", label="Number in the register of companies"),
    FormField(name="legal_form", label="What the law wants to be said", kind="lines", hint="Register, who directs it."),
    FormField(name="iban", label="IBAN"),
    FormField(name="bic", label="BIC"),
    FormField(name="account_name", label="Whose account it is", hint="Empty: the sender's."),
    FormField(name="contact_name", label="Whom to ask"),
    FormField(name="email", label="Mail address"),
    FormField(name="phone", label="Phone"),
    FormField(name="payment_note", label="Note about payment", kind="lines"),
    FormField(name="series", label="Invoice numbers begin with", hint="INV, or AG-{year}.", required=True),
    FormField(name="due_days", label="Days until payment is due", hint="14"),
    FormField(name="accent", label="Colour", hint="#0b5c6b"),
    FormField(name="logo", label="Logo", kind="lines", hint="PNG, JPEG or SVG as data:image/png;base64,..."),
    FormField(name="one_stop_shop", label="Pays VAT through the One Stop Shop", kind="choice", options=_YES_NO),
    *_TAX,
)
ITEM: Final = (
    FormField(name="client", label="Client", hint="Name or number.", required=True),
    FormField(name="product", label="Product", hint="Its code; empty: none."),
    FormField(name="domain", label="Domain"),
    FormField(name="description", label="What it is", hint="Empty: the product's name."),
    FormField(name="price", label="Price of one without tax", hint="Empty: the product's."),
    FormField(name="currency", label="Currency", hint="Empty: the client's."),
    FormField(name="quantity", label="How many", hint="1.5; empty: 1"),
    FormField(name="unit", label="Unit", kind="choice", options={"": N_("the product's"), **UNITS}),
    FormField(name="due_on", label="Not before", kind="day"),
    FormField(name="tax", label="Tax in %", hint="Where there is no product."),
)
SUBSCRIPTION: Final = (
    *ITEM[:7],
    FormField(name="interval", label="Every", hint="P1Y, P1M, P2W; empty: the product's."),
    FormField(name="start", label="From", kind="day", hint="Empty: today."),
    FormField(name="trial_until", label="Free before", kind="day", hint="The first period begins then."),
    FormField(name="until", label="Ends on", kind="day", hint="The first day without it."),
    FormField(name="discount", label="Discount", hint="10% or 5.00, off each period."),
    FormField(name="discount_until", label="For periods that start before", kind="day"),
    FormField(name="coupon", label="Coupon"),
    ITEM[-1],
)
LINE_CHANGE: Final = (
    FormField(name="description", label="Its text", hint="Empty: as the subscription is called."),
    FormField(name="quantity", label="How many", hint="Empty: as its terms say."),
    FormField(name="price", label="Price of one without tax", hint="Empty: as its terms say. Its discount stays."),
    FormField(name="not_before", label="Not billed before", kind="day", hint="Later periods wait as well."),
    FormField(
        name="omitted",
        label="Leave it out for good",
        kind="choice",
        options=_YES_NO,
        hint="Nothing is billed for this period, also later.",
    ),
    FormField(name="reason", label="Why", required=True),
)
CHANGE: Final = (
    FormField(name="begin", label="From", kind="day", hint="Within a paid period, the difference is settled."),
    FormField(name="quantity", label="How many"),
    FormField(name="price", label="Price of one without tax"),
    FormField(name="discount", label="Discount", hint="10%, 5.00, or none."),
    FormField(name="discount_until", label="For periods that start before", kind="day"),
)


def profile(senders: Mapping[str, str]) -> tuple[FormField, ...]:
    """Return the fields of a billing profile; ``senders`` maps ids of senders to their names."""
    return (
        FormField(name="legal_name", label="Name as it is registered", hint="Empty: as the client is called."),
        *_ADDRESS,
        FormField(name="kind", label="Buys as", kind="choice", options={str(one): str(one) for one in BuyerKind}),
        *_TAX,
        FormField(name="reference", label="Their reference", hint="A German authority's Leitweg-ID."),
        FormField(name="electronic_scheme", label="Scheme of their electronic address", hint="Of EAS: 9930, EM."),
        FormField(name="electronic_id", label="Electronic address"),
        FormField(name="sender_id", label="Sender", kind="choice", options={"": "the default one", **senders}),
    )
