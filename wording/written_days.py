"""Days as the languages of clients write them."""

from datetime import date
from typing import Literal

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date


def written(day: date, language: str, length: Literal["long", "medium"] = "long") -> str:
    """Return a day as a BCP 47 language writes it; as ISO 8601 where Babel does not know the language."""
    try:
        return format_date(day, length, locale=Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return day.isoformat()
