"""The next scan: always ahead, daily at least, and sooner where something may happen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.certificates import next_scan
from rules.certificates.faults import FaultKind, Severity, fault
from rules.certificates.finding import ChainRole, Finding
from rules.certificates.history import EndpointHistory
from tests.rules.certificates.findings import DAY, HOUR, MINUTE, NOW, SILENT, address_finding, finding, leaf, scanned
from wording.certificates import scan_reasons

YEAR = 398 * DAY
HAND = "CN=A CA"
DIFFERS = fault(FaultKind.ADDRESSES_DIFFER, severity=Severity.NOTE)


def ending_in(left: timedelta, *, life: timedelta = YEAR) -> Finding:
    return finding(address_finding("192.0.2.1", leaf(begins=NOW + left - life, life=life, issuer=HAND)))


def next_of(*findings: Finding, every: timedelta = DAY) -> tuple[timedelta, str]:
    found = next_scan.next_scan(scanned(*findings, every=every), jitter=0, now=NOW)
    return found.at - NOW, scan_reasons.because(found)


@pytest.mark.parametrize(
    ("one", "wait", "reason"),
    [
        (ending_in(300 * DAY), DAY, "each endpoint is scanned daily"),
        (ending_in(2 * DAY), HOUR, "its certificate ends in 2 days"),
        (ending_in(10 * MINUTE), 12 * MINUTE, "its certificate will just have ended"),
        (ending_in(-HOUR), HOUR, "its certificate ended 1 hour ago"),
        (ending_in(-9 * DAY), 3 * HOUR, "its certificate ended 9 days ago"),
        (ending_in(25 * DAY, life=90 * DAY), 6 * HOUR, "its renewal is due"),
        (ending_in(20 * DAY, life=90 * DAY), 6 * HOUR, "its renewal is late"),
        (ending_in(30 * DAY + 2 * HOUR, life=90 * DAY), 122 * MINUTE, "its renewal will just have become due"),
        (ending_in(150 * HOUR, life=160 * HOUR), 8 * HOUR, "its certificate lives 6 days only"),
        (finding(address_finding("192.0.2.1", None, SILENT)), 5 * MINUTE, "some address did not answer the last time"),
        (finding(address_finding("192.0.2.1", leaf(), fault(FaultKind.WRONG_HOST))), 3 * HOUR, "clients refuse it"),
        (
            finding(address_finding("192.0.2.1", leaf()), faults=(DIFFERS,)),
            20 * MINUTE,
            "a new certificate is being rolled out",
        ),
    ],
)
def test_the_soonest_reason_decides(one: Finding, wait: timedelta, reason: str):
    assert next_of(one) == (wait, reason)


def test_what_was_never_scanned_is_scanned_at_once():
    assert next_scan.next_scan(EndpointHistory(), jitter=0, now=NOW).at == NOW + MINUTE


def test_what_does_not_answer_is_asked_again_later_each_time_up_to_an_hour():
    silent = finding(address_finding("192.0.2.1", None, SILENT))

    assert [next_of(*[silent] * times)[0] for times in (1, 2, 3, 4, 5, 50)] == [
        5 * MINUTE,
        10 * MINUTE,
        20 * MINUTE,
        40 * MINUTE,
        HOUR,
        HOUR,
    ]


def test_two_more_looks_soon_after_make_a_silence_certain():
    """The waits after a first failure lead past the time that makes it certain, at any jitter."""
    silent = finding(address_finding("192.0.2.1", None, SILENT))
    history, at = EndpointHistory().after(silent, now=NOW), NOW
    for _ in range(2):
        at = next_scan.next_scan(history, jitter=0.999, now=at).at
        history = history.after(silent, now=at)

    assert history.failure_is_certain


def test_a_rollout_that_lasts_is_looked_at_less_often():
    differs = finding(address_finding("192.0.2.1", leaf()), faults=(DIFFERS,))

    assert next_of(differs, differs)[0] == HOUR


moments = st.timedeltas(min_value=-500 * DAY, max_value=800 * DAY)


@given(
    begins=moments,
    life=st.timedeltas(min_value=timedelta(0), max_value=800 * DAY),
    kinds=st.sets(st.sampled_from(FaultKind)),
    scans_before=st.integers(1, 4),
    jitter=st.floats(0, 1, exclude_max=True),
)
def test_it_is_always_ahead_and_within_a_day(
    begins: timedelta, life: timedelta, kinds: set[FaultKind], scans_before: int, jitter: float
):
    one = finding(address_finding("192.0.2.1", leaf(begins=NOW + begins, life=life), *map(fault, sorted(kinds))))
    history = scanned(*[one] * scans_before, every=HOUR)

    found = next_scan.next_scan(history, jitter=jitter, now=NOW)

    assert NOW < found.at <= NOW + DAY
    assert found.reason


def test_after_our_own_trouble_we_come_back_soon_and_later_each_time():
    minutes = [(next_scan.after_trouble(failures, now=NOW).at - NOW) / MINUTE for failures in range(1, 7)]
    assert minutes == [5, 10, 20, 40, 60, 60]
    assert next_scan.after_trouble(10**9, now=NOW).at == next_scan.after_trouble(5, now=NOW).at
    assert scan_reasons.because(next_scan.after_trouble(1, now=NOW)) == "we could not look ourselves"


def test_a_scan_follows_the_end_of_the_chain():
    one = leaf(begins=NOW - 10 * DAY)
    issuer = leaf("ca", begins=NOW - YEAR, life=YEAR + 5 * HOUR, role=ChainRole.INTERMEDIATE)
    soon = replace(issuer, not_after=NOW + 10 * MINUTE)

    found = [next_of(finding(replace(address_finding("192.0.2.1", one), early_issuer=each))) for each in (issuer, soon)]

    assert found == [
        (HOUR, "a certificate of its chain ends in 5 hours"),
        (12 * MINUTE, "a certificate of its chain will just have ended"),
    ]
