"""What the values of a filter mean, and what is said of those that mean nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.lists import filter_values as values
from rules.lists.filter_text import BadFilter
from rules.lists.filter_values import Side

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
STATE = values.one_of(["queued", "dead", "done"])


def test_values_mean_what_they_say() -> None:
    assert values.number("17", NOW) == 17
    assert values.yes_or_no("YES", NOW)
    assert STATE("Dead", NOW) == "dead"
    assert values.text(" a\0b ", NOW) == "a?b"
    assert values.since("90m", NOW) == NOW - timedelta(minutes=90)
    assert values.since("2026-11-01", NOW) == datetime(2026, 11, 1, tzinfo=UTC)
    assert values.side("<30d", NOW) == Side(before=True, at=NOW + timedelta(days=30))
    assert values.side(">2026-12-24", NOW) == Side(before=False, at=datetime(2026, 12, 24, tzinfo=UTC))


@pytest.mark.parametrize(
    ("reader", "value", "says"),
    [
        (STATE, "ded", "'ded' is none of these; did you mean dead?"),
        (STATE, "zzz", "there are queued, dead, done"),
        (values.number, "0", "no number"),
        (values.number, "9" * 19, "no number"),
        (values.number, "9" * 400, "no number"),
        (values.number, "\N{SUPERSCRIPT TWO}", "no number"),
        (values.yes_or_no, "perhaps", "neither yes nor no"),
        (values.since, "soon", "write 1h, 2d, 2026-11-01"),
        (values.since, "2026-02-30", "no day of the calendar"),
        (values.since, "0001-01-01", "neither a time nor a day"),
        (values.side, "<9999-12-31", "neither a time nor a day"),
        (values.since, "99999w", "neither a time nor a day"),
        (values.side, "30d", "write <30d"),
        (values.side, "<", "<30d, <2026-12-24"),
    ],
)
def test_what_means_nothing_is_named_with_what_would(reader: values.Reader, value: str, says: str) -> None:
    with pytest.raises(BadFilter, match=says.replace("?", r"\?")):
        reader(value, NOW)


@given(st.text(max_size=40))
def test_no_text_breaks_a_reader(text: str) -> None:
    for reader in (values.text, values.number, values.yes_or_no, STATE, values.since, values.side):
        try:
            reader(text, NOW)
        except BadFilter as error:
            assert str(error).isprintable()  # noqa: PT017 - only some texts are refused
