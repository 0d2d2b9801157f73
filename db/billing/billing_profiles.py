"""Billing profiles: how a client stands on an invoice, how they are taxed, and who sends it."""

from dataclasses import dataclass, fields

from db import connection
from db.base import now
from db.billing import models
from rules.billing.tax_decision import BuyerKind, Exemption, TaxedBuyer


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingProfile:
    """How a client is billed. ``country`` is ISO 3166-1; ``vat_id`` is kept as ``rules.billing.vat_ids`` writes it."""

    client_id: int
    legal_name: str | None = None
    """None: as the client is called."""
    address: tuple[str, ...] = ()
    postcode: str = ""
    city: str = ""
    country: str = ""
    kind: BuyerKind = BuyerKind.BUSINESS
    vat_id: str | None = None
    exemption_reason: str | None = None
    exemption_code: str | None = None
    reference: str | None = None
    electronic_scheme: str | None = None
    electronic_id: str | None = None
    sender_id: int | None = None
    """None: the default sender."""

    @property
    def taxed(self) -> TaxedBuyer:
        """What the taxes on this client's purchases depend on."""
        exemption = Exemption(self.exemption_reason, self.exemption_code) if self.exemption_reason else None
        return TaxedBuyer(country=self.country, kind=self.kind, vat_id=self.vat_id, exemption=exemption)


_COLUMNS = tuple(one.name for one in fields(BillingProfile))


def get(client_id: int) -> BillingProfile:
    """Return a client's profile; an empty one where nobody has entered any."""
    found = connection.rows(
        BillingProfile,
        f"SELECT {', '.join(_COLUMNS)} FROM billing_profile WHERE client_id = %s",  # noqa: S608 - our own columns
        client_id,
    )
    return next(iter(found), BillingProfile(client_id=client_id))


def save(profile: BillingProfile) -> None:
    """Keep a client's profile in place of the one before."""
    values = {name: getattr(profile, name) for name in _COLUMNS} | {"address": list(profile.address)}
    columns = {name.removesuffix("_id") if name in {"client_id", "sender_id"} else name: value
               for name, value in values.items()}  # fmt: skip
    columns["kind"] = str(profile.kind)
    with connection.transaction():
        models.BillingProfile.delete().where(models.BillingProfile.client == profile.client_id).execute()
        models.BillingProfile.create(**columns, updated_at=now())
