"""Certificates against the sandbox's TLS server: what is served is kept once, what changed is news, faults are told."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from ssl import SSLContext
from typing import Any

import pytest
import time_machine

import settings
from db.ledger import jobs
from db.mail import outbox
from db.outside import downloads
from db.portfolio import alerts, clients, scans
from db.portfolio import endpoint_lists as views
from db.portfolio import endpoints as store
from db.portfolio.clients import Client
from integrations.errors import Unavailable
from rules.certificates import assessment
from rules.certificates.faults import FaultKind, Severity
from rules.certificates.observation import ScanObservation, ScanTarget
from rules.jobs import JobState
from sandbox import tls
from sandbox.behaviour import Behaviour
from sandbox.truth import Chain, Endpoint
from sandbox.world import STAFF, World
from tasks import certificates, outside
from tasks.certificates import scan_stream
from tests.support import ledger as do
from tests.support import stored_events
from tests.support.tellings import tell
from tests.support.worker import Worker

NOW = datetime.now(UTC).replace(microsecond=0)
Sandbox = Callable[..., World]


def truth(host: str = "www.bakery.test", *, chain: Chain = Chain.VALID, days: float = 80) -> Endpoint:
    end = NOW + timedelta(days=days)
    return Endpoint(host=host, client="Bakery", chain=chain, not_before=end - timedelta(days=90), not_after=end)


def start(sandbox: Sandbox, *truths: Endpoint) -> tuple[World, list[int]]:
    """Start a sandbox that serves endpoints, and enter them."""
    world = sandbox(endpoints=truths)
    client_id, _ = clients.add(Client(name="Bakery", email="bakery@bakery.test"))
    return world, [store.add(one.host, world.tls.port, client_id=client_id)[0] for one in truths]


def serve(world: World, one: Endpoint) -> None:
    """Have the server serve another certificate from now on."""
    world.tls._contexts.update(tls._contexts([one], world._authority))


def scan(worker: Worker, endpoint_id: int, *, at: datetime = NOW) -> jobs.Job:
    with time_machine.travel(at):
        job = worker.perform(certificates.scan, endpoint_id=endpoint_id)
        tell(worker)
    return job


def told() -> list[str]:
    """Return the subjects of the mails to staff that are in the outbox, oldest first."""
    mails = [outbox.get(one) for one in sorted(do.mails_in(outbox.MailState.QUEUED))]
    return [one.subject for one in mails if one.recipient == STAFF]


def finding(endpoint_id: int):
    found = store.get(endpoint_id).known
    assert found
    return found


def kinds(endpoint_id: int) -> tuple[FaultKind, ...]:
    """Return what has to be mended."""
    return tuple(one.kind for one in finding(endpoint_id).faults if one.severity > Severity.NOTE)


@pytest.mark.parametrize(
    ("chain", "days", "faults"),
    [
        (Chain.VALID, 80, ()),
        (Chain.EXPIRING, 5, (FaultKind.RENEWAL_LATE,)),
        (Chain.EXPIRED, -2, (FaultKind.EXPIRED,)),
        (Chain.WRONG_HOST, 80, (FaultKind.WRONG_HOST,)),
        (Chain.SELF_SIGNED, 80, (FaultKind.SELF_SIGNED,)),
        (Chain.INCOMPLETE, 80, (FaultKind.INCOMPLETE_CHAIN,)),
    ],
)
def test_what_is_served_is_kept_with_its_faults(
    sandbox: Sandbox, worker: Worker, chain: Chain, days: float, faults: tuple[FaultKind, ...]
) -> None:
    one = truth(chain=chain, days=days)
    _, (endpoint_id,) = start(sandbox, one)
    assert scan(worker, endpoint_id).state is JobState.DONE
    found = finding(endpoint_id)
    assert (kinds(endpoint_id), found.ok, found.not_after) == (faults, not faults, one.not_after)
    assert store.get(endpoint_id).checked_at
    assert [one.address for one in found.addresses] == ["127.0.0.1"]
    (scanned,) = views.scans(endpoint_id)
    assert (scanned.ok, scanned.grade) == (not faults, found.grade)


def test_run_twice_it_has_one_effect(sandbox: Sandbox, worker: Worker) -> None:
    _, (endpoint_id,) = start(sandbox, truth(chain=Chain.WRONG_HOST, days=5))
    for _ in range(2):
        assert scan(worker, endpoint_id).state is JobState.DONE
    assert sorted(one.kind for one in alerts.open_()) == ["certificate_expiry", "certificate_fault"]
    assert [subject.partition(":")[0] for subject in told()] == ["2 alerts"]
    assert [one.kind for one in stored_events.of("endpoint", endpoint_id)] == ["fault_found"] * 2
    assert set(kinds(endpoint_id)) == {FaultKind.WRONG_HOST, FaultKind.RENEWAL_LATE}


def test_a_renewed_certificate_is_news_and_clears_what_was_wrong(sandbox: Sandbox, worker: Worker) -> None:
    old = truth(chain=Chain.WRONG_HOST, days=5)
    world, (endpoint_id,) = start(sandbox, old)
    scan(worker, endpoint_id)
    renewed = truth(days=80)
    serve(world, renewed)
    scan(worker, endpoint_id)
    assert alerts.open_() == []
    found = {one.kind: (one.before, one.after) for one in stored_events.of("endpoint", endpoint_id)}
    assert found["expiry_changed"] == (old.not_after.isoformat(), renewed.not_after.isoformat())
    assert found["fault_mended"][1] is None
    assert {one.before for one in stored_events.of("endpoint", endpoint_id) if one.kind == "fault_mended"} == {
        "wrong_host",
        "renewal_late",
    }
    assert "certificate_changed" in found
    serve(world, old)
    scan(worker, endpoint_id)
    assert sorted(one.kind for one in alerts.open_()) == ["certificate_expiry", "certificate_fault"]
    assert len(told()) == 1, "it was hardly gone"
    for number, times in enumerate((2, 3, 3)):
        for hours, served in ((2, renewed), (4, old)):
            serve(world, served)
            scan(worker, endpoint_id, at=NOW + timedelta(hours=4 * number + hours))
        assert len(told()) == times, "what is back after a calm while is told again, until it flaps"


def test_each_stage_is_told_once_as_the_end_comes_nearer(sandbox: Sandbox, worker: Worker) -> None:
    """A program renews this one after two thirds of its lifetime, so nothing is told before that is overdue."""
    one = truth(days=80)
    _, (endpoint_id,) = start(sandbox, one)
    for days, mails in [(80, 0), (59, 0), (25, 0), (20, 1), (16, 1), (13, 2), (6, 3), (0.5, 4), (-1, 5)]:
        for _ in range(2):
            scan(worker, endpoint_id, at=one.not_after - timedelta(days=days))
            expiry = [subject for subject in told() if "certificate of" in subject]
            assert len(expiry) == mails, f"{days} days before the end: {expiry}"
    assert f"expired on {one.not_after:%Y-%m-%d}" in told()[-1]


def test_certificates_that_live_for_weeks_are_told_of_anew_after_each_renewal(sandbox: Sandbox, worker: Worker) -> None:
    first = truth(days=5)
    world, (endpoint_id,) = start(sandbox, first)
    scan(worker, endpoint_id)
    assert len(told()) == 1
    second = truth(days=80)
    serve(world, second)
    scan(worker, endpoint_id)
    scan(worker, endpoint_id, at=second.not_after - timedelta(days=13))
    assert [one.stage for one in alerts.open_()] == [14]
    assert f"{second.not_after:%Y-%m-%d}" in told()[-1]


@pytest.mark.parametrize(
    ("behaviour", "fault"), [(Behaviour.GARBAGE, FaultKind.NOT_TLS), (Behaviour.THROTTLE, FaultKind.HANDSHAKE_FAILED)]
)
def test_an_endpoint_in_trouble_is_a_finding_and_an_alert_until_it_is_back(
    sandbox: Sandbox, worker: Worker, behaviour: Behaviour, fault: FaultKind
) -> None:
    world, (endpoint_id,) = start(sandbox, truth())
    scan(worker, endpoint_id)
    world.tls.conduct.default = behaviour
    assert scan(worker, endpoint_id, at=NOW + timedelta(minutes=1)).state is JobState.DONE
    assert kinds(endpoint_id) == (fault,)
    assert [one.kind for one in alerts.open_()] == ["certificate_fault"]
    world.tls.conduct.default = Behaviour.NORMAL
    scan(worker, endpoint_id, at=NOW + timedelta(minutes=2))
    assert alerts.open_() == []
    assert "fault_mended" in {one.kind for one in stored_events.of("endpoint", endpoint_id)}


def test_silence_is_told_once_it_has_lasted_and_is_scanned_apart(sandbox: Sandbox, worker: Worker) -> None:
    world, (endpoint_id,) = start(sandbox, truth())
    scan(worker, endpoint_id)
    world.tls.conduct.default = Behaviour.SILENT
    with settings.override(scan_deadline_s=0.5):
        scan(worker, endpoint_id, at=NOW + timedelta(minutes=1))
        assert (kinds(endpoint_id), store.get(endpoint_id).slow) == ((FaultKind.UNREACHABLE,), True)
        assert alerts.open_() == [], "a packet may have been lost"
        due = store.get(endpoint_id).next_scan_at
        assert due
        assert due - NOW < timedelta(minutes=15)
        scan(worker, endpoint_id, at=NOW + timedelta(minutes=15))
    assert [one.kind for one in alerts.open_()] == ["certificate_fault"]
    world.tls.conduct.default = Behaviour.NORMAL
    scan(worker, endpoint_id, at=NOW + timedelta(minutes=20))
    assert (alerts.open_(), store.get(endpoint_id).slow) == ([], False)


@pytest.mark.parametrize(("left_out", "most_openings"), [("silent", 1), ("expired", 2)])
def test_of_three_machines_behind_one_address_the_one_that_was_left_out_is_told_of_until_it_is_mended(
    sandbox: Sandbox, worker: Worker, left_out: str, most_openings: int
) -> None:
    """The first change from an expired certificate looks like a renewal: that opening ends, and the next one stays."""
    world, (endpoint_id,) = start(sandbox, truth())
    one, another, old = (tls._contexts([truth(days=days)], world._authority) for days in (80, 79, -3))
    left = None if left_out == "silent" else old
    opened, turns = [False], count()

    def scan_each(machines: Iterable[Mapping[str, SSLContext] | None]) -> None:
        for machine in machines:
            world.tls.conduct.default = Behaviour.NORMAL if machine else Behaviour.SILENT
            world.tls._contexts.update(machine or {})
            with settings.override(scan_deadline_s=30 if machine else 0.5):
                scan(worker, endpoint_id, at=NOW + timedelta(hours=next(turns)))
            opened.append(bool(alerts.open_()))

    scan_each([one, another, left] * 4)
    was_open = opened[-1]
    scan_each([one, another] * 6)
    openings = sum(now and not before for before, now in pairwise(opened))
    assert (was_open, opened[-1]) == (True, False)
    assert 1 <= openings <= most_openings


def test_an_endpoint_whose_fault_is_another_now_is_told_anew(sandbox: Sandbox, worker: Worker) -> None:
    world, (endpoint_id,) = start(sandbox, truth(chain=Chain.WRONG_HOST))
    scan(worker, endpoint_id)
    serve(world, truth(chain=Chain.SELF_SIGNED))
    scan(worker, endpoint_id)
    (alert,) = alerts.open_()
    assert dict(alert.facts)["Found"] == "self_signed"
    assert alert.what_to_do
    assert len(told()) == 2


def test_an_address_that_is_not_public_is_our_own_trouble_and_no_fault(sandbox: Sandbox, worker: Worker) -> None:
    world, _ = start(sandbox, truth())
    client_id, _ = clients.add(Client(name="Bakery", email="bakery@bakery.test"))
    endpoint_id, _ = store.add("169.254.169.254", 80, client_id=client_id)
    assert scan(worker, endpoint_id).state is JobState.DONE
    found = store.get(endpoint_id)
    assert (found.known, found.failures) == (None, 1)
    assert found.failure
    assert "not a public address" in found.failure
    assert (alerts.open_(), stored_events.of("endpoint", endpoint_id)) == ([], [])
    assert world.tls.connections == 0
    with pytest.raises(Unavailable, match="not a public address"):
        certificates.scan_now(ScanTarget(host="169.254.169.254", port=80))


def test_our_own_trouble_leaves_alerts_as_they_are(sandbox: Sandbox, worker: Worker) -> None:
    _, (endpoint_id,) = start(sandbox, truth(chain=Chain.WRONG_HOST))
    scan(worker, endpoint_id)
    with settings.override(allowed_networks=()):
        outside.guard.cache_clear()
        scan(worker, endpoint_id)
    assert [one.kind for one in alerts.open_()] == ["certificate_fault"]
    assert store.get(endpoint_id).failures == 1
    assert kinds(endpoint_id) == (FaultKind.WRONG_HOST,)


def test_every_endpoint_is_scanned_and_each_once_though_two_runs_begin_at_once(
    sandbox: Sandbox, worker: Worker
) -> None:
    truths = [truth(f"www.d{number}.test", chain=Chain.EXPIRING, days=3) for number in range(4)]
    world, ids = start(sandbox, *truths)
    for task in (certificates.scan_due, certificates.scan_all, certificates.scan_due):
        worker.perform(task)
    (batch,) = jobs.newest(task="certificates.scan_batch")
    assert batch.args == {"endpoint_ids": ids}
    worker.drain(certificates.scan_batch)
    tell(worker)
    assert world.tls.connections == 4 * 2, "one for each kind of key"
    assert {kinds(one) for one in ids} == {(FaultKind.RENEWAL_LATE,)}
    assert [subject.partition(":")[0] for subject in told()] == ["4 alerts"]
    worker.perform(certificates.scan_due)
    assert len(jobs.newest(task="certificates.scan_batch")) == 1, "nothing is due so soon"
    worker.perform(certificates.scan_all)
    assert len(jobs.newest(task="certificates.scan_batch")) == 2


def test_those_that_keep_us_waiting_are_a_batch_of_their_own_behind_the_others(
    sandbox: Sandbox, worker: Worker
) -> None:
    truths = [truth(f"www.d{number}.test") for number in range(5)]
    world, ids = start(sandbox, *truths)
    for number in (0, 3):
        world.tls.conduct.by_name[truths[number].host] = Behaviour.SILENT
    with settings.override(scan_deadline_s=1.5):
        worker.perform(certificates.scan_all)
        worker.drain(certificates.scan_batch)
    worker.perform(certificates.scan_all)
    slow, quick, _first = jobs.newest(task="certificates.scan_batch")
    assert quick.args == {"endpoint_ids": [ids[1], ids[2], ids[4]]}
    assert slow.args == {"endpoint_ids": [ids[0], ids[3]]}


def test_one_that_is_silent_does_not_hold_back_what_the_others_showed(
    sandbox: Sandbox, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    truths = [truth(f"www.d{number}.test") for number in range(3)]
    world, ids = start(sandbox, *truths)
    world.tls.conduct.by_name[truths[0].host] = Behaviour.SILENT
    ends: list[list[bool]] = []
    save = scans.save

    def counted(*args: Any, **given: Any) -> Any:
        ends.append([store.get(one).known is not None for one in ids])
        return save(*args, **given)

    monkeypatch.setattr(scans, "save", counted)
    with settings.override(scan_deadline_s=1.5):
        assert worker.perform(certificates.scan_batch, endpoint_ids=ids).state is JobState.DONE
    assert ends[-1] == [False, True, True]
    assert kinds(ids[0]) == (FaultKind.UNREACHABLE,)


def test_a_batch_without_any_endpoint_left_is_done(sandbox: Sandbox, worker: Worker) -> None:
    _, (endpoint_id,) = start(sandbox, truth())
    store.remove(endpoint_id)
    assert worker.perform(certificates.scan_batch, endpoint_ids=[endpoint_id, 999]).state is JobState.DONE


def test_an_endpoint_that_is_removed_while_it_is_scanned_is_passed_over(
    sandbox: Sandbox, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    truths = [truth(f"www.d{number}.test") for number in range(3)]
    _, ids = start(sandbox, *truths)
    judge = scan_stream.assess

    def judged(*args: Any, **given: Any) -> Any:
        store.remove(ids[1])
        return judge(*args, **given)

    monkeypatch.setattr(scan_stream, "assess", judged)
    assert worker.perform(certificates.scan_batch, endpoint_ids=ids).state is JobState.DONE
    assert [kinds(ids[0]), kinds(ids[2])] == [(), ()]
    assert views.scans(ids[1]) == []


@pytest.mark.parametrize("moment", ["examine", "assess"])
def test_a_bug_that_one_certificate_brings_to_light_costs_no_other_its_scan(
    sandbox: Sandbox, worker: Worker, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    truths = [truth(f"www.d{number}.test") for number in range(3)]
    _, ids = start(sandbox, *truths)
    judge = getattr(assessment, moment)

    def judged(given: Any, **others: Any) -> Any:
        observation = given if isinstance(given, ScanObservation) else given.observation
        if observation.target.host == truths[1].host:
            raise ZeroDivisionError("a bug")
        return judge(given, **others)

    monkeypatch.setattr(assessment, moment, judged)
    assert worker.perform(certificates.scan_batch, endpoint_ids=ids).state is JobState.DONE
    assert [store.get(one).failure for one in ids] == [None, "a bug of ours: ZeroDivisionError", None]
    assert [store.get(one).known is None for one in ids] == [False, True, False]


def test_an_attempt_that_dies_between_groups_keeps_what_was_recorded_and_is_made_again(
    sandbox: Sandbox, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    truths = [truth(f"www.d{number}.test", chain=Chain.WRONG_HOST) for number in range(3)]
    _, ids = start(sandbox, *truths)
    monkeypatch.setattr(scan_stream, "_GROUP", 1)
    judge, times = scan_stream.assess, iter(range(10))

    def judged(*args: Any, **given: Any) -> Any:
        if next(times) == 2:
            raise Unavailable("the power went out")
        return judge(*args, **given)

    monkeypatch.setattr(scan_stream, "assess", judged)
    job = worker.perform(certificates.scan_batch, endpoint_ids=ids)
    assert (job.state, job.failures) == (JobState.QUEUED, 1)
    assert sum(store.get(one).known is not None for one in ids) == 2
    assert worker.run(job.id).state is JobState.DONE
    tell(worker)
    assert {kinds(one) for one in ids} == {(FaultKind.WRONG_HOST,)}
    assert [len(stored_events.of("endpoint", one)) for one in ids] == [1, 1, 1]
    assert [subject.partition(":")[0] for subject in told()] == ["3 alerts"]


def test_one_that_was_scanned_before_a_crash_is_scanned_again_without_harm(sandbox: Sandbox, worker: Worker) -> None:
    """The scan is convergent: an attempt that died before its commit leaves nothing behind."""
    one = truth(days=5)
    _, (endpoint_id,) = start(sandbox, one)
    with do.undone():
        certificates.scan(endpoint_id=endpoint_id)
    assert store.get(endpoint_id).known is None
    assert alerts.open_() == []
    scan(worker, endpoint_id)
    assert finding(endpoint_id).not_after == one.not_after
    assert len(told()) == 1


def test_what_an_endpoint_serves_now_is_seen_without_a_database(sandbox: Sandbox) -> None:
    world, _ = start(sandbox, truth())
    seen = certificates.scan_now(ScanTarget(host="www.bakery.test", port=world.tls.port))
    assert seen.finding.ok
    assert len(seen.observation.addresses[0].chain) == 2
    assert store.count() == 1
    assert downloads.kept(["http://anything.test/"]) == {}
