"""Numbers and days of an invoice as JSON writes them: plainly, and read in no second way."""

import re
from datetime import date
from typing import Annotated, Final

from pydantic import BeforeValidator

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _number(given: object) -> object:
    """Raise ValueError for texts that Python also takes for numbers: 1_000, and digits of other scripts."""
    if isinstance(given, str) and ("_" in given or not given.isascii()):
        raise ValueError("not a plain number: write digits and at most one point, such as 12.50")
    return given


def _day(given: object) -> object:
    """Raise ValueError for values that pydantic also takes for days: seconds since 1970, and midnights."""
    if type(given) is date or (isinstance(given, str) and _DAY.fullmatch(given)):
        return given
    raise ValueError("not a day: write it as 2026-03-01")


PLAIN: Final = BeforeValidator(_number)
"""Must stand behind the limits of a decimal: before them, it would keep them out of the JSON schema."""

Day = Annotated[date, BeforeValidator(_day)]
