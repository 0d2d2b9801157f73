"""Settings of billing: the seller on invoices while there is no sender, how invoices are numbered, when they are due.

VIES is asked whether VAT-IDs are registered, but only where its address is given.
"""

import re

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from rules.names import server_addresses
from settings.comma_lists import CommaList

_SERIES = re.compile(r"(?:[A-Z0-9-]|\{year\}){1,16}")


class BillingSettings(BaseSettings):
    """The variables ``NOLAPSE_SELLER_...``, ``NOLAPSE_INVOICE_...`` and ``NOLAPSE_VIES_URL``."""

    seller_name: str = "Nolapse"
    """The seller on invoices, until there is a sender."""
    seller_address: CommaList[str] = ()
    """Their address, line by line, comma-separated."""
    payment_note: str = "Please pay by bank transfer and name the invoice number."
    """A sentence on each invoice."""
    invoice_series: str = "INV"
    """What invoice numbers begin with; each series counts by itself, ``{year}`` in it begins anew each year."""
    invoice_due_days: int = Field(14, ge=0, le=365)
    """Days until an invoice is due."""
    vies_url: str = ""
    """The Commission's is https://ec.europa.eu/taxation_customs/vies/rest-api"""

    @field_validator("invoice_series")
    @classmethod
    def _series(cls, value: str) -> str:
        if not _SERIES.fullmatch(value):
            raise ValueError("must be up to 16 of A-Z, 0-9 and hyphens; {year} among them stands for the year")
        return value

    @field_validator("vies_url")
    @classmethod
    def _vies_address(cls, value: str) -> str:
        if value:
            parts = server_addresses.require_web(value)
            if not parts.path.strip("/") or value.endswith("/") or parts.query or parts.fragment:
                raise ValueError("must be https://, a host and a path, without a slash behind it")
        return value

    def require_vies_privacy(self, environment: str) -> None:
        """Raise ``ValueError`` where production would send clients' VAT-IDs over a connection without TLS."""
        if environment == "production" and self.vies_url.startswith("http://"):
            raise ValueError("NOLAPSE_VIES_URL must be https:// in production")
