"""What the reader makes of answers in shapes that it was not written for: they were written down before its rules."""

from collections import Counter

import pytest

from rules.domains.records import SETTLED, Answer
from rules.whois.reader import Reading, read
from tests.support import whois_unseen
from tests.support.whois_unseen import Unseen

LEAST_RIGHT = {"answer": 97, "ns": 97, "created": 95, "expires": 90}


def stated(reading: Reading, name: str) -> str:
    if name == "answer":
        return reading.answer.value
    if name == "ns":
        return ",".join(reading.nameservers)
    day = getattr(reading, name)
    return day.day.isoformat() if day else ""


def expected(case: Unseen) -> dict[str, str]:
    return {"answer": case.answer, **case.said}


@pytest.mark.parametrize("name", LEAST_RIGHT)
def test_answers_of_servers_that_were_never_seen_are_read_right(name):
    asked, failed = Counter[bool](), list[str]()
    for case in whois_unseen.cases():
        if name in expected(case):
            got = stated(read(case.domain, case.text), name)
            asked[got == expected(case)[name]] += 1
            failed += [] if got == expected(case)[name] else [f"{got!r}: {case.text}"]
    assert 100 * asked[True] / asked.total() >= LEAST_RIGHT[name], failed


def test_what_is_not_understood_is_never_stated_otherwise():
    wrong = [
        (answer, case)
        for case in whois_unseen.cases()
        if (answer := read(case.domain, case.text).answer) != case.answer and answer is not Answer.UNPARSABLE
    ]
    assert wrong == []


def test_no_word_about_the_server_is_one_of_the_name():
    cases = [case for case in whois_unseen.cases() if Answer(case.answer) not in SETTLED]
    assert len(cases) > 50
    assert [case for case in cases if read(case.domain, case.text).answer in SETTLED] == []
