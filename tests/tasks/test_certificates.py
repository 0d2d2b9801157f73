"""Certificates against the sandbox's TLS server: what is served is kept once, what changed is news, faults are told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

import settings
from db import alerts, clients, events, jobs, outbox
from db import endpoints as store
from db.clients import Client
from integrations.errors import Rejected
from rules.certificates import Fault
from rules.jobs import State
from sandbox import tls
from sandbox.behaviour import Behaviour
from sandbox.truth import Chain, Endpoint
from sandbox.world import STAFF, World
from tasks import alerts as telling
from tasks import certificates
from tests.support import ledger as do
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
    worker.drain(telling.tell)
    return job


def told() -> list[str]:
    """Return the subjects of the mails to staff that are in the outbox, oldest first."""
    mails = [outbox.get(one) for one in sorted(outbox.in_state(outbox.MailState.QUEUED))]
    return [one.subject for one in mails if one.recipient == STAFF]


def finding(endpoint_id: int):
    found = store.get(endpoint_id).known
    assert found
    return found


@pytest.mark.parametrize(
    ("chain", "days", "faults"),
    [
        (Chain.VALID, 80, ()),
        (Chain.EXPIRED, -2, (Fault.EXPIRED,)),
        (Chain.WRONG_HOST, 80, (Fault.WRONG_HOST,)),
        (Chain.SELF_SIGNED, 80, (Fault.SELF_SIGNED,)),
        (Chain.INCOMPLETE, 80, (Fault.INCOMPLETE_CHAIN,)),
    ],
)
def test_what_is_served_is_kept_with_its_faults(
    sandbox: Sandbox, worker: Worker, chain: Chain, days: float, faults: tuple[Fault, ...]
) -> None:
    one = truth(chain=chain, days=days)
    _, (endpoint_id,) = start(sandbox, one)
    assert scan(worker, endpoint_id).state is State.DONE
    found = finding(endpoint_id)
    assert (found.faults, found.ok, found.not_after) == (faults, not faults, one.not_after)
    assert store.get(endpoint_id).checked_at
    assert store.faults() == ({str(faults[0]): 1} if faults else {"none": 1})


def test_run_twice_it_has_one_effect(sandbox: Sandbox, worker: Worker) -> None:
    _, (endpoint_id,) = start(sandbox, truth(chain=Chain.WRONG_HOST, days=5))
    for _ in range(2):
        assert scan(worker, endpoint_id).state is State.DONE
    assert sorted(one.kind for one in alerts.open_()) == ["certificate_expiry", "certificate_fault"]
    assert len(told()) == 2
    assert [one.kind for one in events.of("endpoint", endpoint_id)] == ["fault_found"]


def test_a_renewed_certificate_is_news_and_clears_what_was_wrong(sandbox: Sandbox, worker: Worker) -> None:
    old = truth(chain=Chain.WRONG_HOST, days=5)
    world, (endpoint_id,) = start(sandbox, old)
    scan(worker, endpoint_id)
    renewed = truth(days=80)
    serve(world, renewed)
    scan(worker, endpoint_id)
    assert alerts.open_() == []
    found = {one.kind: (one.before, one.after) for one in events.of("endpoint", endpoint_id)}
    assert found["expiry_changed"] == (old.not_after.isoformat(), renewed.not_after.isoformat())
    assert found["fault_mended"] == ("wrong_host", None)
    assert "certificate_changed" in found
    serve(world, old)
    scan(worker, endpoint_id)
    assert len(told()) == 4, "what is wrong again is told again"


def test_each_stage_is_told_once_as_the_end_comes_nearer(sandbox: Sandbox, worker: Worker) -> None:
    one = truth(days=80)
    _, (endpoint_id,) = start(sandbox, one)
    for days, mails in [(80, 0), (59, 1), (40, 1), (29, 2), (13, 3), (6, 4), (0.5, 5), (-1, 6)]:
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
    second = truth(days=45)
    serve(world, second)
    scan(worker, endpoint_id)
    scan(worker, endpoint_id, at=second.not_after - timedelta(days=13))
    assert [one.stage for one in alerts.open_()] == [14]
    assert f"{second.not_after:%Y-%m-%d}" in told()[-1]


@pytest.mark.parametrize("behaviour", [Behaviour.HANG_UP, Behaviour.GARBAGE, Behaviour.SILENT])
def test_an_endpoint_in_trouble_is_a_finding_and_an_alert_until_it_is_back(
    sandbox: Sandbox, worker: Worker, behaviour: Behaviour
) -> None:
    world, (endpoint_id,) = start(sandbox, truth())
    scan(worker, endpoint_id)
    world.tls.conduct.default = behaviour
    with settings.override(scan_deadline_s=0.5):
        assert scan(worker, endpoint_id).state is State.DONE
    assert not finding(endpoint_id).ok
    assert [one.kind for one in alerts.open_()] == ["certificate_fault"]
    world.tls.conduct.default = Behaviour.NORMAL
    scan(worker, endpoint_id)
    assert alerts.open_() == []
    assert "fault_mended" in {one.kind for one in events.of("endpoint", endpoint_id)}


def test_an_endpoint_whose_fault_is_another_now_is_told_anew(sandbox: Sandbox, worker: Worker) -> None:
    world, (endpoint_id,) = start(sandbox, truth(chain=Chain.WRONG_HOST))
    scan(worker, endpoint_id)
    serve(world, truth(chain=Chain.SELF_SIGNED))
    scan(worker, endpoint_id)
    (alert,) = alerts.open_()
    assert dict(alert.facts)["Found"] == "self_signed"
    assert len(told()) == 2


def test_an_address_that_is_not_public_is_refused_for_good(sandbox: Sandbox, worker: Worker) -> None:
    world, _ = start(sandbox, truth())
    client_id, _ = clients.add(Client(name="Bakery", email="bakery@bakery.test"))
    endpoint_id, _ = store.add("169.254.169.254", 80, client_id=client_id)
    job = scan(worker, endpoint_id)
    assert job.state is State.FAILED
    assert job.error
    assert "Forbidden" in job.error
    assert world.tls.connections == 0
    with pytest.raises(Rejected):
        certificates.look("169.254.169.254", 80)


def test_every_endpoint_is_scanned_and_each_once_though_two_runs_begin_at_once(
    sandbox: Sandbox, worker: Worker
) -> None:
    truths = [truth(f"www.d{number}.test", chain=Chain.EXPIRING, days=3) for number in range(4)]
    start(sandbox, *truths)
    for _ in range(2):
        worker.perform(certificates.scan_all)
    assert len(jobs.newest(task="certificates.scan")) == 4
    worker.drain(certificates.scan, telling.tell)
    assert store.faults() == {"none": 4}
    assert len(told()) == 4


def test_one_that_was_scanned_before_a_crash_is_scanned_again_without_harm(sandbox: Sandbox, worker: Worker) -> None:
    """The scan is convergent: an attempt that died before its commit leaves nothing behind."""
    one = truth(days=5)
    _, (endpoint_id,) = start(sandbox, one)
    with do.undone():
        certificates.scan(endpoint_id=endpoint_id)
    assert store.get(endpoint_id).known is None
    assert alerts.open_() == []
    scan(worker, endpoint_id)
    assert replace(finding(endpoint_id), message="").not_after == one.not_after
    assert len(told()) == 1
