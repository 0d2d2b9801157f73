"""The table of faults in docs/promises.md says what is caused where: by a test of its own, at random, or why not."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tests.nemesis.faults import known

ROOT = Path(__file__).parents[2]
KINDS = known(can_fake_time=True, can_mount=True)
ALL_ROWS = {f"F{number}" for number in range(1, 51)}


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    rows: frozenset[str]
    fault: str
    test: str
    chaos: str

    @property
    def patterns(self) -> list[str]:
        return re.findall("`([^`]+)`", self.chaos)

    def kinds(self) -> set[str]:
        """Return the kinds of random faults that it names."""
        return {kind for kind in KINDS for pattern in self.patterns if fnmatchcase(kind, pattern)}


def table() -> list[Row]:
    text = (ROOT / "docs" / "promises.md").read_text()
    lines = text.partition("| row | fault |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [
        Row(frozenset(rows.split(", ")) - {"none"}, fault, test.strip("`"), chaos)
        for rows, fault, _, test, chaos in cells
    ]


def test_each_row_is_caused_somewhere() -> None:
    assert {one for row in table() for one in row.rows} == ALL_ROWS


def test_each_line_names_a_test_that_there_is_and_each_fault_test_has_a_line() -> None:
    named = {row.test for row in table()}
    assert all((ROOT / test).exists() for test in named), named
    assert {str(one.relative_to(ROOT)) for one in (ROOT / "tests" / "faults").glob("test_*.py")} <= named


def test_each_kind_of_random_fault_stands_in_a_line_of_each_row_that_it_causes() -> None:
    for kind, fault in KINDS.items():
        found = {one for row in table() if kind in row.kinds() for one in row.rows}
        assert set(fault.rows.split()) <= found, f"{kind}: {fault.rows} are not all among {sorted(found)}"


def test_each_line_names_kinds_that_there_are_or_says_why_there_is_none() -> None:
    for row in table():
        for pattern in row.patterns:
            assert any(fnmatchcase(kind, pattern) for kind in KINDS), f"{row.fault}: no kind is called {pattern}"
        assert row.kinds() or len(row.chaos.split()) > 1 or row.rows == {"F50"}, f"{row.fault}: why is it not random?"
