"""``nolapse demo``: a made-up portfolio on real servers on this machine, run over once and checked against its truth.

The sandbox's servers live in this process; scheduler, workers and Redis are processes of their own, as in real life.
"""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

import settings
from api_stub.security import sessions, tokens
from cli.demo import expectations
from cli.demo.expectations import Expectation
from cli.output import AsJson, Exit, complaining, notes, print_json, print_table, screen
from db import connection
from db.access import users
from db.ledger import health, runs
from db.mail import outbox
from db.money import invoices
from db.money.invoices import Subscription
from db.portfolio import alerts, clients, domains, endpoints
from db.portfolio.clients import Client
from rules.access import Role, Scope
from rules.billing import money
from rules.billing.money import Money
from rules.domains.renewals import RenewalDecision
from rules.jobs import UNFINISHED
from sandbox import truth as truths
from sandbox.portfolio import portfolio
from sandbox.world import World
from schedules import clock
from schedules.table import TIMETABLE
from settings import logs
from tasks.engine import catalogue
from tasks.engine.task import find
from wording import findings
from workers import up

app = typer.Typer()

_NIGHTLY = ("domains", "dns", "certificates", "invoices")
_LONGEST_S = 120.0
_LOOK_S = 0.1
_STOP_S = 40.0
_ROWS = 12
_OWNER = "demo"


@dataclass(frozen=True, slots=True)
class Night:
    """What the nightly runs took."""

    jobs: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.jobs / self.seconds


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End after the report.")] = False,
    as_json: AsJson = False,
    home: Annotated[Path | None, typer.Option(help="Keep the demo's data here; a temporary folder otherwise.")] = None,
) -> None:
    """Run the main job over a made-up portfolio, on real servers on this machine, and show what came of it.

    Starts WHOIS, RDAP, TLS and SMTP servers on loopback, a scheduler, workers and an embedded Redis; fires the nightly
    runs once; prints the report and how to sign in to the dashboard; then keeps running on its schedule until Ctrl-C.
    With --once it ends after the report: exit code 0 only if every expectation held.
    """
    signal.signal(signal.SIGTERM, _end)
    with complaining(), _folder(home) as folder, _world(folder) as (world, made_at), _running(folder) as everything:
        _register(world)
        night = _nightly_runs(everything, quiet=as_json)
        with connection.session():
            checked = expectations.examine(world, made_at)
            entrance = _let_in()
        held = all(one.held for one in checked)
        if as_json:
            print_json({**_report(night, checked), **entrance})
        else:
            _print_report(night, checked, folder)
            _print_entrance(entrance)
        if not once:
            _serve(everything, quiet=as_json)
        elif not held:
            raise typer.Exit(Exit.WRONG)


def _end(number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does: by an exception, so that what was started is ended and what was made is removed."""
    raise SystemExit(128 + number)


@contextmanager
def _folder(home: Path | None) -> Generator[Path]:
    if home is not None:
        home.mkdir(parents=True, exist_ok=True)
        yield home.absolute()
        return
    made = Path(tempfile.mkdtemp(prefix="nolapse-demo-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def _world(folder: Path) -> Generator[tuple[World, datetime]]:
    """Start the sandbox and live in it: settings, logs and database of this process."""
    made_at = datetime.now(UTC)
    with World(portfolio(made_at), folder) as world:
        config = settings.adopt(  # the demo's processes inherit its world
            {**world.environment(), "NOLAPSE_WEB_HOST": "127.0.0.1", "NOLAPSE_WEB_PORT": str(_free_port())}
        )
        logs.configure(json=False, level="error", secrets=config.secrets())
        catalogue.load()
        up.prepare()
        yield world, made_at


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@contextmanager
def _running(folder: Path) -> Generator[subprocess.Popen[bytes]]:
    """Run web, scheduler, workers and Redis; their logs go to a file in the folder."""
    with (folder / "log.jsonl").open("ab") as log:
        everything = subprocess.Popen([sys.executable, "-m", "workers.up"], stdout=log, stderr=log)
        try:
            yield everything
        finally:
            everything.send_signal(signal.SIGTERM)
            try:
                everything.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                everything.kill()


def _register(world: World) -> None:
    """Enter the portfolio as its owner would: names and subscriptions, nothing of what is to be found out."""
    truth = world.portfolio
    with connection.session(), connection.transaction():
        ids = {one.name: _register_client(one) for one in truth.clients}
        for domain in truth.domains:
            domain_id, _ = domains.add(domain.name, client_id=ids[domain.client])
            if domain.to_lapse:
                domains.change(domain_id, {"decision": RenewalDecision.LAPSE})
        for endpoint in truth.endpoints:
            endpoints.add(endpoint.host, world.tls.port, client_id=ids[endpoint.client])


def _register_client(truth: truths.Client) -> int:
    client_id, _ = clients.add(
        Client(name=truth.name, email=truth.email, language=truth.language, currency=truth.currency, zone=truth.zone)
    )
    for sub in truth.subscriptions:
        invoices.subscribe(
            Subscription(
                client_id=client_id,
                description=sub.description,
                price=Money(sub.price_minor, truth.currency),
                months=sub.months,
                tax_basis_points=sub.tax_basis_points,
                anchor=sub.next_due,
            )
        )
    return client_id


def _nightly_runs(everything: subprocess.Popen[bytes], *, quiet: bool) -> Night:
    """Fetch the list of RDAP servers, fire the nightly schedules, and wait until nothing is left to do."""
    with connection.session(), _progress(quiet=quiet) as say:
        say("asking which registry has which server")
        find("domains.refresh_servers").enqueue()
        _drain(everything, say)
        before, began = sum(health.states().values()), time.monotonic()
        for name in _NIGHTLY:
            clock.run_now(clock.line_named(TIMETABLE, name), by="demo")
        _drain(everything, say)
        return Night(sum(health.states().values()) - before, time.monotonic() - began)


@contextmanager
def _progress(*, quiet: bool) -> Generator[Callable[[str], None]]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=notes, transient=True, disable=quiet) as progress:
        bar = progress.add_task("starting", total=None)
        yield lambda words: progress.update(bar, description=words)


def _drain(everything: subprocess.Popen[bytes], say: Callable[[str], None]) -> None:
    """Wait until every job has ended. Gives up, and lets the expectations say so, after two minutes."""
    until = time.monotonic() + _LONGEST_S
    while time.monotonic() < until and everything.poll() is None:
        states = health.states()
        unfinished = sum(states.get(state, 0) for state in UNFINISHED)
        say(f"{sum(states.values()) - unfinished} jobs done, {unfinished} to go")
        if not unfinished and not runs.open_ids():
            return
        time.sleep(_LOOK_S)


def _counts() -> dict[str, object]:
    return {
        "clients": clients.count(),
        "domains": domains.count(),
        "endpoints": endpoints.count(),
        "domain_answers": domains.answers(),
        "endpoint_faults": endpoints.faults(),
        "alerts": len(alerts.open_()),
        "invoices": len(invoices.all_()),
        "mails": outbox.counts(),
        "jobs": health.states(),
    }


def _report(night: Night, checked: list[Expectation]) -> dict[str, object]:
    with connection.session():
        return {
            "counts": _counts(),
            "jobs_per_second": round(night.rate, 1),
            "seconds": round(night.seconds, 2),
            "expectations": [asdict(one) for one in checked],
        }


def _let_in() -> dict[str, str]:
    """Let the demo's owner in, and return the dashboard's address, a link that signs in once, and an API token."""
    known = users.named(_OWNER)
    owner = users.get(known.id if known else users.add(_OWNER, Role.OWNER))
    return {
        "dashboard": settings.current().web_url,
        "sign_in": sessions.link(owner),
        "api_token": tokens.add(owner.id, "demo", scopes=list(Scope), days=1),
    }


def _print_entrance(entrance: dict[str, str]) -> None:
    """Say how to come in; the link is printed as it is, so that no terminal breaks it."""
    typer.echo(f"\ndashboard: {entrance['dashboard']}\nsign in, once and within 15 minutes: {entrance['sign_in']}")
    typer.echo(f"API: {entrance['dashboard']}/api/docs with `Authorization: Bearer {entrance['api_token']}`")


def _print_report(night: Night, checked: list[Expectation], folder: Path) -> None:
    with connection.session():
        _print_counts(night)
        _print_lapsing()
        _print_wrong()
        _print_invoices()
    rows = [("held" if one.held else "FAILED", one.name, one.detail) for one in checked]
    print_table("Expectations, computed from the sandbox's truth", ("", "expectation", "difference"), rows)
    screen.print(f"\nlog: {folder / 'log.jsonl'}\nmails: {folder / 'sandbox-mail'}\ninvoices: {folder / 'documents'}")


def _print_counts(night: Night) -> None:
    print_table("What was looked after", ("", "number"), list(_counts().items()))
    screen.print(f"{night.jobs} jobs in {night.seconds:.1f} s: {night.rate:.0f} jobs/s\n")


def _print_lapsing() -> None:
    until = datetime.now(UTC) + timedelta(days=14)
    rows = [(one.known.expires, one.name, one.client_name) for one in domains.lapsing(until=until) if one.known]
    rows += [
        (one.known.not_after, f"certificate of {one.host}", one.client_name)
        for one in endpoints.lapsing(until=until)
        if one.known
    ]
    rows.sort(key=lambda row: row[0] or until)
    print_table("What lapses next", ("when", "what", "client"), rows[:_ROWS])
    screen.print()


def _print_wrong() -> None:
    rows = [
        (one.address, findings.message(one.known), one.client_name)
        for one in endpoints.faulty(limit=_ROWS)
        if one.known
    ]
    print_table("What is wrong now", ("endpoint", "what", "client"), rows)
    screen.print()


def _print_invoices() -> None:
    rows = [
        (one.name, clients.get(one.client_id).name, len(one.lines), money.display(one.totals.gross, "en"))
        for one in invoices.all_()
    ]
    print_table("Invoices issued", ("number", "client", "lines", "total"), rows[:_ROWS])
    if len(rows) > _ROWS:
        screen.print(f"... and {len(rows) - _ROWS} more")
    screen.print()


def _serve(everything: subprocess.Popen[bytes], *, quiet: bool) -> None:
    """Keep running until Ctrl-C or SIGTERM."""
    if not quiet:
        screen.print("\nstill running on its schedule; Ctrl-C ends it")
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    signal.signal(signal.SIGINT, lambda *_: told.set())
    while not told.wait(_LOOK_S) and everything.poll() is None:
        pass
