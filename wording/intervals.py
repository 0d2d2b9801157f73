"""How long a period is, in words."""

from rules.billing.periods import Interval

_MONTHS_A_YEAR = 12
_DAYS_A_WEEK = 7


def said(interval: Interval) -> str:
    """Return what comes after "every": month, 3 months, year, 2 weeks, 10 days."""
    if interval.months:
        years, months = divmod(interval.months, _MONTHS_A_YEAR)
        return _some(interval.months, "month") if months else _some(years, "year")
    weeks, days = divmod(interval.days, _DAYS_A_WEEK)
    return _some(interval.days, "day") if days else _some(weeks, "week")


def _some(number: int, what: str) -> str:
    return what if number == 1 else f"{number} {what}s"
