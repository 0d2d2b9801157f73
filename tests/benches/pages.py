"""How long the web process takes for each page and list over a large ledger: ``python -m tests.benches pages``.

Fills a PostgreSQL and a SQLite of its own with a million jobs, 100,000 domains and 100,000 endpoints, asks for each
page as a browser would, and prints the 95th percentile of the server's time. Exit code 1 where one is over its limit:
100 ms on PostgreSQL, 200 ms on SQLite, and half of that for the API. Some are asked again by a person who is limited
to five of the 10,000 clients. What counts is the time on the clock without that
in which our processes were ready to run and others had the processor (Linux tells: /proc/PID/schedstat), so that a
neighbour's load does not count.
``--keep FOLDER`` keeps the SQLite file for the next time.
"""

import argparse
import logging
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from pydantic import SecretStr

import settings
from api_stub.security import cookies, sessions
from db import connection, migrate
from db.access import users
from rules.access import Role
from rules.jobs import JobState
from tasks.engine import catalogue
from tasks.transport import notifier
from tests.api.browser import TestClient
from tests.api.conftest import UNHURRIED
from tests.benches import bulk
from tests.support.servers import PostgresServer
from workers import launch, web

LIMIT_MS = {"postgresql": 100.0, "sqlite": 200.0}
API_SHARE = 0.5
"""Of that limit for what the API answers."""

_HOME = "https://localhost"
ADDRESSES = (
    "/", "/alerts", "/alerts?kind=domain_expiry", "/alerts?kind=certificate_fault", "/services",
    "/trends?window=hour", "/trends", "/trends?window=week", "/trends?window=year",
    "/queues", "/queues/lookup", "/queues/default", "/workers", "/audit",
    "/runs", "/runs?show=open", "/runs?task=domains.check_all", "/runs/3000", "/runs/17",
    "/jobs", *(f"/jobs?state={state}" for state in JobState),
    "/jobs?task=mail.send", "/jobs?task=mail.send&state=done", "/jobs?task=domains.check&state=unknown",
    "/jobs?task=invoices.bill&state=running", "/jobs?run=3000", "/jobs?run=3000&state=queued",
    "/jobs?run=17&state=dead", "/jobs/1000", "/jobs/950001",
    "/dead", "/dead?state=unknown", "/dead?state=failed&task=certificates.scan",
    "/schedules", "/schedules/domains", "/domains", "/domains?within=0", "/domains?within=60", "/domains?q=name-77",
    *(f"/domains?show={show}" for show in ("odd", "failing", "available", "reserved", "unstated", "newest")),
    "/domains?client=7", "/domains?client=1", "/domains/4711",
    "/endpoints", "/endpoints?within=7", "/endpoints?show=faulty", "/endpoints?show=newest",
    "/endpoints?q=www.name-77", "/endpoints?client=7", "/endpoints?client=1", "/endpoints/4711",
    "/clients", "/clients?q=bakery", "/clients?q=no+such", "/clients/7", "/clients/1", "/search?q=name-77",
    *(
        f"/search?q={typed}"
        for typed in (
            "example",
            "www",
            "ame-77",
            "no+such+thing",
            "119.00",
            "4711",
            "billing@c7",
            "refused",
            "f0:0d:f0",
            "re",
        )
    ),
    "/domains?q=ame-7", "/domains?q=example", "/endpoints?q=name", "/domains?registrar=Example+Registrar+7",
    "/search?q=bakery", "/invoices", "/invoices?show=undocumented", "/invoices?client=7", "/invoices/4711",
    "/mail", "/mail?state=unknown", "/mail?state=queued", "/mail?to=billing@c7.test", "/mail?to=staff@agency.test",
    "/mail?state=unknown&to=staff@agency.test", "/mail?state=queued&to=staff@agency.test", "/mail/4711",
    "/api/jobs", "/api/jobs?state=done", "/api/jobs?state=dead", "/api/jobs?task=mail.send", "/api/jobs?run=3000",
    "/api/jobs?task=mail.send&state=dead", "/api/jobs?run=3000&state=running", "/api/jobs/1000",
    "/api/jobs?run=3000&task=mail.send&state=dead", "/api/jobs?limit=200",
    "/api/runs", "/api/runs?unfinished=true", "/api/runs?task=domains.check_all&unfinished=true", "/api/runs/3000",
    "/api/domains", "/api/domains?client=1", "/api/domains?name=name-77.example", "/api/domains/4711",
    "/api/endpoints", "/api/endpoints?limit=200", "/api/endpoints?client=1",
    "/api/endpoints?host=www.name-77.example", "/api/endpoints/4711",
    "/api/clients", "/api/clients?name=Client+7+Travel", "/api/clients/7", "/api/triggers", "/api/schedules",
    "/api/domains?sort=expires", "/api/domains?sort=-name", "/api/domains?answer=available", "/api/domains?limit=200",
    "/api/domains?client=1&sort=expires", "/api/endpoints?sort=not_after", "/api/endpoints?faulty=true",
    "/api/endpoints?client=7&sort=-host", "/api/clients?sort=-name", "/api/jobs?sort=id",
    "/api/jobs?run=3000&sort=id",
    "/api/alerts", "/api/alerts?open=true", "/api/alerts?kind=domain_expiry", "/api/alerts?domain=4711",
    "/api/alerts?client=1", "/api/mails", "/api/mails?state=unknown", "/api/mails?to=staff@agency.test",
    "/api/mails/4711", "/api/invoices", "/api/invoices?client=7", "/api/invoices?documented=false",
    "/api/invoices/4711", "/api/events", "/api/events?client=1", "/api/events?kind=nameservers_changed",
    "/api/events?domain=4711", "/api/events?kind=none",
    "/api/schedules/domains", "/api/audit", "/api/audit?actor=ada", "/api/audit?actor=nobody", "/metrics",
    "/health/ready",
    "/trends?window=minutes", "/trends?window=month", "/calendar", "/settings", "/first-steps", "/account",
    "/calendar/2026-12-01", "/alerts/17", "/clients/7/report", "/clients/7/billing", "/clients/7/statement",
    "/clients/7/invoice-drafts",
    "/tasks", "/tasks/domains.check", "/lookups", "/letters", "/letters/invoice", "/documents", "/suppressions",
    "/alert-channels", "/alert-routes", "/maintenance", "/users", "/service-accounts", "/senders", "/products",
    "/coupons", "/subscriptions", "/subscriptions/1700", "/billing-items", "/invoice-drafts", "/webhooks",
    "/bank-entries", "/clients/new", "/clients/7/edit", "/domains/new", "/domains/4711/edit", "/endpoints/new",
    "/endpoints/4711/edit", "/import", "/products/new", "/coupons/new", "/subscriptions/new", "/billing-items/new",
    "/senders/new",
    *(f"/domains?sort={sort}" for sort in ("-name", "registrar", "-registrar", "stage", "-stage", "-expires")),
    "/domains?q=tld:example", "/domains?q=tld:example&sort=name", "/domains?q=failing:yes", "/domains?q=odd:yes",
    "/endpoints?sort=-host", "/endpoints?sort=not_after", "/endpoints?q=faulty:yes", "/clients?sort=-name",
    "/invoices?sort=gross", "/invoices?sort=-gross", "/invoices?q=number:4711", "/invoices?q=documented:no",
    "/jobs?q=task:domains.check+error:timeout", "/jobs?q=state:dead+since:1h", "/jobs?q=argument:domain_id=77",
    "/jobs?q=queue:lookup", "/jobs?q=client:7", "/runs?q=unfinished:yes", "/audit?q=actor:ada", "/mail?q=to:a",
    *(f"/lists/domains/completions?begun={begun}" for begun in ("st", "tld:", "tld:ex", "registrar:ex", "client:cl")),
    "/lists/endpoints/completions?begun=host:name", "/lists/invoices/completions?begun=number:47",
)  # fmt: skip
_GOES_ON = (
    "/jobs",
    "/jobs?state=dead",
    "/domains",
    "/domains?show=newest",
    "/endpoints",
    "/domains?client=1",
    "/endpoints?client=1",
    "/clients",
    "/mail",
    "/alerts?kind=domain_expiry",
)
"""Lists of which the third page is asked for, too."""

_THEIRS = (7, 70, 702, 5101, 9999)
_ASKED_BY_LIMITED = (
    "/", "/alerts", "/jobs", "/jobs?state=dead", "/jobs?task=domains.check", "/dead", "/domains",
    "/domains?show=newest",
    "/domains?show=failing", "/endpoints", "/endpoints?show=faulty", "/clients", "/search?q=name-7", "/invoices",
    "/mail", "/mail?state=unknown", "/clients/7", "/api/jobs", "/api/jobs?state=done", "/api/jobs?task=mail.send",
    "/api/domains", "/api/domains?sort=expires", "/api/domains?sort=-name", "/api/domains?answer=available",
    "/api/endpoints", "/api/endpoints?sort=not_after", "/api/endpoints?faulty=true", "/api/clients", "/api/alerts",
    "/api/alerts?open=true", "/api/mails", "/api/mails?state=unknown", "/api/invoices", "/api/events", "/api/audit",
)  # fmt: skip


@contextmanager
def _surface(url: str) -> Iterator[tuple[TestClient, str]]:
    """A browser on the whole application, in this process, signed in; and the cookie of somebody who is limited."""
    with settings.override(
        database_url_given=SecretStr(url),
        redis_url_given=SecretStr("redis://127.0.0.1:9"),
        public_url=None,
        **UNHURRIED,
    ):
        catalogue.load()
        notifier.current.cache_clear()
        with connection.session():
            owner = users.named("bench") or users.get(users.add("bench", Role.OWNER))
            limited = users.named("limited") or users.get(users.add("limited", Role.OWNER))
            users.limit_to_clients(limited.id, _THEIRS)
            cookie, other = (sessions.begin(one, how="bench", address="192.0.2.1") for one in (owner, limited))
        app = web.app()
        launch.freeze_loaded()
        with TestClient(
            app, base_url=_HOME, cookies={cookies.SESSION: cookie}, headers={"accept": "text/html"}
        ) as browser:
            yield browser, other


def _asked(browser: TestClient) -> Iterator[str]:
    yield from ADDRESSES
    for first in _GOES_ON:
        where = first
        for _ in range(2):
            found = re.search(r'href="([^"]+)"[^>]*rel="next"|rel="next"[^>]*href="([^"]+)"', browser.get(where).text)
            if found is None:
                raise RuntimeError(f"{where} does not go on")
            where = (found[1] or found[2]).replace("&amp;", "&")
        yield where


def _measure(browser: TestClient, path: str, times: int) -> list[tuple[float, float]]:
    """Return for each request the milliseconds on the clock, and those without waiting for a processor."""
    took: list[tuple[float, float]] = []
    for _ in range(times + 2):
        waited, began = _waited_ms(), time.perf_counter()
        answer = browser.get(path)
        clock = (time.perf_counter() - began) * 1000
        took.append((clock, max(0.0, clock - (_waited_ms() - waited))))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    return took[2:]  # the first two warm up


def _waited_ms() -> float:
    """Return for how long our threads and the database's processes have waited for a processor so far."""
    backends = [Path(f"/proc/{pid}/schedstat") for pid in _backends()]
    return sum(_waited_ns(path) for path in [*Path("/proc/self/task").glob("*/schedstat"), *backends]) / 1e6


def _waited_ns(path: Path) -> int:
    try:
        return int(path.read_text().split()[1])
    except OSError:  # no Linux, or the thread has ended
        return 0


def _backends() -> list[int]:
    """Return the processes of PostgreSQL that serve this process, as far as it has connections."""
    pool = connection.database.obj
    held = [*(one.connection for one in pool._in_use.values()), *(one[-1] for one in pool._connections)]
    return [one.get_backend_pid() for one in held if hasattr(one, "get_backend_pid")]


def _run(name: str, url: str, times: int, *, filled: bool) -> list[str]:
    connection.connect(url)
    with connection.session():
        migrate.up()
        if not filled:
            bulk.fill(lambda line: print(f"  {line}", flush=True))
    slow: list[str] = []
    worst: list[float] = []
    with _surface(url) as (browser, limited):
        for path, cookie in [
            *((path, None) for path in _asked(browser)),
            *((path, limited) for path in _ASKED_BY_LIMITED),
        ]:
            if cookie:
                browser.cookies = {cookies.SESSION: cookie}
            took = _measure(browser, path, times)
            clock, own = (statistics.quantiles(part, n=20)[-1] for part in zip(*took, strict=True))
            worst.append(own)
            late = own > LIMIT_MS[name] * (API_SHARE if path.startswith("/api/") else 1)
            slow += [f"{name} {path}{' (limited)' if cookie else ''}: {own:.0f} ms"] if late else []
            print(
                f"{own:8.1f} ms p95 {clock:8.1f} ms on the clock  {path[:80]}{' (limited)' if cookie else ''}"
                f"{'   TOO SLOW' if late else ''}",
                flush=True,
            )
    print(
        f"{name}: {len(worst)} addresses, the slowest p95 {max(worst):.1f} ms, limit {LIMIT_MS[name]:.0f} ms\n",
        flush=True,
    )
    connection.database.close()
    connection.database.obj.close_all()
    return slow


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return 1 where a page is over its limit."""
    parser = argparse.ArgumentParser(prog="python -m tests.benches pages")
    parser.add_argument("--times", type=int, default=40, help="requests for each address")
    parser.add_argument("--only", choices=list(LIMIT_MS))
    parser.add_argument("--url", help="a PostgreSQL that was filled already, instead of one of its own")
    parser.add_argument("--keep", type=Path, help="a folder for SQLite's file, which is used again if it is there")
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    slow: list[str] = []
    if asked.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            path = (asked.keep or Path(folder)) / "bench.db"
            slow += _run("sqlite", f"sqlite:///{path}", asked.times, filled=path.exists())
    if asked.url:
        slow += _run("postgresql", asked.url, asked.times, filled=True)
    elif asked.only != "sqlite":
        server = PostgresServer()
        server.start()
        try:
            slow += _run("postgresql", server.databases.create(), asked.times, filled=False)
        finally:
            server.close()
    print("\n".join(slow) or "every page and list is within its limit")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
