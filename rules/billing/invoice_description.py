"""An invoice described as data: all that is printed on it and written into an e-invoice, and nothing besides.

The text under a field names its business term (BT) or group (BG) of EN 16931-1. ``read`` reads a description from JSON;
``schema`` returns the JSON schema that docs/invoice.schema.json holds. Sums are no fields: ``totals`` computes them.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from stdnum import iban as ibans

from rules import field_docstrings
from rules.billing import invoice_totals, logos
from rules.billing.invoice_totals import InvoiceTotals, TaxRounding, tax_key
from rules.billing.money import Money, minor_digits
from rules.billing.plain_values import Day
from rules.billing.priced_lines import (
    Amount,
    DocumentAllowanceCharge,
    LongText,
    PositiveAmount,
    PricedLine,
    ServicePeriod,
    ShortText,
)
from rules.billing.tax_treatment import CLOSED

MAX_LINES: Final = 10_000


class BadDescription(ValueError):
    """Raised when an invoice's description is malformed: ``faults`` says in which fields, and how."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__("\n".join(f"{path}: {what}" if path else what for path, what in faults))
        self.faults = faults
        """Pairs of a field's path (``lines[2].tax.rate``) and what is wrong with it."""


class InvoiceKind(StrEnum):
    """What a document is (UNTDID 1001: 380 and 381)."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


def _currency(value: str) -> str:
    Money(0, value)
    return value


def _iban(value: str) -> str:
    compact = re.sub(r"\s", "", value).upper()
    if not ibans.is_valid(compact):
        raise ValueError("not an IBAN: its length or its check digits are wrong")
    return compact


_LINE_ENDS = {"\t", "\n", "\r"}
_UNWRITABLE = {"Cc", "Cn", "Co", "Cs"}
"""Categories of characters that neither XML nor paper can show: control, unassigned, private, halves of a pair."""


def _logo(value: str) -> str:
    logos.image(value)
    return value


Reference = Annotated[str, Field(min_length=1, max_length=100)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Identifier = Annotated[str, Field(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class PostalAddress:
    """An address (BG-5, BG-8, BG-15)."""

    lines: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()
    """Street and house, and what stands beside them. An e-invoice has room for three; more go into the third."""
    postcode: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    city: ShortText | None = None
    subdivision: ShortText | None = None
    """A region, state or province."""
    country: Country | None = None
    """ISO 3166-1, two letters; an e-invoice needs it (BR-09, BR-11)."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class ElectronicAddress:
    """Where e-invoices are sent to (BT-34, BT-49)."""

    scheme: Annotated[str, Field(pattern=r"^(\d{4}|[A-Z]{2})$")]
    """Of the list EAS: EM for an e-mail address, 9930 for a German VAT-ID."""
    id: Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class ContactPoint:
    """Whom to ask (BG-6, BG-9)."""

    name: ShortText | None = None
    phone: Annotated[str, Field(min_length=1, max_length=50)] | None = None
    email: Annotated[str, Field(min_length=3, max_length=254, pattern=r"^\S+@\S+$")] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class TradeParty:
    """Who sells or who buys (BG-4, BG-7)."""

    name: ShortText
    """As it is registered (BT-27, BT-44)."""
    trading_name: ShortText | None = None
    """By which it is known besides (BT-28, BT-45)."""
    address: PostalAddress
    vat_id: Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9+*.]{2,18}$")] | None = None
    """With its country's prefix (BT-31, BT-48)."""
    tax_number: Identifier | None = None
    """Of the local tax office; of sellers only (BT-32)."""
    legal_id: Identifier | None = None
    """Its number in a register of companies (BT-30, BT-47)."""
    legal_id_scheme: Annotated[str, Field(pattern=r"^\d{4}$")] | None = None
    """Of ISO/IEC 6523: 0002 SIRENE, 0060 DUNS."""
    id: Identifier | None = None
    """By which the other side knows it (BT-29, BT-46)."""
    legal_form: LongText | None = None
    """What the law wants to be said of the seller: register, capital, who directs it (BT-33)."""
    contact: ContactPoint | None = None
    electronic_address: ElectronicAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class PrecedingInvoice:
    """An invoice that this one is about, as a credit note is (BG-3)."""

    number: Reference
    issued_on: Day | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class DeliveryDetails:
    """Where and when it was delivered (BG-13); intra-community supplies need the country (BR-IC-12)."""

    on: Day | None = None
    name: ShortText | None = None
    address: PostalAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class PaymentInstructions:
    """How it is paid (BG-16 to BG-19): a transfer to an account, or a debit under a mandate."""

    iban: Annotated[str, AfterValidator(_iban)] | None = None
    """Where to (BT-84)."""
    bic: Annotated[str, Field(pattern=r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$")] | None = None
    account_name: ShortText | None = None
    """Whose account it is (BT-85)."""
    reference: Annotated[str, Field(min_length=1, max_length=140)] | None = None
    """What to write beside the payment (BT-83); the invoice's number where nothing is given."""
    terms: LongText | None = None
    """When and how it is to be paid, in words (BT-20)."""
    mandate: Identifier | None = None
    """Of a SEPA direct debit (BT-89); ``debited_iban`` and ``creditor_id`` belong to it."""
    debited_iban: Annotated[str, AfterValidator(_iban)] | None = None
    creditor_id: Identifier | None = None
    link: Annotated[str, Field(max_length=2000, pattern=r"^https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%\[\]-]+$")] | None = (
        None
    )
    """The page on which it is paid online: printed as a line that leads there, and in no e-invoice, where no BT is."""

    @model_validator(mode="after")
    def _is_sound(self) -> "PaymentInstructions":
        debit = (self.mandate, self.debited_iban, self.creditor_id)
        if any(debit) and not all(debit):
            raise ValueError("a direct debit has mandate, debited_iban and creditor_id")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class Appearance:
    """How it is printed; nothing of it is in an e-invoice."""

    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#0b5c6b"
    """The colour of what stands out; dark enough to be read on white."""
    logo: Annotated[str, Field(max_length=700_000, pattern=logos.DATA_URL), AfterValidator(_logo)] | None = None
    """An image as a data URL: PNG, JPEG or SVG."""


@dataclass(frozen=True, slots=True, kw_only=True, config=CLOSED)
class InvoiceDescription:
    """An invoice or a credit note. Amounts are without tax, in major units of ``currency``, given as strings."""

    kind: InvoiceKind = InvoiceKind.INVOICE
    """A credit note has positive amounts: they are what is given back (BT-3)."""
    number: Annotated[str, Field(min_length=1, max_length=40)]
    """BT-1."""
    issued_on: Day
    """BT-2."""
    due_on: Day | None = None
    """BT-9."""
    currency: Annotated[str, AfterValidator(_currency)]
    """ISO 4217 (BT-5)."""
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    """In which it is printed, as a tag of BCP 47."""
    seller: TradeParty
    buyer: TradeParty
    lines: Annotated[tuple[PricedLine, ...], Field(min_length=1, max_length=MAX_LINES)]
    allowances: Annotated[tuple[DocumentAllowanceCharge, ...], Field(max_length=100)] = ()
    charges: Annotated[tuple[DocumentAllowanceCharge, ...], Field(max_length=100)] = ()
    prepaid: PositiveAmount = Decimal(0)
    """What was paid before it was issued (BT-113)."""
    rounding: Amount = Decimal(0)
    """What is added so that it can be paid in cash (BT-114)."""
    tax_roundings: Annotated[tuple[TaxRounding, ...], Field(max_length=100)] = ()
    """Of credit notes over a part of an invoice: what makes that their taxes sum to the invoice's."""
    period: ServicePeriod | None = None
    """On which days all of it is delivered (BG-14)."""
    delivery: DeliveryDetails | None = None
    buyer_reference: Reference | None = None
    """What the buyer wants to find it by; a German authority's Leitweg-ID (BT-10)."""
    order_reference: Reference | None = None
    """The buyer's order (BT-13)."""
    contract_reference: Reference | None = None
    """BT-12."""
    project_reference: Reference | None = None
    """BT-11."""
    preceding: Annotated[tuple[PrecedingInvoice, ...], Field(max_length=100)] = ()
    notes: Annotated[tuple[LongText, ...], Field(max_length=20)] = ()
    """BT-22."""
    payment: PaymentInstructions = PaymentInstructions()
    appearance: Appearance = Appearance()

    @model_validator(mode="after")
    def _is_sound(self) -> "InvoiceDescription":
        if self.due_on is not None and self.due_on < self.issued_on:
            raise ValueError(f"due_on {self.due_on} is before issued_on {self.issued_on}")
        if self.kind is InvoiceKind.CREDIT_NOTE and self.totals.gross < 0:
            raise ValueError(
                "kind: a credit note has positive amounts: this one would take money instead of giving it back"
            )
        self._require_small_roundings()
        return self

    def _require_small_roundings(self) -> None:
        if self.tax_roundings and self.kind is not InvoiceKind.CREDIT_NOTE:
            raise ValueError("tax_roundings are for credit notes over a part of an invoice")
        keys = {tax_key(line.tax) for line in self.lines}
        if len({(one.category, one.rate) for one in self.tax_roundings}) < len(self.tax_roundings):
            raise ValueError("tax_roundings: there is one for each category and rate, and not more")
        unit = Decimal(1).scaleb(-minor_digits(self.currency))
        for one in self.tax_roundings:
            if (one.category, one.rate) not in keys:
                raise ValueError(f"tax_roundings: no line is taxed as {one.category} at {one.rate} %")
            if abs(one.amount) != unit or not one.rate:
                raise ValueError(f"tax_roundings: {one.amount} is not the smallest amount of {self.currency} on a tax")

    @property
    def totals(self) -> InvoiceTotals:
        """Its sums, computed anew each time."""
        return invoice_totals.compute(
            self.lines,
            self.currency,
            allowances=self.allowances,
            charges=self.charges,
            prepaid=self.prepaid,
            rounding=self.rounding,
            tax_roundings=self.tax_roundings,
        )


_ADAPTER: Final = TypeAdapter(InvoiceDescription)


def read(given: object) -> InvoiceDescription:
    """Return the description in a JSON value. Raises BadDescription, which names each field that is wrong."""
    _refuse_unwritable(given)
    try:
        return _ADAPTER.validate_python(given)
    except ValidationError as error:
        raise bad(error) from None


def bad(error: ValidationError) -> BadDescription:
    """Return the ``BadDescription`` for an error that making a part of a description has raised."""
    return BadDescription(tuple(_faults(error)))


def require_writable(description: InvoiceDescription) -> None:
    """Raise BadDescription where a text in a description holds a character that cannot be written, as ``read`` does."""
    _refuse_unwritable(written(description))


def _refuse_unwritable(given: object) -> None:
    faults = tuple(
        (_path(where), f"holds the character U+{ord(odd):04X}, which cannot be written")
        for where, odd in _unwritable(given)
    )
    if faults:
        raise BadDescription(faults)


def written(description: InvoiceDescription) -> dict[str, Any]:
    """Return a description as JSON has it, without fields that have their default. ``read`` takes it back."""
    return _ADAPTER.dump_python(description, mode="json", exclude_none=True, exclude_defaults=True)


def schema() -> dict[str, Any]:
    """Return the JSON schema (2020-12) of descriptions."""
    described = _ADAPTER.json_schema(schema_generator=_SchemaWithDocstrings)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | described


class _SchemaWithDocstrings(GenerateJsonSchema):
    """A schema generator that describes each field by the text under it."""

    def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
        made = super().dataclass_schema(schema)
        for name, text in field_docstrings.of(schema["cls"]).items():
            made["properties"][name]["description"] = text
        return made


def _path(loc: tuple[int | str, ...]) -> str:
    shown = (one if isinstance(one, int) or one.isprintable() else ascii(one) for one in loc)
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in shown).lstrip(".")


_SAID: Final = {
    "dataclass_type": "must be an object",
    "missing": "is missing",
    "too_short": "is empty",
    "tuple_type": "must be a list",
    "unexpected_keyword_argument": "is no field",
}


def _faults(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Yield each error with its path; a list is not called empty where the error is in its items."""
    found = error.errors()
    for one in found:
        beside = (other["loc"] for other in found if other is not one)
        if one["type"] == "too_short" and any(loc[: len(one["loc"])] == one["loc"] for loc in beside):
            continue
        yield _path(one["loc"]), _SAID.get(one["type"]) or str(one["msg"]).removeprefix("Value error, ")


def _unwritable(given: object, where: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Yield the path of each string that cannot be written, with the first character that cannot."""
    if isinstance(given, str):
        if not (given.isascii() and given.isprintable()):
            odd = (one for one in given if one not in _LINE_ENDS and unicodedata.category(one) in _UNWRITABLE)
            yield from ((where, one) for one in islice(odd, 1))
    elif isinstance(given, Mapping):
        for name, value in cast("Mapping[object, object]", given).items():
            yield from _unwritable(name, (*where, str(name)))
            yield from _unwritable(value, (*where, str(name)))
    elif isinstance(given, list | tuple):
        for place, value in enumerate(cast("Sequence[object]", given)):
            yield from _unwritable(value, (*where, place))
