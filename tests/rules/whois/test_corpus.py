"""What the reader makes of the recorded answers; the table that it prints is the measure of the reader."""

import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cache

import pytest

from rules.domains.records import Answer
from rules.whois.reader import Reading, read
from tests.support import whois_corpus
from tests.support.whois_corpus import DISPUTED, letters

FIELDS = ("answer", "created", "updated", "expires", "registrar", "nameservers")
SAYABLE = (
    "created", "updated", "expires", "registrar", "registrar_id", "abuse",
    "dnssec", "registrant", "nameservers", "statuses",
)  # fmt: skip
DAYS = ("created", "updated", "expires")
LEAST_RIGHT = {"answer": 99, "created": 98, "updated": 98, "expires": 98, "registrar": 97, "nameservers": 97}
MOST_WRONG = 0.3


@dataclass
class Score:
    """How one field fares. ``wrong``: a day was read that is another than the expected one, which nobody disputes."""

    asked: int = 0
    right: int = 0
    disputed: int = 0
    wrong: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def right_percent(self) -> float:
        """Of all cases: a disputed one counts as wrong."""
        return 100 * self.right / self.asked

    @property
    def wrong_percent(self) -> float:
        return 100 * self.wrong / self.asked


def stated(reading: Reading, name: str) -> object:
    if name == "answer":
        return reading.answer.value
    if name == "registrar":
        return letters(reading.registrar)
    if name == "nameservers":
        return list(reading.nameservers)
    day = getattr(reading, name)
    return day.day.isoformat() if day else None


@cache
def scores() -> dict[str, Score]:
    table = {name: Score() for name in FIELDS}
    for case in whois_corpus.cases():
        reading = read(case["domain"], case["text"])
        for name in FIELDS:
            if name in case:
                count(table[name], case, name, stated(reading, name))
    show(table)
    return table


def count(score: Score, case: dict, name: str, got: object) -> None:
    expected = letters(case[name]) if name == "registrar" else case[name]
    score.asked += 1
    if got == expected:
        score.right += 1
        return
    if (case["id"], name) in DISPUTED:
        score.disputed += 1
        return
    score.wrong += name in DAYS and got is not None
    score.failed.append(f"{case['id']}: {got!r}, not {expected!r}")


def show(table: dict[str, Score]) -> None:
    rows = [f"\n{'field':12} {'asked':>6} {'right':>6} {'%':>7} {'disputed':>9} {'missed':>7} {'wrong day':>10}"]
    for name, score in table.items():
        counts = f"{score.asked:6} {score.right:6} {score.right_percent:7.2f} {score.disputed:9}"
        rows.append(f"{name:12} {counts} {len(score.failed):7} {score.wrong:10}")
    sys.stdout.write("\n".join(rows) + "\n")


@pytest.mark.parametrize("name", FIELDS)
def test_the_recorded_answers_are_read_right(name):
    score = scores()[name]
    assert score.right_percent >= LEAST_RIGHT[name], score.failed
    assert score.wrong_percent <= MOST_WRONG, score.failed


def test_no_refusal_and_no_free_name_is_ever_read_as_registered():
    refused = [case for case in whois_corpus.cases() if case["answer"] in {"throttled", "available"}]
    assert [case["id"] for case in refused if read(case["domain"], case["text"]).answer is Answer.REGISTERED] == []


def test_each_field_that_is_read_has_a_line_that_says_it():
    for case in whois_corpus.cases():
        reading = read(case["domain"], case["text"])
        if reading.answer is not Answer.REGISTERED:
            continue
        witnessed = Counter(each.field for each in reading.evidence)
        present = [name for name in SAYABLE if getattr(reading, name) not in (None, "", ())]
        assert [name for name in SAYABLE if (name in present) is not bool(witnessed[name])] == [], case["id"]


def test_every_dispute_is_about_a_case_that_is_there_and_still_differs():
    cases = {case["id"]: case for case in whois_corpus.cases()}
    for (name, of), reason in DISPUTED.items():
        case = cases[name]
        expected = letters(case[of]) if of == "registrar" else case[of]
        assert stated(read(case["domain"], case["text"]), of) != expected, (name, reason)
