"""What several addresses showed, summed up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.certificates import words
from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.finding import AddressFinding
from tests.rules.certificates.findings import DAY, HOUR, MINUTE, fault, leaf, sight

EXPIRED = fault(FaultKind.EXPIRED, "The certificate expired on 2026-11-21 12:00 UTC.")
REFUSED, TIMED_OUT = fault(FaultKind.UNREACHABLE, "connection refused."), fault(FaultKind.UNREACHABLE, "timed out")


def ip(number: int) -> str:
    return f"192.0.2.{number}"


def said(*faults: Fault | None) -> str:
    sights = [sight(ip(number), leaf(), *([one] if one else [])) for number, one in enumerate(faults, 1)]
    return words.joined(words.summed(tuple(sights)))


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ((EXPIRED,), EXPIRED.words),
        ((EXPIRED, EXPIRED), EXPIRED.words),
        ((None, EXPIRED), "1 of 2 addresses (192.0.2.2): the certificate expired on 2026-11-21 12:00 UTC."),
        (
            (fault(FaultKind.WRONG_HOST, "TLS is for a."), fault(FaultKind.WRONG_HOST, "TLS is for b.")),
            "1 of 2 addresses (192.0.2.1): TLS is for a. 1 of 2 addresses (192.0.2.2): TLS is for b.",
        ),
        ((REFUSED,), "The server does not answer: connection refused."),
        ((REFUSED, REFUSED), "None of 2 addresses answers: connection refused."),
        (
            (REFUSED, TIMED_OUT),
            "None of 2 addresses answers: connection refused (192.0.2.1); timed out (192.0.2.2).",
        ),
        ((REFUSED, None, None, None), "1 of 4 addresses (192.0.2.1) does not answer: connection refused."),
        ((REFUSED, REFUSED, None), "2 of 3 addresses (192.0.2.1, 192.0.2.2) do not answer: connection refused."),
        (
            (TIMED_OUT,) * 6 + (None,),
            "6 of 7 addresses (192.0.2.1, 192.0.2.2, 192.0.2.3 and 3 more) do not answer: timed out.",
        ),
        ((None, None), ""),
    ],
)
def test_of_addresses_is_spoken_where_they_disagree(faults: tuple[Fault | None, ...], expected: str):
    assert said(*faults) == expected


def test_the_graver_of_two_severities_counts():
    sights = (
        sight(ip(1), leaf(), fault(FaultKind.DISTRUSTED, severity=Severity.NOTE)),
        sight(ip(2), leaf(), fault(FaultKind.DISTRUSTED)),
    )

    assert [one.severity for one in words.summed(sights)] == [Severity.CRITICAL]


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (59 * MINUTE, "less than an hour"),
        (HOUR, "1 hour"),
        (23 * HOUR, "23 hours"),
        (DAY, "1 day"),
        (3 * DAY + 5 * HOUR, "3 days"),
    ],
)
def test_lengths_are_said_in_the_largest_unit(length: timedelta, expected: str):
    assert words.days(length) == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [(90 * DAY, "90-day"), (160 * HOUR, "7-day"), (24 * HOUR, "24-hour"), (90 * DAY - timedelta(seconds=1), "90-day")],
)
def test_a_lifetime_is_called_by_its_days(length: timedelta, expected: str):
    assert words.lifetime(length) == expected


def test_moments_are_written_as_the_dashboard_knows_them():
    assert words.moment(datetime(2026, 11, 21, 12, tzinfo=UTC)) == "2026-11-21 12:00 UTC"


texts = st.text(max_size=700)
tolds = st.builds(fault, st.sampled_from(FaultKind), texts)


@settings(max_examples=40)
@given(st.lists(st.lists(tolds, max_size=4), min_size=1, max_size=8))
def test_each_kind_is_told_once_in_printable_words(shown: list[list[Fault]]):
    sights = tuple(AddressFinding(address=ip(number), faults=tuple(one)) for number, one in enumerate(shown))

    told = words.summed(sights)

    assert {one.fault for one in told} == {one.fault for each in shown for one in each}
    assert len({one.fault for one in told}) == len(told)
    assert all(len(one.words) <= words.LONGEST and (not one.words or one.words.isprintable()) for one in told)
