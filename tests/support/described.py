"""An invoice's description for tests: complete, and changed by path."""

from typing import Any

from rules.billing import invoice_description
from rules.billing.invoice_description import InvoiceDescription

SELLER = {
    "name": "Sandbox Agency GmbH",
    "address": {"lines": ["Hafenstraße 7"], "postcode": "20457", "city": "Hamburg", "country": "DE"},
    "vat_id": "DE123456788",
    "tax_number": "27/123/45678",
    "legal_id": "HRB 12345",
    "contact": {"name": "Billing", "phone": "+49 40 123456", "email": "billing@agency.test"},
    "electronic_address": {"scheme": "EM", "id": "billing@agency.test"},
}
BUYER = {
    "name": "Bäckerei Brot & Söhne",
    "address": {"lines": ["Marktplatz 1", "Hinterhof"], "postcode": "1010", "city": "Wien", "country": "AT"},
    "vat_id": "ATU13585627",
    "electronic_address": {"scheme": "EM", "id": "bakery@clients.test"},
}
LINE = {
    "name": "Hosting",
    "description": "Web space for bakery.example",
    "quantity": "12",
    "unit": "MON",
    "unit_price": "9.90",
    "tax": {"category": "S", "rate": "19"},
    "period": {"first_day": "2026-03-01", "last_day": "2027-02-28"},
}


def given(**changes: Any) -> dict[str, Any]:
    """Return a description as JSON has it. A change replaces a field; ``seller__vat_id`` is one within one."""
    whole: dict[str, Any] = {
        "number": "INV-2026-000042",
        "issued_on": "2026-03-01",
        "due_on": "2026-03-15",
        "currency": "EUR",
        "language": "en",
        "seller": dict(SELLER),
        "buyer": dict(BUYER),
        "lines": [dict(LINE)],
        "payment": {"iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "account_name": "Sandbox Agency GmbH"},
    }
    for name, value in changes.items():
        *way, last = name.split("__")
        place = whole
        for step in way:
            place[step] = dict(place[step])
            place = place[step]
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return whole


def line(**changes: Any) -> dict[str, Any]:
    """Return a line as JSON has it."""
    return {name: value for name, value in {**LINE, **changes}.items() if value is not None}


def described(**changes: Any) -> InvoiceDescription:
    """Return the description of ``given``."""
    return invoice_description.read(given(**changes))
