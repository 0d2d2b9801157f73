"""What authorities publish: fetched once for all workers, not waited for again where a server had nothing for us."""

import gzip
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from socket import socket
from threading import Event

import pytest
import time_machine

import settings
from db import connection
from db.outside import downloads as kept
from integrations import ca_repository
from rules.certificates.ari import RenewalQuery
from rules.certificates.dns_policy import RenewalWindow
from rules.certificates.downloads import DownloadKind
from sandbox import pki, revocation
from tasks import outside
from tasks.certificates import downloads
from tasks.certificates.downloads import DownloadCache, InMemoryDownloads
from tests.support.hostile import Hostile, Play, says
from tests.support.large_lists import many
from tests.support.memory import peak_growth

# What the databases do with it is tested in tests/db.
pytestmark = [pytest.mark.usefixtures("ledger"), pytest.mark.parametrize("database", ["sqlite"], indirect=True)]
ROOT = pki.root("Root")
ISSUER = ROOT.authority("Issuer")
CRL = revocation.crl(ISSUER, [ISSUER.leaf("www.bakery.test")])
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Play], Hostile]]:
    """Starts a server that loopback may be asked for."""
    started: list[Hostile] = []
    monkeypatch.setenv("NOLAPSE_ALLOWED_NETWORKS", "127.0.0.0/8")
    downloads._parsed.clear()

    def start(play: Play) -> Hostile:
        server = Hostile(play)
        started.append(server)
        server.__enter__()
        return server

    with settings.override(allowed_networks=settings.load().allowed_networks):
        outside.guard.cache_clear()
        yield start
    outside.guard.cache_clear()
    for server in started:
        server.__exit__(None, None, None)


def url(server: Hostile, path: str = "1.crl") -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/{path}"


def test_one_worker_fetches_and_all_use_it_while_it_is_fresh(serving: Callable[[Play], Hostile]) -> None:
    server = serving(says(ok(CRL)))
    first = DownloadCache(kept).crls([url(server), url(server)])
    downloads._parsed.clear()  # as in another process
    assert list(DownloadCache(kept).crls([url(server)])) == list(first) == [url(server)]
    assert len(server.heard) == 1
    assert kept.body(url(server)) == CRL


def test_what_is_old_is_fetched_again_and_the_old_one_does_meanwhile(serving: Callable[[Play], Hostile]) -> None:
    server = serving(says(ok(CRL)))
    DownloadCache(kept).crls([url(server)])
    server.play = says(NOT_FOUND)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=2)):
        assert list(DownloadCache(kept).crls([url(server)])) == [url(server)]
    assert len(server.heard) == 2
    assert connection.execute("SELECT failure FROM download")[0][0].endswith("answered 404")


@pytest.mark.parametrize("answer", [NOT_FOUND, ok(b"<html>"), ok(b""), b"garbage\r\n\r\n"])
def test_a_server_that_has_nothing_for_us_is_not_asked_again_for_a_while(
    serving: Callable[[Play], Hostile], answer: bytes
) -> None:
    server = serving(says(answer))
    for _ in range(3):
        assert DownloadCache(kept).crls([url(server)]) == {}
    assert len(server.heard) == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2)):
        DownloadCache(kept).crls([url(server)])
    assert len(server.heard) == 2


def test_where_the_time_is_up_nothing_is_fetched_and_nothing_is_held_against_the_server(
    serving: Callable[[Play], Hostile],
) -> None:
    server = serving(says(ok(CRL)))
    assert DownloadCache(kept, budget_s=0).crls([url(server)]) == {}
    assert (server.heard, kept.kept([url(server)])) == ([], {})


@pytest.mark.parametrize("address", ["ldap://ca.test/x", "http://ca.test/\0", "http://ca.test/ä", "x" * 3000, ""])
def test_what_is_no_address_for_us_is_passed_over(serving: Callable[[Play], Hostile], address: str) -> None:
    server = serving(says(ok(CRL)))
    assert list(DownloadCache(kept).crls([address, url(server)])) == [url(server)]


def test_without_a_database_a_command_remembers_by_itself(serving: Callable[[Play], Hostile]) -> None:
    server = serving(says(ok(ISSUER.certificate)))
    library = DownloadCache(InMemoryDownloads())
    for _ in range(2):
        assert library.issuers([url(server)]) == {url(server): (ISSUER.certificate,)}
    assert len(server.heard) == 1
    assert kept.kept([url(server)]) == {}


def test_a_cas_window_is_found_by_its_directory_and_asked_for_as_often_as_it_says(
    serving: Callable[[Play], Hostile], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = b'{"suggestedWindow": {"start": "2027-01-02T00:00:00Z", "end": "2027-01-03T00:00:00Z"}}'
    server = serving(says(ok(window, "Retry-After: 7200")))
    question = RenewalQuery(url(server, "directory"), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE")
    # A CA's directory leads to https alone, which no server on loopback has: its answer is put in its place.
    monkeypatch.setattr("rules.certificates.ari.renewal_url", lambda _body, name: url(server, name))
    now = datetime.now(UTC)
    for hours in (0, 1, 3):
        with time_machine.travel(now + timedelta(hours=hours)):
            assert DownloadCache(kept).windows([question]) == {
                question: RenewalWindow(start=datetime(2027, 1, 2, tzinfo=UTC), end=datetime(2027, 1, 3, tzinfo=UTC))
            }
    asked = [heard.split()[1] for heard in server.heard]
    assert asked.count(b"/directory") == 1
    assert asked.count(b"/aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE") == 2


def test_a_round_fetches_a_bounded_number_and_leaves_the_rest_to_the_next_scans(
    serving: Callable[[Play], Hostile],
) -> None:
    server = serving(says(ok(CRL)))
    wanted = [f"{url(server)}?{number}" for number in range(downloads._MOST_OF_A_ROUND + 6)]
    assert len(DownloadCache(kept).crls(wanted)) == downloads._MOST_OF_A_ROUND
    assert len(server.heard) == downloads._MOST_OF_A_ROUND


def _silent(_: socket, stopping: Event) -> None:
    stopping.wait(20)


def test_what_a_silent_server_has_used_up_is_taken_from_what_the_next_may_use(
    serving: Callable[[Play], Hostile],
) -> None:
    silent, ready = serving(_silent), serving(says(ok(CRL)))
    cache = DownloadCache(kept, budget_s=0.2)
    assert cache.crls([url(silent)]) == {}
    assert "deadline" in (kept.kept([url(silent)])[url(silent)].failure or ""), (
        "it was waited for longer than there was time"
    )
    assert cache.crls([url(ready)]) == {}
    assert ready.heard == []


class TestBudgets:
    """A cap for each body is no cap for all of them: a stranger may name as many as they like."""

    @pytest.mark.parametrize(
        ("kind", "body"), [(DownloadKind.CRL, CRL), (DownloadKind.ISSUER, ISSUER.certificate)], ids=["CRL", "issuer"]
    )
    def test_a_batch_brings_so_many_bytes_and_leaves_the_rest_to_the_next_scans(
        self, serving: Callable[[Play], Hostile], kind: DownloadKind, body: bytes
    ) -> None:
        server = serving(says(ok(body)))
        wanted = [f"{url(server)}?{number}" for number in range(6)]
        cache = DownloadCache(kept, budget_bytes=ca_repository.most_bytes(kind) + 2 * len(body))
        ask = cache.crls if kind is DownloadKind.CRL else cache.issuers
        found = ask(wanted)
        assert 1 <= len(found) <= 3
        assert ask(wanted).keys() >= found.keys()

    def test_eight_bombs_of_lists_take_little_room_here_and_in_the_database(
        self, serving: Callable[[Play], Hostile]
    ) -> None:
        body = many(ISSUER, 390_000)
        server = serving(says(ok(gzip.compress(body, 1), "Content-Encoding: gzip")))
        assert 9_000_000 < len(body) <= ca_repository.most_bytes(DownloadKind.CRL)
        visits = itertools.count()

        def scan() -> None:
            names = [f"{url(server)}?{next(visits)}" for _ in range(8)]
            assert len(DownloadCache(kept).crls(names)) >= kept.MOST_OF_A_SITE // len(body)

        assert peak_growth(scan) < 200 * 1024 * 1024, "the budget of a batch, and what a process remembers"
        ((held,),) = connection.execute("SELECT SUM(size) FROM download")
        assert held <= kept.MOST_OF_A_SITE

    def test_of_one_site_only_the_newest_bytes_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept, "MOST_OF_A_SITE", 100)
        now = datetime.now(UTC)
        hosts = ["a.ca.test", "b.ca.test", "c.ca.test", "other.example.com"]
        for number, host in enumerate(hosts):
            kept.keep(f"http://{host}/", "crl", b"x" * 40, at=now + timedelta(seconds=number), fresh_until=now)
        assert [host for host in hosts if kept.body(f"http://{host}/")] == hosts[1:]

    def test_what_a_process_remembers_is_bounded_by_bytes(self) -> None:
        remembered, now = downloads._ParsedBodies(100), datetime.now(UTC)
        keys = [(DownloadKind.CRL, str(number), now) for number in range(5)]
        for number, key in enumerate(keys):
            remembered.put(key, number, 40)
        assert [remembered.get(key) for key in keys] == [None, None, None, 3, 4]
        remembered.put(keys[4], "again", 99)
        assert [remembered.get(key) for key in keys[3:]] == [None, "again"]


def test_one_address_that_is_named_for_two_kinds_is_each_for_what_it_holds(serving: Callable[[Play], Hostile]) -> None:
    server = serving(says(ok(ISSUER.certificate)))
    cache = DownloadCache(kept)
    assert cache.issuers([url(server)]) == {url(server): (ISSUER.certificate,)}
    assert cache.crls([url(server)]) == {}
    assert cache.ocsp([url(server)]) == {}
    assert cache.issuers([url(server)]) == {url(server): (ISSUER.certificate,)}
