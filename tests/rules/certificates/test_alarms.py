"""What staff are told of: ends by what renews them, faults once they are certain."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.certificates import alarms
from rules.certificates.alarms import CertificateAlarm, CertificateAlarmKind
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.faults import FaultKind, Severity, fault
from rules.certificates.finding import ChainRole
from rules.certificates.history import EndpointHistory
from rules.checks.alarms import Urgency
from rules.checks.changes import Change
from tests.rules.certificates.findings import DAY, HOUR, MINUTE, NOW, SILENT, address_finding, finding, leaf, scanned
from wording.certificates import certificate_alarms

NAME = "www.agency.test:443"
A = "192.0.2.1"
YEAR = 398 * DAY


def history_of(left: timedelta, *, life: timedelta = YEAR, issuer: str = "CN=A CA") -> EndpointHistory:
    return scanned(finding(address_finding(A, leaf(begins=NOW + left - life, life=life, issuer=issuer))))


def raised(history: EndpointHistory, **other: object) -> tuple[CertificateAlarm, ...]:
    return alarms.alarms(history, now=NOW, **other)  # type: ignore[arg-type] - warn_at alone


def headline(alarm: CertificateAlarm) -> str:
    return certificate_alarms.headline(alarm, NAME)


@pytest.mark.parametrize(
    ("left", "stage", "urgency"),
    [
        (59 * DAY, 60, Urgency.SOON),
        (29 * DAY, 30, Urgency.SOON),
        (13 * DAY, 14, Urgency.SOON),
        (6 * DAY, 7, Urgency.URGENT),
        (36 * HOUR, 3, Urgency.CRITICAL),
        (-HOUR, 0, Urgency.CRITICAL),
    ],
)
def test_what_people_renew_is_told_in_stages(left: timedelta, stage: int, urgency: Urgency):
    (alarm,) = raised(history_of(left))

    assert (alarm.kind, alarm.stage, alarm.urgency) == (CertificateAlarmKind.EXPIRY, stage, urgency)
    assert certificate_alarms.what_to_do(alarm)


def test_headlines_name_the_endpoint_and_the_day():
    assert headline(raised(history_of(29 * DAY))[0]) == "The certificate of www.agency.test:443 expires on 2026-12-22"
    assert headline(raised(history_of(-2 * DAY))[0]) == "The certificate of www.agency.test:443 expired on 2026-11-21"


def test_the_stages_of_a_client_count():
    assert raised(history_of(80 * DAY), warn_at=(90, 10))[0].stage == 90
    assert raised(history_of(59 * DAY), warn_at=(10,)) == ()


@pytest.mark.parametrize(
    ("life", "left"), [(90 * DAY, 29 * DAY), (90 * DAY, 25 * DAY), (47 * DAY, 14 * DAY), (160 * HOUR, 60 * HOUR)]
)
def test_what_a_program_renews_is_no_alarm_while_it_is_due(life: timedelta, left: timedelta):
    assert raised(history_of(left, life=life)) == ()


@pytest.mark.parametrize(
    ("life", "left", "stage"), [(90 * DAY, 20 * DAY, 30), (47 * DAY, 10 * DAY, 14), (160 * HOUR, 30 * HOUR, 3)]
)
def test_what_a_program_renews_is_an_alarm_once_it_is_late(life: timedelta, left: timedelta, stage: int):
    (alarm,) = raised(history_of(left, life=life))

    assert (alarm.kind, alarm.stage) == (CertificateAlarmKind.EXPIRY, stage)
    assert "late" in headline(alarm)
    assert "no successor" in certificate_alarms.what_to_do(alarm)


def test_while_its_successor_is_rolled_out_it_is_not_late():
    differs = fault(FaultKind.ADDRESSES_DIFFER, severity=Severity.NOTE)
    old = leaf(begins=NOW - 85 * DAY)

    assert raised(scanned(finding(address_finding(A, old)))) != ()
    assert (
        raised(scanned(finding(address_finding(A, old), address_finding("192.0.2.2", leaf("new")), faults=(differs,))))
        == ()
    )


def test_a_fault_is_told_with_how_to_mend_it():
    wrong = fault(FaultKind.WRONG_HOST, "names", names=("b.test",), more=0, host="a.test")
    (alarm,) = raised(scanned(finding(address_finding(A, leaf(), wrong))))

    assert (alarm.kind, alarm.stage, alarm.urgency) == (CertificateAlarmKind.FAULT, None, Urgency.CRITICAL)
    assert headline(alarm) == "www.agency.test:443: The certificate is for b.test, not for a.test"
    assert "names this host" in certificate_alarms.what_to_do(alarm)


def test_several_faults_are_one_alarm():
    faults = (fault(FaultKind.WRONG_HOST), fault(FaultKind.WEAK_KEY), fault(FaultKind.WRONG_ORDER))
    (alarm,) = raised(scanned(finding(address_finding(A, leaf(), *faults))))

    assert headline(alarm).endswith("(2 more)")


def test_a_warning_is_less_urgent():
    (alarm,) = raised(scanned(finding(address_finding(A, leaf(), fault(FaultKind.WRONG_ORDER)))))

    assert alarm.urgency is Urgency.SOON


def test_notes_and_the_end_are_no_faults_to_tell():
    faults = (fault(FaultKind.CAA_MISMATCH), fault(FaultKind.EXPIRED), fault(FaultKind.RENEWAL_LATE))

    assert raised(scanned(finding(address_finding(A, leaf(), *faults)))) == ()


def test_one_lost_packet_is_no_alarm_and_clears_none():
    history = scanned(finding(address_finding(A, None, SILENT)))

    assert raised(history) == ()
    assert alarms.undecided(history) == {CertificateAlarmKind.EXPIRY, CertificateAlarmKind.FAULT}


def test_silence_that_lasts_is_an_alarm():
    silent = finding(address_finding(A, None, SILENT))

    assert raised(scanned(silent, silent, every=5 * MINUTE)) == ()
    (alarm,) = raised(scanned(silent, silent, every=10 * MINUTE))
    assert alarm.kind is CertificateAlarmKind.FAULT
    assert headline(alarm) == "www.agency.test:443: The server does not answer: connection refused"


def test_another_fault_of_a_server_is_an_alarm_at_once():
    assert raised(scanned(finding(address_finding(A, None, fault(FaultKind.NOT_TLS))))) != ()


def test_a_fault_that_cannot_be_seen_now_keeps_its_alarm():
    history = scanned(
        finding(address_finding(A, leaf(), fault(FaultKind.WRONG_HOST))), finding(address_finding(A, None, SILENT))
    )

    assert raised(history) == ()
    assert CertificateAlarmKind.FAULT in alarms.undecided(history)


def test_a_fault_of_an_address_that_is_silent_now_keeps_its_alarm():
    wrong, sound = fault(FaultKind.WRONG_HOST), address_finding("192.0.2.2", leaf())
    history = scanned(
        finding(address_finding(A, leaf(), wrong), sound), finding(address_finding(A, None, SILENT), sound)
    )

    assert raised(history) == ()
    assert alarms.undecided(history) == {CertificateAlarmKind.FAULT}


def test_what_was_seen_to_be_sound_is_decided():
    assert alarms.undecided(scanned(finding(address_finding(A, leaf())))) == frozenset()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (Change(CertificateChangeKind.EXPIRY_CHANGED, "2026", "2027"), CertificateAlarmKind.EXPIRY),
        (Change(CertificateChangeKind.FAULT_FOUND, None, "wrong_host"), CertificateAlarmKind.FAULT),
        (Change(CertificateChangeKind.FAULT_MENDED, "wrong_host", None), CertificateAlarmKind.FAULT),
        (Change(CertificateChangeKind.FAULT_FOUND, None, "expired"), None),
        (Change(CertificateChangeKind.FAULT_FOUND, None, "renewal_late"), None),
        (Change(CertificateChangeKind.CERTIFICATE_CHANGED, "a", "b"), None),
    ],
)
def test_an_alarm_about_something_else_is_told_anew(change: Change, kind: CertificateAlarmKind | None):
    assert alarms.outdated(change) is kind


lengths = st.timedeltas(min_value=HOUR, max_value=500 * DAY)


@given(life=lengths, first=st.floats(0, 1.1), later=st.floats(0, 1.1))
def test_stages_only_fall_while_time_passes(life: timedelta, first: float, later: float):
    history = scanned(finding(address_finding(A, leaf(begins=NOW, life=life, issuer="CN=A CA"))))
    first, later = sorted((first, later))
    found, found_later = (alarms.alarms(history, now=NOW + share * life) for share in (first, later))

    if found:
        assert [one.kind for one in found_later] == [CertificateAlarmKind.EXPIRY]
        assert (found_later[0].stage if found_later[0].stage is not None else 999) <= (
            found[0].stage if found[0].stage is not None else 999
        )
        assert found_later[0].urgency >= found[0].urgency


@given(kinds=st.sets(st.sampled_from(FaultKind)))
def test_there_is_one_alarm_of_each_kind_with_something_to_do(kinds: set[FaultKind]):
    found = raised(scanned(finding(address_finding(A, leaf(), *map(fault, sorted(kinds))))))

    assert len({one.kind for one in found}) == len(found)
    assert all(certificate_alarms.headline(one, NAME) and certificate_alarms.what_to_do(one) for one in found)


def under(left: timedelta, *, role: ChainRole = ChainRole.INTERMEDIATE, **of_leaf: Any) -> EndpointHistory:
    """Return what is known of an endpoint whose issuer has so much left, and its leaf 60 days more."""
    life = 90 * DAY
    one = leaf(begins=NOW + left + 60 * DAY - life, life=life, **of_leaf)
    issuer = leaf("ca", begins=NOW - YEAR, life=YEAR + left, role=role, subject="CN=Intermediate 1", names=())
    return scanned(finding(replace(address_finding(A, one), early_issuer=issuer)))


@pytest.mark.parametrize(
    ("left", "stage", "urgency"),
    [
        (29 * DAY, 30, Urgency.SOON),
        (6 * DAY, 7, Urgency.URGENT),
        (5 * HOUR, 1, Urgency.CRITICAL),
        (-HOUR, 0, Urgency.CRITICAL),
    ],
)
def test_an_issuer_that_ends_before_its_leaf_is_told_at_the_usual_stages(left: timedelta, stage: int, urgency: Urgency):
    (alarm,) = raised(under(left))

    assert (alarm.kind, alarm.stage, alarm.urgency) == (CertificateAlarmKind.EXPIRY, stage, urgency)
    assert "Intermediate 1" in headline(alarm)
    assert f"{NOW + left:%Y-%m-%d}" in headline(alarm)
    assert "intermediate" in certificate_alarms.what_to_do(alarm)


def test_an_issuers_end_is_told_once_and_not_as_a_fault_too():
    before = under(-HOUR).finding
    assert before
    expired = fault(FaultKind.EXPIRED_ISSUER, "issuer", subject="CN=Intermediate 1", not_after=NOW.isoformat())

    assert len(raised(scanned(finding(replace(before.addresses[0], faults=(expired,)))))) == 1


def test_a_leaf_that_is_late_is_told_beside_an_issuer_that_ends_first():
    one = leaf(begins=NOW - 82 * DAY, life=90 * DAY)
    issuer = leaf("ca", begins=NOW - YEAR, life=YEAR + 5 * DAY, role=ChainRole.INTERMEDIATE, subject="CN=I")
    (alarm,) = raised(scanned(finding(replace(address_finding(A, one), early_issuer=issuer))))

    assert headline(alarm).startswith("The chain of")
    assert "no successor" in certificate_alarms.what_to_do(alarm)


def test_an_issuer_that_ends_in_a_year_leaves_the_leaf_its_own_alarm():
    one = leaf(begins=NOW - 82 * DAY, life=90 * DAY)
    late = scanned(finding(address_finding(A, one)))
    far = leaf("ca", begins=NOW - YEAR, life=2 * YEAR, role=ChainRole.INTERMEDIATE, subject="CN=I")
    with_far = scanned(finding(replace(address_finding(A, one), early_issuer=far)))

    assert list(map(headline, raised(with_far))) == list(map(headline, raised(late)))
