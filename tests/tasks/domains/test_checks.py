"""Domains against the sandbox's registries: what is found is kept once, what changed is news, what lapses is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

import settings
from db.billing import subscriptions
from db.billing.subscriptions import Subscription
from db.ledger import jobs
from db.mail import outbox
from db.outside import shared_texts
from db.portfolio import alerts, clients, domain_lists
from db.portfolio import domains as portfolio_domains
from db.portfolio.clients import Client
from rules.domains.lifecycle import LifecycleStage
from rules.domains.records import Answer
from rules.domains.renewals import RenewalDecision
from rules.jobs import AttemptOutcome, JobState
from sandbox.behaviour import Behaviour
from sandbox.truth import Domain, RegistryState, Speaks
from sandbox.world import STAFF, World
from tasks import domains
from tasks.domains import registries
from tests.support import ledger as do
from tests.support import stored_events
from tests.support.tellings import tell
from tests.support.worker import Worker

NOW = datetime.now(UTC).replace(microsecond=0)
Sandbox = Callable[..., World]


def truth(name: str = "bakery.test", *, days: float = 400, speaks: Speaks = Speaks.RDAP) -> Domain:
    return Domain(
        name=name,
        client="Bakery",
        speaks=speaks,
        registration=RegistryState.REGISTERED,
        registrar="Sandbox Names Ltd",
        created=NOW - timedelta(days=900),
        updated=NOW - timedelta(days=90),
        expires=NOW + timedelta(days=days),
        nameservers=("ns1.dns.test", "ns2.dns.test"),
        statuses=("ok",),
    )


def entered(one: Domain) -> int:
    """Enter a domain as its owner would."""
    client_id, _ = clients.add(Client(name="Bakery", email="bakery@bakery.test"))
    return portfolio_domains.add(one.name, client_id=client_id)[0]


def start(sandbox: Sandbox, worker: Worker, *truths: Domain) -> tuple[World, list[int]]:
    """Start a sandbox over domains, enter them, and fetch the list of RDAP servers."""
    world = sandbox(domains=truths)
    assert worker.perform(domains.refresh_servers).state is JobState.DONE
    return world, [entered(one) for one in truths]


def known(domain_id: int):
    return portfolio_domains.get(domain_id).known


def told() -> list[str]:
    """Return the subjects of the mails to staff that are in the outbox, oldest first."""
    ids = sorted(do.mails_in(outbox.MailState.QUEUED))
    return [outbox.get(one).subject for one in ids if outbox.get(one).recipient == STAFF]


class TestCheck:
    @pytest.mark.parametrize("speaks", Speaks)
    def test_what_the_registry_says_is_kept(self, sandbox: Sandbox, worker: Worker, speaks: Speaks) -> None:
        bakery = truth("bakery.test" if speaks is Speaks.RDAP else "bakery.example", speaks=speaks)
        _, (domain_id,) = start(sandbox, worker, bakery, truth("other.test"))[0], [entered(bakery)]
        assert worker.perform(domains.check, domain_id=domain_id).state is JobState.DONE
        found = known(domain_id)
        assert (found.answer, found.statements["registrar"].source) == (Answer.REGISTERED, speaks)
        assert found.registrar == bakery.registrar
        assert (found.created, found.expires, found.nameservers) == (
            bakery.created, bakery.expires, bakery.nameservers,
        )  # fmt: skip
        assert portfolio_domains.get(domain_id).checked_at
        assert stored_events.count() == 0, "a first check is no news"

    def test_run_twice_it_has_one_effect(self, sandbox: Sandbox, worker: Worker) -> None:
        _, (domain_id,) = start(sandbox, worker, truth(days=5))
        for _ in range(2):
            assert worker.perform(domains.check, domain_id=domain_id).state is JobState.DONE
        tell(worker)
        assert len(alerts.open_()) == 1
        assert len(told()) == 1
        assert stored_events.count() == 0

    def test_a_change_is_an_event_with_before_and_after(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth()
        world, (domain_id,) = start(sandbox, worker, bakery)
        worker.perform(domains.check, domain_id=domain_id)
        moved = replace(
            bakery, registrar="Loopback Registrar GmbH", statuses=("clientHold",), nameservers=("ns.b.test",)
        )
        world.rdap.domains[bakery.name] = moved
        worker.perform(domains.check, domain_id=domain_id)
        found = {one.kind: (one.before, one.after) for one in stored_events.of("domain", domain_id)}
        assert found == {
            "registrar_changed": ("Sandbox Names Ltd", "Loopback Registrar GmbH"),
            "status_added": (None, "clientHold"),
            "nameservers_changed": ("ns1.dns.test, ns2.dns.test", "ns.b.test"),
        }
        worker.perform(domains.check, domain_id=domain_id)
        assert stored_events.count() == 3, "the same again is no news"

    def test_a_name_that_was_dropped_and_one_that_is_back_are_news(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth()
        world, (domain_id,) = start(sandbox, worker, bakery)
        worker.perform(domains.check, domain_id=domain_id)
        world.rdap.domains[bakery.name] = replace(bakery, registration=RegistryState.AVAILABLE)
        worker.perform(domains.check, domain_id=domain_id)
        assert known(domain_id).answer is Answer.AVAILABLE
        world.rdap.domains[bakery.name] = bakery
        worker.perform(domains.check, domain_id=domain_id)
        kinds = [(one.kind, one.before, one.after) for one in stored_events.of("domain", domain_id)]
        assert sorted(kinds) == [("back", "available", "registered"), ("gone", "registered", "available")]

    def test_what_rdap_leaves_out_is_asked_of_whois(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth()
        world, (domain_id,) = start(sandbox, worker, replace(bakery, expires=None))
        world.whois._domains[bakery.name] = bakery
        for _ in range(2):
            assert worker.perform(domains.check, domain_id=domain_id).state is JobState.DONE
        found = known(domain_id)
        assert (found.statements["registrar"].source, found.statements["expires"].source) == ("rdap", "whois")
        assert found.expires == bakery.expires
        assert world.whois.requests[bakery.name] == 2, "it is asked as long as it helps"

    def test_where_whois_is_silent_too_it_is_left_alone(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = replace(truth(), expires=None)
        world, (domain_id,) = start(sandbox, worker, bakery)
        world.whois._domains[bakery.name] = bakery
        for _ in range(2):
            assert worker.perform(domains.check, domain_id=domain_id).state is JobState.DONE
        assert world.whois.requests[bakery.name] == 1

    def test_the_registrys_own_date_is_kept_beside_a_later_one_by_hand(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth(days=10)
        world, (domain_id,) = start(sandbox, worker, bakery)
        worker.perform(domains.check, domain_id=domain_id)
        later = (NOW + timedelta(days=375)).date()
        portfolio_domains.change(domain_id, {"expires_by_hand": later})
        world.rdap.domains[bakery.name] = replace(bakery, expires=None)
        worker.perform(domains.check, domain_id=domain_id)
        found = portfolio_domains.get(domain_id)
        assert found.expiry is not None
        assert (found.expiry.at.date(), found.known.expires) == (later, bakery.expires)
        world.rdap.domains[bakery.name] = bakery
        worker.perform(domains.check, domain_id=domain_id)
        again = portfolio_domains.get(domain_id).expiry
        assert again is not None
        assert again.at == bakery.expires

    def test_where_rdap_is_in_trouble_whois_is_asked(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth()
        world, (domain_id,) = start(sandbox, worker, bakery)
        world.rdap.conduct.default = Behaviour.THROTTLE
        world.whois._domains[bakery.name] = bakery
        assert worker.perform(domains.check, domain_id=domain_id).state is JobState.DONE
        assert (known(domain_id).statements["expires"].source, known(domain_id).expires) == ("whois", bakery.expires)

    def test_a_domain_that_does_not_exist_is_no_ones_work(self, worker: Worker) -> None:
        job = worker.perform(domains.check, domain_id=41)
        assert job.error == "LookupError: no domain has the id 41"


class TestSilence:
    @pytest.mark.parametrize("behaviour", [Behaviour.THROTTLE, Behaviour.HANG_UP, Behaviour.SILENT])
    def test_a_registry_that_says_nothing_leaves_the_last_known_good(
        self, sandbox: Sandbox, worker: Worker, behaviour: Behaviour
    ) -> None:
        bakery = truth("bakery.example", days=5, speaks=Speaks.WHOIS)
        world, (domain_id, _) = start(sandbox, worker, bakery, truth("other.test"))
        worker.perform(domains.check, domain_id=domain_id)
        before = portfolio_domains.get(domain_id)
        world.whois._registry.conduct.default = behaviour
        with settings.override(lookup_deadline_s=0.3):
            job = worker.perform(domains.check, domain_id=domain_id)
        parked = behaviour is Behaviour.THROTTLE
        assert (job.state, job.failures) == (JobState.QUEUED, 0 if parked else 1), "being refused is no failure"
        after = portfolio_domains.get(domain_id)
        assert (after.known, after.checked_at) == (before.known, before.checked_at)
        assert after.failure
        assert stored_events.count() == 0
        assert len(alerts.open_()) == 1, "what lapses still lapses"

    def test_a_registry_that_nobody_heard_yet_is_a_failure_and_no_record(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world, (domain_id, _) = start(sandbox, worker, truth("bakery.example", speaks=Speaks.WHOIS), truth("b.test"))
        world.whois._registry.conduct.default = Behaviour.HANG_UP
        worker.perform(domains.check, domain_id=domain_id)
        shown = portfolio_domains.get(domain_id)
        assert (shown.checked_at, known(domain_id).answer, shown.failures) == (None, None, 1)
        assert shown.failure
        assert "hung up" in shown.failure
        world.whois._registry.conduct.default = Behaviour.NORMAL
        worker.perform(domains.check, domain_id=domain_id)
        shown = portfolio_domains.get(domain_id)
        assert (shown.failure, known(domain_id).answer) == (None, Answer.REGISTERED)
        assert stored_events.count() == 0

    def test_a_check_that_nobody_answers_is_tried_again_and_then_dead(self, sandbox: Sandbox, worker: Worker) -> None:
        world, (domain_id, _) = start(sandbox, worker, truth("bakery.example", speaks=Speaks.WHOIS), truth("b.test"))
        world.whois._registry.conduct.default = Behaviour.HANG_UP
        job = worker.perform(domains.check, domain_id=domain_id)
        for _ in range(domains.check.attempts - 1):
            job = worker.run(job.id)
        assert job.state is JobState.DEAD
        assert [one.outcome for one in jobs.attempts(job.id)] == [*[AttemptOutcome.RETRIED] * 4, AttemptOutcome.DEAD]

    def test_however_often_a_lookup_is_refused_it_waits_and_never_dies(self, sandbox: Sandbox, worker: Worker) -> None:
        world, (domain_id, _) = start(sandbox, worker, truth("bakery.example", speaks=Speaks.WHOIS), truth("b.test"))
        world.whois._registry.conduct.default = Behaviour.THROTTLE
        job = worker.perform(domains.check, domain_id=domain_id)
        for _ in range(domains.check.attempts + 1):
            job = worker.run(job.id)
        assert (job.state, job.attempts, job.failures) == (JobState.QUEUED, 0, 0)
        assert "asked too often" in (job.waits_for or "")

    def test_what_nobody_understands_is_kept_as_it_came_and_what_was_known_stays(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        bakery = truth("bakery.example", speaks=Speaks.WHOIS)
        world, (domain_id, _) = start(sandbox, worker, bakery, truth("other.test"))
        worker.perform(domains.check, domain_id=domain_id)
        world.whois._registry.conduct.default = Behaviour.GARBAGE
        assert worker.perform(domains.check, domain_id=domain_id).state is JobState.DONE
        assert known(domain_id).expires == bakery.expires
        assert portfolio_domains.get(domain_id).failure == "unparsable"
        assert stored_events.count() == 0


class TestExpiry:
    def check(self, worker: Worker, domain_id: int, *, at: datetime = NOW) -> list[str]:
        """Check a domain at some time, have staff told, and return all that they were told so far."""
        with time_machine.travel(at):
            assert worker.perform(domains.check, domain_id=domain_id).state is JobState.DONE
            tell(worker)
        return told()

    def test_each_stage_is_told_once_as_the_end_comes_nearer(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth(days=400)
        _, (domain_id,) = start(sandbox, worker, bakery)
        assert bakery.expires
        stages = [(400, 0), (61, 0), (59, 1), (40, 1), (29, 2), (20, 2), (13, 3), (6, 4), (3, 5), (0.5, 6), (-1, 7)]
        for days, mails in stages:
            for _ in range(2):
                mails_so_far = self.check(worker, domain_id, at=bakery.expires - timedelta(days=days))
                assert len(mails_so_far) == mails, f"{days} days before the end: {mails_so_far}"
        assert len(alerts.open_()) == 1
        assert told()[-1] == f"Domain: bakery.test expired on {bakery.expires:%Y-%m-%d}"

    def test_a_renewal_clears_the_alert_and_the_next_lapse_is_told_anew(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth(days=5)
        world, (domain_id,) = start(sandbox, worker, bakery)
        assert len(self.check(worker, domain_id)) == 1
        renewed = truth(days=370)
        world.rdap.domains[bakery.name] = renewed
        self.check(worker, domain_id)
        assert alerts.open_() == []
        assert renewed.expires
        assert len(self.check(worker, domain_id, at=renewed.expires - timedelta(days=5))) == 2
        assert [one.stage for one in alerts.open_()] == [7]

    def test_a_renewal_that_is_itself_short_begins_the_stages_anew(self, sandbox: Sandbox, worker: Worker) -> None:
        world, (domain_id,) = start(sandbox, worker, truth(days=5))
        assert len(self.check(worker, domain_id)) == 1
        world.rdap.domains["bakery.test"] = renewed = truth(days=35)
        assert renewed.expires
        assert f"expires on {renewed.expires:%Y-%m-%d}" in self.check(worker, domain_id)[-1]
        assert len(self.check(worker, domain_id, at=renewed.expires - timedelta(days=13))) == 3
        assert [one.stage for one in alerts.open_()] == [14]

    def test_an_end_that_is_corrected_to_be_sooner_is_told_with_its_new_date(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world, (domain_id,) = start(sandbox, worker, truth(days=13))
        self.check(worker, domain_id)
        world.rdap.domains["bakery.test"] = corrected = truth(days=9)
        assert f"expires on {corrected.expires:%Y-%m-%d}" in self.check(worker, domain_id)[-1]
        assert len(alerts.open_()) == 1

    def test_the_headline_says_what_lapses_when_and_whose_it_is(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth(days=5)
        _, (domain_id,) = start(sandbox, worker, bakery)
        worker.perform(domains.check, domain_id=domain_id)
        (alert,) = alerts.open_()
        assert alert.headline == f"bakery.test expires on {bakery.expires:%Y-%m-%d}"
        assert dict(alert.facts)["Client"] == "Bakery"
        assert dict(alert.facts)["Registrar"] == "Sandbox Names Ltd"
        assert (alert.kind, alert.stage, alert.client_name) == ("domain_expiry", 7, "Bakery")

    def test_an_answer_without_a_date_says_nothing_and_the_alert_stays(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth(days=5)
        world, (domain_id,) = start(sandbox, worker, bakery)
        worker.perform(domains.check, domain_id=domain_id)
        world.rdap.domains[bakery.name] = replace(bakery, expires=None)
        worker.perform(domains.check, domain_id=domain_id)
        assert known(domain_id).expires == bakery.expires
        assert len(alerts.open_()) == 1


class TestGone:
    def test_two_sources_in_one_lookup_settle_it(self, sandbox: Sandbox, worker: Worker) -> None:
        world, (domain_id,) = start(sandbox, worker, truth())
        worker.perform(domains.check, domain_id=domain_id)
        world.rdap.domains["bakery.test"] = replace(truth(), registration=RegistryState.AVAILABLE)
        worker.perform(domains.check, domain_id=domain_id)
        assert known(domain_id).answer is Answer.AVAILABLE
        assert [one.source for one in domain_lists.answers(domain_id)[:2]] == ["whois", "rdap"]
        assert [one.kind for one in alerts.open_()] == ["domain_gone"]

    def test_one_source_alone_is_a_doubt_until_it_says_so_again_later(self, sandbox: Sandbox, worker: Worker) -> None:
        world, (domain_id,) = start(sandbox, worker, truth())
        worker.perform(domains.check, domain_id=domain_id)
        world.rdap.domains["bakery.test"] = replace(truth(), registration=RegistryState.AVAILABLE)
        world.whois._registry.conduct.default = Behaviour.HANG_UP
        worker.perform(domains.check, domain_id=domain_id)
        doubted = portfolio_domains.get(domain_id)
        assert (known(domain_id).answer, stored_events.count(), alerts.open_()) == (Answer.REGISTERED, 0, [])
        assert doubted.registration.doubted
        assert doubted.next_check
        assert doubted.next_check.at - NOW < timedelta(hours=2)
        with time_machine.travel(doubted.next_check.at):
            worker.perform(domains.check, domain_id=domain_id)
        assert known(domain_id).answer is Answer.AVAILABLE
        assert [one.kind for one in stored_events.of("domain", domain_id)] == ["gone"]

    def test_a_name_that_nobody_has_registered_is_an_alarm_unless_it_is_to_lapse(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        free = replace(truth(), registration=RegistryState.AVAILABLE)
        _, (domain_id,) = start(sandbox, worker, free)
        worker.perform(domains.check, domain_id=domain_id)
        assert [one.kind for one in alerts.open_()] == ["domain_gone"]
        portfolio_domains.change(domain_id, {"decision": RenewalDecision.LAPSE})
        worker.perform(domains.judge, domain_id=domain_id)
        assert alerts.open_() == []


class TestDecision:
    @pytest.mark.parametrize(
        ("decision", "stages"),
        [
            (RenewalDecision.UNDECIDED, [14]),
            (RenewalDecision.MANUAL, [14]),
            (RenewalDecision.AUTO, []),
            (RenewalDecision.DECLINED, []),
        ],
    )
    def test_what_was_decided_says_what_is_an_alarm(
        self, sandbox: Sandbox, worker: Worker, decision: RenewalDecision, stages: list[int]
    ) -> None:
        _, (domain_id,) = start(sandbox, worker, truth(days=12))
        portfolio_domains.change(domain_id, {"decision": decision})
        worker.perform(domains.check, domain_id=domain_id)
        assert [one.stage for one in alerts.open_()] == stages

    def test_what_renews_by_itself_and_has_not_is_told_at_last(self, sandbox: Sandbox, worker: Worker) -> None:
        _, (domain_id,) = start(sandbox, worker, truth(days=6))
        portfolio_domains.change(domain_id, {"decision": RenewalDecision.AUTO})
        worker.perform(domains.check, domain_id=domain_id)
        (alert,) = alerts.open_()
        assert "has not renewed by itself" in alert.headline
        tell(worker)
        (letter,) = do.mails_in(outbox.MailState.QUEUED)
        assert alert.what_to_do in " ".join(outbox.get(letter).text.split())

    def test_a_renewal_that_its_registry_made_by_itself_is_none(self, sandbox: Sandbox, worker: Worker) -> None:
        world, (domain_id,) = start(sandbox, worker, truth(days=0.5))
        worker.perform(domains.check, domain_id=domain_id)
        jumped = replace(truth(days=365.5), statuses=("autoRenewPeriod",))
        world.rdap.domains["bakery.test"] = jumped
        with time_machine.travel(NOW + timedelta(days=1)):
            worker.perform(domains.check, domain_id=domain_id)
            (alert,) = alerts.open_()
        assert (alert.kind, portfolio_domains.get(domain_id).stage) == (
            "domain_renewed",
            LifecycleStage.AUTO_RENEW_PERIOD,
        )
        assert "nothing is paid" in alert.headline
        kinds = {one.kind for one in stored_events.of("domain", domain_id)}
        assert {"auto_renewed", "status_added"} <= kinds
        assert "renewed" not in kinds

    def test_one_that_was_to_lapse_and_is_renewed_all_the_same_is_an_alarm(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        world, (domain_id,) = start(sandbox, worker, truth(days=10))
        worker.perform(domains.check, domain_id=domain_id)
        portfolio_domains.change(domain_id, {"decision": RenewalDecision.LAPSE})
        worker.perform(domains.judge, domain_id=domain_id)
        assert alerts.open_() == []
        world.rdap.domains["bakery.test"] = truth(days=375)
        worker.perform(domains.check, domain_id=domain_id)
        (alert,) = alerts.open_()
        assert (alert.kind, "although it was to lapse" in alert.headline) == ("domain_renewed", True)

    def test_the_domains_own_days_go_before_its_clients_and_those_before_the_default(
        self, sandbox: Sandbox, worker: Worker
    ) -> None:
        _, (domain_id,) = start(sandbox, worker, truth(days=85))
        worker.perform(domains.check, domain_id=domain_id)
        assert alerts.open_() == []
        clients.change(portfolio_domains.get(domain_id).client_id, alert_days=[90, 30])
        worker.perform(domains.judge, domain_id=domain_id)
        assert [one.stage for one in alerts.open_()] == [90]
        portfolio_domains.change(domain_id, {"alert_days": [88, 7]})
        worker.perform(domains.judge, domain_id=domain_id)
        assert [one.stage for one in alerts.open_()] == [88]


class TestOurOwnDate:
    def test_where_the_registry_states_no_end_a_persons_date_counts(self, sandbox: Sandbox, worker: Worker) -> None:
        _, (domain_id,) = start(sandbox, worker, replace(truth(), expires=None))
        worker.perform(domains.check, domain_id=domain_id)
        assert (portfolio_domains.get(domain_id).expiry, alerts.open_()) == (None, [])
        assert known(domain_id).silent["expires"]
        portfolio_domains.change(domain_id, {"expires_by_hand": (NOW + timedelta(days=20)).date()})
        worker.perform(domains.judge, domain_id=domain_id)
        shown = portfolio_domains.get(domain_id)
        assert shown.expiry
        assert (shown.expiry.statement.source, known(domain_id).expires) == ("hand", None)
        (alert,) = alerts.open_()
        assert "by our own records" in alert.headline
        assert [one.id for one in portfolio_domains.lapsing(until=NOW + timedelta(days=30))] == [domain_id]

    def test_one_that_is_entered_while_the_registry_is_asked_stands(
        self, sandbox: Sandbox, worker: Worker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _, (domain_id,) = start(sandbox, worker, replace(truth(), expires=None))
        look_up = registries.look_up

        def interrupted(*args: Any, **options: Any) -> registries.Lookup:
            lookup = look_up(*args, **options)
            portfolio_domains.change(domain_id, {"expires_by_hand": (NOW + timedelta(days=20)).date()})
            return lookup

        monkeypatch.setattr(registries, "look_up", interrupted)
        worker.perform(domains.check, domain_id=domain_id)
        assert [one.id for one in portfolio_domains.lapsing(until=NOW + timedelta(days=30))] == [domain_id]

    def test_the_registrys_own_date_goes_before_it(self, sandbox: Sandbox, worker: Worker) -> None:
        bakery = truth()
        _, (domain_id,) = start(sandbox, worker, bakery)
        portfolio_domains.change(domain_id, {"expires_by_hand": NOW.date()})
        worker.perform(domains.check, domain_id=domain_id)
        shown = portfolio_domains.get(domain_id)
        assert shown.expiry
        assert (shown.expiry.at, shown.expiry.statement.source, alerts.open_()) == (bakery.expires, "rdap", [])

    def test_what_is_paid_for_says_until_when_it_is_ours(self, sandbox: Sandbox, worker: Worker) -> None:
        _, (domain_id,) = start(sandbox, worker, replace(truth(), expires=None))
        subscriptions.subscribe(
            Subscription(
                client_id=portfolio_domains.get(domain_id).client_id,
                domain_id=domain_id,
                description="Domain",
                price_minor=1000,
                currency="EUR",
                months=12,
                tax_basis_points=0,
                anchor=(NOW + timedelta(days=40)).date(),
            )
        )
        worker.perform(domains.check, domain_id=domain_id)
        shown = portfolio_domains.get(domain_id)
        assert shown.expiry
        assert (shown.expiry.statement.source, shown.stage) == ("subscription", LifecycleStage.EXPIRING)


class TestCheckDue:
    def test_only_what_is_due_is_checked_and_what_nobody_has_checked(self, sandbox: Sandbox, worker: Worker) -> None:
        _, (near, far, new) = start(sandbox, worker, truth("a.test", days=2), truth("b.test"), truth("c.test"))
        for one in (near, far):
            worker.perform(domains.check, domain_id=one)
        worker.perform(domains.check_due)
        assert [one.args for one in jobs.newest(task="domains.check", state=JobState.QUEUED)] == [{"domain_id": new}]
        worker.drain(domains.check)
        with time_machine.travel(NOW + timedelta(days=1)):
            worker.perform(domains.check_due)
        assert [one.args for one in jobs.newest(task="domains.check", state=JobState.QUEUED)] == [{"domain_id": near}]
        waiting = portfolio_domains.get(far).next_check
        assert waiting
        assert waiting.reason


class TestCheckAll:
    def test_every_domain_is_checked_and_staff_are_told_of_what_failed(self, sandbox: Sandbox, worker: Worker) -> None:
        truths = [truth(f"d{number}.test") for number in range(5)]
        world, _ = start(sandbox, worker, *truths)
        world.rdap.conduct.by_name = {"d3.test": Behaviour.HANG_UP}
        world.whois._registry.conduct.by_name = {"d3.test": Behaviour.HANG_UP}
        root = worker.perform(domains.check_all)
        worker.drain(domains.check)
        assert root.run_id
        assert jobs.counts_of_run(root.run_id) == {"done": 5, "queued": 1}
        assert portfolio_domains.answers() == {"registered": 4, "failed": 1}

    def test_two_runs_at_once_queue_each_check_once(self, sandbox: Sandbox, worker: Worker) -> None:
        start(sandbox, worker, *[truth(f"d{number}.test") for number in range(5)])
        for _ in range(2):
            worker.perform(domains.check_all)
        assert len(jobs.newest(task="domains.check")) == 5


class TestServers:
    def test_the_list_is_kept_for_all_processes(self, sandbox: Sandbox, worker: Worker) -> None:
        world, _ = start(sandbox, worker, truth())
        assert registries.current().rdap.server("bakery.test") == world.rdap.url
        assert shared_texts.kept("rdap-bootstrap")

    def test_without_one_the_list_that_was_shipped_holds(self, ledger: str) -> None:
        assert registries.current().rdap is registries.shipped().rdap

    def test_a_list_that_cannot_be_had_leaves_the_one_before(self, sandbox: Sandbox, worker: Worker) -> None:
        world, _ = start(sandbox, worker, truth())
        with settings.override(rdap_bootstrap_url=f"{world.rdap.url}domain/nothing.test"):
            job = worker.perform(domains.refresh_servers)
        assert job.state is JobState.FAILED
        assert registries.current().rdap.server("bakery.test") == world.rdap.url
        assert do.state(job.id) is JobState.FAILED
