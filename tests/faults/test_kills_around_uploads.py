"""Kill -9 around a file that is taken in: no document without its bytes, none that waits for ever."""

import signal
from collections.abc import Iterator

import pytest

from db import connection
from db.documents import documents
from db.documents.documents import Document
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.documents import DocumentState
from sandbox.clamd import ClamdServer
from tests.faults.marks import postgres_first
from tests.support import taking_in
from tests.support.eventually import eventually
from tests.support.system import System

pytestmark = pytest.mark.fault


@pytest.fixture
def scanner() -> Iterator[ClamdServer]:
    with ClamdServer() as server:
        yield server


@postgres_first
def test_a_scan_that_is_killed_before_its_state_is_made_again_and_ends_once(
    system: System, scanner: ClamdServer
) -> None:
    armed = {"NOLAPSE_FAILPOINTS": f"documents.scanned=kill@{system.folder / 'killed'}"}
    system.start(**armed, NOLAPSE_CLAMD_URL=scanner.url)
    assert _take_in(system, scanner, _somebody()) == 0
    eventually(lambda: [one.state for one in _all(system)] == [DocumentState.CLEAN], what="the document is clean")
    assert (system.folder / "killed").exists()


@postgres_first
def test_whoever_dies_between_the_bytes_and_the_row_leaves_no_document_and_may_send_it_again(
    system: System, scanner: ClamdServer
) -> None:
    client_id = _somebody()
    armed = {"NOLAPSE_FAILPOINTS": f"documents.stored=kill@{system.folder / 'killed'}"}
    assert _take_in(system, scanner, client_id, **armed) == -signal.SIGKILL
    assert (system.folder / "killed").exists()
    assert _all(system) == []
    assert len(_bytes(system)) == 1, "the storage has them, and an audit finds them"
    system.start(NOLAPSE_CLAMD_URL=scanner.url)
    assert _take_in(system, scanner, client_id) == 0
    eventually(lambda: [one.state for one in _all(system)] == [DocumentState.CLEAN], what="the document is clean")
    (document,) = _all(system)
    assert _bytes(system)[document.storage_key] == taking_in.CONTENT
    assert not list((system.folder / "home" / "incoming").iterdir()), "files on their way have no name to be left under"


def _take_in(system: System, scanner: ClamdServer, client_id: int, **changes: str) -> int:
    """Take a file in, in a process of its own; returns its exit code (negative: the signal)."""
    changes["NOLAPSE_CLAMD_URL"] = scanner.url
    return system.run("tests.support.taking_in", str(client_id), **changes).wait()


def _somebody() -> int:
    with connection.session(), connection.transaction():
        return clients.add(Client(name="Bakery", email="bakery@clients.test"))[0]


def _all(system: System) -> list[Document]:
    return list(system.ask(lambda: documents.LIST.page("-id").rows))


def _bytes(system: System) -> dict[str, bytes]:
    home = system.folder / "home" / "documents"
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
