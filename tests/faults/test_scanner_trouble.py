"""A virus scanner that is stopped, silent, too small or stale (F44): nothing opens, all waits, and is made up for."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from db import connection
from db.documents import documents
from db.ledger import jobs
from db.portfolio import alerts, clients
from db.portfolio.clients import Client
from rules.documents import DocumentState
from sandbox.behaviour import Behaviour
from sandbox.clamd import STALE, ClamdServer
from tasks.documents import virus_scans
from tests.api.test_process import Served, serve
from tests.faults.marks import postgres_first
from tests.support import files
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = pytest.mark.fault
LARGEST = 256 * 1024


def _silent(scanner: ClamdServer) -> None:
    scanner.conduct.by_name["INSTREAM"] = Behaviour.SILENT


def _too_small(scanner: ClamdServer) -> None:
    scanner.conduct.by_name.clear()
    scanner.stream_max = LARGEST // 2


def _stale(scanner: ClamdServer) -> None:
    scanner.version = STALE


TROUBLES: dict[str, Callable[[ClamdServer], None]] = {
    "timed out": _silent,
    "raise StreamMaxLength": _too_small,
    "see that freshclam runs": _stale,
}


@postgres_first
def test_what_a_scanner_in_trouble_has_not_seen_opens_for_nobody_and_is_made_up_for(system: System) -> None:
    with _kept_free() as port:
        _go_through(system, port)


def _go_through(system: System, port: int) -> None:
    shared = {
        "NOLAPSE_CLAMD_URL": f"tcp://127.0.0.1:{port}",
        "NOLAPSE_CLAMD_DEADLINE_S": "1",
        "NOLAPSE_UPLOAD_MAX_BYTES": str(LARGEST),
    }
    system.start(**shared)
    served, client_id = serve(system, **shared), _somebody()
    waiting = [_waits(system, served, client_id, "Connection refused")]
    with ClamdServer(port=port) as scanner:
        version, stream_max = scanner.version, scanner.stream_max
        for said, begin in TROUBLES.items():
            begin(scanner)
            waiting.append(_waits(system, served, client_id, said))
        _give_up(system, waiting[0])
        scanner.version, scanner.stream_max = version, stream_max
        system.ask(_a_day_later)
        for document_id in waiting:
            _is_clean(system, document_id)
            to = urlsplit(_links(served, document_id)[1].json()["url"]).path
            assert httpx.get(f"{served.url}{to}/file").content.startswith(b"%PDF")
    assert "document_unscanned" not in [one.kind for one in system.ask(alerts.open_)]
    served.end()


@contextmanager
def _kept_free() -> Iterator[int]:
    """Return a port that nobody gets by chance, and where nobody listens yet."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def _waits(system: System, served: Served, client_id: int, said: str) -> int:
    """Upload a file, whose scan says what is wrong and leaves it closed; returns its id."""
    asked = {"owner": "client", "owner_id": client_id, "name": f"{len(said)}.pdf"}
    sent = served.ask("POST", "/api/documents", params=asked, content=files.pdf(said.encode()))
    assert sent.status_code == 202, sent.text
    document_id: int = sent.json()["id"]
    eventually(lambda: said in _error(system, document_id), what=f"the scan's job says {said!r}")
    assert system.ask(lambda: documents.require(document_id).state) is DocumentState.SCANNING
    assert [one.status_code for one in _links(served, document_id)] == [409, 409]
    return document_id


def _links(served: Served, document_id: int) -> list[httpx.Response]:
    """Return what is answered to who wants the file, and to who wants a link to it for a client."""
    return [served.ask("POST", f"/api/documents/{document_id}/{kind}") for kind in ("links", "client-links")]


def _give_up(system: System, document_id: int) -> None:
    """Have the scan of a document tried for the last time, of which staff are told."""
    (job_id, *_) = _jobs(system, document_id)

    def told() -> bool:
        system.ask(lambda: _hurry("id = %s", job_id, failures=7))
        return ("document_unscanned",) in system.rows("SELECT kind FROM alert")

    eventually(told, what="staff are told")


def _is_clean(system: System, document_id: int) -> None:
    def clean() -> bool:
        system.ask(lambda: _hurry("task = %s", virus_scans.scan.name, failures=1))
        return system.ask(lambda: documents.require(document_id).state) is DocumentState.CLEAN

    eventually(clean, what=f"document {document_id} is clean")


def _hurry(which: str, value: object, *, failures: int) -> None:
    """Have what waits for the scanner's lane, or after a failure, tried now."""
    with connection.transaction():
        connection.changed("DELETE FROM lane")
        connection.changed(
            f"UPDATE job SET run_at = {{now}}, failures = %s WHERE state = 'queued' AND {which}", failures, value
        )


def _a_day_later() -> None:
    """Scan what nobody has scanned, as the timetable does."""
    with connection.transaction():
        connection.changed("UPDATE kept_document SET added_at = {later(-86400)}")
        virus_scans.scan_due.enqueue()


def _error(system: System, document_id: int) -> str:
    return next((system.job(one).error or "" for one in _jobs(system, document_id)), "")


def _jobs(system: System, document_id: int) -> list[int]:
    """Return the scans of a document, the newest first: the jobs that are about it alone."""
    found = system.ask(lambda: jobs.newest(task=virus_scans.scan.name))
    return [one.id for one in found if one.args == {"document_id": document_id}]


def _somebody() -> int:
    with connection.session(), connection.transaction():
        return clients.add(Client(name="Bakery", email="bakery@clients.test"))[0]
