"""Senders and billing profiles as people enter them: addresses, VAT-IDs, accounts, logos."""

import re
from typing import Any, Final

from stdnum import bic as bics
from stdnum import iban as ibans

from rules.billing import entries, logos, vat_ids
from rules.billing.entries import EntryReader, Texts
from rules.billing.tax_decision import BuyerKind
from rules.billing.vat_rates import COUNTRIES
from rules.mail import mailboxes

LARGEST_LOGO = 500_000
"""Bytes of the image."""

_SERIES = re.compile(r"(?=.{1,20}$)[A-Z0-9-]*(?:\{year\}[A-Z0-9-]*)?")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_SCHEME = re.compile(r"[0-9]{4}|[A-Z]{2}")

_ADDRESS: Final = ("address", "postcode", "city", "country", "vat_id", "exemption_reason", "exemption_code")
SENDER_FIELDS: Final = (
    "name", *_ADDRESS, "tax_number", "legal_id", "legal_form", "iban", "bic", "account_name",
    "contact_name", "email", "phone", "logo", "accent", "payment_note", "series", "due_days", "one_stop_shop",
)  # fmt: skip
PROFILE_FIELDS: Final = (
    "legal_name", *_ADDRESS, "kind", "reference", "electronic_scheme", "electronic_id", "sender_id",
)  # fmt: skip


def sender(texts: Texts) -> dict[str, Any]:
    """Return a sender's columns. Raises ``BadEntry``, naming each field that is wrong."""
    entry = EntryReader(texts, SENDER_FIELDS)
    found = {
        "name": entry.required("name", entries.text(200), ""),
        **_address(entry),
        "tax_number": entry.optional("tax_number", entries.text(50)),
        "legal_id": entry.optional("legal_id", entries.text(50)),
        "legal_form": entry.optional("legal_form", entries.paragraph, ""),
        "iban": entry.optional("iban", iban),
        "bic": entry.optional("bic", bic),
        "account_name": entry.optional("account_name", entries.text(200)),
        "contact_name": entry.optional("contact_name", entries.text(200)),
        "email": entry.optional("email", _email),
        "phone": entry.optional("phone", entries.text(50)),
        "logo": entry.optional("logo", logo),
        "accent": entry.optional("accent", _matching(_COLOUR, "a colour such as #0b5c6b"), "#0b5c6b"),
        "payment_note": entry.optional("payment_note", entries.paragraph, ""),
        "series": entry.required(
            "series",
            _matching(_SERIES, "capitals, digits and hyphens, with {year} where it is to begin anew each year"),
            "",
        ),
        "due_days": entry.optional("due_days", entries.whole(0, 365), 14),
        "one_stop_shop": entry.optional("one_stop_shop", entries.switch, otherwise=False),
    }
    entry.done()
    return found


def profile(texts: Texts) -> dict[str, Any]:
    """Return a billing profile's columns. Raises ``BadEntry``, naming each field that is wrong."""
    entry = EntryReader(texts, PROFILE_FIELDS)
    found = {
        "legal_name": entry.optional("legal_name", entries.text(200)),
        **_address(entry),
        "kind": entry.optional("kind", entries.one_of(BuyerKind), BuyerKind.BUSINESS),
        "reference": entry.optional("reference", entries.text(100)),
        "electronic_scheme": entry.optional("electronic_scheme", _matching(_SCHEME, "a code of the list EAS")),
        "electronic_id": entry.optional("electronic_id", entries.text(200)),
        "sender_id": entry.optional("sender_id", entries.whole(1, 2**63 - 1)),
    }
    if bool(found["electronic_scheme"]) != bool(found["electronic_id"]):
        entry.wrong("electronic_id", "and electronic_scheme belong together; give both or none")
    entry.done()
    return found


def iban(written: str) -> str:
    """Read an IBAN (ISO 13616): its country's length, and its check digits."""
    compact = re.sub(r"\s", "", written).upper()
    if not ibans.is_valid(compact, check_country=False):
        raise ValueError(f"{written[:40]!r} is no IBAN: its length or its check digits are wrong")
    return compact


def bic(written: str) -> str:
    """Read a BIC (ISO 9362)."""
    compact = re.sub(r"\s", "", written).upper()
    if not bics.is_valid(compact):
        raise ValueError(f"{written[:20]!r} is no BIC; it has 8 or 11 characters")
    return compact


def logo(written: str) -> str:
    """Read an image as a data URL: PNG, JPEG or SVG, whose first bytes are what it says."""
    size = len(logos.image(written))
    if size > LARGEST_LOGO:
        raise ValueError(f"has {size} bytes; at most {LARGEST_LOGO} are taken")
    return written


def _address(entry: EntryReader) -> dict[str, Any]:
    country = entry.optional("country", entries.country, "") or ""
    vat_id = entry.optional("vat_id", lambda written: str(vat_ids.parse(written, country)) if country in COUNTRIES
                            else entries.text(20)(written))  # fmt: skip
    if entry.given("vat_id") and not entry.given("country"):
        entry.wrong("country", "is missing, and the VAT-ID is read by it")
    reason = entry.optional("exemption_reason", entries.paragraph)
    code = entry.optional("exemption_code", entries.exemption_code)
    if code and not reason:
        entry.wrong("exemption_reason", "is missing: an exemption is said in the words of the law")
    return {
        "address": entry.optional("address", entries.lines, ()) or (),
        "postcode": entry.optional("postcode", entries.text(20), ""),
        "city": entry.optional("city", entries.text(200), ""),
        "country": country,
        "vat_id": vat_id,
        "exemption_reason": reason,
        "exemption_code": code,
    }


def _email(written: str) -> str:
    if not mailboxes.is_address(written):
        raise ValueError("is no mail address; write it as name@example.com")
    return written


def _matching(pattern: re.Pattern[str], what: str) -> entries.Reader[str]:
    def read(written: str) -> str:
        if not pattern.fullmatch(written):
            raise ValueError(f"{written[:40]!r} is not {what}")
        return written

    return read
