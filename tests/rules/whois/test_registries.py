"""Answers in the manner of registries and registrars that the corpus has not: data/whois, one a file.

Each says the same of a domain, but for what the lines above its ruler name: what it is silent about, and what it says
in its own way.
"""

from pathlib import Path

import pytest

from rules.domains.records import Answer, RegistryRecord
from rules.whois import reader
from rules.whois.reader import Reading

FILES = sorted((Path(__file__).parents[1] / "data" / "whois").glob("*.txt"))
DAYS = {"created": "2001-02-03", "updated": "2025-06-07", "expires": "2027-02-03"}
USUAL = {**DAYS, "registrar": "Example Registrar Ltd", "nameservers": "ns1.example.net ns2.example.net"}
SIGNED = {"yes": True, "signed": True, "no": False}
TEXTS = ("registrar", "registrar_id", "registrant", "abuse")


def taken_apart(file: Path) -> tuple[dict[str, str], str]:
    head, _, text = file.read_text(encoding="utf-8").partition("\n---\n")
    said = dict(line.split(": ", 1) for line in head.splitlines())
    silent = said.pop("absent", "").split()
    return {name: value for name, value in USUAL.items() if name not in silent} | said, text


def read(file: Path) -> tuple[Reading, dict[str, str]]:
    says, text = taken_apart(file)
    return reader.read(says["domain"], text), says


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_the_days_are_read(file):
    reading, says = read(file)
    assert reading.answer is Answer.REGISTERED
    stated = {name: getattr(reading, name) for name in DAYS}
    assert {name: each and each.day.isoformat() for name, each in stated.items()} == {
        name: says.get(name) for name in DAYS
    }


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_the_parties_are_read(file):
    reading, says = read(file)
    expected = {name: None if says.get(name) == "None" else says.get(name) for name in TEXTS}
    assert {name: getattr(reading, name) for name in TEXTS} == expected


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_the_delegation_and_the_statuses_are_read(file):
    reading, says = read(file)
    assert " ".join(reading.nameservers) == says.get("nameservers", "")
    assert reading.dnssec is SIGNED.get(says.get("dnssec", ""))
    if "statuses" in says:
        assert " ".join(reading.statuses) == says["statuses"]


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
@pytest.mark.parametrize("server", ["", "whois.registry.example:43"])
def test_the_record_says_what_the_reading_does_and_shows_the_lines(file, server):
    says, text = taken_apart(file)
    record, reading = reader.record(says["domain"], text, server), reader.read(says["domain"], text, server=server)
    assert (record.source, record.server, record.asked, record.raw) == ("whois", server, "registry", text)
    for name in DAYS:
        stated = getattr(reading, name)
        assert getattr(record, name) == (stated.moment() if stated else None)
    for name in (*TEXTS, "answer", "nameservers", "statuses", "dnssec"):
        assert getattr(record, name) == getattr(reading, name)
    shown = {name for name in (*DAYS, *TEXTS, "nameservers", "statuses") if getattr(record, name)}
    assert shown <= record.evidence.keys() <= shown | {"dnssec", "answer"}
    assert all(each in " ".join(text.split()) for each in record.evidence.values()), record.evidence


def test_a_record_of_a_name_that_nobody_has_has_no_fields():
    text = "Domain: example.test\nRegistrar: Ex\nStatus: free\n"
    record = reader.record("example.test", text, "whois.example", asked="registrar")
    assert record == RegistryRecord(
        name="example.test",
        answer=Answer.AVAILABLE,
        source="whois",
        server="whois.example",
        raw=text,
        asked="registrar",
    )
    assert record.evidence == {"answer": "Status: free"}
