from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import domains
from rules.domains import Answer, Change, Kind, Record

DOCUMENT = {
    "objectClassName": "domain",
    "ldhName": "Example.COM.",
    "status": ["client transfer prohibited", "active", "odd one"],
    "events": [
        {"eventAction": "registration", "eventDate": "1995-08-14T04:00:00Z"},
        {"eventAction": "expiration", "eventDate": "2027-08-13T06:00:00+02:00"},
        {"eventAction": "last changed", "eventDate": "2026-08-14T07:01:39.123456789Z"},
    ],
    "nameservers": [{"ldhName": "NS2.example.net."}, {"ldhName": "ns1.example.net"}],
    "entities": [
        {"roles": ["technical"], "handle": "T"},
        {
            "roles": ["registrar"],
            "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Ex Ltd"]]],
        },
    ],
}

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


def read(document: object) -> Record:
    return domains.from_rdap("example.com", document, server="rdap.example", raw="{}")


def test_an_rdap_document_becomes_a_record():
    assert read(DOCUMENT) == Record(
        name="example.com",
        answer=Answer.REGISTERED,
        source="rdap",
        server="rdap.example",
        created=datetime(1995, 8, 14, 4, tzinfo=UTC),
        updated=datetime(2026, 8, 14, 7, 1, 39, 123456, tzinfo=UTC),
        expires=datetime(2027, 8, 13, 4, tzinfo=UTC),
        registrar="Ex Ltd",
        nameservers=("ns1.example.net", "ns2.example.net"),
        statuses=("clientTransferProhibited", "odd one", "ok"),
        raw="{}",
    )


@pytest.mark.parametrize("document", [None, 1, "x", [], {}, {"errorCode": 404}, {"objectClassName": "entity"}])
def test_what_is_no_domain_object_is_unparsable(document):
    assert read(document).answer is Answer.UNPARSABLE


def test_a_document_that_does_not_name_its_domain_is_taken_at_its_word():
    assert read(DOCUMENT | {"ldhName": 7}).answer is Answer.REGISTERED


def test_the_document_of_another_domain_is_unparsable():
    assert read(DOCUMENT | {"ldhName": "example.org"}).answer is Answer.UNPARSABLE


@pytest.mark.parametrize("key", ["status", "events", "nameservers", "entities"])
@pytest.mark.parametrize(
    "wrong", [None, 7, "text", {}, {"a": []}, [None], [[]], [{"eventDate": 7, "roles": "registrar"}]]
)
def test_a_member_of_a_wrong_type_is_silence(key, wrong):
    assert read(DOCUMENT | {key: wrong}).answer is Answer.REGISTERED


@pytest.mark.parametrize("date", ["", "soon", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-01:00", "2027-13-01"])
def test_a_date_outside_the_calendar_is_silence(date):
    event = {"eventAction": "expiration", "eventDate": date}
    assert read(DOCUMENT | {"events": [event]}).expires is None


def test_a_registrar_without_a_name_is_known_by_its_handle():
    assert read(DOCUMENT | {"entities": [{"roles": ["registrar"], "handle": "292"}]}).registrar == "292"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("registrar") | st.just("expiration"),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*DOCUMENT, "roles"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from([*DOCUMENT, "vcardArray"]), JSON))
def test_no_document_makes_the_reader_raise(members):
    assert read({"objectClassName": "domain"} | members).source == "rdap"


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
