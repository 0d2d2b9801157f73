"""From what addresses showed to one finding: the whole way, with certificates of a made-up authority."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.certificates import assessment, finding_json
from rules.certificates.dns_policy import DnsPolicy, RenewalWindow
from rules.certificates.faults import FaultKind, Severity
from rules.certificates.finding import ChainRole, Finding, Grade
from rules.certificates.history import CONNECTION, EndpointHistory
from rules.certificates.observation import AddressObservation, Protocol, ScanFailure, ScanObservation, ScanTarget
from rules.x509.revocation import read_crl
from rules.x509.verification import TrustRoots
from sandbox import pki, revocation
from tests.rules.certificates.findings import DAY, HOST, HOUR, NOW

TARGET = ScanTarget(host=HOST, port=443)
A, B, C, D = (f"192.0.2.{number}" for number in range(1, 5))
REFUSED = ScanFailure(FaultKind.UNREACHABLE, "connection refused")


def named(organisation: str, common: str) -> x509.Name:
    pairs = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in pairs])


ROOT = pki.root("Sandbox Root")
MIDDLE = ROOT.authority(named("Sandbox", "Sandbox Issuing"), issuers_at=("http://ca.test/issuer",))
LETS_ENCRYPT = ROOT.authority(named("Let's Encrypt", "R12"))
STRANGER = pki.root("Somebody")


@cache
def leaf(begins: datetime = NOW - 10 * DAY, life: timedelta = 90 * DAY, by: pki.Issuer = MIDDLE, **fields: Any):
    return by.leaf(HOST, not_before=begins, not_after=begins + life, **fields)


def chain(one: pki.Issuer, *others: pki.Issuer) -> tuple[bytes, ...]:
    return tuple(each.certificate for each in (one, *others))


SOUND = chain(leaf(), MIDDLE)
OLD = chain(leaf(NOW - 87 * DAY), MIDDLE)
NEW = chain(leaf(NOW - HOUR), MIDDLE)
EXPIRED = chain(leaf(NOW - 92 * DAY), MIDDLE)


def seen(address: str, sent: tuple[bytes, ...] = SOUND, **facts: Any) -> AddressObservation:
    return AddressObservation(address=address, chain=sent, **{"tls_version": "TLSv1.3", "cipher": "AES", **facts})


def silent(address: str, why: ScanFailure = REFUSED) -> AddressObservation:
    return AddressObservation(address=address, failure=why)


def roots() -> TrustRoots:
    return TrustRoots((), (ROOT.certificate,))


def examined(
    *shown: AddressObservation, target: ScanTarget = TARGET, at: datetime = NOW, **facts: Any
) -> assessment.Examined:
    return assessment.examine(ScanObservation(target=target, seen=shown, **facts), roots=roots(), now=at)


def found(*shown: AddressObservation, target: ScanTarget = TARGET, at: datetime = NOW, **facts: Any) -> Finding:
    return assessment.assess(examined(*shown, target=target, at=at), now=at, **facts)


def test_a_sound_endpoint_has_nothing_to_mend():
    one = found(seen(A), seen(B))

    assert (one.grade, one.faults, one.ok) == (Grade.SOUND, (), True)
    assert one.message == "The certificate is valid until 2027-02-11 12:00 UTC."
    assert one.leaf
    assert one.leaf.names == (HOST,)


def test_the_chain_is_shown_as_it_was_verified():
    (sight,) = found(seen(A, chain(leaf(), STRANGER, MIDDLE))).sights

    assert [(link.role, link.sent) for link in sight.chain] == [
        (ChainRole.LEAF, True),
        (ChainRole.INTERMEDIATE, True),
        (ChainRole.ROOT, False),
        (ChainRole.STRAY, True),
    ]


def test_what_all_addresses_show_is_said_without_them():
    one = found(seen(A, EXPIRED), seen(B, EXPIRED))

    assert one.grade is Grade.REFUSED
    assert one.kinds == (FaultKind.EXPIRED,)
    assert one.message == "The certificate expired on 2026-11-21 12:00 UTC."


def test_one_of_four_with_the_old_certificate():
    past = EndpointHistory().after(found(*(seen(each, OLD) for each in (A, B, C, D))), now=NOW - 3 * HOUR)
    shown = (seen(A, OLD), seen(B, NEW), seen(C, NEW), seen(D, NEW))
    at_first = found(*shown, past=past)
    later = found(*shown, past=past.after(at_first, now=NOW - 3 * HOUR))

    assert at_first.kinds == later.kinds == (FaultKind.ADDRESSES_DIFFER,)
    assert (at_first.grade, later.grade) == (Grade.NOTED, Grade.WARNED)
    assert later.message == f"1 of 4 addresses ({A}) serves the old certificate, which expires in 3 days."
    assert at_first.message.endswith(later.message)
    assert later.leaf
    assert later.leaf.fingerprint == pki.fingerprint(OLD[0])


def test_each_distinct_chain_is_verified_once():
    assert len(examined(seen(A), seen(B), seen(C, NEW)).verdicts) == 2


def test_an_authority_in_distrust_is_told_beside_the_rest():
    entrust = pki.root(named("Entrust, Inc.", "Entrust Root Certification Authority - G2"))
    look = ScanObservation(target=TARGET, seen=(seen(A, chain(leaf(by=entrust))),))
    trusting = assessment.examine(look, roots=TrustRoots((), (entrust.certificate,)), now=NOW)

    assert assessment.assess(trusting, now=NOW).kinds == (FaultKind.DISTRUSTED,)
    assert FaultKind.DISTRUSTED not in found(seen(A, chain(leaf(), MIDDLE, entrust))).kinds


def test_an_old_certificate_that_has_ended_gets_no_grace():
    one = found(seen(A, EXPIRED), seen(B, NEW))

    assert one.kinds == (FaultKind.EXPIRED, FaultKind.ADDRESSES_DIFFER)
    assert one.faults[0].words == f"1 of 2 addresses ({A}): the certificate expired on 2026-11-21 12:00 UTC."
    assert one.faults[1].words.endswith("serves the old certificate, which expired 2 days ago.")
    assert one.faults[1].severity is Severity.WARNING


def test_ecdsa_beside_rsa_is_fine():
    rsa = chain(leaf(NOW - HOUR, key=pki.kept_key("RSA-2048", "judging")), MIDDLE)

    assert found(seen(A), seen(B, rsa)).faults == ()


def test_a_host_of_its_own_that_is_late_is_told_of_though_another_has_a_newer_certificate():
    third = chain(leaf(NOW - 88 * DAY), MIDDLE)
    past = EndpointHistory().after(found(seen(A, OLD), seen(B, third)), now=NOW - DAY)
    one = found(seen(A, OLD), seen(B, NEW), past=past)

    assert one.kinds == (FaultKind.RENEWAL_LATE,)
    assert one.message.startswith(f"1 of 2 addresses ({A}): a 90-day certificate is renewed after about 60 days;")


def test_late_to_be_renewed_is_a_warning():
    one = found(seen(A, chain(leaf(NOW - 70 * DAY), MIDDLE)))

    assert one.grade is Grade.WARNED
    assert one.message == (
        "A 90-day certificate is renewed after about 60 days; this one has 20 days left and no successor."
    )


def test_past_the_window_of_its_authority_it_is_late():
    by_program = chain(leaf(by=LETS_ENCRYPT), LETS_ENCRYPT)
    window = RenewalWindow(start=NOW - 5 * DAY, end=NOW - 3 * DAY)
    one = found(seen(A, by_program), beside=DnsPolicy(window=window))

    assert one.kinds == (FaultKind.RENEWAL_LATE,)
    assert (one.renew_from, one.renew_until) == (window.start, window.end)


def test_a_window_is_about_one_certificate_alone():
    first, other = (chain(leaf(NOW - days * DAY, by=LETS_ENCRYPT), LETS_ENCRYPT) for days in (10, 5))
    window = RenewalWindow(start=NOW - 4 * DAY, end=NOW - 3 * DAY)
    one = found(seen(A, other), seen(B, first), beside=DnsPolicy(window=window))

    assert one.kinds == (FaultKind.RENEWAL_LATE,)
    assert one.message.startswith(f"1 of 2 addresses ({B}): ")


def test_the_authority_is_asked_about_what_ends_first():
    by_program = chain(leaf(by=LETS_ENCRYPT), LETS_ENCRYPT)
    asked = examined(seen(A, by_program), seen(B, chain(leaf(NOW, by=LETS_ENCRYPT), LETS_ENCRYPT)))

    assert asked.renewal
    assert asked.renewal.directory == "https://acme-v02.api.letsencrypt.org/directory"
    assert asked.renewal_of == pki.fingerprint(by_program[0])
    assert examined(seen(A)).renewal is None


def test_nobody_answers():
    one = found(silent(A), silent(B))

    assert (one.grade, one.leaf) == (Grade.UNSEEN, None)
    assert one.message == "None of 2 addresses answers: connection refused."


def test_one_of_two_does_not_answer():
    one = found(silent(A), seen(B))

    assert one.grade is Grade.REFUSED
    assert one.message == f"1 of 2 addresses ({A}) does not answer: connection refused."


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (REFUSED, "The server does not answer: connection refused."),
        (
            ScanFailure(FaultKind.NOT_TLS, "what it answers is not TLS"),
            "The server does not speak TLS on this port: what it answers is not TLS.",
        ),
        (
            ScanFailure(FaultKind.HANDSHAKE_FAILED, "too slow"),
            "The server speaks TLS, but the handshake failed: too slow.",
        ),
        (ScanFailure(FaultKind.NO_STARTTLS, ""), "The server does not offer STARTTLS: no reason is known."),
    ],
)
def test_why_nothing_was_seen_is_said(failure: ScanFailure, message: str):
    assert found(silent(A, failure)).message == message


def test_a_handshake_that_failed_late_has_a_certificate_all_the_same():
    one = found(seen(A, EXPIRED, failure=ScanFailure(FaultKind.HANDSHAKE_FAILED, "closed")))

    assert one.kinds == (FaultKind.HANDSHAKE_FAILED, FaultKind.EXPIRED)
    assert one.leaf


def test_a_name_without_addresses():
    look = ScanObservation(target=TARGET, failure=ScanFailure(FaultKind.UNREACHABLE, "there is no such name"))
    one = assessment.assess(assessment.examine(look, roots=roots(), now=NOW), now=NOW)

    assert (one.grade, one.kinds) == (Grade.UNSEEN, (FaultKind.UNREACHABLE,))
    assert one.message == "The server does not answer: there is no such name."


def test_our_own_trouble_says_nothing_of_the_endpoint():
    look = ScanObservation(target=TARGET, trouble="no name server answers")
    one = assessment.assess(assessment.examine(look, roots=roots(), now=NOW), now=NOW)

    assert (one.grade, one.faults) == (Grade.UNSEEN, ())
    assert one.message == "We could not look: no name server answers."


def test_old_protocols_are_faults():
    assert found(seen(A, tls_version="TLSv1.1")).kinds == (FaultKind.OLD_PROTOCOL,)


def test_a_certificate_that_demands_a_staple():
    demanding = chain(leaf(must_staple=True), MIDDLE)

    assert FaultKind.STAPLE_MISSING in found(seen(A, demanding)).kinds


def test_an_intermediate_that_is_missing_at_one_address():
    one = found(seen(A, SOUND[:1]), seen(B))

    assert one.kinds == (FaultKind.INCOMPLETE_CHAIN,)
    assert one.message.startswith(f"1 of 2 addresses ({A}): ")


def test_a_missing_intermediate_is_worth_fetching_and_completes_the_chain():
    with_address = leaf(issuers_at=("http://ca.test/issuing.der",))
    asked = examined(seen(A, chain(with_address)))
    one = assessment.assess(asked, issuers=(MIDDLE.certificate,), now=NOW)

    assert asked.issuer_urls == ("http://ca.test/issuing.der",)
    assert one.kinds == (FaultKind.INCOMPLETE_CHAIN,)
    assert [link.sent for link in one.sights[0].chain] == [True, False, False]


def test_a_complete_chain_has_no_issuers_to_fetch():
    assert examined(seen(A, chain(leaf(issuers_at=("http://ca.test/issuing.der",)), MIDDLE))).issuer_urls == ()


def test_revocation_lists_are_worth_fetching_where_their_issuer_is_known():
    listed = leaf(crls_at=("http://ca.test/1.crl",))

    assert examined(seen(A, chain(listed, MIDDLE))).crl_urls == ("http://ca.test/1.crl",)
    assert examined(seen(A, chain(listed))).crl_urls == ()


def test_a_certificate_that_its_authority_lists_is_revoked():
    listed = leaf(crls_at=("http://ca.test/1.crl",))
    sent = chain(listed, MIDDLE)
    span = revocation.Span(NOW - DAY, NOW + DAY)
    fresh, bad = (read_crl(revocation.crl(MIDDLE, gone, span=span)) for gone in ((), (listed,)))

    assert found(seen(A, sent), crls={"http://ca.test/1.crl": fresh}).faults == ()
    assert found(seen(A, sent), seen(B), crls={"http://ca.test/1.crl": bad}).kinds == (FaultKind.REVOKED,)
    assert found(seen(A, sent), crls={}).kinds == (FaultKind.REVOCATION_UNKNOWN,)
    assert found(seen(A, sent)).faults == ()


def test_that_revocation_is_not_known_is_not_worth_telling_beside_graver_things():
    ended = chain(leaf(NOW - 92 * DAY, crls_at=("http://ca.test/1.crl",)), MIDDLE)

    assert found(seen(A, ended), crls={}).kinds == (FaultKind.EXPIRED,)


def test_records_of_the_dns_are_judged_and_shown():
    by_program = chain(leaf(by=LETS_ENCRYPT), LETS_ENCRYPT)
    wrong = "3 1 1 " + "00" * 32
    beside = DnsPolicy(caa=('0 issue "digicert.com"',), tlsa=(wrong,), tlsa_secure=True)
    one = found(seen(A, by_program), beside=beside)

    assert one.kinds == (FaultKind.TLSA_MISMATCH, FaultKind.CAA_MISMATCH)
    assert (one.caa, one.tlsa) == (beside.caa, beside.tlsa)
    assert found(seen(A, by_program), beside=DnsPolicy(tlsa=(wrong,), tlsa_secure=False)).faults == ()


def test_mail_that_checks_is_not_delivered_where_no_record_matches():
    mail = ScanTarget(host=HOST, port=25, protocol=Protocol.SMTP)
    beside = DnsPolicy(tlsa=("3 1 1 " + "00" * 32,), tlsa_secure=True)

    assert found(seen(A), target=mail, beside=beside).grade is Grade.REFUSED


def test_a_record_that_binds_the_certificate_of_a_mail_server_stands_in_place_of_its_chain():
    mail = ScanTarget(host=HOST, port=25, protocol=Protocol.SMTP)
    own = pki.self_signed("somebody.test")
    bound = "3 0 1 " + hashlib.sha256(own.certificate).hexdigest()
    safe = DnsPolicy(tlsa=(bound,), tlsa_secure=True)

    one = found(seen(A, chain(own)), target=mail, beside=safe)
    assert {FaultKind.SELF_SIGNED, FaultKind.WRONG_HOST} <= set(one.kinds)
    assert one.grade is Grade.NOTED
    for target, beside in ((TARGET, safe), (mail, replace(safe, tlsa_secure=False)), (mail, DnsPolicy())):
        assert found(seen(A, chain(own)), target=target, beside=beside).grade is Grade.REFUSED


def test_addresses_that_were_not_asked_are_named():
    look = ScanObservation(target=TARGET, seen=(seen(A),), left_out=("2001:db8::1",))
    one = assessment.assess(assessment.examine(look, roots=roots(), now=NOW), now=NOW)
    assert (one.left_out, one.grade) == (("2001:db8::1",), Grade.SOUND)


def test_notes_stand_behind_the_good_news():
    by_program = chain(leaf(by=LETS_ENCRYPT), LETS_ENCRYPT)
    one = found(seen(A, by_program), beside=DnsPolicy(caa=('0 issue "digicert.com"',)))

    assert (one.grade, one.ok) == (Grade.NOTED, True)
    assert one.message.startswith("The certificate is valid until 2027-02-11 12:00 UTC. The domain's CAA records")


def test_the_worst_comes_first():
    late = chain(leaf(NOW - 70 * DAY, names=("other.test",)), MIDDLE)
    one = found(seen(A, late))

    assert one.kinds == (FaultKind.WRONG_HOST, FaultKind.RENEWAL_LATE)


def test_the_name_that_is_asked_for_counts():
    by_address = ScanTarget(host="192.0.2.1", port=443, server_name=HOST)

    assert found(seen(A), target=by_address).faults == ()


def test_a_finding_can_be_stored():
    one = found(silent(A), seen(B, EXPIRED), seen(C))

    assert finding_json.load(json.loads(json.dumps(finding_json.dump(one)))) == one


WORST = {Grade.SOUND: 0, Grade.NOTED: 1, Grade.WARNED: 2, Grade.REFUSED: 3}
shown = st.one_of(
    st.builds(seen, st.sampled_from([A, B, C]), st.sampled_from([SOUND, OLD, NEW, EXPIRED, SOUND[:1]])),
    st.builds(seen, st.sampled_from([A, B]), st.lists(st.binary(max_size=40), max_size=3).map(tuple)),
    st.builds(
        silent,
        st.sampled_from([A, B, C]),
        st.builds(ScanFailure, st.sampled_from(sorted(CONNECTION)), st.text(max_size=300)),
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(shown, max_size=4), st.timedeltas(min_value=-100 * DAY, max_value=100 * DAY))
def test_every_look_makes_a_finding_whose_grade_fits_its_faults(looks: list[AddressObservation], since: timedelta):
    one = found(*looks, at=NOW + since)

    assert one.message
    assert one.message.isprintable()
    assert all(len(told.words) <= 200 and told.words for told in one.faults)
    assert len(one.kinds) == len(one.faults)
    assert [told.severity for told in one.faults] == sorted((told.severity for told in one.faults), reverse=True)
    if one.leaf:
        assert WORST[one.grade] == max((told.severity for told in one.faults), default=0)
    else:
        assert one.grade is Grade.UNSEEN
    assert EndpointHistory().after(one, now=NOW).scanned_at == NOW
