"""How fast a storm is stored, and how many mails it makes: ``python -m tests.benches storms``.

10,000 endpoints whose certificates were sound serve an expired one of the same issuer. Their scans are assessed and
stored in groups as a worker does it, on SQLite and PostgreSQL: history, certificates, events, alerts. Then all is told
to three of the staff, a mail for each. Prints endpoints a second on the clock; returns 1 where a limit is missed.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

import settings
from db import connection, migrate
from db.access import users
from db.alerting import alert_routes
from db.fields import stored
from db.portfolio import clients, endpoints
from db.portfolio.clients import Client
from rules.access import Role
from rules.alerts.routing import AlertRoute, RouteStep
from rules.certificates.observation import AddressObservation, ScanObservation
from sandbox import pki
from tasks import alerts as telling
from tasks.certificates.scan_stream import CompletedScan
from tasks.certificates.scanning import ScanBatch
from tasks.engine import catalogue
from tasks.transport import notifier
from tests.support.servers import PostgresServer

LEAST_PER_S = 150.0
_GROUP = 50
_PEOPLE = 3


def _fill(number: int) -> list[int]:
    client_id, _ = clients.add(Client(name="Storm", email="storm@storm.test"))
    now = stored(datetime.now(UTC))
    with connection.transaction():
        ids = [endpoints.add(f"h{one}.storm.test", 443, client_id=client_id)[0] for one in range(number)]
        asked = '{"caa": [], "tlsa": [], "tlsa_secure": false}'
        connection.changed(
            "INSERT INTO endpoint_state (endpoint_id, failures, slow, beside, beside_at)"
            " SELECT id, 0, FALSE, %s, %s FROM endpoint",
            asked,
            now,
        )
        people = [
            users.add(name, Role.OPERATOR, email=f"{name}@storm.test") for name in ("ada", "grace", "lin")[:_PEOPLE]
        ]
        alert_routes.add(AlertRoute(id=0, name="all", steps=(RouteStep(people=frozenset(people)),)))
    return ids


def _scanned(ids: Sequence[int], *chain: pki.Issuer) -> float:
    """Store scans that all show this chain, and return how many endpoints a second that was."""
    batch, sent = ScanBatch(), tuple(one.certificate for one in chain)
    loaded = {one.id: one for some in _groups(ids) for one in endpoints.many(some)}
    began = time.perf_counter()
    for group in _groups(ids):
        seen = AddressObservation(address="192.0.2.1", chain=sent, tls_version="TLSv1.3", kinds_known=True)
        scans = {
            one: CompletedScan(place, ScanObservation(target=loaded[one].target, addresses=(seen,)))
            for place, one in enumerate(group)
        }
        batch.store(scans, is_last=False)
    return len(ids) / (time.perf_counter() - began)


def _groups(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _GROUP] for start in range(0, len(ids), _GROUP))


def _told(number: int) -> list[str]:
    """Tell all that is news, and return what is not as it should be."""
    began = time.perf_counter()
    telling.tell_all()
    connection.changed("UPDATE alert_telling SET due_at = {later(-120)}")  # it has settled
    telling.tell_all()
    took, mails = time.perf_counter() - began, _mails()
    print(f"  {number:,} alerts told to {len(mails)} people in {took:.1f} s: {mails[0][1] if mails else 'nothing'}")
    return [] if len({to for to, _ in mails}) == len(mails) == _PEOPLE else [f"{len(mails)} mails, not {_PEOPLE}"]


def _mails() -> list[tuple[str, str]]:
    return [(to, subject) for to, subject in connection.execute("SELECT recipient, subject FROM mail ORDER BY id")]


@contextmanager
def _database(name: str, folder: str) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{Path(folder) / 'storm.db'}"
        return
    server = PostgresServer()
    server.start()
    try:
        yield server.databases.create()
    finally:
        server.close()


def _run(name: str, number: int) -> list[str]:
    root = pki.root("Storm Root")
    authority = root.authority("Storm CA")
    now = datetime.now(UTC)
    sound = authority.leaf("*.storm.test")
    expired = authority.leaf("*.storm.test", not_before=now - timedelta(days=90), not_after=now - timedelta(hours=1))
    with tempfile.TemporaryDirectory() as folder, _database(name, folder) as url:
        trusted = Path(folder) / "root.pem"
        trusted.write_bytes(pki.pem(root.certificate))
        given = {"database_url_given": SecretStr(url), "redis_url_given": SecretStr("redis://127.0.0.1:9")}
        with settings.override(home=Path(folder), ca_file=trusted, **given):
            notifier.current.cache_clear()
            connection.connect(url)
            with connection.session():
                migrate.up()
                ids = _fill(number)
                calm, storm = _scanned(ids, sound, authority), _scanned(ids, expired, authority)
                print(f"{name}: {calm:.0f} sound, {storm:.0f} failing endpoints stored a second")
                wrong = _told(number)
            connection.database.close()
            connection.database.obj.close_all()
    return [*wrong, *([] if storm >= LEAST_PER_S else [f"{name}: {storm:.0f} a second, not {LEAST_PER_S:.0f}"])]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and return 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benches storms")
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    given = parser.parse_args(arguments)
    catalogue.load()
    wrong = [
        one for name in ("sqlite", "postgresql") if given.only in (None, name) for one in _run(name, given.endpoints)
    ]
    print("\n".join(wrong))
    return 1 if wrong else 0
