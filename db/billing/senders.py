"""Senders: who an invoice comes from, as it is printed, paid and taxed. Owners edit them; a client has one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db import connection
from db.billing import models
from db.listing import Listing, Order
from rules.billing.tax_decision import Exemption, TaxedSeller


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A sender. ``country`` is ISO 3166-1, ``logo`` a data URL, ``series`` what its invoice numbers begin with.

    ``id`` is 0 where it is made of the settings, as long as no row is the default.
    """

    id: int = 0
    name: str
    address: tuple[str, ...] = ()
    postcode: str = ""
    city: str = ""
    country: str = ""
    vat_id: str | None = None
    tax_number: str | None = None
    legal_id: str | None = None
    legal_form: str = ""
    iban: str | None = None
    bic: str | None = None
    account_name: str | None = None
    contact_name: str | None = None
    email: str | None = None
    phone: str | None = None
    logo: str | None = None
    accent: str = "#0b5c6b"
    payment_note: str = ""
    series: str
    due_days: int = 14
    one_stop_shop: bool = False
    exemption_reason: str | None = None
    exemption_code: str | None = None
    is_default: bool = False

    @property
    def in_name(self) -> str | None:
        """The name that its mails are sent in; None, for the settings' own, where it is made of the settings."""
        return self.name if self.id else None

    @property
    def taxed(self) -> TaxedSeller:
        """What its taxes depend on."""
        exemption = Exemption(self.exemption_reason, self.exemption_code) if self.exemption_reason else None
        return TaxedSeller(
            country=self.country, vat_id=self.vat_id, one_stop_shop=self.one_stop_shop, exemption=exemption
        )


_COLUMNS: Final = tuple(name for name in Sender.__dataclass_fields__ if name != "id")
_SENDER: Final = f"SELECT id, {', '.join(_COLUMNS)} FROM sender"  # noqa: S608 - our own columns


def add(sender: Sender) -> int:
    """Add a sender and return its id; the first one is the default. Raises ``Conflict`` where the name is taken."""
    with connection.transaction():
        values = {name: _column(getattr(sender, name)) for name in _COLUMNS}
        first = not models.Sender.select().exists()
        return models.Sender.create(**(values | {"is_default": first})).id


def change(sender_id: int, values: dict[str, object]) -> Sender:
    """Change what is named. Raises ``LookupError``, or ``Conflict`` where the name is taken."""
    with connection.transaction():
        columns = {name: _column(value) for name, value in values.items()}
        if columns:
            models.Sender.update(**columns).where(models.Sender.id == sender_id).execute()
        return get(sender_id)


def make_default(sender_id: int) -> Sender:
    """Make a sender the one of every client who has no other. Raises ``LookupError``."""
    with connection.transaction():
        get(sender_id)
        models.Sender.update(is_default=False).where(models.Sender.is_default).execute()
        models.Sender.update(is_default=True).where(models.Sender.id == sender_id).execute()
        return get(sender_id)


def get(sender_id: int) -> Sender:
    """Return a sender. Raises ``LookupError``."""
    for found in many([sender_id]):
        return found
    raise LookupError(f"no sender has the id {sender_id}")


def many(ids: Sequence[int]) -> list[Sender]:
    """Return the senders that exist, of these ids."""
    return connection.rows(Sender, f"{_SENDER} WHERE id {{ids}}", list(ids))


def of_client(client_id: int) -> Sender | None:
    """Return who sends a client's invoices: their own sender, or else the default; None where there is none."""
    found = connection.rows(
        Sender,
        f"{_SENDER} WHERE id = COALESCE("  # noqa: S608 - our own columns
        "(SELECT sender_id FROM billing_profile WHERE client_id = %s),"
        " (SELECT id FROM sender WHERE is_default = TRUE))",
        client_id,
    )
    return next(iter(found), None)


def default() -> Sender | None:
    """Return the sender of every client who has no other; None where there is none."""
    return next(iter(connection.rows(Sender, f"{_SENDER} WHERE is_default = TRUE")), None)


def ibans() -> list[str]:
    """Return the IBANs of all senders."""
    rows = connection.execute("SELECT DISTINCT iban FROM sender WHERE iban IS NOT NULL ORDER BY iban")
    return [iban for (iban,) in rows]


def _column(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


LIST: Final[Listing[Sender]] = Listing(
    table="sender", columns="name", read=many, orders={"id": Order(), "name": Order("name", str)}
)
"""All senders. They are the agency's: a reader who is limited to clients sees none."""
