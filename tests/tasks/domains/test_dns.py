"""DNS facts against the sandbox's name servers: kept once, and what is broken is told unless it cannot work anyway."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from db.portfolio import alerts, domain_dns
from db.portfolio import domains as portfolio_domains
from rules.dns.issues import DnsIssueKind
from rules.domains.renewals import RenewalDecision
from rules.jobs import JobState
from sandbox import dns as sandbox_dns
from sandbox.world import World
from tasks import domains
from tasks.domains import dns
from tests.support.worker import Worker
from tests.tasks.domains.test_checks import start, truth

Sandbox = Callable[..., World]


def broken(world: World) -> None:
    """Have the parent zone forget every domain."""
    world.dns.zones = sandbox_dns.zones([])


def kinds(worker: Worker, domain_id: int) -> set[DnsIssueKind]:
    assert worker.perform(dns.read, domain_id=domain_id).state is JobState.DONE
    snapshot = domain_dns.get(domain_id)
    assert snapshot
    return {remark.kind for remark in snapshot.remarks}


def test_a_sound_domain_has_facts_and_no_alert(sandbox: Sandbox, worker: Worker) -> None:
    bakery = truth()
    _, (domain_id,) = start(sandbox, worker, bakery)
    worker.perform(domains.check, domain_id=domain_id)
    assert kinds(worker, domain_id) == set()
    snapshot = domain_dns.get(domain_id)
    assert snapshot
    assert snapshot.facts.delegated.values == bakery.nameservers
    assert alerts.open_() == []


def test_what_is_broken_is_told_once_and_cleared_when_it_is_mended(sandbox: Sandbox, worker: Worker) -> None:
    bakery = truth()
    world, (domain_id,) = start(sandbox, worker, bakery)
    worker.perform(domains.check, domain_id=domain_id)
    broken(world)
    for _ in range(2):
        assert kinds(worker, domain_id) == {DnsIssueKind.NOT_DELEGATED}
    (alert,) = alerts.open_()
    assert alert.kind == dns.ALERT
    assert alert.headline.startswith("bakery.test: ")
    world.dns.zones = sandbox_dns.zones([bakery])
    kinds(worker, domain_id)
    assert alerts.open_() == []


@pytest.mark.parametrize("decision", [RenewalDecision.LAPSE, RenewalDecision.DECLINED])
def test_one_that_is_to_lapse_may_be_broken(sandbox: Sandbox, worker: Worker, decision: RenewalDecision) -> None:
    bakery = truth()
    world, (domain_id,) = start(sandbox, worker, bakery)
    portfolio_domains.change(domain_id, {"decision": decision})
    worker.perform(domains.check, domain_id=domain_id)
    broken(world)
    assert kinds(worker, domain_id)
    assert alerts.open_() == []


def test_one_on_hold_is_not_told_a_second_time(sandbox: Sandbox, worker: Worker) -> None:
    held = replace(truth(), statuses=("clientHold",))
    _, (domain_id,) = start(sandbox, worker, held)
    worker.perform(domains.check, domain_id=domain_id)
    assert kinds(worker, domain_id) == {DnsIssueKind.NOT_DELEGATED}
    assert [one.kind for one in alerts.open_()] == ["domain_dark"]
