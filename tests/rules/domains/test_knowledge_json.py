import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.domains import knowledge_json
from rules.domains.knowledge import Doubt, FieldStatement, Known, Silence
from rules.domains.records import Answer
from tests.support import known_columns

AT = datetime(2026, 1, 1, 10, tzinfo=UTC)
OTHERWISE = FieldStatement(source="whois", server="whois.before.example", at=AT)
COLUMNS = Known(
    name="example.com",
    answer=Answer.REGISTERED,
    expires=datetime(2027, 2, 3, tzinfo=UTC),
    registrar="Example Registrar Ltd",
    nameservers=("ns1.example.net",),
    statuses=("ok",),
)
FULL = replace(
    COLUMNS,
    registrar_id="9999",
    abuse="abuse@registrar.example",
    registrant="Example Ltd",
    dnssec=False,
    statements={
        "answer": FieldStatement(source="rdap", server="rdap.example", at=AT, evidence='{"a": 1}'),
        "expires": FieldStatement(source="rdap", server="rdap.example", at=AT),
        "registrar": FieldStatement(source="whois", server="whois.registrar.example", at=AT, asked="registrar"),
        **dict.fromkeys(("nameservers", "statuses", "registrar_id", "abuse", "registrant", "dnssec"), OTHERWISE),
    },
    silent={"created": Silence.UNSAID, "answer": Silence.THROTTLED},
    doubt=Doubt(answer=Answer.AVAILABLE, since=AT, source="rdap", server="rdap.example"),
)


def read(written: object, known: Known = COLUMNS) -> Known:
    return knowledge_json.load(written, otherwise=OTHERWISE, **known_columns.of(known))


def test_what_is_written_is_read_back_from_json():
    written = json.loads(json.dumps(knowledge_json.dump(FULL)))
    assert read(written) == FULL


def test_nothing_is_written_that_is_not_known():
    assert knowledge_json.dump(COLUMNS) == {"said": {}, "silent": {}}


@pytest.mark.parametrize("written", [None, {}, [], "x", 7, {"said": None}, {"said": {"expires": {"source": "oracle"}}}])
def test_what_older_versions_did_not_write_was_said_by_who_answered_then(written):
    assert read(written) == replace(
        COLUMNS, statements=dict.fromkeys(("answer", "expires", "registrar", "nameservers", "statuses"), OTHERWISE)
    )


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ({"dnssec": "yes"}, "dnssec", None),
        ({"registrant": 7}, "registrant", None),
        ({"silent": {"expires": "for a reason of tomorrow", "shoe size": "throttled"}}, "silent", {}),
        ({"doubt": {"answer": "registered?", "since": AT.isoformat()}}, "doubt", None),
        ({"doubt": {"answer": "throttled", "since": AT.isoformat()}}, "doubt", None),
        ({"doubt": {"answer": "available", "since": "yesterday"}}, "doubt", None),
    ],
)
def test_what_is_of_another_kind_is_passed_over(written, field, value):
    assert getattr(read(written), field) == value


def test_who_said_a_field_that_is_not_there_is_passed_over():
    written = {"said": {"registrant": {"source": "rdap"}, "shoe size": {"source": "rdap"}}}
    assert read(written).statements.keys() == {"answer", "expires", "registrar", "nameservers", "statuses"}


def test_a_moment_without_a_zone_is_utc():
    assert read({"said": {"expires": {"source": "hand", "at": "2026-01-01T10:00:00"}}}).statements["expires"].at == AT


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["rdap", "available", "throttled"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["said", "silent", "doubt", "source", "at", "since", "answer", "dnssec"]), inner
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(JSON)
def test_nothing_that_is_stored_makes_the_reader_raise(written):
    known = read(written)
    assert json.dumps(knowledge_json.dump(known))
    assert read(knowledge_json.dump(known)) == known
