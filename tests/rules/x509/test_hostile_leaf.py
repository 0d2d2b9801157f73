"""Certificates that strangers made: whatever they hold, there is a finding that can be shown and kept."""

import json
from functools import cache

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.certificates import address_assessment, assessment, finding_json
from rules.certificates.faults import FaultKind
from rules.certificates.finding import Finding
from rules.certificates.observation import AddressObservation, ScanFailure, ScanObservation, ScanTarget
from rules.x509.verification import TrustRoots
from sandbox import pki
from tests.rules.certificates.findings import HOST, NOW
from wording.certificates import findings

TARGET = ScanTarget(host=HOST, port=443)


@cache
def root() -> pki.Issuer:
    return pki.root("Root")


@cache
def whole() -> bytes:
    return root().leaf(HOST).certificate


def found(*chain: bytes, failure: ScanFailure | None = None) -> Finding:
    observed = AddressObservation(address="192.0.2.1", chain=chain, failure=failure)
    roots = TrustRoots(public=(), private=(root().certificate,))
    examined = assessment.examine(ScanObservation(target=TARGET, addresses=(observed,)), roots=roots, now=NOW)
    return assessment.assess(examined, now=NOW)


def test_a_certificate_of_a_thousand_names_is_matched_whole_and_kept_in_part() -> None:
    leaf = root().leaf(HOST, names=(*(f"n{number}.test" for number in range(1000)), HOST))
    finding = found(leaf.certificate)
    assert finding.ok, finding.faults
    assert finding.leaf
    assert len(finding.leaf.names) == address_assessment.MOST_NAMES


def test_strangers_text_is_printable_and_short() -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "<script>\x1b[2J\u202e" + "x" * 44)])
    leaf = root().leaf(HOST, subject=subject, names=("a" * 60 + "." + "b" * 60 + ".test",))
    finding = found(leaf.certificate, failure=ScanFailure(FaultKind.HANDSHAKE_FAILED, "\x07\u202e!" * 500))
    assert finding.leaf
    said = findings.texts(finding)
    texts = [said.message, finding.leaf.subject, *finding.leaf.names, *said.faults, *said.addresses[0]]
    assert all(text.isprintable() for text in texts), texts
    assert max(map(len, texts)) <= 1000


@given(st.binary(max_size=400))
@settings(max_examples=100)
def test_bytes_that_are_no_certificate_are_a_fault(noise: bytes) -> None:
    assert FaultKind.UNREADABLE in found(noise).kinds


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_certificate_never_raises_and_is_never_trusted(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole()) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=4))
    harmed = whole()[:at] + damage + whole()[at + len(damage) :]
    finding = found(harmed)
    assert not finding.ok or harmed == whole()
    json.dumps(finding_json.dump(finding, findings.texts(finding)))


@pytest.mark.parametrize("number", [20, 200])
def test_a_chain_of_very_many_is_shown_in_part(number: int) -> None:
    leaf = root().leaf(HOST)
    finding = found(leaf.certificate, *([pki.root("Other").certificate] * number))
    assert len(finding.addresses[0].chain) <= address_assessment.MOST_LINKS
