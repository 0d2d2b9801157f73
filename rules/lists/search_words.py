"""What somebody typed into the search, read as each thing that it may be: a number, an amount, a host."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rules import names

_DIGITS_OF_ID = 18
_INVOICE = re.compile(r"(?:.*\D)?0*(\d{1,18})")
_AMOUNT = re.compile(r"(-?)(\d{1,3}(?:[.,' ]\d{3})+|\d{1,15})(?:[.,](\d{1,3}))?")
_CURRENCY = re.compile(r"^(?:[A-Z]{3}|[€$£])\s*|\s*(?:[A-Z]{3}|[€$£])$")
_HEXADECIMAL = re.compile(r"(?:0x)?((?:[0-9a-f]{2}[: ]?){3,64}[0-9a-f]?)")


@dataclass(frozen=True, slots=True)
class SearchWords:
    """What was typed, and each thing that it may be; a field is None or empty where it cannot be that."""

    text: str
    number: int | None = None
    """The number of a job."""
    invoice_number: int | None = None
    """The number of an invoice, without its series and leading zeros."""
    amounts: tuple[tuple[int, int], ...] = ()
    """Amounts in minor units, each with the decimal digits of the currencies that it is for."""
    host: str = ""
    """A name as registries and servers write it."""
    hexadecimal: str = ""
    """The beginning of a serial number or a fingerprint."""


def read(typed: str) -> SearchWords:
    """Read what was typed."""
    text = typed.strip()
    return SearchWords(
        text=text,
        number=int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_OF_ID else None,
        invoice_number=_invoice_number(text),
        amounts=_amounts(text),
        host=_host(text),
        hexadecimal=_hexadecimal(text.lower()),
    )


def after(text: str, nouns: Iterable[str]) -> str:
    """Return what stands after one of some nouns: of "Run #2" after "run" the 2; empty where none begins the text."""
    either = "|".join(re.escape(noun) for noun in nouns)
    found = re.fullmatch(rf"(?:{either})(?:\s+#?|#)(?:(?:no|nr)\.?\s+)?(\S.*)", text.strip(), re.IGNORECASE)
    return found[1] if found else ""


def _invoice_number(text: str) -> int | None:
    found = _INVOICE.fullmatch(text) if text.isascii() else None
    return int(found[1]) if found else None


def _amounts(text: str) -> tuple[tuple[int, int], ...]:
    found = _AMOUNT.fullmatch(_CURRENCY.sub("", text)) if len(text) < 40 else None  # noqa: PLR2004 - no amount
    if found is None:
        return ()
    sign, whole, part = -1 if found[1] else 1, re.sub(r"\D", "", found[2]), found[3] or ""
    return tuple((sign * int(whole + part.ljust(digits, "0")), digits) for digits in (2, 0, 3) if len(part) <= digits)


def _host(text: str) -> str:
    name = re.sub(r"^[a-z]+://", "", text.lower()).split("/")[0]
    try:
        return names.idna_host(name)
    except ValueError:
        return name


def _hexadecimal(text: str) -> str:
    found = _HEXADECIMAL.fullmatch(text)
    return re.sub("[: ]", "", found[1]) if found else ""
