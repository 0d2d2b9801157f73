"""The demo's night: the portfolio is entered, the nightly runs are fired, and their jobs are waited for."""

import subprocess
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich.progress import Progress, SpinnerColumn, TextColumn

from cli.output import notes
from db import connection
from db.billing import subscriptions
from db.billing.subscriptions import Subscription
from db.ledger import health, jobs, runs
from db.portfolio import clients, domains, endpoints
from db.portfolio.clients import Client
from rules.clients.client_notices import ClientNoticeKind
from rules.domains.renewals import RenewalDecision
from rules.jobs import UNFINISHED, JobState
from sandbox import truth
from sandbox.world import World
from schedules import clock
from schedules.table import TIMETABLE
from tasks.engine.task import find

_NIGHTLY = ("domains", "dns", "certificates", "invoices")
_LONGEST_S = 120.0
_POLL_S = 0.1
_SOON = timedelta(hours=1)
_NEWEST = 50


@dataclass(frozen=True, slots=True)
class NightFigures:
    """How many jobs the nightly runs did, and how long they took."""

    jobs: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.jobs / self.seconds


def register(world: World) -> None:
    """Enter the portfolio as its owner would: names and subscriptions, but nothing that checks are to find out."""
    portfolio = world.portfolio
    with connection.session(), connection.transaction():
        ids = {one.name: _register_client(one) for one in portfolio.clients}
        for domain in portfolio.domains:
            domain_id, _ = domains.add(domain.name, client_id=ids[domain.client])
            if domain.to_lapse:
                domains.change(domain_id, {"decision": RenewalDecision.LAPSE})
        for endpoint in portfolio.endpoints:
            endpoints.add(endpoint.host, world.tls.port, client_id=ids[endpoint.client])


def run(everything: subprocess.Popen[bytes], *, quiet: bool) -> NightFigures:
    """Fetch the list of RDAP servers, fire the nightly schedules, and wait until nothing is left to do."""
    with connection.session(), _progress(quiet=quiet) as show:
        show("asking which registry has which server")
        find("domains.refresh_servers").enqueue()
        _drain(everything, show)
        before, began = sum(health.states().values()), time.monotonic()
        _fire(everything, show, _NIGHTLY)
        return NightFigures(sum(health.states().values()) - before, time.monotonic() - began)


def fire(everything: subprocess.Popen[bytes], *names: str, quiet: bool) -> None:
    """Fire some schedules, and wait until nothing is left to do."""
    with connection.session(), _progress(quiet=quiet) as show:
        _fire(everything, show, names)


def _fire(everything: subprocess.Popen[bytes], show: Callable[[str], None], names: Sequence[str]) -> None:
    for name in names:
        clock.run_now(clock.line_named(TIMETABLE, name), by="demo")
    _drain(everything, show)


def _register_client(made_up: truth.Client) -> int:
    client_id, _ = clients.add(
        Client(
            name=made_up.name,
            email=made_up.email,
            language=made_up.language,
            currency=made_up.currency,
            zone=made_up.zone,
            notices=(ClientNoticeKind.DOMAINS,) if made_up.wants_notices else (),
        )
    )
    for sub in made_up.subscriptions:
        subscriptions.subscribe(
            Subscription(
                client_id=client_id,
                description=sub.description,
                price_minor=sub.price_minor,
                currency=made_up.currency,
                months=sub.months,
                tax_basis_points=sub.tax_basis_points,
                anchor=sub.next_due,
            )
        )
    return client_id


@contextmanager
def _progress(*, quiet: bool) -> Generator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=notes, transient=True, disable=quiet) as progress:
        bar = progress.add_task("starting", total=None)
        yield lambda words: progress.update(bar, description=words)


def drain(everything: subprocess.Popen[bytes], *, quiet: bool) -> None:
    """Wait until every job has ended, as the night does."""
    with _progress(quiet=quiet) as show:
        _drain(everything, show)


def _drain(everything: subprocess.Popen[bytes], show: Callable[[str], None]) -> None:
    """Wait until every job has ended that is due today.

    Gives up, and lets the expectations say so, after two minutes without news.
    """
    states, until = None, 0.0
    while everything.poll() is None:
        before, states = states, health.states()
        if states != before:
            until = time.monotonic() + _LONGEST_S
        elif time.monotonic() > until:
            return
        unfinished = sum(states.get(state, 0) for state in UNFINISHED) - _for_later()
        show(f"{sum(states.values()) - unfinished} jobs done, {unfinished} to go")
        if not unfinished and not runs.open_ids():
            return
        time.sleep(_POLL_S)


def _for_later() -> int:
    """Return how many jobs wait for a later hour, such as digests, which are sent in the morning."""
    soon = datetime.now(UTC) + _SOON
    return sum(one.run_at > soon for one in jobs.newest(state=JobState.QUEUED, limit=_NEWEST))
