"""What is news between scans, and what is not."""

from dataclasses import replace
from datetime import timedelta

from rules.certificates.changes import CertificateChangeKind, changes
from rules.certificates.faults import FaultKind, Severity, fault
from rules.certificates.finding import ChainRole, Finding
from rules.certificates.history import EndpointHistory
from rules.checks.changes import Change
from tests.rules.certificates.findings import (
    DAY,
    DIGICERT,
    HOUR,
    MINUTE,
    NOW,
    SILENT,
    address_finding,
    finding,
    leaf,
    scanned,
)

A, B = "192.0.2.1", "192.0.2.2"
OLD = leaf("0a", begins=NOW - 60 * DAY)
NEW = leaf("0b", begins=NOW)
EXPIRED = fault(FaultKind.EXPIRED)


def news(*findings: Finding, every: timedelta = DAY) -> tuple[Change, ...]:
    """Return the news of the last of these scans."""
    before = scanned(*findings[:-1], every=every, last=NOW - every)
    return changes(before, before.after(findings[-1], now=NOW))


def all_news(*findings: Finding, every: timedelta = DAY) -> list[tuple[Change, ...]]:
    return [news(*findings[: number + 1], every=every) for number in range(len(findings))]


def test_a_first_scan_is_news_by_its_faults_alone():
    assert news(finding(address_finding(A, OLD))) == ()
    assert news(finding(address_finding(A, OLD, EXPIRED))) == (
        Change(CertificateChangeKind.FAULT_FOUND, None, "expired"),
    )


def test_a_renewal_says_serial_and_key_and_end():
    assert news(finding(address_finding(A, OLD)), finding(address_finding(A, NEW))) == (
        Change(CertificateChangeKind.CERTIFICATE_CHANGED, "serial 0a, EC-256", "serial 0b, EC-256, a new key"),
        Change(CertificateChangeKind.EXPIRY_CHANGED, "2026-12-23T12:00:00+00:00", "2027-02-21T12:00:00+00:00"),
    )


def test_a_key_that_is_kept_is_said_to_be():
    kept = leaf("0b", begins=NOW, key_id=OLD.key_id)

    assert (
        news(finding(address_finding(A, OLD)), finding(address_finding(A, kept)))[0].after
        == "serial 0b, EC-256, the same key"
    )


def test_another_authority_is_news_and_another_intermediate_is_not():
    other = leaf("0b", begins=NOW, issuer=DIGICERT)
    next_one = leaf("0b", begins=NOW, issuer="CN=R13,O=Let's Encrypt,C=US")

    assert CertificateChangeKind.ISSUER_CHANGED in {
        one.kind for one in news(finding(address_finding(A, OLD)), finding(address_finding(A, other)))
    }
    assert CertificateChangeKind.ISSUER_CHANGED not in {
        one.kind for one in news(finding(address_finding(A, OLD)), finding(address_finding(A, next_one)))
    }


def test_a_renewal_while_it_could_not_be_reached_is_news_afterwards():
    found = news(
        finding(address_finding(A, OLD)), finding(address_finding(A, None, SILENT)), finding(address_finding(A, NEW))
    )

    assert found[0].kind is CertificateChangeKind.CERTIFICATE_CHANGED


def test_the_same_certificate_again_is_no_news():
    assert news(finding(address_finding(A, OLD)), finding(address_finding(A, OLD))) == ()


def test_a_fault_is_found_once_and_mended_once():
    faulty, sound = finding(address_finding(A, OLD, EXPIRED)), finding(address_finding(A, OLD))

    assert all_news(faulty, faulty, sound, sound) == [
        (Change(CertificateChangeKind.FAULT_FOUND, None, "expired"),),
        (),
        (Change(CertificateChangeKind.FAULT_MENDED, "expired", None),),
        (),
    ]


def test_a_note_is_no_news():
    assert news(finding(address_finding(A, OLD)), finding(address_finding(A, OLD, fault(FaultKind.CAA_MISMATCH)))) == ()


def test_one_silent_scan_is_no_news():
    silent = finding(address_finding(A, None, SILENT))

    assert all_news(finding(address_finding(A, OLD)), silent, finding(address_finding(A, OLD)), every=5 * MINUTE) == [
        (),
        (),
        (),
    ]


def test_silence_that_lasts_is_news_and_so_is_its_end():
    silent = finding(address_finding(A, None, SILENT))

    assert all_news(silent, silent, silent, finding(address_finding(A, OLD)), every=5 * MINUTE) == [
        (),
        (),
        (Change(CertificateChangeKind.FAULT_FOUND, None, "unreachable"),),
        (Change(CertificateChangeKind.FAULT_MENDED, "unreachable", None),),
    ]


def test_addresses_that_are_silent_in_turn_are_no_news():
    one = finding(address_finding(A, None, SILENT), address_finding(B, OLD))
    other = finding(address_finding(A, OLD), address_finding(B, None, SILENT))

    assert all_news(one, other, one, other, every=HOUR) == [(), (), (), ()]


def test_a_fault_that_cannot_be_seen_any_more_is_not_mended_until_it_is_seen_to_be():
    silent = finding(address_finding(A, None, SILENT))
    told = all_news(finding(address_finding(A, OLD, EXPIRED)), silent, silent, finding(address_finding(A, NEW)))

    assert told[1] == ()
    assert told[2] == (Change(CertificateChangeKind.FAULT_FOUND, None, "unreachable"),)
    assert {one.before for one in told[3] if one.kind is CertificateChangeKind.FAULT_MENDED} == {
        "expired",
        "unreachable",
    }


def test_a_fault_of_one_address_is_not_mended_by_the_others():
    before = finding(address_finding(A, OLD, EXPIRED), address_finding(B, NEW))
    silent = finding(address_finding(A, None, SILENT), address_finding(B, NEW))
    gone = finding(address_finding(B, NEW))

    elsewhere = finding(address_finding(B, None, SILENT))

    assert CertificateChangeKind.FAULT_MENDED not in {one.kind for one in news(before, silent)}
    assert CertificateChangeKind.FAULT_MENDED not in {one.kind for one in news(before, elsewhere)}
    assert Change(CertificateChangeKind.FAULT_MENDED, "expired", None) in news(before, gone)


def test_a_port_that_speaks_tls_again_is_mended_and_a_silent_one_is_not():
    not_tls = finding(address_finding(A, None, fault(FaultKind.NOT_TLS)))
    mended = Change(CertificateChangeKind.FAULT_MENDED, "not_tls", None)

    assert mended in news(not_tls, finding(address_finding(A, OLD)))
    assert mended not in news(not_tls, finding(address_finding(A, None, SILENT)))


def differing(severity: Severity, *, certificates=(OLD, NEW)) -> Finding:
    told = fault(FaultKind.ADDRESSES_DIFFER, severity=severity)
    return finding(address_finding(A, certificates[0]), address_finding(B, certificates[1]), faults=(told,))


def test_a_rollout_begins_and_ends():
    both = finding(address_finding(A, OLD), address_finding(B, OLD))
    done = finding(address_finding(A, NEW), address_finding(B, NEW))
    noted = differing(Severity.NOTE)
    told = all_news(both, noted, noted, done, every=HOUR)

    assert told[1] == (Change(CertificateChangeKind.ROLLOUT_BEGAN, None, "serial 0b, EC-256"),)
    assert told[2] == ()
    assert [one.kind for one in told[3]] == [
        CertificateChangeKind.CERTIFICATE_CHANGED,
        CertificateChangeKind.EXPIRY_CHANGED,
        CertificateChangeKind.ROLLOUT_ENDED,
    ]


def test_a_rollout_that_is_stuck_is_a_fault_in_the_end():
    told = all_news(differing(Severity.NOTE), differing(Severity.WARNING), every=HOUR)

    assert Change(CertificateChangeKind.FAULT_FOUND, None, "addresses_differ") in told[1]


def test_a_rollout_does_not_end_while_an_address_is_silent():
    silent = finding(address_finding(A, None, SILENT), address_finding(B, NEW))

    assert CertificateChangeKind.ROLLOUT_ENDED not in {one.kind for one in news(differing(Severity.NOTE), silent)}


def test_another_of_several_known_certificates_is_no_news():
    """A content network answers from other addresses each time, each with a certificate of its own."""
    here = leaf("0a", names=("one.test",))
    there = leaf("0b", names=("two.test",))

    assert (
        news(finding(address_finding(A, here)), finding(address_finding(B, there)), finding(address_finding(A, here)))
        == ()
    )


def test_going_back_to_the_former_certificate_is_news():
    kinds = [
        one.kind
        for one in news(
            finding(address_finding(A, OLD)), finding(address_finding(A, NEW)), finding(address_finding(A, OLD))
        )
    ]

    assert CertificateChangeKind.CERTIFICATE_CHANGED in kinds


def test_only_so_many_certificates_are_remembered():
    history = EndpointHistory()
    for number in range(100):
        history = history.after(finding(address_finding(A, leaf(f"{number}"))), now=NOW + number * DAY)

    assert len(history.served) == 60
    assert history.served[0].fingerprint == "print of 99"


def test_a_certificate_is_remembered_from_its_first_sight_to_its_last():
    (one,) = scanned(
        finding(address_finding(A, OLD)), finding(address_finding(A, None, SILENT)), finding(address_finding(A, OLD))
    ).served

    assert (one.first_seen_at, one.last_seen_at) == (NOW - 2 * DAY, NOW)


def test_another_end_of_the_chain_is_news_where_the_certificate_is_the_same():
    issuer = leaf("ca", begins=NOW - 300 * DAY, life=305 * DAY, role=ChainRole.INTERMEDIATE)
    early = finding(replace(address_finding(A, OLD), early_issuer=issuer))

    assert all_news(finding(address_finding(A, OLD)), early, finding(address_finding(A, OLD)))[1:] == [
        (Change(CertificateChangeKind.EXPIRY_CHANGED, "2026-12-23T12:00:00+00:00", "2026-11-28T12:00:00+00:00"),),
        (Change(CertificateChangeKind.EXPIRY_CHANGED, "2026-11-28T12:00:00+00:00", "2026-12-23T12:00:00+00:00"),),
    ]
