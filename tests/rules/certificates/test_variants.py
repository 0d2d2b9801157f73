"""Several certificates at one address: of machines behind it, and of both kinds of key."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import pytest

from rules.certificates import assessment, scan_outcome, variants
from rules.certificates.alarms import CertificateAlarmKind
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.faults import FaultKind, Severity, fault
from rules.certificates.finding import AddressFinding, ChainRole, Finding
from rules.certificates.history import EndpointHistory
from rules.certificates.next_scan import ScanReason
from rules.certificates.scan_outcome import ScanOutcome
from tests.rules.certificates.findings import DAY, HOUR, NOW, SILENT, address_finding, finding, leaf
from wording.certificates import certificate_facts, findings

A = "192.0.2.1"
OLD, NEW = leaf("old", begins=NOW - 93 * DAY), leaf("new", begins=NOW - 20 * DAY)
OWN, OTHERS = leaf("own", begins=NOW - 3 * DAY), leaf("other", begins=NOW - 2 * DAY)
EXPIRED = fault(FaultKind.EXPIRED, "leaf", not_after=OLD.not_after.isoformat() if OLD.not_after else "")
ENDED, SOUND = address_finding(A, OLD, EXPIRED), address_finding(A, NEW)


def scans(
    shown: Iterable[AddressFinding | tuple[AddressFinding, ...]], *, asked: Iterable[str] = (), at: datetime = NOW
) -> list[ScanOutcome]:
    """Return what follows from scans that see this, one each hour."""
    history, outcomes, asked = EndpointHistory(), list[ScanOutcome](), frozenset(asked)
    for number, one in enumerate(shown):
        rows = one if isinstance(one, tuple) else (one,)
        known = variants.with_unseen(rows, kinds_asked=asked, history=history)
        found = finding(*known, faults=assessment.summed(known), kinds_asked=bool(asked))
        outcomes.append(scan_outcome.of_scan(history, found, jitter=0, now=at + number * HOUR))
        history = outcomes[-1].history
    return outcomes


def toggles(outcomes: Iterable[ScanOutcome], kind: CertificateAlarmKind) -> tuple[int, int]:
    """Return how often an alert of a kind opens and closes, as ``alerts.reconcile`` does that."""
    opened = closed = 0
    is_open = False
    for one in outcomes:
        if is_open and kind in one.over:
            is_open, closed = False, closed + 1
        if not is_open and kind in {alarm.kind for alarm in one.alarms}:
            is_open, opened = True, opened + 1
    return opened, closed


def last(outcomes: list[ScanOutcome]) -> Finding:
    return outcomes[-1].finding


def rows(outcome: ScanOutcome) -> tuple[AddressFinding, ...]:
    """Return what is known of the address after a scan, without how often and what it showed before."""
    return tuple(replace(one, shown_before=(), times_met=1) for one in outcome.finding.addresses)


def test_a_renewal_is_a_renewal_however_often_it_is_seen():
    outcomes = scans([ENDED, SOUND, SOUND, SOUND])

    assert rows(outcomes[-1]) == (SOUND,)
    assert toggles(outcomes, CertificateAlarmKind.EXPIRY) == (1, 1)


def test_a_certificate_that_comes_back_was_not_replaced():
    outcomes = scans([SOUND, ENDED, SOUND])
    found = last(outcomes)

    said = {one.kind: findings.sentence(one, found.addresses) for one in found.faults}
    assert found.leaf == OLD
    assert said.keys() == {FaultKind.EXPIRED, FaultKind.MACHINES_DIFFER}
    assert said[FaultKind.EXPIRED] == (
        "1 of 2 certificates (another machine): the certificate expired on 2026-11-20 12:00 UTC."
    )
    assert said[FaultKind.MACHINES_DIFFER].startswith("Machines behind this address serve different")


@pytest.mark.parametrize("first", [ENDED, SOUND], ids=["first", "later"])
def test_one_of_three_machines_that_was_left_out_is_told_of_once_or_twice(first: AddressFinding):
    told = list[tuple[int, int]]()
    for seed in range(40):
        chance = random.Random(seed)
        met = [first, *(chance.choice((ENDED, SOUND, SOUND)) for _ in range(60))]
        told.append(toggles(scans([*met, *[SOUND] * 50]), CertificateAlarmKind.EXPIRY))

    assert max(opened for opened, _ in told) <= 3
    looks_renewed = first is ENDED  # its first change is what a renewal looks like
    assert sum(opened <= 1 + looks_renewed for opened, _ in told) >= 36
    assert all(opened == closed for opened, closed in told), "it is over once it was mended"


def test_one_of_three_machines_in_turn_is_told_of_once():
    outcomes = scans([ENDED, SOUND, SOUND] * 20)

    assert toggles(outcomes, CertificateAlarmKind.EXPIRY) == (2, 1), "the first change looks like a renewal"
    assert all(one.finding.not_after == OLD.not_after for one in outcomes[3:])
    news = [change.kind for one in outcomes[4:] for change in one.changes]
    assert news == []


def test_it_is_over_once_several_scans_in_a_row_have_missed_it():
    outcomes = scans([ENDED, SOUND, ENDED, *[SOUND] * 12])

    left = [len(one.finding.addresses) for one in outcomes[3:]]
    assert left[:4] == [2, 2, 2, 2]
    assert left[-1] == 1
    assert toggles(outcomes, CertificateAlarmKind.EXPIRY)[1] == 2
    assert CertificateChangeKind.FAULT_MENDED in {change.kind for one in outcomes[4:] for change in one.changes}


def test_machines_of_which_each_has_its_own_certificate_are_a_note():
    own, others = address_finding(A, OWN), address_finding(A, OTHERS)
    (found,) = last(scans([own, others, own])).faults

    assert (found.kind, found.severity) == (FaultKind.MACHINES_DIFFER, Severity.NOTE)


def test_what_an_address_does_not_say_is_not_remembered_of_it():
    assert rows(scans([SOUND, ENDED, SOUND, address_finding(A, None, SILENT)])[-1]) == (
        address_finding(A, None, SILENT),
    )


MUTE = address_finding(A, None, SILENT)


@pytest.mark.parametrize("seed", range(5))
def test_one_of_three_machines_that_does_not_answer_is_told_of_once(seed: int):
    chance = random.Random(seed)
    met = [MUTE, SOUND, MUTE, SOUND, *(chance.choice((MUTE, SOUND, SOUND)) for _ in range(60))]
    outcomes = scans([*met, *[SOUND] * 30])

    opened, closed = toggles(outcomes, CertificateAlarmKind.FAULT)
    assert (opened, closed) == (1, 1)


def test_a_machine_that_does_not_answer_in_turn_is_told_of_until_several_scans_in_a_row_are_answered():
    flapping = scans([SOUND, SOUND, MUTE] * 20)
    mended = scans([*[SOUND, SOUND, MUTE] * 20, *[SOUND] * 9])

    assert toggles(flapping, CertificateAlarmKind.FAULT) == (1, 0)
    assert toggles(mended, CertificateAlarmKind.FAULT) == (1, 1)
    assert "1 of 2 machines (another machine): the server does not answer" in findings.message(last(flapping[:-1]))


@pytest.mark.parametrize("seed", range(5))
def test_one_that_does_not_answer_is_told_of_once_where_each_of_the_others_has_its_own_certificate(seed: int):
    own, others, chance = address_finding(A, OWN), address_finding(A, OTHERS), random.Random(seed)
    met = [own, MUTE, others, MUTE, *(chance.choice((own, MUTE, others)) for _ in range(60))]
    outcomes = scans([*met, *[own, others] * 15])

    assert toggles(outcomes, CertificateAlarmKind.FAULT) == (1, 1)


def test_a_server_that_was_down_is_told_to_be_up_at_once():
    outcomes = scans([SOUND, MUTE, MUTE, SOUND])

    assert toggles(outcomes, CertificateAlarmKind.FAULT) == (1, 1)
    assert last(outcomes).faults == ()


def test_silence_is_forgotten_once_an_address_has_answered_several_times_in_a_row():
    outcomes = scans([SOUND, MUTE, *[SOUND] * 6, MUTE, *[SOUND] * 6])

    assert toggles(outcomes, CertificateAlarmKind.FAULT) == (0, 0)
    reasons = [one.next_scan.reason for one in outcomes[1:8]]
    assert reasons == [ScanReason.SILENT, *[ScanReason.RECENTLY_SILENT] * 5, ScanReason.DAILY]


def faulty(kind: FaultKind, detail: str) -> AddressFinding:
    """Return what a machine shows that has the sound certificate, and another fault."""
    return replace(SOUND, faults=(fault(kind, detail, version="TLSv1", issuer="CN=R", reason="closed"),))


WHOLE = replace(SOUND, chain=(NEW, leaf("issuer", role=ChainRole.INTERMEDIATE)))
UNLIKE = {
    "no issuer": (WHOLE, faulty(FaultKind.INCOMPLETE_CHAIN, "no_issuer")),
    "old TLS": (SOUND, faulty(FaultKind.OLD_PROTOCOL, "version")),
    "no handshake": (SOUND, replace(faulty(FaultKind.HANDSHAKE_FAILED, "ended_early"), chain=())),
    "no TLS": (SOUND, replace(faulty(FaultKind.NOT_TLS, "ended_early"), chain=())),
    "another host": (SOUND, address_finding(A, OTHERS, fault(FaultKind.WRONG_HOST, "other", names=(), host="h"))),
    "RSA": (SOUND, address_finding(A, leaf("own", key="RSA-2048"), fault(FaultKind.WRONG_HOST, "other", host="h"))),
}


@pytest.mark.parametrize("machines", UNLIKE.values(), ids=UNLIKE)
def test_whatever_a_machine_shows_otherwise_than_another_is_told_of_once(machines: tuple[AddressFinding, ...]):
    chance = random.Random(3)
    outcomes = scans(chance.choice(machines) for _ in range(60))

    opened, closed = toggles(outcomes, CertificateAlarmKind.FAULT)
    assert (opened <= 2, closed <= 1) == (True, True)
    assert len(last(outcomes).addresses) == 2
    assert FaultKind.MACHINES_DIFFER in last(outcomes).kinds
    assert "Machines behind this address" in findings.message(last(outcomes))


@pytest.mark.parametrize("lasted", [1, 3])
def test_a_server_that_was_broken_and_mended_is_not_taken_for_two(lasted: int):
    sound, broken = UNLIKE["no issuer"]

    assert last(scans([sound, *[broken] * lasted, sound])).faults == ()


def test_a_machine_that_is_missed_with_its_fault_is_looked_for_each_hour():
    sound, refused = UNLIKE["another host"]
    found = scans([sound, refused, sound])[-1]
    assert (found.next_scan.at - found.at, found.next_scan.reason) == (HOUR, ScanReason.MACHINES)


RSA = replace(address_finding(A, leaf("rsa", begins=NOW - 80 * DAY, key="RSA-2048")), other_kind=True)


def test_the_other_kind_of_key_stays_until_it_is_asked_for_again():
    (once, *later) = scans([(SOUND, RSA), SOUND, SOUND])
    assert [rows(one) for one in later] == [(SOUND, replace(RSA, seen=False))] * 2
    assert once.finding.leaf == RSA.leaf
    assert [change for one in later for change in one.changes] == []
    assert rows(scans([(SOUND, RSA), SOUND], asked=[A])[-1]) == (SOUND,)


def test_the_other_kind_of_key_is_news_when_it_is_renewed():
    renewed = replace(address_finding(A, leaf("rsa 2", begins=NOW, key="RSA-2048")), other_kind=True)
    changes = scans([(SOUND, RSA), (SOUND, renewed)], asked=[A])[-1].changes

    assert changes[0].kind is CertificateChangeKind.CERTIFICATE_CHANGED
    assert changes[0].after == "serial rsa 2, RSA-2048, a new key"


def test_the_other_kind_of_key_is_asked_for_once_a_day_and_sooner_where_it_is_faulty():
    sound, faulty = finding(SOUND, RSA), finding(SOUND, replace(RSA, faults=(EXPIRED,)))

    assert variants.ask_kinds_at(sound, now=NOW) == NOW + 20 * HOUR
    assert variants.ask_kinds_at(faulty, now=NOW) == NOW


def test_each_certificate_of_an_address_is_called_by_its_kind():
    rows = (SOUND, RSA, address_finding("192.0.2.2", NEW))

    assert [certificate_facts.place(one, rows) for one in rows] == ["192.0.2.1 ECDSA", "192.0.2.1 RSA", "192.0.2.2"]
