"""Charts: bars that are stacked, lines with gaps, figures with as many digits as mean something."""

from datetime import UTC, datetime

import pytest

from dashboard.rendering.charts import HEIGHT, WIDTH, Chart, Series, said

STARTS = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in range(3)]


def chart(*values: list[float | None], lines: bool = False) -> Chart:
    shades = ("good", "bad")
    series = [Series(f"s{at}", shades[at], one) for at, one in enumerate(values)]
    return Chart(id="c", title="T", unit="u", starts=STARTS, series=series, lines=lines)


def test_bars_are_stacked_and_the_tallest_fits() -> None:
    drawn = chart([1, 0, 3], [1, 0, 4])
    assert drawn.top == 10
    bars = drawn.bars()
    assert [(round(one.y), round(one.height)) for one in bars] == [(108, 12), (96, 12), (84, 36), (36, 48)]
    assert all(one.x >= 0 and one.x + one.width <= WIDTH and one.y >= 0 for one in bars)
    assert [one.said for one in bars] == ["1 s0", "1 s1", "3 s0", "4 s1"]
    assert not chart([0, 0, 0]).known


def test_a_line_has_a_gap_where_nothing_is_known() -> None:
    ((_, data),) = chart([0.5, None, 1.0], lines=True).paths()
    assert data.count("M") == 2
    assert chart([0.5, None, 1.0], lines=True).top == 1.0
    assert f"{HEIGHT:.1f}" not in data


@pytest.mark.parametrize(
    ("value", "words"), [(None, "\N{EN DASH}"), (0, "0"), (0.0123, "0.012"), (2.25, "2.2"), (1234.5, "1,234")]
)
def test_a_figure_has_as_many_digits_as_mean_something(value: float | None, words: str) -> None:
    assert said(value) == words
