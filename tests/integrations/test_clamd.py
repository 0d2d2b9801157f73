"""The virus scanner over real sockets: what it says is clean, what it found, and that all else is neither."""

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from integrations import clamd
from integrations.clamd import Clamd, ScannerUnfit
from integrations.errors import Unavailable
from rules.documents.clamd_address import ClamdAddress
from sandbox.behaviour import Behaviour
from sandbox.clamd import SIGNATURE, ClamdServer
from tests.support.bad_files import INFECTED
from tests.support.files import EICAR

MIB = 1024 * 1024


@pytest.fixture
def server() -> Iterator[ClamdServer]:
    with ClamdServer() as server:
        yield server


@pytest.fixture
def scanner(server: ClamdServer) -> Clamd:
    return Clamd(ClamdAddress.parse(server.url), deadline_s=5)


@contextmanager
def scripted(converse: Callable[[socket.socket], None], path: Path) -> Iterator[ClamdAddress]:
    """Serve one connection on a Unix socket by hand, for what no scanner does."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with closing(connection):
                converse(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield ClamdAddress.parse(f"unix://{path}")
        thread.join()


def test_a_clean_file_is_called_clean(scanner: Clamd, server: ClamdServer) -> None:
    assert scanner.scan(io.BytesIO(b"hello")).signature == ""
    assert server.scanned == [5]


@pytest.mark.parametrize("where", [one for one in INFECTED if one != "in a mail"])  # the sandbox's decodes none
def test_the_test_file_is_found_wherever_it_is(where: str, scanner: Clamd) -> None:
    _, make = INFECTED[where]
    assert scanner.scan(io.BytesIO(make())).signature == SIGNATURE


def test_a_long_file_is_sent_in_pieces_and_asked_about_once(scanner: Clamd, server: ClamdServer) -> None:
    assert scanner.scan(io.BytesIO(b"x" * (3 * MIB) + EICAR)).signature == SIGNATURE
    assert server.scanned == [3 * MIB + len(EICAR)]


def test_the_version_names_the_signatures(scanner: Clamd, server: ClamdServer) -> None:
    assert scanner.version() == server.version


@pytest.mark.parametrize("behaviour", [Behaviour.GARBAGE, Behaviour.HANG_UP])
def test_whatever_is_not_clamd_makes_nothing_clean(behaviour: Behaviour, scanner: Clamd, server: ClamdServer) -> None:
    server.conduct.default = behaviour
    with pytest.raises(Unavailable):
        scanner.scan(io.BytesIO(b"hello" * MIB))
    with pytest.raises(Unavailable):
        scanner.version()


def test_a_silent_scanner_costs_its_deadline(server: ClamdServer) -> None:
    server.conduct.default = Behaviour.SILENT
    with pytest.raises(Unavailable):
        Clamd(ClamdAddress.parse(server.url), deadline_s=0.2).scan(io.BytesIO(b"hello"))


def test_a_scanner_that_is_away_is_unavailable(server: ClamdServer, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for url in (f"tcp://127.0.0.1:{port}", f"unix://{tmp_path}/none.ctl"):
        with pytest.raises(Unavailable, match="cannot be reached"):
            Clamd(ClamdAddress.parse(url), deadline_s=5).version()


@pytest.mark.parametrize(
    "said",
    [
        b"", b"\0", b"stream: OK ERROR\0", b"stream: okay\0", b"OK\0", b"stream: OK, I think\0", b"stream:  FOUND\0",
        b"stream: Can't allocate memory ERROR\0", b"xstream: OK\0", b"stream: OK\xff\0", b"x" * 100_000,
    ],
)  # fmt: skip
def test_nothing_but_its_very_word_makes_a_file_clean(said: bytes, tmp_path: Path) -> None:
    def converse(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(said)

    with scripted(converse, tmp_path / "c") as address, pytest.raises(Unavailable):
        Clamd(address, deadline_s=5).scan(io.BytesIO(b"hello"))


def test_a_unix_socket_is_spoken_to_in_the_same_way(tmp_path: Path) -> None:
    sent = bytearray()

    def converse(connection: socket.socket) -> None:
        while not sent.endswith(bytes(4)):
            sent.extend(connection.recv(1000))
        connection.sendall(b"stream: Some.Virus FOUND\0")

    with scripted(converse, tmp_path / "c") as address:
        assert Clamd(address, deadline_s=5).scan(io.BytesIO(b"hello")).signature == "Some.Virus"
    assert bytes(sent) == b"zINSTREAM\0\0\0\0\x05hello\0\0\0\0"


class TestLimitsOfTheScanner:
    def test_a_file_beyond_its_stream_is_not_clean(self, scanner: Clamd, server: ClamdServer) -> None:
        server.stream_max = MIB
        with pytest.raises(ScannerUnfit, match="StreamMaxLength"):
            scanner.scan(io.BytesIO(b"x" * (2 * MIB)))

    def test_one_that_looks_at_files_of_our_size_is_fit(self, scanner: Clamd, server: ClamdServer) -> None:
        scanner.require_fitness(2 * MIB)
        assert 2 * MIB - 1024 < server.scanned[0] <= 2 * MIB

    @pytest.mark.parametrize("alerts", [False, True])
    def test_one_that_passes_over_the_end_of_a_file_is_unfit(
        self, *, alerts: bool, scanner: Clamd, server: ClamdServer
    ) -> None:
        server.scan_max, server.alerts_beyond = MIB, alerts
        with pytest.raises(ScannerUnfit, match="MaxFileSize"):
            scanner.require_fitness(2 * MIB)

    def test_one_without_signatures_is_unfit(self, scanner: Clamd, server: ClamdServer) -> None:
        server.signatures = {}
        with pytest.raises(ScannerUnfit, match="signatures"):
            scanner.require_fitness(MIB)

    def test_the_file_that_tries_it_is_never_longer_than_ours_may_be(self) -> None:
        for length in (1024, 4096, MIB):
            clamd._write_long_archive(file := io.BytesIO(), length)
            assert length - 1024 < len(file.getvalue()) <= length
