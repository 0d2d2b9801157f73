"""A portfolio as CSV: what is written is read again, and what a spreadsheet would run is text."""

import csv
import io
from datetime import date

import pytest

from rules import portfolio
from rules.portfolio import Complaint, Entry
from rules.renewals import Decision


def read(*lines: str) -> list[Entry | Complaint]:
    return list(portfolio.read([f"{line}\n" for line in lines]))


def test_what_staff_decided_is_read_with_its_domain() -> None:
    (entry,) = read("client,domain,decision,expires,alert_days", 'Bakery,bakery.example,Lapse,2027-03-01,"90, 30"')
    assert isinstance(entry, Entry)
    assert (entry.decision, entry.expires, entry.alert_days) == (Decision.LAPSE, date(2027, 3, 1), (90, 30))


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("decision", "perhaps", "is no decision; give one of undecided, auto, manual"),
        ("expires", "01.03.2027", "write it as 2027-03-01"),
        ("alert_days", "soon", "is no stage; give whole days"),
        ("alert_days", "30,30", "named twice"),
    ],
)
def test_a_bad_cell_is_named_with_what_would_do(column: str, cell: str, words: str) -> None:
    (complaint,) = read(f"client,domain,{column}", f'Bakery,bakery.example,"{cell}"')
    assert isinstance(complaint, Complaint)
    assert (complaint.line, complaint.column) == (2, column)
    assert words in complaint.message


@pytest.mark.parametrize("name", ["Bakery, Sons", '="x"', "=HYPERLINK(1)", "+49", "-x", "@y", "'quoted'", "Łódź"])
def test_what_is_written_is_read_again_and_is_no_formula(name: str) -> None:
    row = {
        "client": name,
        "email": "a@b.example",
        "domain": "bakery.example",
        "decision": Decision.AUTO,
        "expires": date(2027, 3, 1),
        "alert_days": (60, 7),
        "host": None,
    }
    lines = list(portfolio.written([row]))
    cells = next(csv.reader(io.StringIO(lines[1])))
    assert not cells[0].startswith(("=", "+", "-", "@"))
    (entry,) = portfolio.read(lines)
    assert isinstance(entry, Entry)
    assert (entry.client, entry.domain, entry.decision) == (name, "bakery.example", Decision.AUTO)
    assert (entry.expires, entry.alert_days) == (date(2027, 3, 1), (60, 7))
