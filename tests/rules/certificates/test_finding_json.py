"""Findings as JSON: nothing is lost on the way, and other releases' JSON is read."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.certificates import finding_json
from rules.certificates.faults import Fault, FaultKind, Severity, fault
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole, Finding, Grade
from rules.certificates.history import EndpointHistory
from rules.certificates.observation import Protocol
from tests.rules.certificates.findings import DAY, HOST, NOW, SILENT, address_finding, finding, leaf, scanned
from wording.certificates import findings

text = st.text(max_size=8)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
maybe = st.none() | moments
texts = st.lists(text, max_size=2).map(tuple)
links = st.builds(
    ChainLink,
    role=st.sampled_from(ChainRole),
    sent=st.booleans(),
    subject=text,
    issuer=text,
    serial=text,
    not_before=maybe,
    not_after=maybe,
    names=texts,
    key=text,
    key_id=text,
    signature=text,
    fingerprint=text,
)
parameters = st.dictionaries(text, text | st.integers() | texts, max_size=2).map(lambda given: tuple(given.items()))
faults = st.lists(
    st.builds(
        Fault,
        st.sampled_from(FaultKind),
        st.sampled_from(Severity),
        text,
        parameters,
        st.none() | st.integers(0, 9),
    ),
    max_size=2,
).map(tuple)
address_findings = st.builds(
    AddressFinding,
    address=text,
    faults=faults,
    chain=st.lists(links, max_size=2).map(tuple),
    tls_version=text,
    cipher=text,
    alpn=text,
    stapled=st.booleans(),
    hsts=st.none() | text,
    early_issuer=st.none() | links,
    other_kind=st.booleans(),
    seen=st.booleans(),
    missed=st.integers(0, 9),
    longest_gap=st.integers(0, 9),
    times_met=st.integers(1, 9),
    shown_before=st.lists(st.text("0123456789abcdef", max_size=16), max_size=3).map(tuple),
)
found = st.builds(
    Finding,
    host=text,
    port=st.integers(0, 65535),
    protocol=st.sampled_from(Protocol),
    grade=st.sampled_from(Grade),
    faults=faults,
    leaf=st.none() | links,
    addresses=st.lists(address_findings, max_size=2).map(tuple),
    left_out=texts,
    caa=st.none() | texts,
    tlsa=st.none() | texts,
    renew_from=maybe,
    renew_until=maybe,
)
histories = st.builds(
    EndpointHistory,
    finding=st.none() | found,
    scanned_at=maybe,
    leaf=st.none() | links,
    open=st.sets(st.sampled_from(FaultKind), max_size=3).map(tuple),
    differing_since=maybe,
    failing_since=maybe,
    failures=st.integers(0, 9),
)


def dumped(one: Finding) -> dict[str, Any]:
    return finding_json.dump(one, findings.texts(one))


def dumped_history(one: EndpointHistory) -> dict[str, Any]:
    return finding_json.dump_history(one, findings.texts(one.finding or finding()))


@settings(max_examples=30)
@given(found)
def test_a_finding_comes_back_as_it_was(one: Finding):
    assert finding_json.load(json.loads(json.dumps(dumped(one)))) == one


@settings(max_examples=30)
@given(histories)
def test_all_that_is_known_comes_back_as_it_was(one: EndpointHistory):
    assert finding_json.load_history(json.loads(json.dumps(dumped_history(one)))) == one


def test_a_history_comes_back():
    expired = finding(address_finding("192.0.2.1", leaf(begins=NOW - 99 * DAY), fault(FaultKind.EXPIRED)))
    history = scanned(expired, finding(address_finding("192.0.2.1", None, SILENT)))

    assert finding_json.load_history(dumped_history(history)) == replace(history, served=())


def test_of_nothing_a_finding_is_made():
    assert finding_json.load({}) == Finding(host="", port=0, protocol=Protocol.TLS, grade=Grade.UNSEEN, faults=())
    assert finding_json.load_history({}) == EndpointHistory()


@settings(max_examples=30)
@given(found, st.data())
def test_members_that_an_older_release_did_not_write_may_be_missing(one: Finding, data: st.DataObject):
    written = dumped(one)
    missing: Any = data.draw(st.sets(st.sampled_from(sorted(written))))
    read = finding_json.load({key: value for key, value in written.items() if key not in missing})

    again = without_words(dumped(read))
    assert all(again[key] == value for key, value in without_words(written).items() if key not in missing)


def without_words(written: Any) -> Any:
    """Return what was written but for its sentences: those are made anew."""
    if isinstance(written, list):
        return [without_words(one) for one in written]
    if not isinstance(written, dict):
        return written
    return {key: without_words(value) for key, value in written.items() if key not in {"words", "message"}}


def test_members_of_certificates_and_addresses_may_be_missing():
    read = finding_json.load({"leaf": {"serial": "01"}, "sights": [{"address": "192.0.2.1", "chain": [{}]}]})

    assert read.leaf
    assert read.leaf.serial == "01"
    assert read.addresses[0].leaf


def test_what_a_newer_release_knows_is_left_out():
    told = [{"fault": "quantum_safe", "words": "?", "severity": 2}, {"fault": "expired", "words": "!", "severity": 3}]
    read = finding_json.load({"protocol": "quic", "grade": "S", "faults": told, "colour": "red"})

    assert read.kinds == (FaultKind.EXPIRED,)
    assert (read.protocol, read.grade) == (Protocol.TLS, Grade.UNSEEN)
    assert finding_json.load_kinds(["quantum_safe", "expired"]) == [FaultKind.EXPIRED]


def test_an_older_release_finds_the_words_that_it_shows():
    wrong = fault(FaultKind.WRONG_HOST, "names", depth=0, names=("b.test",), more=0, host=HOST)
    written = dumped(finding(address_finding("192.0.2.1", leaf(), wrong)))

    said = f"The certificate is for b.test, not for {HOST}."
    assert [one["words"] for one in (*written["faults"], *written["sights"][0]["faults"])] == [said, said]
    assert written["message"] == said


def test_of_a_fault_that_an_older_release_wrote_its_words_are_kept():
    (read,) = finding_json.load({"faults": [{"fault": "expired", "words": "It is over.", "severity": 3}]}).faults

    assert (read.detail, read.parameters, read.depth, read.stored_words) == ("", (), None, "It is over.")
