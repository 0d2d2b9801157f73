"""Answers that are JSON, XML, a table or whole sentences, and what must not come of them."""

import pytest

from rules.domains.records import Answer
from rules.whois.reader import Reading, read, record

NAME = "example.test"


def said(reading: Reading) -> tuple[str, str, str, str]:
    created, expires = (day.day.isoformat() if day else "" for day in (reading.created, reading.expires))
    return reading.answer.value, created, expires, " ".join(reading.nameservers)


WHOLE = ("registered", "2014-04-01", "2027-04-01", "ns1.one.test ns2.one.test")

JSON_OF_PAIRS = """
{"fields": [{"name": "domain", "value": "example.test"}, {"name": "created", "value": "2014-04-01"},
            {"name": "expires", "value": "2027-04-01"}],
 "nameservers": [{"ldhName": "ns1.one.test"}, {"ldhName": "ns2.one.test"}]}
"""
XML = """
<w:domain xmlns:w='urn:w' name='example.test' created='2014-04-01'>
  <w:expires>2027-04-01</w:expires><w:ns>ns1.one.test</w:ns><w:ns>ns2.one.test</w:ns></w:domain>
"""
CSV = """
domain,created,expires,nameservers
other.test,2001-01-01,2030-01-01,ns.other.test
example.test,2014-04-01,2027-04-01,"ns1.one.test,ns2.one.test"
"""
SENTENCES = """
example.test was registered on 1 April 2014. It expires on April 1st, 2027.
It is served by ns1.one.test and ns2.one.test.
"""


@pytest.mark.parametrize(
    "text",
    [
        '[{"domain":"example.test","created":"2014-04-01","expires":"2027-04-01","ns":["ns1.one.test","ns2.one.test"]}]',
        JSON_OF_PAIRS,
        XML,
        "domain\tcreated\texpires\tns1\tns2\nexample.test\t2014-04-01\t2027-04-01\tns1.one.test\tns2.one.test",
        CSV,
        SENTENCES,
        "Domain -> example.test\nCreated -> 1.IV.2014\nExpires -> 1806537600\nNS -> ns1.one.test\n   -> ns2.one.test",
    ],
)
def test_a_document_says_what_text_does(text):
    assert said(read(NAME, text)) == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        "other.test was registered on 1 April 2014 and expires on 1 April 2027.",
        "Domain names that expire on 1 April 2027 are released.",
        "If example.test expires on 1 April 2027 it is released.",
        "domain;created;expires\nother.test;2001-01-01;2030-01-01",
        '{"unclosed": "2027-04-01"',
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><domain>&e;</domain>",
    ],
)
def test_what_is_not_about_the_name_states_no_day(text):
    reading = read(NAME, text)
    assert (reading.created, reading.expires) == (None, None) or reading.of_another


def test_the_record_of_another_name_or_of_the_zone_above_is_none_of_this_one():
    for other in ("other.test", "test.example"):
        found = record(
            f"bakery.{other}" if other == "test.example" else NAME, f"Domain: {other}\nExpires: 2027-01-01", ""
        )
        assert (found.answer, found.expires) == (Answer.UNPARSABLE, None)


def test_a_thai_registry_counts_from_the_buddha_and_no_other_does():
    text = "Domain: {}\nCreated: 3 ธันวาคม 2553\nExpires: 3/12/2570\nStatus: active"
    assert said(read("example.co.th", text.format("example.co.th")))[1:3] == ("2010-12-03", "2027-12-03")
    assert said(read(NAME, text.format(NAME)))[2] != "2027-12-03"


def test_the_registrys_own_end_goes_before_its_registrars():
    reading = read(NAME, "Domain: example.test\nRegistrar Expiration: 2029-01-01\nExpires: 2027-12-03")
    assert said(reading)[2] == "2027-12-03"


def test_seconds_since_1970_are_a_day_and_a_day_with_an_hour_is_not_taken_for_them():
    assert said(read(NAME, "Domain: example.test\nCreated: 1396310400\nExpires: 2027040100"))[1:3] == ("2014-04-01", "")


@pytest.mark.parametrize(
    "sentence",
    [
        "O domínio example.test não pode ser registrado",
        "El dominio example.test no puede ser registrado",
        "Die Domain example.test kann nicht registriert werden",
        "Le domaine example.test ne peut pas être enregistré",
    ],
)
def test_what_cannot_be_registered_is_not_free(sentence):
    assert read(NAME, sentence).answer in {Answer.RESERVED, Answer.UNPARSABLE}


@pytest.mark.parametrize("sentence", ["Domena example.test blorb registrirana", "Le domaine example.test blorb libre"])
def test_a_word_that_nobody_knows_may_turn_a_sentence_round(sentence):
    assert read(NAME, sentence).answer is Answer.UNPARSABLE
