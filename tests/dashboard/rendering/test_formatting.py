"""Values as text."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.rendering import formatting
from rules.certificates.finding import Grade

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Bakery", "Bakery"),
        ("Müller & Söhne", "Müller & Söhne"),
        ("مخبز", "مخبز"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # noqa: RUF001 - Persian, and not Latin
        ("gnp\u202eexe.pdf", "gnp\ufffdexe.pdf"),
        ("\u2066a\u2069", "\ufffda\ufffd"),
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("a\x00b", "a\ufffdb"),
        ("zero\u200bwidth\ufeff", "zero\ufffdwidth\ufffd"),
        ("two\r\nlines\tand\u2028more", "two\nlines\tand\ufffdmore"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
        ("\ud800", "\ufffd"),
    ],
)
def test_nothing_hides_or_reorders_a_text(given: str, shown: str) -> None:
    assert formatting.visible(given) == shown


@pytest.mark.parametrize(
    ("seconds", "read"), [(0, "just now"), (-3, "3 seconds ago"), (90, "in 1 minute"), (-7200, "2 hours ago")]
)
def test_a_moment_reads_from_now(seconds: float, read: str) -> None:
    assert formatting.ago(NOW + timedelta(seconds=seconds), now=NOW) == read


@pytest.mark.parametrize(
    ("left", "read", "urgency"),
    [
        (timedelta(days=-3), "3 days ago", "lapsed"),
        (timedelta(hours=-3), "ended today", "lapsed"),
        (timedelta(0), "ended today", "lapsed"),
        (timedelta(minutes=59), "less than an hour", "urgent"),
        (timedelta(hours=1), "1 hour", "urgent"),
        (timedelta(hours=23, minutes=59), "23 hours", "urgent"),
        (timedelta(days=1, hours=3), "1 day", "urgent"),
        (timedelta(days=6, hours=23), "6 days", "urgent"),
        (timedelta(days=7), "7 days", "soon"),
        (timedelta(days=30), "30 days", "well"),
    ],
)
def test_what_is_left_is_a_word_and_a_colour(left: timedelta, read: str, urgency: str) -> None:
    assert formatting.left(NOW + left, now=NOW) == read
    assert formatting.urgency(NOW + left, now=NOW) == urgency


@pytest.mark.parametrize(
    ("seconds", "read"), [(0.04, "0.0 s"), (12.7, "12 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (400000, "4 days")]
)
def test_how_long_something_took(seconds: float, read: str) -> None:
    assert formatting.took(seconds) == read


@pytest.mark.parametrize(
    ("cron", "read"),
    [
        ("17 2 * * *", "daily at 02:17"),
        ("0 14 * * *", "daily at 14:00"),
        ("11 1 * * mon", "Mondays at 01:11"),
        ("*/10 * * * *", "every 10 minutes"),
        ("*/7 3 * * *", "*/7 3 * * *"),
        ("0 */6 * * *", "0 */6 * * *"),
        ("0 9 1 * *", "on day 1 of the month at 09:00"),
        ("* * * * *", "every minute"),
        ("9-59/15 * * * *", "every 15 minutes from :09"),
        ("37 * 1-10 * *", "37 * 1-10 * *"),
        ("0 9 * * mon-fri", "0 9 * * mon-fri"),
        ("5 * * * *", "hourly at :05"),
        ("5,35 * * * *", "5,35 * * * *"),
    ],
)
def test_the_commonest_times_read_as_people_say_them(cron: str, read: str) -> None:
    assert formatting.times(cron) == read


def test_a_heading_names_the_day() -> None:
    assert formatting.long_day(NOW) == "Sunday, 1 March 2026"


def test_rates_have_as_many_digits_as_mean_something() -> None:
    assert [formatting.rate(one) for one in (0, 0.25, 12.0, 4321.5)] == ["0", "0.2", "12", "4,322"]


def test_a_grade_has_a_shade() -> None:
    assert [formatting.grade_shade(one) for one in Grade] == ["good", "good", "warn", "bad", "calm"]


def test_every_state_of_the_ledger_has_a_shade() -> None:
    assert formatting.shade("dead") == "bad"
    assert [formatting.shade(one) for one in ("sound", "note", "warning", "critical")] == [
        "good",
        "calm",
        "warn",
        "bad",
    ]
    assert formatting.shade("something new") == "calm"
