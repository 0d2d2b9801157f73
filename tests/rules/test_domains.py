from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rules import domains
from rules.domains import Answer, Change, Kind, Record

KNOWN = Record(
    name="example.com",
    answer=Answer.REGISTERED,
    source="rdap",
    server="rdap.example",
    created=datetime(1995, 8, 14, tzinfo=UTC),
    expires=datetime(2027, 8, 13, 4, tzinfo=UTC),
    registrar="Ex Ltd",
    nameservers=("ns1.example.net", "ns2.example.net"),
    statuses=("clientTransferProhibited", "ok"),
)
SILENT = Record(name="example.com", answer=Answer.REGISTERED, source="whois", server="whois.example")
FREE = replace(SILENT, answer=Answer.AVAILABLE)


def test_an_rdap_document_is_still_found_here():
    document = {"objectClassName": "domain", "ldhName": "example.com", "status": ["active"]}
    record = domains.from_rdap("example.com", document, server="rdap.example", raw="{}")
    assert (record.answer, record.statuses, record.raw) == (Answer.REGISTERED, ("ok",), "{}")


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("client transfer prohibited", "clientTransferProhibited"),
        ("CLIENTTRANSFERPROHIBITED", "clientTransferProhibited"),
        ("clientHold https://icann.org/epp#clientHold", "clientHold"),
        ("clientHold (https://www.icann.org/epp#clientHold)", "clientHold"),
        ("redemption-period", "redemptionPeriod"),
        ("ACTIVE", "ok"),
        ("REGISTERED, DELEGATED", "REGISTERED, DELEGATED"),
    ],
)
def test_a_status_has_one_spelling(written, status):
    assert domains.statuses([written]) == (status,)


def test_what_follows_a_name_server_is_dropped_and_what_is_none_passed_over():
    assert domains.nameservers(["NS1.Example.net. 192.0.2.1", "", "none", "ns1.example.net"]) == ("ns1.example.net",)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Registrar:\tExample  Ltd ", "Registrar: Example Ltd"),
        ("a\x00\x1b[31m\u202eb", "a[31mb"),
        ("\ud800", ""),
        ("x" * 1000, "x" * domains.EVIDENCE_LONGEST),
    ],
)
def test_evidence_is_one_line_without_control_characters(written, kept):
    assert domains.evidence(written) == kept


def test_evidence_tells_no_two_records_apart():
    assert replace(KNOWN, evidence={"registrar": "Registrar: Ex Ltd"}) == KNOWN


def test_the_first_look_is_no_news():
    assert domains.changes(None, KNOWN) == ()


def test_nothing_new_is_no_news():
    assert domains.changes(KNOWN, KNOWN) == ()


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (Kind.EXPIRY_CHANGED, "expires", datetime(2028, 8, 13, tzinfo=UTC)),
        (Kind.REGISTRAR_CHANGED, "registrar", "Other Inc"),
        (Kind.NAMESERVERS_CHANGED, "nameservers", ("ns1.evil.example",)),
        (Kind.STATUS_CHANGED, "statuses", ("clientHold",)),
    ],
)
def test_a_field_that_differs_is_news(kind, field, value):
    after = replace(KNOWN, **{field: value})
    assert domains.changes(KNOWN, after) == (Change(kind, getattr(KNOWN, field), value),)


def test_a_date_without_its_time_of_day_is_not_another_expiry():
    assert domains.changes(KNOWN, replace(KNOWN, expires=datetime(2027, 8, 13, tzinfo=UTC))) == ()


def test_the_same_registrar_in_capitals_is_not_another():
    assert domains.changes(KNOWN, replace(KNOWN, registrar="EX, LTD.")) == ()


def test_silence_is_no_news_and_overwrites_nothing():
    assert domains.changes(KNOWN, SILENT) == ()
    assert domains.merge(KNOWN, SILENT) == replace(KNOWN, source="whois", server="whois.example")


@pytest.mark.parametrize("answer", [Answer.THROTTLED, Answer.UNAVAILABLE, Answer.UNPARSABLE])
def test_a_server_in_trouble_changes_nothing(answer):
    trouble = replace(FREE, answer=answer)
    assert domains.changes(KNOWN, trouble) == ()
    assert domains.merge(KNOWN, trouble) == KNOWN
    assert domains.changes(trouble, KNOWN) == ()
    assert domains.merge(trouble, KNOWN) == KNOWN


@pytest.mark.parametrize("answer", [Answer.AVAILABLE, Answer.RESERVED])
def test_a_registered_name_that_is_no_longer_is_gone(answer):
    assert domains.changes(KNOWN, replace(FREE, answer=answer)) == (Change(Kind.GONE, "registered", answer),)


def test_a_name_that_is_gone_keeps_its_last_known_fields():
    assert domains.merge(KNOWN, FREE).expires == KNOWN.expires


def test_a_name_that_is_back_tells_what_differs_and_forgets_the_old_registration():
    gone = domains.merge(KNOWN, FREE)
    caught = replace(SILENT, registrar="Drop Catchers")
    assert domains.changes(gone, caught) == (
        Change(Kind.BACK, "available", "registered"),
        Change(Kind.REGISTRAR_CHANGED, "Ex Ltd", "Drop Catchers"),
    )
    assert domains.merge(gone, caught) == caught


def test_the_first_record_is_remembered_as_it_is():
    assert domains.merge(None, SILENT) == SILENT
