"""Findings in sentences: what several addresses showed, summed up; and what other releases stored."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.certificates import assessment
from rules.certificates.faults import Fault, FaultKind, Severity, fault
from rules.certificates.finding import AddressFinding
from tests.rules.certificates.findings import DAY, HOUR, MINUTE, address_finding, finding, leaf
from wording import fragments
from wording.certificates import certificate_faults, findings

EXPIRED = fault(FaultKind.EXPIRED, "leaf", not_after="2026-11-21T12:00:00+00:00")
REFUSED = fault(FaultKind.UNREACHABLE, "no_answer", reason="connection refused.")
TIMED_OUT = fault(FaultKind.UNREACHABLE, "no_answer", reason="timed out")


def ip(number: int) -> str:
    return f"192.0.2.{number}"


def stored(kind: FaultKind, words: str) -> Fault:
    """Return a fault as a release before parameters stored it."""
    return Fault(kind, Severity.CRITICAL, stored_words=words)


def said(*faults: Fault | None) -> str:
    addresses = [address_finding(ip(number), leaf(), *([one] if one else [])) for number, one in enumerate(faults, 1)]
    return " ".join(findings.texts(finding(*addresses, faults=assessment.summed(tuple(addresses)))).faults)


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ((EXPIRED,), "The certificate expired on 2026-11-21 12:00 UTC."),
        ((EXPIRED, EXPIRED), "The certificate expired on 2026-11-21 12:00 UTC."),
        ((None, EXPIRED), "1 of 2 addresses (192.0.2.2): the certificate expired on 2026-11-21 12:00 UTC."),
        (
            (stored(FaultKind.WRONG_HOST, "TLS is for a."), stored(FaultKind.WRONG_HOST, "TLS is for b.")),
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
    addresses = (
        address_finding(ip(1), leaf(), fault(FaultKind.DISTRUSTED, severity=Severity.NOTE)),
        address_finding(ip(2), leaf(), fault(FaultKind.DISTRUSTED)),
    )

    assert [one.severity for one in assessment.summed(addresses)] == [Severity.CRITICAL]


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
    assert fragments.length(length) == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [(90 * DAY, "90-day"), (160 * HOUR, "7-day"), (24 * HOUR, "24-hour"), (90 * DAY - timedelta(seconds=1), "90-day")],
)
def test_a_lifetime_is_called_by_its_days(length: timedelta, expected: str):
    assert fragments.lifetime(length) == expected


def test_moments_are_written_as_the_dashboard_knows_them():
    assert fragments.moment(datetime(2026, 11, 21, 12, tzinfo=UTC)) == "2026-11-21 12:00 UTC"


parameters = st.dictionaries(
    st.sampled_from(["reason", "names", "more", "host", "subject", "not_after", "left_s", "count", "life_s"]),
    st.text(max_size=300) | st.integers() | st.lists(st.text(max_size=9), max_size=3).map(tuple),
).map(lambda given: tuple(given.items()))
details = st.sampled_from(
    ["", "leaf", "names", "no_answer", "ended_early", "lifetime", "old_certificate", "tomorrow", "issuer"]
)
stranger = st.builds(
    Fault,
    st.sampled_from(FaultKind),
    st.sampled_from(Severity),
    details,
    parameters,
    st.none() | st.integers(0, 9),
    st.text(max_size=700),
)


@settings(max_examples=60)
@given(st.lists(st.lists(stranger, max_size=4), min_size=1, max_size=8))
def test_each_kind_is_said_once_in_printable_words_whatever_was_stored(shown: list[list[Fault]]):
    addresses = tuple(AddressFinding(address=ip(number), faults=tuple(one)) for number, one in enumerate(shown))
    found = assessment.summed(addresses)
    texts = findings.texts(finding(*addresses, faults=found))

    assert {one.kind for one in found} == {one.kind for each in shown for one in each}
    assert len({one.kind for one in found}) == len(found)
    assert all(0 < len(one) <= fragments.LONGEST and one.isprintable() for one in texts.faults)
    assert all(one.isprintable() and len(one) <= certificate_faults.LONGEST for each in texts.addresses for one in each)


def test_what_an_older_release_stored_is_shown_by_its_words():
    assert certificate_faults.sentence(stored(FaultKind.WEAK_KEY, "The key is weak.")) == "The key is weak."
    assert certificate_faults.sentence(stored(FaultKind.WEAK_KEY, "")) == "Key is too weak."
