"""What people enter, as texts by field: pages, the API, CSV files and commands are read by the same readers.

    entry = EntryReader(texts, ("name", "price"))
    name = entry.required("name", text(200), "")
    price = entry.optional("price", lambda written: money.parse(written, "EUR"))
    entry.done()

``done`` names all fields that are wrong at once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import TypeVar, cast

from babel.core import get_global

from rules.billing import money
from rules.billing.charges import Discount, check_quantity
from rules.translatable import Translatable, TranslatableError, of_error

T = TypeVar("T")
Texts = Mapping[str, str]
Reader = Callable[[str], T]

LONGEST_TEXT = 4000
_EXEMPTION_CODE = re.compile(r"VATEX-[A-Z0-9-]{2,40}")
_LONGEST_NUMBER = 20
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")
"""The form of a number; ``Decimal`` alone would also take 1_0 and 1e2."""
_BASIS_POINTS_A_PERCENT = 100


class BadEntry(ValueError):
    """Raised for an entry that cannot be used; ``faults`` are pairs of a field and what is wrong with it."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {what}" for name, what in faults))
        self.faults = faults


class EntryReader:
    """A reader of fields, one by one, which keeps what is wrong with them until ``done``."""

    def __init__(self, texts: Texts, known: Sequence[str]) -> None:
        self._texts = {name: value.strip() for name, value in texts.items()}
        self._faults: list[tuple[str, str]] = [
            (name, Translatable("is no field")) for name in texts if name not in known
        ]

    def given(self, name: str) -> str:
        """Return the text of a field, empty where nothing was entered."""
        return self._texts.get(name, "")

    def optional(self, name: str, read: Reader[T], otherwise: T | None = None) -> T | None:
        """Return a field's value, ``otherwise`` where it is empty or wrong."""
        if not self.given(name):
            return otherwise
        try:
            return read(self.given(name))
        except ValueError as error:
            self.wrong(name, of_error(error))
            return otherwise

    def required(self, name: str, read: Reader[T], otherwise: T) -> T:
        """Return a field's value; ``otherwise`` where it is missing or wrong, so that other fields can be read too."""
        if not self.given(name):
            self.wrong(name, Translatable("is missing"))
        found = self.optional(name, read)
        return otherwise if found is None else found

    def wrong(self, name: str, what: str) -> None:
        """Remember what is wrong with a field."""
        self._faults.append((name, what))

    def done(self) -> None:
        """Raise ``BadEntry`` if anything was wrong."""
        if self._faults:
            raise BadEntry(*self._faults)


def text(most: int) -> Reader[str]:
    """Return a reader of one line of at most ``most`` characters."""

    def read(written: str) -> str:
        if not written.isprintable():
            raise TranslatableError("holds characters that cannot be printed")
        if len(written) > most:
            raise TranslatableError("is longer than {most} characters", most=most)
        return written

    return read


def paragraph(written: str) -> str:
    """Read a text of several lines."""
    if any(not line.isprintable() for line in written.splitlines()):
        raise TranslatableError("holds characters that cannot be printed")
    if len(written) > LONGEST_TEXT:
        raise TranslatableError("is longer than {longest_text} characters", longest_text=LONGEST_TEXT)
    return "\n".join(written.splitlines())


def lines(written: str) -> tuple[str, ...]:
    """Read the lines of an address."""
    found = tuple(line.strip() for line in written.splitlines() if line.strip())
    if len(found) > 6 or any(len(line) > 200 or not line.isprintable() for line in found):  # noqa: PLR2004 - as an invoice has room for
        raise TranslatableError("is at most 6 lines of 200 characters")
    return found


def day(written: str) -> date:
    """Read a day in the one form 2027-03-01."""
    try:
        return date.fromisoformat(written if _DAY.fullmatch(written) else "")
    except ValueError:
        raise TranslatableError("{written} is no day; write it as 2027-03-01", written=repr(written[:20])) from None


def whole(least: int, most: int) -> Reader[int]:
    """Return a reader of a whole number from ``least`` to ``most``."""

    def read(written: str) -> int:
        if not (written.isascii() and written.isdigit() and len(written) < _LONGEST_NUMBER):
            raise TranslatableError("{written} is no whole number", written=repr(written[:20]))
        if not least <= int(written) <= most:
            raise TranslatableError("is from {least} to {most}", least=least, most=most)
        return int(written)

    return read


def decimal(written: str) -> Decimal:
    """Read a number, with a decimal point if any."""
    try:
        found = Decimal(written if len(written) < _LONGEST_NUMBER and _NUMBER.fullmatch(written) else "")
    except InvalidOperation:
        raise TranslatableError("{written} is no number; write it as 1.5", written=repr(written[:20])) from None
    return found


def quantity(written: str) -> Decimal:
    """Read a quantity: not negative, with at most three decimals."""
    found = decimal(written)
    check_quantity(found)
    return found


def percent(written: str) -> int:
    """Read a percentage of at most 100, with or without its sign, as basis points: 19 is 1900."""
    points = decimal(written.removesuffix("%").strip()) * _BASIS_POINTS_A_PERCENT
    if not 0 <= points <= 100 * _BASIS_POINTS_A_PERCENT or points != int(points):
        raise TranslatableError(
            "{written} is no percentage from 0 to 100 with at most two decimals", written=repr(written[:20])
        )
    return int(points)


def discount(currency: str, until: date | None = None) -> Reader[Discount]:
    """Return a reader of a discount: ``10%``, or an amount of a currency."""

    def read(written: str) -> Discount:
        if written.endswith("%"):
            return Discount(basis_points=percent(written), until=until)
        return Discount(amount_minor=money.parse(written, currency).minor, until=until)

    return read


def currency(written: str) -> str:
    """Read a currency of ISO 4217 that is legal tender somewhere."""
    code = written.upper()
    if code not in money.tender():
        raise TranslatableError(
            "{written} is no currency of ISO 4217 that is in use, such as EUR", written=repr(written[:10])
        )
    return code


def country(written: str) -> str:
    """Read a country of ISO 3166-1."""
    code = written.upper()
    if code not in _countries():
        raise TranslatableError("{written} is no country of ISO 3166-1, such as DE", written=repr(written[:10]))
    return code


@cache
def _countries() -> frozenset[str]:
    """Return the countries that have a currency, by CLDR, without the areas to which ISO 3166-1 gives no code."""
    territories = cast("dict[str, list[tuple[str, object, object, bool]]]", get_global("territory_currencies"))
    return frozenset(
        code for code, ever in territories.items() if any(end is None and tender for _, _, end, tender in ever)
    ) - {"AC", "DG", "EA", "EU", "IC", "TA"}


def exemption_code(written: str) -> str:
    """Read a code of the list VATEX, which says why no VAT is charged."""
    if not _EXEMPTION_CODE.fullmatch(written):
        raise TranslatableError(
            "{written} is no code of the list VATEX, such as VATEX-EU-132", written=repr(written[:40])
        )
    return written


def one_of(kinds: type[StrEnum]) -> Reader[StrEnum]:
    """Return a reader of a word of a vocabulary, in any case."""

    def read(written: str) -> StrEnum:
        if written.lower() not in {str(kind) for kind in kinds}:
            raise TranslatableError("{written} is none of {known}", written=repr(written[:20]), known=", ".join(kinds))
        return kinds(written.lower())

    return read


def one_among(codes: Mapping[str, str]) -> Reader[str]:
    """Return a reader of one of these codes, which returns it in capitals."""

    def read(written: str) -> str:
        if written.upper() not in codes:
            raise TranslatableError("{written} is none of {known}", written=repr(written[:10]), known=", ".join(codes))
        return written.upper()

    return read


def switch(written: str) -> bool:
    """Read yes or no."""
    words = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False}
    if written.lower() not in words:
        raise TranslatableError("{written} is neither yes nor no", written=repr(written[:20]))
    return words[written.lower()]
