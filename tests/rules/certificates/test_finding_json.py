"""Findings as JSON: nothing is lost on the way, and other releases' JSON is read."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.certificates import finding_json
from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole, Finding, Grade
from rules.certificates.history import EndpointHistory, ServedCertificate
from rules.certificates.observation import Protocol
from tests.rules.certificates.findings import DAY, NOW, SILENT, fault, finding, leaf, scanned, sight

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
tolds = st.lists(st.builds(Fault, st.sampled_from(FaultKind), text, st.sampled_from(Severity)), max_size=2).map(tuple)
sights = st.builds(
    AddressFinding,
    address=text,
    faults=tolds,
    chain=st.lists(links, max_size=2).map(tuple),
    tls_version=text,
    cipher=text,
    alpn=text,
    stapled=st.booleans(),
    hsts=st.none() | text,
)
found = st.builds(
    Finding,
    host=text,
    port=st.integers(0, 65535),
    protocol=st.sampled_from(Protocol),
    grade=st.sampled_from(Grade),
    faults=tolds,
    message=text,
    leaf=st.none() | links,
    sights=st.lists(sights, max_size=2).map(tuple),
    left_out=texts,
    caa=st.none() | texts,
    tlsa=st.none() | texts,
    renew_from=maybe,
    renew_until=maybe,
)
held = st.builds(
    ServedCertificate,
    fingerprint=text,
    issuer=text,
    key_id=text,
    not_before=moments,
    not_after=moments,
    first_seen_at=moments,
    last_seen_at=moments,
    names=texts,
    key=text,
)
pasts = st.builds(
    EndpointHistory,
    finding=st.none() | found,
    scanned_at=maybe,
    leaf=st.none() | links,
    held=st.lists(held, max_size=2).map(tuple),
    open=st.sets(st.sampled_from(FaultKind), max_size=3).map(tuple),
    differing_since=maybe,
    failing_since=maybe,
    failures=st.integers(0, 9),
)


@settings(max_examples=30)
@given(found)
def test_a_finding_comes_back_as_it_was(one: Finding):
    assert finding_json.load(json.loads(json.dumps(finding_json.dump(one)))) == one


@settings(max_examples=30)
@given(pasts)
def test_all_that_is_known_comes_back_as_it_was(one: EndpointHistory):
    assert finding_json.load_past(json.loads(json.dumps(finding_json.dump_past(one)))) == one


def test_a_past_that_was_lived_comes_back():
    expired = finding(sight("192.0.2.1", leaf(begins=NOW - 99 * DAY), fault(FaultKind.EXPIRED)))
    past = scanned(expired, finding(sight("192.0.2.1", None, SILENT)))

    assert finding_json.load_past(finding_json.dump_past(past)) == past


def test_of_nothing_a_finding_is_made():
    assert finding_json.load({}) == Finding(
        host="", port=0, protocol=Protocol.TLS, grade=Grade.UNSEEN, faults=(), message=""
    )
    assert finding_json.load_past({}) == EndpointHistory()


@settings(max_examples=30)
@given(found, st.data())
def test_members_that_an_older_release_did_not_write_may_be_missing(one: Finding, data: st.DataObject):
    written = finding_json.dump(one)
    missing: Any = data.draw(st.sets(st.sampled_from(sorted(written))))
    read = finding_json.load({key: value for key, value in written.items() if key not in missing})

    assert all(finding_json.dump(read)[key] == value for key, value in written.items() if key not in missing)


def test_members_of_certificates_and_addresses_may_be_missing():
    read = finding_json.load({"leaf": {"serial": "01"}, "sights": [{"address": "192.0.2.1", "chain": [{}]}]})

    assert read.leaf
    assert read.leaf.serial == "01"
    assert read.sights[0].leaf


def test_what_a_newer_release_knows_is_left_out():
    told = [{"fault": "quantum_safe", "words": "?", "severity": 2}, {"fault": "expired", "words": "!", "severity": 3}]
    read = finding_json.load({"protocol": "quic", "grade": "S", "faults": told, "colour": "red"})

    assert read.kinds == (FaultKind.EXPIRED,)
    assert (read.protocol, read.grade) == (Protocol.TLS, Grade.UNSEEN)
    assert finding_json.load_kinds(["quantum_safe", "expired"]) == [FaultKind.EXPIRED]
