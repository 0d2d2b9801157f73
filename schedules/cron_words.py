"""Times in words, as people say them, read as the cron expression that they mean.

every 15 minutes | hourly at minute 17 | every 6 hours at minute 17 | daily at 02:17 | weekdays at 9:00
mondays at 04:11 | on the 15th at 5:00
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from schedules.cron import WEEKDAYS, BadSchedule

EXAMPLES: Final = ("every 6 hours at minute 17", "daily at 02:17", "weekdays at 9:00", "on the 1st at 05:00")

_AT = r"at (?P<hour>\d{1,2})[:.](?P<minute>\d{2})"
_MINUTE = r"(?: at minute (?P<minute>\d{1,2}))?"
_DAY = "|".join(f"{one}[a-z]*" for one in WEEKDAYS)


def _number(found: re.Match[str], name: str, least: int, most: int) -> int:
    number = int(found[name] or 0)
    if not least <= number <= most:
        raise BadSchedule(f"{name}: {number} is not from {least} to {most}")
    return number


def _of_day(days: str) -> Callable[[re.Match[str]], str]:
    return lambda found: f"{_number(found, 'minute', 0, 59)} {_number(found, 'hour', 0, 23)} * * {days}"


def _weekly(found: re.Match[str]) -> str:
    return _of_day(found["day"][:3])(found)


def _monthly(found: re.Match[str]) -> str:
    date = _number(found, "date", 1, 31)
    return f"{_number(found, 'minute', 0, 59)} {_number(found, 'hour', 0, 23)} {date} * *"


def _hours(found: re.Match[str]) -> str:
    return f"{_number(found, 'minute', 0, 59)} */{_divisor(found, 24, 'hours')} * * *"


def _minutes(found: re.Match[str]) -> str:
    return f"*/{_divisor(found, 60, 'minutes')} * * * *"


def _divisor(found: re.Match[str], whole: int, unit: str) -> int:
    """Return a step that divides its whole: others would leave a shorter step at its end, which nobody expects."""
    step = int(found["step"])
    if step not in range(2, whole) or whole % step:
        fits = ", ".join(str(one) for one in range(2, whole) if whole % one == 0)
        raise BadSchedule(f"every {step} {unit} does not go evenly into {whole}; write one of {fits}")
    return step


_WORDS: Final[Mapping[re.Pattern[str], Callable[[re.Match[str]], str]]] = {
    re.compile(r"every (?P<step>\d{1,2}) minutes"): _minutes,
    re.compile(r"every minute"): lambda _found: "* * * * *",
    re.compile(rf"(?:hourly|every hour){_MINUTE}"): lambda found: f"{_number(found, 'minute', 0, 59)} * * * *",
    re.compile(rf"every (?P<step>\d{{1,2}}) hours{_MINUTE}"): _hours,
    re.compile(rf"(?:daily|every day) {_AT}"): _of_day("*"),
    re.compile(rf"(?:on )?weekdays {_AT}"): _of_day("mon-fri"),
    re.compile(rf"(?:on |every )?(?P<day>{_DAY}) {_AT}"): _weekly,
    re.compile(rf"(?:monthly )?on the (?P<date>\d{{1,2}})(?:st|nd|rd|th)? {_AT}"): _monthly,
}


def expression(text: str) -> str:
    """Return the cron expression that a text means: words, or an expression itself, which stays as it is.

    Raises ``BadSchedule`` for a text that is neither; ``Cron`` checks the fields of an expression.
    """
    said = " ".join(text.lower().replace("hourly at :", "hourly at minute ").split())
    for words, read in _WORDS.items():
        if found := words.fullmatch(said):
            return read(found)
    if len(said.split()) != 5 or re.match(r"every|daily|hourly|on |weekdays", said):  # noqa: PLR2004 - crontab(5)
        raise BadSchedule(
            f"{text[:60]!r} is neither five fields of crontab nor words such as {', '.join(map(repr, EXAMPLES))}"
        )
    return text.strip()
