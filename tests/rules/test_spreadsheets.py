"""CSV that is no formula in a spreadsheet."""

import csv
import io

import pytest

from rules import spreadsheets

SIGNS = ("=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A", "\t=1", "\r=1", "\n=1", "\0=1")


@pytest.mark.parametrize("text", SIGNS)
def test_a_text_that_would_be_a_formula_is_made_inert(text: str) -> None:
    assert spreadsheets.inert(text) == f"'{text}"
    (row,) = csv.reader(io.StringIO(spreadsheets.line([text]).replace("\0", ""), newline=""))
    assert row == [f"'{text}".replace("\0", "")]


def test_other_texts_numbers_and_nothing_stay_what_they_are() -> None:
    assert spreadsheets.line(['Bäckerei, "Mill"', -5, None, 0]) == '"Bäckerei, ""Mill""",-5,,0\r\n'
