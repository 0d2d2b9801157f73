"""VAT-IDs: their format and their check digit, by python-stdnum. Only VIES can say whether one is registered.

A VAT-ID is kept as it stands on an invoice: with its prefix, in capitals, without spaces and dots. The prefix is the
country's code of ISO 3166-1, but EL for Greece (EN 16931, BR-CO-9).
"""

from dataclasses import dataclass
from typing import Final

from stdnum.ch import vat as swiss
from stdnum.eu import vat as european
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as british
from stdnum.no import mva as norwegian

from rules.billing.vat_rates import UNION

_PREFIXES: Final = {"GR": "EL"}
_COUNTRIES: Final = {prefix: country for country, prefix in _PREFIXES.items()}


@dataclass(frozen=True, slots=True)
class VatId:
    """A VAT-ID whose format and check digit are right. ``country`` is ISO 3166-1, ``number`` has no prefix."""

    country: str
    number: str

    @property
    def prefix(self) -> str:
        return _PREFIXES.get(self.country, self.country)

    def __str__(self) -> str:
        return f"{self.prefix}{self.number}"


def parse(text: str, country: str) -> VatId:
    """Return the VAT-ID in a text for a company of ``country``, with or without its prefix.

    Raises ValueError, saying why, where format or check digit are wrong, the prefix is another country's, or the
    VAT-IDs of the country are not known here.
    """
    compact = "".join(one for one in text.upper() if one.isalnum() and one.isascii())
    prefix = _PREFIXES.get(country, country)
    if country not in _CHECKS:
        raise ValueError(f"VAT-IDs of {country} are not known; leave it out")
    written = compact[:2]
    if written.isalpha() and written in _KNOWN_PREFIXES and written not in {prefix, country}:
        raise ValueError(f"{text[:40]!r} is a VAT-ID of {_COUNTRIES.get(written, written)}, not of {country}")
    number = compact.removeprefix(prefix).removeprefix(country)
    try:
        return VatId(country, _CHECKS[country](prefix, number))
    except ValidationError as wrong:
        raise ValueError(f"{text[:40]!r} is no VAT-ID of {country}: {_why(wrong)}") from None


def _why(wrong: ValidationError) -> str:
    return str(wrong).removesuffix(".").lower() or "its format is wrong"


def _european(prefix: str, number: str) -> str:
    return european.validate(prefix + number).removeprefix(prefix)


def _swiss(_: str, number: str) -> str:
    return swiss.validate(f"CH{number}").removeprefix("CH")


def _british(_: str, number: str) -> str:
    return british.validate(number)


def _norwegian(_: str, number: str) -> str:
    return norwegian.validate(number)


_CHECKS: Final = {
    **dict.fromkeys(UNION, _european),
    "CH": _swiss,
    "GB": _british,
    "NO": _norwegian,
}
_KNOWN_PREFIXES: Final = frozenset(_PREFIXES.get(country, country) for country in _CHECKS) | frozenset(_CHECKS)
