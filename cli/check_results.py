"""Results of the checks of ``nolapse doctor``, and helpers for their words."""

from dataclasses import dataclass
from enum import StrEnum

NAMED = 3
"""Things that a result names, at the most; of further ones it only says that there are more."""
IDS_SHOWN = 5
_LONGEST = 300


class CheckVerdict(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was checked; ``advice`` says what to do where it is not well."""

    name: str
    verdict: CheckVerdict
    words: str
    advice: str = ""


def ok(name: str, words: str) -> CheckResult:
    """Return the result that something is well."""
    return CheckResult(name, CheckVerdict.OK, words)


def warn(name: str, words: str, advice: str) -> CheckResult:
    """Return the result that something needs a look."""
    return CheckResult(name, CheckVerdict.WARN, words, advice)


def fail(name: str, words: str, advice: str) -> CheckResult:
    """Return the result that something does not work."""
    return CheckResult(name, CheckVerdict.FAIL, words, advice)


def some(ids: list[int]) -> str:
    """Return the first few ids as text."""
    return ", ".join(map(str, ids[:IDS_SHOWN]))


def line(error: BaseException) -> str:
    """Return the first line of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def capped(words: str) -> str:
    """Return words, cut where they are too long to show."""
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
