"""When a successor is due and late: by window, habit, lifetime or days."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.certificates import renewal
from rules.certificates.ari import RenewalWindow
from rules.certificates.finding import ChainLink
from rules.certificates.history import ServedCertificate
from rules.certificates.renewal import Renewal
from tests.rules.certificates.findings import DAY, DIGICERT, HOUR, LETS_ENCRYPT, NOW, leaf, served
from wording.certificates import certificate_faults, certificate_renewals


def renewal_of(
    link: ChainLink, *, at: datetime, before: tuple[ServedCertificate, ...] = (), window: RenewalWindow | None = None
) -> Renewal:
    found = renewal.of(link, served=before, window=window, now=at)
    assert found
    return found


def because(found: Renewal) -> str:
    return certificate_renewals.because(found)


def line(share: float, *, life: timedelta = 90 * DAY, times: int = 3, stray: float = 0.0, **other: Any):
    """Return the certificates of an endpoint that renews at a share of the lifetime, and the one it has now."""
    begins = NOW - times * share * life
    before: list[ServedCertificate] = []
    for number in range(times):
        ends = begins + (share + (stray if number % 2 else -stray)) * life
        before.append(served(leaf(f"{number}", begins=begins, life=life, **other), first=begins, last=ends))
        begins = ends
    now = leaf("now", begins=begins, life=life, **other)
    return now, (*before, served(now, first=begins, last=begins))


@pytest.mark.parametrize(
    ("life", "late_with_left", "fine_with_left"),
    [
        (90 * DAY, 20 * DAY, 25 * DAY),
        (64 * DAY, 14 * DAY, 16 * DAY),
        (47 * DAY, 10 * DAY, 14 * DAY),
        (160 * HOUR, 36 * HOUR, 60 * HOUR),
        (24 * HOUR, 5 * HOUR, 7 * HOUR),
    ],
)
def test_what_a_program_renews_is_late_by_its_share_of_the_lifetime(
    life: timedelta, late_with_left: timedelta, fine_with_left: timedelta
):
    link = leaf(begins=NOW, life=life, issuer="CN=Any")

    assert renewal_of(link, at=NOW + life - late_with_left).late
    assert not renewal_of(link, at=NOW + life - fine_with_left).late


def test_it_says_why_it_is_late():
    link = leaf(begins=NOW - 70 * DAY)

    words = certificate_faults.sentence(renewal.late(renewal_of(link, at=NOW), link, now=NOW))

    assert words == "A 90-day certificate is renewed after about 60 days; this one has 20 days left and no successor."


def test_short_lives_are_due_at_half_and_longer_ones_at_two_thirds():
    assert renewal_of(leaf(begins=NOW, life=160 * HOUR), at=NOW).due_at == NOW + 80 * HOUR
    assert renewal_of(leaf(begins=NOW, life=90 * DAY), at=NOW).due_at == NOW + 60 * DAY


def test_what_people_renew_is_late_two_weeks_before_the_end():
    link = leaf(begins=NOW, life=198 * DAY, issuer=DIGICERT)

    found = renewal_of(link, at=NOW + 180 * DAY)

    assert found.by_hand
    assert not found.late
    assert found.due_at == NOW + 168 * DAY
    assert renewal_of(link, at=NOW + 184 * DAY).late


def test_an_authority_that_serves_programs_alone_is_renewed_by_one():
    assert not renewal_of(leaf(life=150 * DAY, issuer=LETS_ENCRYPT), at=NOW).by_hand


def test_a_habit_makes_late_what_would_be_early_elsewhere():
    link, seen = line(0.66, life=398 * DAY, issuer=DIGICERT)
    assert link.not_before

    found = renewal_of(link, at=link.not_before + 0.8 * 398 * DAY, before=seen)

    assert found.late
    assert not found.by_hand
    assert because(found) == "certificates here are renewed at about 66 % of their lifetime"
    assert not renewal_of(link, at=link.not_before + 0.7 * 398 * DAY, before=seen).late


def test_a_later_habit_puts_off_what_is_usual():
    link, seen = line(0.82)
    assert link.not_before

    assert not renewal_of(link, at=link.not_before + 0.85 * 90 * DAY, before=seen).late
    assert renewal_of(link, at=link.not_before + 0.91 * 90 * DAY, before=seen).late


@pytest.mark.parametrize(
    "history",
    [line(0.4, times=1), line(0.5, times=6, stray=0.3), line(0.95, times=4)],
    ids=["one renewal", "now and then", "at the last moment"],
)
def test_what_is_no_habit_does_not_count(history: tuple[ChainLink, tuple[ServedCertificate, ...]]):
    link, seen = history

    assert because(renewal_of(link, at=NOW, before=seen)) == "a 90-day certificate is renewed after about 60 days"


def test_certificates_for_other_names_are_no_habit():
    _, seen = line(0.3, names=("shop.agency.test",))

    assert renewal_of(leaf(begins=NOW), at=NOW, before=seen).due_at == NOW + 60 * DAY


def test_a_successor_that_nobody_saw_come_is_dated_by_its_issue():
    older = served(leaf("a", begins=NOW - 160 * DAY), first=NOW - 160 * DAY, last=NOW - 150 * DAY)
    middle = served(leaf("b", begins=NOW - 100 * DAY), first=NOW - 75 * DAY, last=NOW - 75 * DAY)
    newest = leaf("c", begins=NOW - 40 * DAY)
    seen = (older, middle, served(newest, first=NOW - 20 * DAY, last=NOW))

    assert (
        because(renewal_of(newest, at=NOW, before=seen))
        == "certificates here are renewed at about 67 % of their lifetime"
    )


def test_past_its_window_it_is_late_whatever_is_left():
    link = leaf(begins=NOW, life=90 * DAY)
    window = RenewalWindow(start=NOW + 10 * DAY, end=NOW + 12 * DAY)

    found = renewal_of(link, at=NOW + 14 * DAY, window=window)

    assert found.late
    assert found.due_at == window.start
    assert "2026-12-05 12:00 UTC" in because(found)
    assert not renewal_of(link, at=NOW + 12 * DAY, window=window).late


def test_a_window_that_is_no_hurry_leaves_a_regular_habit_alone():
    link, seen = line(0.8)
    assert link.not_before
    usual = RenewalWindow(start=link.not_before + 59 * DAY, end=link.not_before + 61 * DAY)
    urgent = RenewalWindow(start=link.not_before + 1 * DAY, end=link.not_before + 2 * DAY)

    assert not renewal_of(link, at=link.not_before + 75 * DAY, before=seen, window=usual).late
    assert renewal_of(link, at=link.not_before + 4 * DAY, before=seen, window=urgent).late


@pytest.mark.parametrize("life", [timedelta(0), -DAY])
def test_without_a_lifetime_nothing_is_said(life: timedelta):
    assert renewal.of(leaf(life=life), served=(), window=None, now=NOW) is None


def test_without_dates_nothing_is_said():
    assert renewal.of(leaf(not_after=None), served=(), window=None, now=NOW) is None


lives = st.timedeltas(min_value=timedelta(minutes=1), max_value=4000 * DAY)


@given(life=lives, window=st.none() | st.tuples(st.integers(-50, 900), st.integers(1, 300)), share=st.floats(0.1, 1.2))
def test_it_is_late_before_it_ends_and_stays_late(life: timedelta, window: tuple[int, int] | None, share: float):
    link = leaf(begins=NOW, life=life)
    given_window = window and RenewalWindow(start=NOW + window[0] * DAY, end=NOW + sum(window) * DAY)

    found = renewal_of(link, at=NOW + share * life, window=given_window or None)

    assert found.late_at < NOW + life
    assert found.late == (NOW + share * life >= found.late_at)
    assert because(found)
