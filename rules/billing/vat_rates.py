"""The rates of VAT of each country, from which day on: facts with their sources, not code.

Standard rates begin with the Commission's list "VAT rates applied in the Member States of the European Union" as of 1
January 2021 and have a row for each change since. The other rates (reduced, super-reduced and parking rates) are those
of eu-vat-rates-data on 2026-09-29 (TEDB; GB, CH and NO kept by hand there). That source does not say when they began,
so they are not dated.

The table is ours, so that an upgrade of a package cannot change what is billed. The tests compare it with the package
eu-vat-rates-data, which follows the Commission's TEDB daily: when a newer version differs, they fail, and a row is
added here with the day on which the law says that the rate begins.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from rules.translatable import TranslatableError

SINCE: Final = date(2021, 1, 1)
"""The first day for which the table has rates."""


class UnknownRate(TranslatableError):
    """Raised when the table has no rate for a country or a day; the message says which."""


@dataclass(frozen=True, slots=True)
class VatRate:
    """A country's standard rate in percent, from the day ``begin`` on. ``country`` is ISO 3166-1: GR, not EL."""

    country: str
    begin: date
    percent: Decimal
    source: str


_LIST_2021 = "European Commission, VAT rates applied in the Member States, 1 January 2021"


def _since_2021(rates: str, source: str = _LIST_2021) -> tuple[VatRate, ...]:
    pairs = (pair.split(":") for pair in rates.split())
    return tuple(VatRate(country, SINCE, Decimal(percent), source) for country, percent in pairs)


STANDARD: Final = (
    *_since_2021("AT:20 BE:21 BG:20 CY:19 CZ:21 DE:19 DK:25 EE:20 ES:21 FI:24 FR:20 GR:24 HR:25 HU:27"),
    *_since_2021("IE:21 IT:22 LT:21 LU:17 LV:21 MT:18 NL:21 PL:23 PT:23 RO:19 SE:25 SI:22 SK:20"),
    *_since_2021("GB:20", "Value Added Tax Act 1994, section 2(1)"),
    *_since_2021("NO:25", "Stortingets vedtak om merverdiavgift, § 2"),
    *_since_2021("CH:7.7", "MWSTG (SR 641.20), Art. 25, as of 1 January 2018"),
    VatRate("IE", date(2021, 3, 1), Decimal(23), "Finance (No. 2) Act 2020, section 8: 21 % until 28 February 2021"),
    VatRate("LU", date(2023, 1, 1), Decimal(16), "Loi du 26 octobre 2022: 16 % in 2023"),
    VatRate("LU", date(2024, 1, 1), Decimal(17), "Loi du 26 octobre 2022: its end"),
    VatRate("EE", date(2024, 1, 1), Decimal(22), "Käibemaksuseadus § 15 (1), as amended in 2023"),
    VatRate("CH", date(2024, 1, 1), Decimal("8.1"), "MWSTG (SR 641.20), Art. 25, as of 1 January 2024 (AHV 21)"),
    VatRate("FI", date(2024, 9, 1), Decimal("25.5"), "Arvonlisäverolaki 84 §, as amended in 2024"),
    VatRate("SK", date(2025, 1, 1), Decimal(23), "Zákon č. 222/2004 Z. z. § 27, as amended by 278/2024 Z. z."),
    VatRate("EE", date(2025, 7, 1), Decimal(24), "Käibemaksuseadus § 15 (1), as amended in 2024"),
    VatRate("RO", date(2025, 8, 1), Decimal(21), "Legea nr. 141/2025"),
)
"""Ordered by the day on which they begin."""


def _percents(text: str) -> frozenset[Decimal]:
    return frozenset(map(Decimal, text.split()))


REDUCED: Final = {
    "AT": _percents("4.9 10 13 19"), "BE": _percents("6 12"), "BG": _percents("9"), "CH": _percents("2.6 3.8"),
    "CY": _percents("3 5 9"), "CZ": _percents("12"), "DE": _percents("7"), "DK": _percents(""),
    "EE": _percents("9 13"), "ES": _percents("4 10"), "FI": _percents("10 13.5"),
    "FR": _percents("0.9 1.05 2.1 5.5 8.5 10 13"), "GB": _percents("5"), "GR": _percents("4 6 13 17"),
    "HR": _percents("5 13"), "HU": _percents("5 18"), "IE": _percents("9 13.5"), "IT": _percents("4 5 10"),
    "LT": _percents("5 12"), "LU": _percents("3 8 14"), "LV": _percents("5 12"), "MT": _percents("5 7 12"),
    "NL": _percents("9"), "NO": _percents("12 15"), "PL": _percents("5 8"), "PT": _percents("6 13 16 22"),
    "RO": _percents("11"), "SE": _percents("6 12"), "SI": _percents("5 9.5"), "SK": _percents("5 19"),
}  # fmt: skip
"""The other rates that each country charges, in percent."""

COUNTRIES: Final = frozenset(rate.country for rate in STANDARD)
UNION: Final = COUNTRIES - {"CH", "GB", "NO"}
"""The member states of the European Union."""


def standard_rate(country: str, on: date) -> VatRate:
    """Return a country's standard rate on a day. Raises ``UnknownRate``."""
    known = [rate for rate in STANDARD if rate.country == country]
    if not known:
        raise UnknownRate("no VAT rates are known for {country}", country=country)
    begun = [rate for rate in known if rate.begin <= on]
    if not begun:
        raise UnknownRate(
            "the VAT rates of {country} are known from {since} on, not for {day}", country=country, since=SINCE, day=on
        )
    return begun[-1]


def charges_rate(country: str, percent: Decimal, on: date) -> bool:
    """Tell whether a country charges a rate on a day; only standard rates are dated. Raises ``UnknownRate``."""
    return percent == standard_rate(country, on).percent or percent in REDUCED[country]
