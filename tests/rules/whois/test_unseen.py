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


PROSE = """
All domain names are registered on a first come, first served basis.
Domain names in this zone are registered for one year.
This registry was established in 1996.
Only registered users may query this server.
Domain registration is open to residents.
Domains are held by their registrants.
This domain registry is operated by Example Ltd.
The name of the registry is protected by law.
Domain holders are not listed.
Registrant names are not shown.
Personal names are withheld for privacy.
Expired domains are deleted after 30 days.
Blocked domains are listed at our site.
Locked domains can not be transferred.
Domain names are active within a day.
See the list of reserved names.
A domain is suspended when it is not paid.
Unregistered users are served slowly.
Unassigned names are sold first come first served.
"""


@pytest.mark.parametrize("sentence", PROSE.strip().splitlines())
def test_what_a_registry_says_of_names_in_general_is_no_word_of_this_one(sentence):
    assert read("example.test", sentence).answer is Answer.UNPARSABLE
    assert read("example.test", f"Domain: example.test\n{sentence}").answer is Answer.UNPARSABLE


@pytest.mark.parametrize(
    ("value", "created", "expires"),
    [
        ("Registration: 07/06/2012 - 07/06/2028", "2012-06-07", "2028-06-07"),
        ("Validity: 2009-09-29 to 2027-09-29", "", "2027-09-29"),
        ("Expires: 2027-04-05 - 23:59", "", "2027-04-05"),
        ("Expires: 05 - 04 - 2027", "", "2027-04-05"),
        ("Created: 2011-04-05 / 10:22:33", "2011-04-05", ""),
    ],
)
def test_a_span_ends_with_its_end(value, created, expires):
    reading = read("example.test", f"Domain: example.test\nName server: ns1.example.net\n{value}\n13/06/2012")
    assert (stated(reading, "created"), stated(reading, "expires")) == (created, expires)
