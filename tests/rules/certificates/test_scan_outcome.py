"""What follows from a scan: history, changes, the next scan and alarms, decided at once."""

from rules.certificates import scan_outcome
from rules.certificates.alarms import CertificateAlarmKind
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.faults import FaultKind, fault
from rules.certificates.history import EndpointHistory
from rules.certificates.next_scan import ScanReason
from tests.rules.certificates.findings import DAY, NOW, SILENT, address_finding, finding, leaf, scanned

A = "192.0.2.1"
WRONG = finding(address_finding(A, leaf(), fault(FaultKind.WRONG_HOST, "names")))


def test_of_a_first_scan_with_a_fault_all_follows_at_once():
    found = scan_outcome.of_scan(EndpointHistory(), WRONG, jitter=0, now=NOW)

    assert (found.at, found.finding, found.history) == (NOW, WRONG, EndpointHistory().after(WRONG, now=NOW))
    assert [one.kind for one in found.changes] == [CertificateChangeKind.FAULT_FOUND]
    assert [one.fingerprint for one in found.served] == [leaf().fingerprint]
    assert (found.next_scan.reason, found.next_scan.at > NOW) == (ScanReason.REFUSED, True)
    assert [one.kind for one in found.alarms] == [CertificateAlarmKind.FAULT]
    assert CertificateAlarmKind.EXPIRY in found.over


def test_what_was_served_before_is_not_served_now():
    found = scan_outcome.of_scan(
        scanned(WRONG, last=NOW - DAY), finding(address_finding(A, leaf("02"))), jitter=0, now=NOW
    )

    assert [one.fingerprint for one in found.served] == [leaf("02").fingerprint]
    assert len(found.history.served) == 2


def test_silence_ends_no_alert():
    found = scan_outcome.of_scan(
        scanned(WRONG, last=NOW - DAY), finding(address_finding(A, None, SILENT)), jitter=0, now=NOW
    )

    assert (found.alarms, found.over, found.served) == ((), frozenset(), ())
