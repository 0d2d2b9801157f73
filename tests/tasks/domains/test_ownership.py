"""Verification against the sandbox: what is placed is seen, what is gone is told, and silence says nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

import settings
from db import connection
from db.portfolio import alerts, clients
from db.portfolio import domains as portfolio_domains
from db.portfolio import ownership as store
from db.portfolio.clients import Client
from rules.domains.ownership import Ownership, OwnershipMethod, OwnershipState, SightingKind
from rules.domains.renewals import RenewalDecision
from rules.jobs import JobState
from sandbox.dns import Trick
from sandbox.world import World
from tasks.domains import ownership
from tests.faults.marks import on_sqlite
from tests.support import stored_events
from tests.support.websites import Website, website
from tests.support.worker import Worker
from tests.tasks.domains.test_checks import NOW, entered, truth

pytestmark = on_sqlite

Sandbox = Callable[..., World]
CHALLENGE = "_nolapse-challenge.bakery.test"


def begun(sandbox: Sandbox) -> tuple[World, int, str]:
    """Start a sandbox over a domain and begin to verify it; returns its token too."""
    world = sandbox(domains=[truth()])
    domain_id = entered(truth())
    with connection.transaction():
        token = ownership.begin(portfolio_domains.get(domain_id)).token
    return world, domain_id, token


def write(world: World, *lines: str) -> None:
    """Add lines to the domain's zone."""
    (before,) = (one for one in world.dns.zones if one.name == "bakery.test")
    world.dns.zones[world.dns.zones.index(before)] = replace(before, text="\n".join((before.text, *lines)))


def txt(token: str) -> str:
    return f'_nolapse-challenge IN TXT "nolapse-verification={token}"'


def looked(worker: Worker, domain_id: int, *, deadline_s: float = 60) -> Ownership:
    """Look for the token; the deadline is long, so that a machine under load still has its answers."""
    with settings.override(lookup_deadline_s=deadline_s):
        assert worker.perform(ownership.check, domain_id=domain_id).state is JobState.DONE
    found = store.get(domain_id)
    assert found
    return found


def news(domain_id: int) -> list[tuple[str, str | None, str | None]]:
    return [(one.kind, one.before, one.after) for one in reversed(stored_events.of("domain", domain_id))]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Website]:
    with website(tmp_path, monkeypatch, "bakery.test", "www.bakery.test") as served:
        yield served


class TestFound:
    def test_a_txt_record(self, sandbox: Sandbox, worker: Worker) -> None:
        world, domain_id, token = begun(sandbox)
        assert looked(worker, domain_id).state is OwnershipState.PENDING
        write(world, txt(token))
        found = looked(worker, domain_id)
        assert (found.state, found.method) == (OwnershipState.VERIFIED, OwnershipMethod.TXT)
        assert news(domain_id) == [("ownership_verified", None, "txt")]
        looked(worker, domain_id)
        assert len(news(domain_id)) == 1

    def test_a_mail_host_behind_all_others(self, sandbox: Sandbox, worker: Worker) -> None:
        world, domain_id, token = begun(sandbox)
        write(world, f"@ IN MX 65535 {token}.nolapse-verification.invalid.")
        found = looked(worker, domain_id)
        assert (found.state, found.method) == (OwnershipState.VERIFIED, OwnershipMethod.MAIL_HOST)

    def test_a_file_also_behind_a_redirect_to_www(self, sandbox: Sandbox, worker: Worker, site: Website) -> None:
        _, domain_id, token = begun(sandbox)
        site.redirect("/.well-known/nolapse-verification.txt", f"https://www.bakery.test:{site.port}/token")
        site.put("/token", f"nolapse-verification={token}\n".encode())
        with settings.override(verification_port=site.port):
            found = looked(worker, domain_id)
        assert (found.state, found.method) == (OwnershipState.VERIFIED, OwnershipMethod.FILE)

    def test_what_verified_it_is_looked_at_alone(self, sandbox: Sandbox, worker: Worker) -> None:
        world, domain_id, token = begun(sandbox)
        write(world, f"@ IN MX 65535 {token}.nolapse-verification.invalid.")
        looked(worker, domain_id)
        world.dns.requests.clear()
        looked(worker, domain_id)
        assert {(name, kind) for _, name, kind in world.dns.requests} == {("bakery.test", "MX")}

    def test_it_is_found_among_hundreds_of_others(self, sandbox: Sandbox, worker: Worker) -> None:
        world, domain_id, token = begun(sandbox)
        others = (f'_nolapse-challenge IN TXT "nolapse-verification={number:032}"' for number in range(500))
        write(world, *others, txt(token))
        assert looked(worker, domain_id).state is OwnershipState.VERIFIED


class TestNotFound:
    @pytest.mark.parametrize("written", ["0" * 32, ""])
    def test_another_text_verifies_nothing(self, sandbox: Sandbox, worker: Worker, written: str) -> None:
        world, domain_id, token = begun(sandbox)
        write(world, txt(written), txt(token.upper()), f'@ IN TXT "nolapse-verification={token}"')
        found = looked(worker, domain_id)
        assert found.state is OwnershipState.PENDING
        assert found.sightings[0].kind is SightingKind.OTHER

    def test_texts_without_end_are_some_other_text(self, sandbox: Sandbox, worker: Worker) -> None:
        world, domain_id, _ = begun(sandbox)
        write(world, txt("0"))
        world.dns.play(Trick.HUGE, CHALLENGE)
        assert looked(worker, domain_id).sightings[0].kind is SightingKind.OTHER

    def test_a_website_that_answers_everything_verifies_nothing(
        self, sandbox: Sandbox, worker: Worker, site: Website
    ) -> None:
        _, domain_id, token = begun(sandbox)
        site.put("/.well-known/nolapse-verification.txt", f"<p>nolapse-verification={token}</p>".encode())
        with settings.override(verification_port=site.port):
            found = looked(worker, domain_id)
        assert {one.method: one.kind for one in found.sightings}[OwnershipMethod.FILE] is SightingKind.OTHER
        assert found.state is OwnershipState.PENDING

    def test_a_token_that_was_renewed_meanwhile_proves_nothing(
        self, sandbox: Sandbox, worker: Worker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world, domain_id, token = begun(sandbox)
        write(world, txt(token))
        look = ownership._sightings

        def renewed_while(name: str, known: Ownership) -> Iterator[object]:
            yield from look(name, known)
            with connection.transaction():
                ownership.begin(portfolio_domains.get(domain_id), renew=True)

        monkeypatch.setattr(ownership, "_sightings", renewed_while)
        found = looked(worker, domain_id)
        assert (found.state, found.checked_at) == (OwnershipState.PENDING, None)
        assert found.token != token
        assert news(domain_id) == []

    def test_a_domain_that_became_another_clients_is_not_looked_at(self, sandbox: Sandbox, worker: Worker) -> None:
        world, domain_id, token = begun(sandbox)
        write(world, txt(token))
        other, _ = clients.add(Client(name="Forge", email="a@b.test"))
        portfolio_domains.change(domain_id, {"client_id": other})
        world.dns.requests.clear()
        assert worker.perform(ownership.check, domain_id=domain_id).state is JobState.DONE
        assert store.get(domain_id) is None
        assert not world.dns.requests
        with connection.transaction():
            again = ownership.begin(portfolio_domains.get(domain_id))
        assert again.token != token


class TestLost:
    def verified(self, sandbox: Sandbox, worker: Worker) -> tuple[World, int, str]:
        world, domain_id, token = begun(sandbox)
        plain = list(world.dns.zones)
        write(world, txt(token))
        looked(worker, domain_id)
        world.dns.zones[:] = plain
        return world, domain_id, token

    def look_for_days(self, worker: Worker, domain_id: int, days: int, *, deadline_s: float = 60) -> Ownership:
        found = store.get(domain_id)
        for day in range(1, days + 1):
            with time_machine.travel(NOW + timedelta(days=day), tick=False):
                found = looked(worker, domain_id, deadline_s=deadline_s)
        assert found
        return found

    def test_it_is_told_once_and_cleared_when_the_token_is_back(self, sandbox: Sandbox, worker: Worker) -> None:
        world, domain_id, token = self.verified(sandbox, worker)
        assert self.look_for_days(worker, domain_id, 2).state is OwnershipState.VERIFIED
        assert alerts.open_() == []
        assert self.look_for_days(worker, domain_id, 5).state is OwnershipState.LOST
        (alert,) = alerts.open_()
        assert (alert.kind, alert.headline) == (
            ownership.ALERT, "bakery.test is not verified any more: our token is gone",
        )  # fmt: skip
        assert news(domain_id)[-1] == ("ownership_lost", "txt", None)
        write(world, txt(token))
        assert looked(worker, domain_id).state is OwnershipState.VERIFIED
        assert alerts.open_() == []

    @pytest.mark.parametrize("trick", [Trick.SERVFAIL, Trick.REFUSED, Trick.GARBAGE, Trick.CUT_OFF])
    def test_name_servers_in_trouble_never_lose_it(self, sandbox: Sandbox, worker: Worker, trick: Trick) -> None:
        world, domain_id, _ = self.verified(sandbox, worker)
        world.dns.play(trick, CHALLENGE)
        found = self.look_for_days(worker, domain_id, 4, deadline_s=0.5)
        assert (found.state, found.misses) == (OwnershipState.VERIFIED, 0)
        assert found.sightings[0].kind is SightingKind.UNSEEN

    def test_one_that_is_to_lapse_is_no_alarm(self, sandbox: Sandbox, worker: Worker) -> None:
        _, domain_id, _ = self.verified(sandbox, worker)
        portfolio_domains.change(domain_id, {"decision": RenewalDecision.LAPSE})
        assert self.look_for_days(worker, domain_id, 4).state is OwnershipState.LOST
        assert alerts.open_() == []

    def test_begun_anew_it_is_pending_and_no_alarm(self, sandbox: Sandbox, worker: Worker) -> None:
        _, domain_id, _ = self.verified(sandbox, worker)
        self.look_for_days(worker, domain_id, 4)
        with connection.transaction():
            ownership.begin(portfolio_domains.get(domain_id), renew=True)
        found = store.get(domain_id)
        assert found
        assert found.state is OwnershipState.PENDING
        assert alerts.open_() == []


def test_those_that_are_due_are_looked_at_and_no_others(sandbox: Sandbox, worker: Worker) -> None:
    world, domain_id, token = begun(sandbox)
    write(world, txt(token))
    assert worker.perform(ownership.check_due).state is JobState.DONE
    assert [one.state for one in worker.drain(ownership.check)] == [JobState.DONE]
    found = store.get(domain_id)
    assert found
    assert found.state is OwnershipState.VERIFIED
    worker.perform(ownership.check_due)
    assert worker.drain(ownership.check) == []
