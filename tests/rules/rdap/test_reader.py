"""What the RDAP reader makes of the shapes that registries give their answers: data/rdap.jsonl, one a line."""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import rdap
from rules.domains.records import EPP_STATUSES, EVIDENCE_LONGEST, RAW_LONGEST, Answer, RegistryRecord

CASES = [
    json.loads(line) for line in (Path(__file__).parents[1] / "data" / "rdap.jsonl").read_text("utf-8").splitlines()
]
SAID = (
    "answer", "created", "updated", "expires", "registrar", "registrar_id", "abuse",
    "dnssec", "registrant", "nameservers", "statuses",
)  # fmt: skip
DOMAIN = next(case["document"] for case in CASES if case["name"] == "example.org")


def read(document: object, *, status: int = 200, raw: str = "") -> RegistryRecord:
    return rdap.read("example.org", document, server="rdap.example", raw=raw, status=status)


def said(record: RegistryRecord) -> dict[str, object]:
    """Return what a record says, in the form of the cases."""
    shown: dict[str, object] = {}
    for name in SAID:
        value = getattr(record, name)
        if value not in (None, "", ()):
            shown[name] = list(value) if isinstance(value, tuple) else value
            shown[name] = value.isoformat() if isinstance(value, datetime) else shown[name]
    return shown


@pytest.mark.parametrize("case", CASES, ids=[case["shape"] for case in CASES])
def test_each_shape_is_read_for_what_it_says(case):
    raw = case.get("body", "{}")
    record = rdap.read(
        case["name"], case.get("document"), server="rdap.example", raw=raw, status=case["status"], asked="registry"
    )
    assert said(record) == case["says"]


@pytest.mark.parametrize("case", CASES, ids=[case["shape"] for case in CASES])
def test_each_field_that_is_read_shows_what_says_it(case):
    record = rdap.read(case["name"], case.get("document"), server="rdap.example", raw="{}", status=case["status"])
    if record.answer is Answer.REGISTERED:
        assert record.evidence.keys() == said(record).keys() - {"answer"}
    assert all(0 < len(line) <= EVIDENCE_LONGEST and line.isprintable() for line in record.evidence.values())


def test_the_evidence_is_in_the_answers_own_words():
    evidence = read(DOMAIN).evidence
    assert evidence["expires"] == '{"eventAction": "expiration", "eventDate": "2027-02-03T04:05:06Z"}'
    assert evidence["registrar"] == '{"roles": ["registrar"], "fn": "Example Registrar Ltd", "handle": "9999"}'
    assert evidence["dnssec"] == '{"secureDNS": {"delegationSigned": false}}'
    assert evidence["statuses"] == '{"status": ["active"]}'


def test_the_raw_answer_is_kept_up_to_a_length():
    assert read(DOMAIN, raw="x" * 100_000).raw == "x" * RAW_LONGEST


def test_a_registrars_server_is_told_from_a_registrys():
    assert rdap.read("example.org", DOMAIN, server="rdap.example", asked="registrar").asked == "registrar"


@pytest.mark.parametrize("name", EPP_STATUSES)
def test_a_status_has_its_epp_name(name):
    written = "active" if name == "ok" else re.sub("([A-Z])", r" \1", name).lower()  # RFC 8056
    assert read(DOMAIN | {"status": [written]}).statuses == (name,)


@pytest.mark.parametrize("document", [None, 1, "x", [], {}, {"errorCode": True}, {"objectClassName": "nameserver"}])
def test_what_is_no_domain_object_is_unparsable(document):
    assert read(document, raw="x").answer is Answer.UNPARSABLE


@pytest.mark.parametrize("key", [key for key in DOMAIN if key != "objectClassName"])
@pytest.mark.parametrize(
    "wrong", [None, 7, "text", {}, {"a": []}, [None], [[]], [{"eventDate": 7, "roles": "registrar"}], "\ud800", True]
)
def test_a_member_of_a_wrong_type_is_silence(key, wrong):
    named = key == "ldhName" and isinstance(wrong, str)
    assert read(DOMAIN | {key: wrong}).answer is (Answer.UNPARSABLE if named else Answer.REGISTERED)


@pytest.mark.parametrize(
    ("action", "field"),
    [
        *((each, "expires") for each in ("Record expires", "expiration date", "expiry", "Registry Expiry Date")),
        *((each, "expires") for each in ("expires", "validUntil", "paid-till", "Fecha de vencimiento", "échéance")),
        *((each, "created") for each in ("created", "Creation Date", "registered", "domain registered")),
        *((each, "updated") for each in ("last modified", "Updated Date", "changed", "dernière modification")),
        *((each, None) for each in ("registrar expiration", "Registrar Registration Expiration Date", "renewal")),
        *((each, None) for each in ("last update of RDAP database", "transfer", "deletion", "locked", "", "x" * 900)),
    ],
)
def test_an_event_is_read_in_the_words_that_labels_have(action, field):
    event = {"eventAction": action, "eventDate": "2027-02-03T04:05:06Z"}
    record = read(DOMAIN | {"events": [event]})
    assert [name for name in ("created", "updated", "expires") if getattr(record, name)] == ([field] if field else [])


def test_rdaps_own_words_go_before_others():
    events = [("expiry", "2030-01-01"), ("expiration", "2027-02-03"), ("changed", "2026-01-01")]
    events += [("last changed", "2025-06-07")]
    record = read(DOMAIN | {"events": [{"eventAction": action, "eventDate": day} for action, day in events]})
    assert (record.expires, record.updated) == (datetime(2027, 2, 3, tzinfo=UTC), datetime(2025, 6, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    "date", ["2027-02-03T01:00:00+01:00[Europe/Paris]", "2027-02-03T00:00Z[UTC]", "2027-02-03T00:00:00[Asia/Tokyo]"]
)
def test_the_name_of_a_zone_in_brackets_changes_no_date(date):
    event = {"eventAction": "expiration", "eventDate": date}
    assert read(DOMAIN | {"events": [event]}).expires == datetime(2027, 2, 3, tzinfo=UTC)


def test_a_line_feed_in_a_status_is_a_blank():
    assert read(DOMAIN | {"status": ["client\ntransfer  prohibited"]}).statuses == ("clientTransferProhibited",)


@pytest.mark.parametrize("date", ["", "soon", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-01:00", "2027-13-01"])
def test_a_date_outside_the_calendar_is_silence(date):
    event = {"eventAction": "expiration", "eventDate": date}
    assert read(DOMAIN | {"events": [event]}).expires is None


@pytest.mark.parametrize("status", [200, 404, 429, 503])
def test_control_characters_and_halves_of_characters_never_come_through(status):
    odd = "a\x00\x1b[31m\ud800\u202eb"
    party = {
        "roles": ["registrar", "registrant", "abuse"],
        "handle": odd,
        "vcardArray": ["vcard", [["fn", {}, "", odd]]],
    }
    record = read(DOMAIN | {"entities": [party], "status": [odd], "title": odd, "errorCode": 404}, status=status)
    for text in (record.registrar or "", record.registrant or "", *record.statuses, *record.evidence.values()):
        assert text.isprintable()


HUGE = 200_000
HOSTILE = {
    "entities in one another": lambda: nested(5000),
    "many entities": lambda: {"entities": [{"roles": ["abuse"], "entities": [{}] * 10}] * HUGE},
    "many events": lambda: {"events": [{"eventAction": "expiration", "eventDate": "2027-02-03"}] * HUGE},
    "many statuses": lambda: {"status": [f"odd {number}" for number in range(HUGE)]},
    "many name servers": lambda: {"nameservers": [{"ldhName": f"ns{number}.example.net"} for number in range(HUGE)]},
    "long texts": lambda: {
        "status": ["x" * 10_000_000],
        "entities": [{"roles": ["registrar"], "handle": "x" * 10_000_000}],
    },
    "a long card": lambda: {
        "entities": [{"roles": ["registrar"], "vcardArray": ["vcard", [["fn", {}, "", "x" * 10_000_000]] * HUGE]}]
    },
    "a long date": lambda: {"events": [{"eventAction": "expiration", "eventDate": "2027-02-03 " * 1_000_000}]},
    "a long error": lambda: {
        "objectClassName": "",
        "errorCode": 404,
        "title": "no " * 3_000_000,
        "description": ["limit "] * HUGE,
    },
    "much redacted": lambda: {"redacted": [{"name": {"type": "Registrant Name"}}] * HUGE},
}


def nested(depth: int) -> dict[str, object]:
    entity: dict[str, object] = {"roles": ["registrar"], "handle": "deepest"}
    for _ in range(depth):
        entity = {"entities": [entity]}
    return {"entities": [entity]}


@pytest.mark.parametrize("kind", HOSTILE)
def test_huge_documents_are_read_up_to_a_size(kind):
    record = read(DOMAIN | HOSTILE[kind]())
    shown = [getattr(record, each.name) for each in fields(record) if each.name not in {"raw", "name"}]
    assert len(str(shown)) < 20_000


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["registrar", "registrant", "abuse", "expiration", "2027-02-03", "vcard", "fn", "example.org"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*DOMAIN, "roles", "eventAction", "eventDate", "type", "name"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)
MEMBERS = st.sampled_from([*DOMAIN, "redacted", "errorCode", "title", "description", "publicIds", "jscard"])


@settings(deadline=None)
@given(st.dictionaries(MEMBERS, JSON), st.integers(0, 999))
def test_no_document_makes_the_reader_raise(members, status):
    for document in (members, {"objectClassName": "domain"} | members):
        record = read(document, status=status)
        assert record.source == "rdap"
        assert isinstance(record.answer, Answer)


@settings(deadline=None)
@given(st.dictionaries(MEMBERS, JSON), st.sampled_from([400, 401, 403, 404, 429, 500, 503]))
def test_no_error_is_ever_read_as_registered(members, status):
    assert read({"objectClassName": "domain"} | members, status=status).answer is not Answer.REGISTERED
