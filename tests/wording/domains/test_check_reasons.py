"""Why a domain is checked when it is: words that complete "because"."""

from datetime import UTC, datetime

import pytest

from rules.domains.next_check import CheckReason, NextDomainCheck
from wording.domains import check_reasons

AT = datetime(2026, 11, 23, 2, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "number", "words"),
    [
        (CheckReason.QUIET, 0, "it is quiet, and its end is far"),
        (CheckReason.END_NEAR, 119, "it ends in 119 days"),
        (CheckReason.END_NEAR, 1, "it ends in 1 day"),
        (CheckReason.END_NEAR, 0, "it ends in less than a day"),
        (CheckReason.END_PASSED, 0, "its end will just have passed"),
        (CheckReason.ENDED, 10, "it ended 10 days ago"),
        (CheckReason.ENDED, 0, "it ended less than a day ago"),
        (CheckReason.UNDATED, 0, "nobody states when it ends"),
        (CheckReason.RESTORABLE, 0, "it can still be recovered"),
        (CheckReason.BEING_DELETED, 0, "its registry is about to delete it"),
        (CheckReason.BEING_RESTORED, 0, "it is being recovered"),
        (CheckReason.BEING_TRANSFERRED, 0, "it is being transferred"),
        (CheckReason.ON_HOLD, 0, "it is taken out of the DNS"),
        (CheckReason.CHANGED, 0, "something changed within the last week"),
        (CheckReason.UNANSWERED, 1, "nobody answered the last time"),
        (CheckReason.UNANSWERED, 900, "nobody answered the last 900 times"),
        (CheckReason.NEVER_ASKED, 0, "nobody has been asked about it yet"),
        (CheckReason.DOUBTED, 0, "one source alone says that it is gone"),
        (CheckReason.NOT_REGISTERED, 0, "it is not registered"),
        (CheckReason.RESERVED, 0, "its registry keeps it back"),
    ],
)
def test_a_reason_is_told_with_its_number(reason: CheckReason, number: int, words: str) -> None:
    assert check_reasons.because(NextDomainCheck(AT, reason, number)) == words


@pytest.mark.parametrize("reason", CheckReason)
def test_every_reason_has_words(reason: CheckReason) -> None:
    words = check_reasons.because(NextDomainCheck(AT, reason, 3))
    assert words
    assert "{" not in words
