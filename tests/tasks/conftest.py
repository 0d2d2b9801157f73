"""What the tests of tasks stand on: one worker's hand that runs jobs in the test's own thread, and a sandbox."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

import settings
from sandbox.truth import Client, Domain, Endpoint, Portfolio
from sandbox.world import World
from tasks import outside
from tasks.engine import catalogue
from tasks.transport import notifier
from tests.support.worker import Worker, away

QUICK = {"lookup_deadline_s": 2.0, "scan_deadline_s": 2.0}
"""How long the sandbox's servers may take, so that one that is silent costs a test little."""


@pytest.fixture
def ledger(ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The ledger, with all tasks declared, a home of the test's own, and a Redis that is away."""
    monkeypatch.setattr(notifier, "current", away)
    with settings.override(home=tmp_path):
        catalogue.load()
        yield ledger


@pytest.fixture
def worker(ledger: str, tmp_path: Path) -> Worker:
    """A worker on the ledger."""
    return Worker(tmp_path)


@pytest.fixture
def sandbox(ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    """Starts a sandbox over what the test names, and points the settings and the integrations at it."""
    with ExitStack() as stack:

        def start(
            *, domains: Sequence[Domain] = (), endpoints: Sequence[Endpoint] = (), clients: Sequence[Client] = ()
        ) -> World:
            portfolio = Portfolio(clients=tuple(clients), domains=tuple(domains), endpoints=tuple(endpoints))
            world = stack.enter_context(World(portfolio, tmp_path / "world"))
            for name, value in world.environment().items():
                monkeypatch.setenv(name, value)
            stack.enter_context(settings.override(**{**dict(settings.load()), **QUICK}))
            _forget()
            stack.callback(_forget)
            return world

        yield start


def _forget() -> None:
    """Forget what the integrations were handed for other settings."""
    if outside.mail_providers.cache_info().currsize:
        for provider in outside.mail_providers():
            provider.close()
    for one in (outside.guard, outside.roots, outside.mail_providers, outside.mail_tokens):
        one.cache_clear()
    for one in (outside.storage, outside.maintained_storage):
        one.cache_clear()
