import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from threading import active_count

import pytest

from integrations import tls
from integrations.errors import Unavailable
from integrations.guard import Guard, NoSuchName
from integrations.tls import connection_slots, target_scan
from rules.certificates.faults import FaultKind
from rules.certificates.observation import ScanFailure, ScanObservation, ScanTarget
from sandbox.authority import Authority
from sandbox.behaviour import Behaviour, Conduct
from sandbox.tls import TlsServer
from sandbox.truth import Chain, Endpoint
from tests.integrations.test_tls import ENDPOINTS, GUARD, HOST
from tests.support.eventually import eventually

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("ff00::/8"), ip_network("224.0.0.0/4"))
NO_WAY = "ff02::1"
"""To a multicast address no connection can be begun, on any machine."""


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def server(authority: Authority) -> Iterator[TlsServer]:
    with TlsServer(ENDPOINTS.values(), authority, Conduct(delay_s=0.3)) as running:
        yield running


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_slots, "SILENCE_S", 0.05)
    monkeypatch.setattr(connection_slots, "ROUND_S", 0.01)


@dataclass(frozen=True)
class Names(Guard):
    """A guard whose name server has these answers."""

    answers: dict[str, list[str] | Exception] = field(kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "resolver", self._answer)

    def _answer(self, host: str) -> list[str]:
        answer = self.answers[host]
        if isinstance(answer, Exception):
            raise answer
        return answer


def observe(
    targets: list[ScanTarget], *, guard: Guard = GUARD, deadline_s: float = 5, in_flight: int = 256
) -> list[ScanObservation]:
    return list(tls.scan_many(targets, guard=guard, deadline_s=deadline_s, in_flight=in_flight))


def answered(*addresses: str, port: int, allowed=LOOPBACK) -> ScanObservation:
    guard = Names(allowed=allowed, answers={HOST: list(addresses)})
    return observe([ScanTarget(host=HOST, port=port)], guard=guard)[0]


def test_nothing_comes_of_no_targets() -> None:
    assert observe([]) == []


def test_each_target_has_a_look_of_its_own(server: TlsServer) -> None:
    chains = list(Chain) * 16
    targets = [ScanTarget(host=ENDPOINTS[chain].host, port=server.port) for chain in chains]
    found = observe(targets, deadline_s=30)
    assert {id(one.target) for one in found} == {id(target) for target in targets}
    by_host = {one.target.host: one.addresses[0].chain for one in found}
    assert all(by_host[one.target.host] == one.addresses[0].chain for one in found)
    assert len(set(by_host.values())) == len(Chain)
    assert server.connections == len(chains)
    assert all(one.seconds > 0 for one in found)


def test_every_address_is_looked_at(server: TlsServer) -> None:
    found = answered("127.0.0.1", "127.0.0.2", port=server.port)
    assert [one.address for one in found.addresses] == ["127.0.0.1", "127.0.0.2"]
    assert [one.failure for one in found.addresses] == [None, ScanFailure(FaultKind.UNREACHABLE, "connection refused")]
    assert found.left_out == ()


def test_addresses_beyond_the_cap_are_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    every = [f"127.0.1.{number}" for number in range(20)]
    found = answered(*every, port=port)
    assert [one.address for one in found.addresses] == every[: target_scan.MOST_ADDRESSES]
    assert found.left_out == tuple(every[target_scan.MOST_ADDRESSES :])


def test_an_address_to_which_there_is_no_way_is_left_out(server: TlsServer) -> None:
    found = answered(NO_WAY, "127.0.0.1", port=server.port)
    assert ([one.address for one in found.addresses], found.left_out) == (["127.0.0.1"], (NO_WAY,))
    assert (found.addresses[0].failure, found.failure, found.trouble) == (None, None, None)


def test_no_way_to_any_address_is_our_own_trouble() -> None:
    found = answered(NO_WAY, port=443)
    assert (found.addresses, found.failure) == ((), None)
    assert str(found.trouble).startswith(f"there is no way from here to {NO_WAY}")


def test_a_denied_address_refuses_the_whole_answer(server: TlsServer) -> None:
    found = answered("127.0.0.1", "10.0.0.1", port=server.port)
    assert (found.addresses, found.failure) == ((), None)
    assert found.trouble == f"{HOST} leads to 10.0.0.1, which is not a public address"
    assert server.connections == 0


def test_a_forbidden_literal_is_refused_before_anything_is_sent(server: TlsServer) -> None:
    (found,) = observe([ScanTarget(host="127.0.0.1", port=server.port)], guard=Guard())
    assert found.trouble == "127.0.0.1 leads to 127.0.0.1, which is not a public address"
    assert server.connections == 0


def test_what_names_bring_is_told_of_each_target_alone(server: TlsServer) -> None:
    answers: dict[str, list[str] | Exception] = {
        "gone.test": NoSuchName("gone.test"),
        "later.test": Unavailable("later.test: the name server cannot say now"),
        "bug.test": ZeroDivisionError(),
        HOST: ["127.0.0.1"],
    }
    guard = Names(allowed=LOOPBACK, answers=answers)
    found = {
        one.target.host: one
        for one in observe([ScanTarget(host=each, port=server.port) for each in answers], guard=guard)
    }
    assert found["gone.test"].failure == ScanFailure(
        FaultKind.UNREACHABLE, "there is no such name, or it has no address"
    )
    assert found["later.test"].trouble == "later.test: the name server cannot say now"
    assert found["bug.test"].trouble == "a bug of ours: ZeroDivisionError"
    assert found[HOST].addresses[0].failure is None


@pytest.mark.parametrize("host", ["", "two words", "a\x00b.test", "x" * 300])
def test_what_is_no_host_name_is_trouble(host: str) -> None:
    (found,) = observe([ScanTarget(host=host, port=443)])
    assert (found.addresses, found.failure) == ((), None)
    assert found.trouble


def test_no_file_descriptors_are_our_own_trouble(server: TlsServer) -> None:
    target = ScanTarget(host="127.0.0.1", port=server.port, server_name=HOST)

    async def scans() -> tuple[ScanObservation, ScanObservation]:
        async with tls._target_scan(GUARD, 5, 1, hsts=False, mail=tls.MAIL) as scan:
            before = await scan.run(target, await scan.slots.take())
            with no_descriptors():
                return before, await scan.run(target, await scan.slots.take())

    before, found = asyncio.run(scans())
    assert before.addresses[0].failure is None
    assert (found.addresses, found.failure) == ((), None)
    assert found.trouble == "no connection can be made from here: too many open files"


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Have the process open no more files than it has."""
    lowest = os.dup(0)
    os.close(lowest)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("impatient")
def test_the_silent_give_their_places_to_others(server: TlsServer, authority: Authority) -> None:
    tarpit = Endpoint(
        host="tarpit.sandbox.test",
        client="agency",
        chain=Chain.VALID,
        not_before=ENDPOINTS[Chain.VALID].not_before,
        not_after=ENDPOINTS[Chain.VALID].not_after,
    )
    server.conduct.by_name[tarpit.host] = Behaviour.SILENT
    targets = [ScanTarget(host=host, port=server.port) for host in [tarpit.host] * 8 + [HOST] * 8]
    found = observe(targets, deadline_s=1.5, in_flight=2)
    assert [one.target.host for one in found] == [HOST] * 8 + [tarpit.host] * 8
    assert all(one.addresses[0].failure is None for one in found[:8])
    assert {one.addresses[0].failure for one in found[8:]} == {ScanFailure(FaultKind.UNREACHABLE, "silent")}


@pytest.mark.usefixtures("impatient")
def test_whoever_speaks_late_is_seen_all_the_same(server: TlsServer) -> None:
    server.conduct.by_name[HOST] = Behaviour.SLOW
    found = observe([ScanTarget(host=HOST, port=server.port)] * 6, in_flight=1)
    assert [one.addresses[0].failure for one in found] == [None] * 6


@pytest.mark.usefixtures("impatient")
def test_no_more_are_open_than_there_are_file_descriptors() -> None:
    async def taken() -> int:
        some = connection_slots.ConnectionSlots(in_flight=2, most_open=3)
        held: list[connection_slots.ConnectionSlot] = []

        async def hold() -> None:
            held.append(await some.take())

        waiting = [asyncio.ensure_future(hold()) for _ in range(5)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*waiting), 0.3)
        return len(held)

    assert asyncio.run(taken()) == 3


def test_closing_early_leaves_nothing_behind(server: TlsServer) -> None:
    threads = active_count()
    server.conduct.by_name[HOST] = Behaviour.SILENT
    other = ENDPOINTS[Chain.EXPIRING].host
    targets = [ScanTarget(host="127.0.0.1", port=server.port, server_name=each) for each in [HOST] * 5 + [other]]
    scan = tls.scan_many(targets, guard=GUARD, deadline_s=60)
    assert next(scan).target.name == other
    scan.close()
    assert active_count() <= threads  # those that resolved names for tests before may be ending
    eventually(lambda: not server._conversations)
