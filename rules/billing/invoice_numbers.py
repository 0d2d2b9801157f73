"""Numbers of invoices: a series, which may begin anew each year, and a count without gaps within it."""

from datetime import date

YEAR = "{year}"
_CREDIT = "CN-"
_LONGEST = 32 - len(_CREDIT)


def series_on(pattern: str, day: date) -> str:
    """Return the series that a sender's pattern names on a day: ``RE-{year}`` begins anew each year.

    Raises ValueError for a series that is empty, or so long that the prefix of its credit notes does not fit.
    """
    series = pattern.replace(YEAR, f"{day:%Y}")
    if not 0 < len(series) <= _LONGEST:
        raise ValueError(f"a series has up to {_LONGEST} characters, not {len(series)}: {series!r}")
    return series


def credit_series(series: str) -> str:
    """Return the series of the credit notes of a series; they have a count of their own."""
    return f"{_CREDIT}{series}"


def printed(series: str, number: int) -> str:
    """Return a number as it is printed."""
    return f"{series}-{number:06d}"
