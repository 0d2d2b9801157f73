"""What python-whois adds to answers that ours calls unparsable; the table that is printed is the measure of it."""

import inspect
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whois.parser import WhoisEntry

from integrations import python_whois
from rules.domains.records import Answer, UnconfirmedField
from rules.whois import reader
from tests.support import whois_corpus
from tests.support.whois_corpus import DISPUTED, letters

TLDS = sorted({*re.findall(r'endswith\("\.([^"]+)"\)', inspect.getsource(WhoisEntry.load)), "test"})
SIZE = 1024 * 1024
CPU_S = 8.0  # of processor time, for 1 MB; 0.2 s is usual

RUN_TOGETHER = """\
Whois response | domain: bakery.com.br | created: 20010203 #1 |
owner: Bakery | country: BR | expires: 20270203 | status: published
"""
"""A proxy put the answer's lines into two."""

LEAST_RIGHT = 900
MOST_WRONG_PERCENT = 1
"""Of .it and .ua it reads the registrar's organisation, where its handle is expected."""


def found(text: str, domain: str = "bakery.com.br") -> dict[str, str | tuple[str, ...]]:
    return {each.field: each.value for each in python_whois.read(domain, text)}


def test_an_answer_whose_lines_were_run_together_has_its_days_as_python_whoiss_word():
    assert reader.read("bakery.com.br", RUN_TOGETHER).answer is Answer.UNPARSABLE
    assert python_whois.read("bakery.com.br", RUN_TOGETHER) == (
        UnconfirmedField(
            field="created",
            value="2001-02-03",
            line="Whois response | domain: bakery.com.br | created: 20010203 #1 |",
            source="python-whois",
        ),
        UnconfirmedField(
            field="expires",
            value="2027-02-03",
            line="owner: Bakery | country: BR | expires: 20270203 | status: published",
            source="python-whois",
        ),
    )


@pytest.mark.parametrize(
    ("domain", "text", "fields"),
    [
        ("bakery.test", "Registrar: Example Ltd", {}),
        ("bakery.test", "bakery.test\nRegistrar: Example Ltd", {"registrar": "Example Ltd"}),
        ("bakery.test", "bakery.test\nRegistrar: Example Ltd Status: ok", {}),
        ("bakery.test", "bakery.test\nRegistrar: REDACTED | Example", {}),
        ("bakery.test", "bakery.test\nExpiry Date: 03/02/2027", {}),
        ("bakery.test", "bakery.test\nExpiry Date: 13/02/2027", {"expires": "2027-02-13"}),
        ("bakery.test", "bakery.test\nExpiry Date: soon", {}),
        ("bakery.test", "bakery.test\nExpiry Date: " + " " * 90 + "2027-02-13", {"expires": "2027-02-13"}),
        ("bakery.test", "bakery.test\nExpiry Date: " + " " * 100 + "2027-02-13", {}),
        ("bakery.nl", "bakery.nl\nDate out of quarantine: 2027-02-13T10:00:00", {}),
        ("bakery.test", "bakery.test\nName Server: bakery.test\nName Server: x", {}),
        ("bakery.test", "bakery.test\nName Server: ns1.bakery.test 192.0.2.1", {"nameservers": ("ns1.bakery.test",)}),
        ("git.uk", "git.uk\nURL: http://www.123-reg.co.uk\n", {}),
        ("bakery.ru", "domain: RU\nnserver: a.dns.ripn.net\n", {}),
        ("bakery.hk", "bakery.hk\nExpiry Date: 13-02-2027", {}),
    ],
)
def test_only_what_a_line_bears_out_is_taken(domain, text, fields):
    assert found(text, domain) == fields


@pytest.mark.parametrize(
    "text",
    [
        "a" * SIZE,
        "\n" * SIZE,
        "Registrar:" * (SIZE // 10),
        "Registrar:\n" * (SIZE // 11),
        "Domain:\nUpdated:\n" * (SIZE // 17),
        "Name servers:\n \n" * (SIZE // 16),
        "Expiry Date \t" * (SIZE // 13),
        "ns1.a." * (SIZE // 6),
        "Created on " * (SIZE // 11),
        "Domain: \nname: a\nstatus: b\nregistered: c\n" * (SIZE // 42),
    ],
)
def test_no_text_keeps_any_pattern_busy(text):
    for tld in TLDS:
        began = time.process_time()
        python_whois.read(f"bakery.{tld}", f"bakery.{tld}\n{text}")
        assert time.process_time() - began < CPU_S, tld


@given(st.text(), st.sampled_from(TLDS))
def test_no_text_makes_it_raise(text, tld):
    for each in python_whois.read(f"a.{tld}", f"a.{tld}\nRegistrar: {text}\nExpiry Date: {text}\nName Server: {text}"):
        assert each.line.isprintable()
        assert "".join(each.value).isprintable()


@cache
def table() -> dict[str, Counter[str]]:
    """Count texts and fields of recorded answers of registered names: whole, and broken until ours calls them so."""
    counts = {name: Counter[str]() for name in ("unparsable", "broken", "all")}
    for case in whois_corpus.cases():
        if reader.read(case["domain"], case["text"]).answer is Answer.UNPARSABLE:
            count(counts["unparsable"], case, case["text"])
        if case["answer"] != "registered":
            continue
        count(counts["all"], case, case["text"])
        for piece in broken(case["text"]):
            if reader.read(case["domain"], piece).answer is Answer.UNPARSABLE:
                count(counts["broken"], case, piece)
    for name, counted in counts.items():
        sys.stdout.write(f"\n{name:12} {dict(counted)}")
    return counts


def broken(text: str) -> Iterator[str]:
    """Yield what is left of an answer: each of its parts, the answer up to there, and its lines run together."""
    parts = re.split(r"\n\s*\n", text)
    yield from parts
    yield from ("\n\n".join(parts[:end]) for end in range(1, len(parts)))
    yield " ".join(line.strip() for line in text.split("\n"))
    yield text.replace("\n", " | ")


def count(counted: Counter[str], case: dict, text: str) -> None:
    fields = python_whois.read(case["domain"], text)
    counted["texts"] += 1
    counted["with a field"] += bool(fields)
    for each in fields:
        if (case["id"], each.field) not in DISPUTED and each.field in case:
            counted["right" if is_right(case, each) else f"wrong {each.field}"] += 1


def is_right(case: dict, found: UnconfirmedField) -> bool:
    """Return whether a field is true; of name servers, those that are found may be a part of them."""
    expected = case[found.field]
    if found.field == "nameservers":
        return set(found.value) <= set(expected)
    if found.field == "registrar":
        return letters(expected) == letters(str(found.value))
    return found.value == expected


def wrong(counted: Counter[str]) -> dict[str, int]:
    return {name: number for name, number in counted.items() if name.startswith("wrong")}


def test_no_recorded_answer_needs_it_today():
    assert table()["unparsable"] == Counter()


def test_what_it_adds_to_broken_answers_is_true():
    counted = table()["broken"]
    assert counted["right"] > 0
    assert wrong(counted) == {}


def test_as_a_reader_of_all_answers_it_is_right_so_often():
    counted = table()["all"]
    assert counted["right"] >= LEAST_RIGHT
    assert 100 * sum(wrong(counted).values()) <= MOST_WRONG_PERCENT * counted["right"], wrong(counted)
