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
from rules.certificates.address_assessment import Consulted
from rules.certificates.ari import RenewalWindow
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.faults import FaultKind, Severity
from rules.certificates.finding import ChainRole, Finding, Grade
from rules.certificates.history import CONNECTION, EndpointHistory
from rules.certificates.observation import AddressObservation, Protocol, ScanFailure, ScanObservation, ScanTarget
from rules.x509.revocation import Crl, read_crl
from rules.x509.verification import TrustRoots
from sandbox import pki, revocation
from tests.rules.certificates.findings import DAY, HOST, HOUR, NOW
from wording.certificates import findings

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


def serving(address: str, sent: tuple[bytes, ...] = SOUND, **facts: Any) -> AddressObservation:
    return AddressObservation(address=address, chain=sent, **{"tls_version": "TLSv1.3", "cipher": "AES", **facts})


def silent(address: str, why: ScanFailure = REFUSED) -> AddressObservation:
    return AddressObservation(address=address, failure=why)


def roots() -> TrustRoots:
    return TrustRoots((), (ROOT.certificate,))


def examined(
    *shown: AddressObservation, target: ScanTarget = TARGET, at: datetime = NOW, **facts: Any
) -> assessment.ExaminedScan:
    return assessment.examine(ScanObservation(target=target, addresses=shown, **facts), roots=roots(), now=at)


def found(*shown: AddressObservation, target: ScanTarget = TARGET, at: datetime = NOW, **facts: Any) -> Finding:
    return assessment.assess(examined(*shown, target=target, at=at), now=at, **facts)


def message(one: Finding) -> str:
    return findings.message(one)


def test_a_sound_endpoint_has_nothing_to_mend():
    one = found(serving(A), serving(B))

    assert (one.grade, one.faults, one.ok) == (Grade.SOUND, (), True)
    assert message(one) == "The certificate is valid until 2027-02-11 12:00 UTC."
    assert one.leaf
    assert one.leaf.names == (HOST,)


def test_the_chain_is_shown_as_it_was_verified():
    (one,) = found(serving(A, chain(leaf(), STRANGER, MIDDLE))).addresses

    assert [(link.role, link.sent) for link in one.chain] == [
        (ChainRole.LEAF, True),
        (ChainRole.INTERMEDIATE, True),
        (ChainRole.ROOT, False),
        (ChainRole.STRAY, True),
    ]


def test_what_all_addresses_show_is_said_without_them():
    one = found(serving(A, EXPIRED), serving(B, EXPIRED))

    assert one.grade is Grade.REFUSED
    assert one.kinds == (FaultKind.EXPIRED,)
    assert message(one) == "The certificate expired on 2026-11-21 12:00 UTC."


def test_one_of_four_with_the_old_certificate():
    history = EndpointHistory().after(found(*(serving(each, OLD) for each in (A, B, C, D))), now=NOW - 3 * HOUR)
    shown = (serving(A, OLD), serving(B, NEW), serving(C, NEW), serving(D, NEW))
    at_first = found(*shown, history=history)
    later = found(*shown, history=history.after(at_first, now=NOW - 3 * HOUR))

    assert at_first.kinds == later.kinds == (FaultKind.ADDRESSES_DIFFER,)
    assert (at_first.grade, later.grade) == (Grade.NOTED, Grade.WARNED)
    assert message(later) == f"1 of 4 addresses ({A}) serves the old certificate, which expires in 3 days."
    assert message(at_first).endswith(message(later))
    assert later.leaf
    assert later.leaf.fingerprint == pki.fingerprint(OLD[0])


def test_each_distinct_chain_is_verified_once():
    assert len(examined(serving(A), serving(B), serving(C, NEW)).verifications) == 2


def test_an_authority_in_distrust_is_told_beside_the_rest():
    entrust = pki.root(named("Entrust, Inc.", "Entrust Root Certification Authority - G2"))
    observation = ScanObservation(target=TARGET, addresses=(serving(A, chain(leaf(by=entrust))),))
    trusting = assessment.examine(observation, roots=TrustRoots((), (entrust.certificate,)), now=NOW)

    assert assessment.assess(trusting, now=NOW).kinds == (FaultKind.DISTRUSTED,)
    assert FaultKind.DISTRUSTED not in found(serving(A, chain(leaf(), MIDDLE, entrust))).kinds


def test_an_old_certificate_that_has_ended_gets_no_grace():
    one = found(serving(A, EXPIRED), serving(B, NEW))

    assert one.kinds == (FaultKind.EXPIRED, FaultKind.ADDRESSES_DIFFER)
    assert findings.texts(one).faults[0] == f"1 of 2 addresses ({A}): the certificate expired on 2026-11-21 12:00 UTC."
    assert findings.texts(one).faults[1].endswith("serves the old certificate, which expired 2 days ago.")
    assert one.faults[1].severity is Severity.WARNING


def test_ecdsa_beside_rsa_is_fine():
    rsa = chain(leaf(NOW - HOUR, key=pki.kept_key("RSA-2048", "judging")), MIDDLE)

    assert found(serving(A), serving(B, rsa)).faults == ()


def test_a_host_of_its_own_that_is_late_is_told_of_though_another_has_a_newer_certificate():
    third = chain(leaf(NOW - 88 * DAY), MIDDLE)
    history = EndpointHistory().after(found(serving(A, OLD), serving(B, third)), now=NOW - DAY)
    one = found(serving(A, OLD), serving(B, NEW), history=history)

    assert one.kinds == (FaultKind.RENEWAL_LATE,)
    assert message(one).startswith(f"1 of 2 addresses ({A}): a 90-day certificate is renewed after about 60 days;")


def test_late_to_be_renewed_is_a_warning():
    one = found(serving(A, chain(leaf(NOW - 70 * DAY), MIDDLE)))

    assert one.grade is Grade.WARNED
    assert message(one) == (
        "A 90-day certificate is renewed after about 60 days; this one has 20 days left and no successor."
    )


def test_past_the_window_of_its_authority_it_is_late():
    by_program = chain(leaf(by=LETS_ENCRYPT), LETS_ENCRYPT)
    window = RenewalWindow(start=NOW - 5 * DAY, end=NOW - 3 * DAY)
    one = found(serving(A, by_program), dns_policy=DnsPolicy(window=window))

    assert one.kinds == (FaultKind.RENEWAL_LATE,)
    assert (one.renew_from, one.renew_until) == (window.start, window.end)


def test_a_window_is_about_one_certificate_alone():
    first, other = (chain(leaf(NOW - days * DAY, by=LETS_ENCRYPT), LETS_ENCRYPT) for days in (10, 5))
    window = RenewalWindow(start=NOW - 4 * DAY, end=NOW - 3 * DAY)
    one = found(serving(A, other), serving(B, first), dns_policy=DnsPolicy(window=window))

    assert one.kinds == (FaultKind.RENEWAL_LATE,)
    assert message(one).startswith(f"1 of 2 addresses ({B}): ")


def test_the_authority_is_asked_about_what_ends_first():
    by_program = chain(leaf(by=LETS_ENCRYPT), LETS_ENCRYPT)
    asked = examined(serving(A, by_program), serving(B, chain(leaf(NOW, by=LETS_ENCRYPT), LETS_ENCRYPT)))

    assert asked.renewal
    assert asked.renewal.directory == "https://acme-v02.api.letsencrypt.org/directory"
    assert asked.renewal_of == pki.fingerprint(by_program[0])
    assert examined(serving(A)).renewal is None


def test_nobody_answers():
    one = found(silent(A), silent(B))

    assert (one.grade, one.leaf) == (Grade.UNSEEN, None)
    assert message(one) == "None of 2 addresses answers: connection refused."


def test_one_of_two_does_not_answer():
    one = found(silent(A), serving(B))

    assert one.grade is Grade.REFUSED
    assert message(one) == f"1 of 2 addresses ({A}) does not answer: connection refused."


@pytest.mark.parametrize(
    ("failure", "expected"),
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
def test_why_nothing_was_seen_is_said(failure: ScanFailure, expected: str):
    assert message(found(silent(A, failure))) == expected


def test_a_handshake_that_failed_late_has_a_certificate_all_the_same():
    one = found(serving(A, EXPIRED, failure=ScanFailure(FaultKind.HANDSHAKE_FAILED, "closed")))

    assert one.kinds == (FaultKind.HANDSHAKE_FAILED, FaultKind.EXPIRED)
    assert one.leaf


def test_a_name_without_addresses():
    observation = ScanObservation(target=TARGET, failure=ScanFailure(FaultKind.UNREACHABLE, "there is no such name"))
    one = assessment.assess(assessment.examine(observation, roots=roots(), now=NOW), now=NOW)

    assert (one.grade, one.kinds) == (Grade.UNSEEN, (FaultKind.UNREACHABLE,))
    assert message(one) == "The server does not answer: there is no such name."


def test_our_own_trouble_says_nothing_of_the_endpoint():
    observation = ScanObservation(target=TARGET, trouble="no name server answers")
    one = assessment.assess(assessment.examine(observation, roots=roots(), now=NOW), now=NOW)

    assert (one.grade, one.faults) == (Grade.UNSEEN, ())


def test_old_protocols_are_faults():
    assert found(serving(A, tls_version="TLSv1.1")).kinds == (FaultKind.OLD_PROTOCOL,)


def test_a_certificate_that_demands_a_staple():
    demanding = chain(leaf(must_staple=True), MIDDLE)

    assert FaultKind.STAPLE_MISSING in found(serving(A, demanding)).kinds


def test_an_intermediate_that_is_missing_at_one_address():
    one = found(serving(A, SOUND[:1]), serving(B))

    assert one.kinds == (FaultKind.INCOMPLETE_CHAIN,)
    assert message(one).startswith(f"1 of 2 addresses ({A}): ")


def test_a_missing_intermediate_is_worth_fetching_and_completes_the_chain():
    with_address = leaf(issuers_at=("http://ca.test/issuing.der",))
    asked = examined(serving(A, chain(with_address)))
    one = assessment.assess(asked, issuers=(MIDDLE.certificate,), now=NOW)

    assert asked.issuer_urls == ("http://ca.test/issuing.der",)
    assert one.kinds == (FaultKind.INCOMPLETE_CHAIN,)
    assert [link.sent for link in one.addresses[0].chain] == [True, False, False]


def test_a_complete_chain_has_no_issuers_to_fetch():
    assert examined(serving(A, chain(leaf(issuers_at=("http://ca.test/issuing.der",)), MIDDLE))).issuer_urls == ()


def test_revocation_lists_are_worth_fetching_where_their_issuer_is_known():
    listed = leaf(crls_at=("http://ca.test/1.crl",))

    assert examined(serving(A, chain(listed, MIDDLE))).crl_urls == ("http://ca.test/1.crl",)
    assert examined(serving(A, chain(listed))).crl_urls == ()
    stranger = pki.root("Stranger")
    theirs = leaf(by=stranger, crls_at=("http://ca.test/1.crl",))
    assert examined(serving(A, chain(theirs, stranger))).crl_urls == (), "nobody trusts it"


def test_revocation_lists_are_worth_fetching_once_a_missing_issuer_was_fetched():
    between = ROOT.authority("Between")
    one = examined(serving(A, chain(leaf(by=between.authority("Below"), crls_at=("http://ca.test/1.crl",)))))
    assert assessment.with_issuers(one, (), NOW) is one
    listed = leaf(by=between, crls_at=("http://ca.test/1.crl",))
    lacking = examined(serving(A, chain(listed)))
    found = assessment.with_issuers(lacking, (between.certificate,), NOW)
    assert (lacking.crl_urls, found.crl_urls) == ((), ("http://ca.test/1.crl",))


def test_a_certificate_that_its_authority_lists_is_revoked():
    listed = leaf(crls_at=("http://ca.test/1.crl",))
    sent = chain(listed, MIDDLE)
    span = revocation.Span(NOW - DAY, NOW + DAY)
    fresh, bad = (read_crl(revocation.crl(MIDDLE, gone, span=span)) for gone in ((), (listed,)))

    assert found(serving(A, sent), crls={"http://ca.test/1.crl": fresh}).faults == ()
    assert found(serving(A, sent), serving(B), crls={"http://ca.test/1.crl": bad}).kinds == (FaultKind.REVOKED,)
    assert found(serving(A, sent), crls={}).kinds == (FaultKind.REVOCATION_UNKNOWN,)
    assert found(serving(A, sent)).faults == ()


def test_that_revocation_is_not_known_is_not_worth_telling_beside_graver_things():
    ended = chain(leaf(NOW - 92 * DAY, crls_at=("http://ca.test/1.crl",)), MIDDLE)

    assert found(serving(A, ended), crls={}).kinds == (FaultKind.EXPIRED,)


def test_records_of_the_dns_are_judged_and_shown():
    by_program = chain(leaf(by=LETS_ENCRYPT), LETS_ENCRYPT)
    wrong = "3 1 1 " + "00" * 32
    policy = DnsPolicy(caa=('0 issue "digicert.com"',), tlsa=(wrong,), tlsa_secure=True)
    one = found(serving(A, by_program), dns_policy=policy)

    assert one.kinds == (FaultKind.TLSA_MISMATCH, FaultKind.CAA_MISMATCH)
    assert (one.caa, one.tlsa) == (policy.caa, policy.tlsa)
    assert found(serving(A, by_program), dns_policy=DnsPolicy(tlsa=(wrong,), tlsa_secure=False)).faults == ()


def test_mail_that_checks_is_not_delivered_where_no_record_matches():
    mail = ScanTarget(host=HOST, port=25, protocol=Protocol.SMTP)
    policy = DnsPolicy(tlsa=("3 1 1 " + "00" * 32,), tlsa_secure=True)

    assert found(serving(A), target=mail, dns_policy=policy).grade is Grade.REFUSED


def test_a_record_that_binds_the_certificate_of_a_mail_server_stands_in_place_of_its_chain():
    mail = ScanTarget(host=HOST, port=25, protocol=Protocol.SMTP)
    own = pki.self_signed("somebody.test")
    bound = "3 0 1 " + hashlib.sha256(own.certificate).hexdigest()
    safe = DnsPolicy(tlsa=(bound,), tlsa_secure=True)

    one = found(serving(A, chain(own)), target=mail, dns_policy=safe)
    assert {FaultKind.SELF_SIGNED, FaultKind.WRONG_HOST} <= set(one.kinds)
    assert one.grade is Grade.NOTED
    for target, policy in ((TARGET, safe), (mail, replace(safe, tlsa_secure=False)), (mail, DnsPolicy())):
        assert found(serving(A, chain(own)), target=target, dns_policy=policy).grade is Grade.REFUSED


def test_addresses_that_were_not_asked_are_named():
    observation = ScanObservation(target=TARGET, addresses=(serving(A),), left_out=("2001:db8::1",))
    one = assessment.assess(assessment.examine(observation, roots=roots(), now=NOW), now=NOW)
    assert (one.left_out, one.grade) == (("2001:db8::1",), Grade.SOUND)


def test_notes_stand_behind_the_good_news():
    by_program = chain(leaf(by=LETS_ENCRYPT), LETS_ENCRYPT)
    one = found(serving(A, by_program), dns_policy=DnsPolicy(caa=('0 issue "digicert.com"',)))

    assert (one.grade, one.ok) == (Grade.NOTED, True)
    assert message(one).startswith("The certificate is valid until 2027-02-11 12:00 UTC. The domain's CAA records")


def test_the_worst_comes_first():
    late = chain(leaf(NOW - 70 * DAY, names=("other.test",)), MIDDLE)
    one = found(serving(A, late))

    assert one.kinds == (FaultKind.WRONG_HOST, FaultKind.RENEWAL_LATE)


def test_the_name_that_is_asked_for_counts():
    by_address = ScanTarget(host="192.0.2.1", port=443, server_name=HOST)

    assert found(serving(A), target=by_address).faults == ()


@pytest.mark.parametrize("host", ["bücher.example", "BÜCHER.example.", "xn--bcher-kva.example"])
def test_a_host_is_compared_as_certificates_write_it(host: str):
    target = ScanTarget(host=host, port=443)

    assert found(serving(A, chain(leaf(names=("xn--bcher-kva.example",)), MIDDLE)), target=target).faults == ()


def test_a_finding_can_be_stored():
    one = found(silent(A), serving(B, EXPIRED), serving(C))

    assert finding_json.load(json.loads(json.dumps(finding_json.dump(one, findings.texts(one))))) == one


WORST = {Grade.SOUND: 0, Grade.NOTED: 1, Grade.WARNED: 2, Grade.REFUSED: 3}
shown = st.one_of(
    st.builds(serving, st.sampled_from([A, B, C]), st.sampled_from([SOUND, OLD, NEW, EXPIRED, SOUND[:1]])),
    st.builds(serving, st.sampled_from([A, B]), st.lists(st.binary(max_size=40), max_size=3).map(tuple)),
    st.builds(
        silent,
        st.sampled_from([A, B, C]),
        st.builds(ScanFailure, st.sampled_from(sorted(CONNECTION)), st.text(max_size=300)),
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(shown, max_size=4), st.timedeltas(min_value=-100 * DAY, max_value=100 * DAY))
def test_every_observation_makes_a_finding_whose_grade_fits_its_faults(
    observed: list[AddressObservation], since: timedelta
):
    one = found(*observed, at=NOW + since)

    assert message(one)
    assert message(one).isprintable()
    assert all(len(words) <= 200 and words for words in findings.texts(one).faults)
    assert len(one.kinds) == len(one.faults)
    assert [each.severity for each in one.faults] == sorted((each.severity for each in one.faults), reverse=True)
    if one.leaf:
        assert WORST[one.grade] == max((each.severity for each in one.faults), default=0)
    else:
        assert one.grade is Grade.UNSEEN
    assert EndpointHistory().after(one, now=NOW).scanned_at == NOW


def test_a_list_that_did_not_come_is_told_with_the_reason():
    url = "http://ca.test/list.crl"
    consulted = Consulted(failures={url: "the answer is larger than 10485760 bytes"})
    one = found(serving(A, chain(leaf(crls_at=(url,)), MIDDLE)), crls={}, consulted=consulted)

    assert message(one).endswith(
        "its authority's list could not be fetched (the answer is larger than 10485760 bytes)."
    )


class TestSeveralPaths:
    """Of all paths the best counts, also by what is known against one from elsewhere, wherever it was sent."""

    OTHER = pki.root(named("DigiNotar", "DigiNotar Root"))
    LIST = "http://ca.test/root.crl"
    FIRST = ROOT.authority("Issuing", crls_at=(LIST,))
    DISTRUSTED = OTHER.again(FIRST, not_after=NOW + 36500 * DAY)

    def judged(self, *sent: pki.Issuer, trusted: tuple[pki.Issuer, ...], crls: dict[str, Crl] | None = None) -> Finding:
        observation = ScanObservation(target=TARGET, addresses=(serving(A, chain(leaf(by=self.FIRST), *sent)),))
        anchors = TrustRoots((), [one.certificate for one in trusted])
        one = assessment.examine(observation, roots=anchors, now=NOW)
        assert crls is None or set(crls) <= set(one.crl_urls)
        return assessment.assess(one, crls=crls, now=NOW)

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_way_that_was_revoked_is_not_taken_where_there_is_another(self, *, turned: bool):
        another = pki.root("Another Root")
        again = another.again(self.FIRST)
        crls = {self.LIST: read_crl(revocation.crl(ROOT, [self.FIRST], span=revocation.Span.around(NOW)))}
        sent = (again, self.FIRST) if turned else (self.FIRST, again)

        one = self.judged(*sent, trusted=(ROOT, another), crls=crls)
        assert set(one.kinds) <= {FaultKind.WRONG_ORDER}
        assert one.ok
        assert FaultKind.REVOKED in self.judged(*sent, trusted=(ROOT,), crls=crls).kinds

    @pytest.mark.parametrize("turned", [False, True])
    @pytest.mark.parametrize("both", [False, True])
    def test_a_way_that_was_revoked_by_ocsp_is_none_either(self, *, turned: bool, both: bool):
        another, key = pki.root("Another Root"), pki.new_key()
        first = ROOT.authority("Crossed", key=key, ocsp_at=("http://ocsp.test/1",), crls_at=("ldap:///cn=list",))
        again = another.again(first, ocsp_at=("http://ocsp.test/2",))
        sent = (again, first) if turned else (first, again)
        observation = ScanObservation(target=TARGET, addresses=(serving(A, chain(leaf(by=first), *sent)),))
        anchors = TrustRoots((), (ROOT.certificate, another.certificate))
        one = assessment.examine(observation, roots=anchors, now=NOW)
        span = revocation.Span.around(NOW)
        said = {
            "http://ocsp.test/1": revocation.ocsp_response(first, ROOT, revoked=True, span=span),
            "http://ocsp.test/2": revocation.ocsp_response(again, another, revoked=both, span=span),
        }
        answers = {url: said[url[:18]] for url in one.ocsp_urls}

        assert len(answers) == 2
        found = assessment.assess(one, crls={}, consulted=Consulted(ocsp=answers), now=NOW)
        assert (FaultKind.REVOKED in found.kinds) is both

    def test_where_every_way_was_revoked_it_is_revoked(self):
        another, second = pki.root("Another Root"), "http://ca.test/another.crl"
        again = another.again(self.FIRST, crls_at=(second,))
        span = revocation.Span.around(NOW)
        crls = {
            self.LIST: read_crl(revocation.crl(ROOT, [self.FIRST], span=span)),
            second: read_crl(revocation.crl(another, [again], span=span)),
        }
        one = self.judged(self.FIRST, again, trusted=(ROOT, another), crls=crls)

        assert FaultKind.REVOKED in one.kinds

    @pytest.mark.parametrize("turned", [False, True])
    def test_a_way_to_a_root_that_is_distrusted_is_not_taken_where_there_is_another(self, *, turned: bool):
        sent = (self.DISTRUSTED, self.FIRST) if turned else (self.FIRST, self.DISTRUSTED)

        assert self.judged(*sent, trusted=(ROOT, self.OTHER)).ok
        assert FaultKind.DISTRUSTED in self.judged(*sent, trusted=(self.OTHER,)).kinds


class TestEndOfTheChain:
    SOON = ROOT.authority("Soon", not_after=NOW + 5 * HOUR)

    def under(self, middle: pki.Issuer) -> Finding:
        return found(serving(A, chain(leaf(NOW - 30 * DAY, by=middle), middle)))

    def test_the_end_that_counts_is_that_of_whatever_ends_first(self):
        one = self.under(self.SOON)

        assert one.not_after == NOW + 5 * HOUR
        assert (one.grade, one.kinds) == (Grade.WARNED, (FaultKind.CHAIN_ENDING,))
        assert "CN=Soon" in message(one)

    def test_one_that_is_weeks_away_is_shown_and_no_fault_yet(self):
        later = ROOT.authority("Later", not_after=NOW + 20 * DAY)
        one = self.under(later)

        assert (one.grade, one.kinds, one.not_after) == (Grade.SOUND, (), NOW + 20 * DAY)
        assert message(one) == ("The chain is valid until 2026-12-13 12:00 UTC: Later ends before the certificate.")

    def test_nobody_looks_at_the_chain_where_a_record_binds_the_certificate(self):
        target = ScanTarget(host=HOST, port=25, protocol=Protocol.SMTP)
        sent = chain(leaf(NOW - 30 * DAY, by=self.SOON), self.SOON)
        record = f"3 0 1 {hashlib.sha256(sent[0]).hexdigest()}"
        policy = DnsPolicy(tlsa=(record,), tlsa_secure=True)
        one = found(serving(A, sent), target=target, dns_policy=policy)

        assert (one.kinds, one.early_issuer) == ((), None)
