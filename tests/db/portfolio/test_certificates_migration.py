"""The migration to certificates of all addresses: what was known stays known, so that the next scan tells only news."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db import connection, migrate
from db.portfolio import endpoints, scans
from rules.certificates.faults import FaultKind
from rules.certificates.finding import Grade

BEFORE, AFTER = "0004_lanes", "0005_certificates"
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
OLD = """{"host": "www.bakery.test", "port": 443, "address": "192.0.2.1", "ok": %s, "faults": %s,
 "not_before": "2026-09-01T00:00:00+00:00", "not_after": "2026-12-01T00:00:00+00:00", "issuer": "CN=Old CA",
 "subject": "CN=www.bakery.test", "serial": "ab12", "names": ["www.bakery.test"], "fingerprint": "f00d",
 "key": "EC-256", "tls_version": "TLSv1.3", "chain_length": 2, "message": "%s"}"""
UNREACHABLE = """{"host": "b", "port": 443, "address": "", "ok": false, "faults": ["unreachable"], "not_before": null,
 "not_after": null, "issuer": "", "subject": "", "serial": "", "names": [], "fingerprint": "", "key": "",
 "tls_version": "", "chain_length": 0, "message": "No TLS connection could be made: silent."}"""


@pytest.fixture(params=["sqlite", "postgres"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], int]]:
    """A database as the release before left it; returns how to enter an endpoint with its old finding."""
    databases = request.getfixturevalue("_databases") if request.param == "postgres" else None
    url = databases.create() if databases else f"sqlite:///{tmp_path / 'old.db'}"
    connection.connect(url)
    with connection.session():
        migrate._runner().up(BEFORE)
        with connection.transaction():
            connection.execute(
                "INSERT INTO client (name, email, contacts, address, language, currency, zone, created_at)"
                " VALUES ('Bakery', 'a@b.test', '[]', '[]', 'en', 'EUR', 'UTC', {now})"
            )
        yield _enter
    connection.database.close()
    connection.database.obj.close_all()
    if databases:
        databases.drop(url)


def _enter(finding: str) -> int:
    with connection.transaction():
        (row,) = connection.execute(
            "INSERT INTO endpoint (client_id, host, port, protocol, created_at)"
            " SELECT 1, 'host-' || COUNT(*), 443, 'tls', {now} FROM endpoint RETURNING id"
        )
        connection.execute(
            "INSERT INTO endpoint_state (endpoint_id, finding, ok, not_after, checked_at)"
            " VALUES (%s, %s, %s, '2026-12-01 00:00:00.000000+00:00', '2026-11-22 03:43:00.000000+00:00')",
            row[0],
            finding,
            '"ok": true' in finding,
        )
    return row[0]


def test_what_was_known_is_known_after_it(old: Callable[[str], int]) -> None:
    sound = old(OLD % ("true", "[]", "It is valid until 2026-12-01."))
    wrong = old(OLD % ("false", '["wrong_host", "weak_key"]', "It is for another. It is weak."))
    odd = old(OLD % ("false", '["unverified"]', "The server speaks TLS, but the handshake failed: no."))
    gone = old(UNREACHABLE)
    assert migrate.up()[0] == AFTER
    found = {number: endpoints.get(number) for number in (sound, wrong, odd, gone)}
    kinds = {number: one.known.kinds for number, one in found.items() if one.known}
    assert kinds == {
        sound: (),
        wrong: (FaultKind.WRONG_HOST, FaultKind.WEAK_KEY),
        odd: (FaultKind.HANDSHAKE_FAILED,),
        gone: (FaultKind.UNREACHABLE,),
    }
    assert [one.known.grade for one in found.values() if one.known] == [
        Grade.SOUND,
        Grade.REFUSED,
        Grade.REFUSED,
        Grade.UNSEEN,
    ]
    leaf = found[sound].history.leaf
    assert leaf
    assert (leaf.serial, leaf.issuer, leaf.names, leaf.fingerprint) == (
        "ab12",
        "CN=Old CA",
        ("www.bakery.test",),
        "f00d",
    )
    assert leaf.not_after == datetime(2026, 12, 1, tzinfo=UTC)
    assert found[wrong].history.open == (FaultKind.WRONG_HOST, FaultKind.WEAK_KEY)
    assert found[gone].history.leaf is None
    assert found[sound].checked_at == datetime(2026, 11, 22, 3, 43, tzinfo=UTC)


def test_after_it_every_endpoint_is_due_at_once(old: Callable[[str], int]) -> None:
    ids = [old(OLD % ("true", "[]", "fine")) for _ in range(3)]
    migrate.up()
    assert scans.due_after(0, 10, now=datetime.now(UTC) + timedelta(seconds=1)) == ids


def test_a_worker_of_the_release_before_may_still_write_and_read(old: Callable[[str], int]) -> None:
    """It names no column that is new, and reads one that stays empty for what this release finds."""
    number = old(OLD % ("true", "[]", "fine"))
    migrate.up()
    assert old(UNREACHABLE) == number + 1
    assert endpoints.get(number + 1).known is None
    rows = connection.execute("SELECT finding, slow, failures FROM endpoint_state ORDER BY endpoint_id")
    assert all(row[0] for row in rows)
    assert [(bool(row[1]), row[2]) for row in rows] == [(False, 0), (False, 0)]
