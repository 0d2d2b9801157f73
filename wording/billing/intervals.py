"""How long a period is, in words."""

from rules.billing.periods import Interval
from wording.messages import _, ngettext

_MONTHS_A_YEAR = 12
_DAYS_A_WEEK = 7


def said(interval: Interval) -> str:
    """Return an interval as it follows "every": month, 3 months, year, 2 weeks, 10 days."""
    if interval.months:
        years, months = divmod(interval.months, _MONTHS_A_YEAR)
        return _months(interval.months) if months else _years(years)
    weeks, days = divmod(interval.days, _DAYS_A_WEEK)
    return _days(interval.days) if days else _weeks(weeks)


def _years(number: int) -> str:
    return _("year") if number == 1 else ngettext("{number} year", "{number} years", number)


def _months(number: int) -> str:
    return _("month") if number == 1 else ngettext("{number} month", "{number} months", number)


def _weeks(number: int) -> str:
    return _("week") if number == 1 else ngettext("{number} week", "{number} weeks", number)


def _days(number: int) -> str:
    return _("day") if number == 1 else ngettext("{number} day", "{number} days", number)
