import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from ipaddress import ip_network
from itertools import count
from threading import Thread
from typing import Self

import pytest
from dnslib import DNSRecord

from integrations import guard, rdap
from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected, Unavailable
from integrations.guard import Address, Forbidden, Guard, NoSuchName
from integrations.rdap_bootstrap import Bootstrap
from tests.support import canaries
from tests.support.canaries import Zone
from tests.support.hostile import FORBIDDEN

LOOPBACK = ip_network("127.0.0.0/8")


def test_the_list_of_hostile_targets_is_long_enough():
    assert len(set(FORBIDDEN)) >= 60


@pytest.mark.parametrize("target", FORBIDDEN)
def test_a_target_that_is_not_public_is_refused(target):
    with pytest.raises(Forbidden):
        Guard().resolve(target, 443)


@pytest.mark.parametrize(
    "target",
    [
        "8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255",
        "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8",
    ],
)  # fmt: skip
def test_a_public_target_is_let_through(target):
    assert [address.port for address in Guard().resolve(target, 443)] == [443]


@pytest.mark.parametrize("target", ["127.0.0.1", "127.1", "2130706433", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_an_allowed_network_is_let_through_in_every_form(target):
    assert Guard(allowed=(LOOPBACK,)).resolve(target, 443)


def test_an_allowed_network_allows_no_other():
    with pytest.raises(Forbidden):
        Guard(allowed=(LOOPBACK,)).resolve("10.0.0.1", 443)


def test_an_exact_name_goes_before_a_wildcard_and_a_long_wildcard_before_a_short_one():
    hosts = {"*.sandbox.test": "127.0.0.1", "*.eu.sandbox.test": "127.0.0.2", "a.eu.sandbox.test": "127.0.0.3"}
    mine = Guard(allowed=(LOOPBACK,), hosts=hosts)
    assert mine.resolve("b.sandbox.test", 1) == [Address("127.0.0.1", 1)]
    assert mine.resolve("b.EU.sandbox.test.", 1) == [Address("127.0.0.2", 1)]
    assert mine.resolve("a.eu.sandbox.test", 1) == [Address("127.0.0.3", 1)]


def test_what_the_hosts_say_is_judged_too():
    with pytest.raises(Forbidden):
        Guard(hosts={"a.test": "127.0.0.1"}).resolve("a.test", 443)


def test_only_an_allowed_network_may_be_called_on_a_port_of_another_protocol():
    with pytest.raises(Forbidden):
        Guard().resolve("8.8.8.8", 25, ports=frozenset({443}))
    assert Guard(allowed=(LOOPBACK,)).resolve("127.0.0.1", 8443, ports=frozenset({443}))


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(Rejected):
        Guard().resolve("8.8.8.8", port)


@pytest.mark.parametrize("host", ["", "a\0b", "a" * 64 + ".com", "a..b", "[::1]", "two words", "\ud800"])
def test_what_is_no_name_is_one_of_our_errors(host):
    with pytest.raises(IntegrationError):
        Guard().resolve(host, 443)


def answering(*ips: str):
    """Return a resolver that gives these addresses: no name server of ours can give public ones."""
    asked: list[str] = []

    def resolver(host: str) -> list[str]:
        asked.append(host)
        return list(ips)

    return asked, resolver


@pytest.mark.parametrize("ips", [("8.8.8.8", "127.0.0.1"), ("8.8.8.8", "::1"), ("::ffff:10.0.0.1", "8.8.8.8")])
def test_a_mixed_answer_is_refused_as_a_whole(ips):
    _, resolver = answering(*ips)
    with pytest.raises(Forbidden, match="not a public address"):
        Guard(resolver=resolver).resolve("mixed.example", 443)


def test_a_name_is_resolved_once_and_answered_with_literals():
    asked, resolver = answering("8.8.8.8", "1.1.1.1")
    found = Guard(resolver=resolver).resolve("twice.example", 443)
    assert found == [Address("8.8.8.8", 443), Address("1.1.1.1", 443)]
    assert asked == ["twice.example"]


def test_the_system_names_an_address_once():
    assert guard.look_up("127.0.0.1") == ["127.0.0.1"]


def asks(port: int) -> Callable[[str], list[str]]:
    """Return a resolver that asks the name server on this port of ours."""

    def resolver(host: str) -> list[str]:
        answer = DNSRecord.parse(DNSRecord.question(host).send("127.0.0.1", port, timeout=5))
        return [str(each.rdata) for each in answer.rr]

    return resolver


class Counting:
    """Listens on an address of loopback, gives everybody one answer, and counts who came."""

    def __init__(self, address: str, port: int, answer: bytes) -> None:
        self.came = 0
        self._listener = socket.create_server((address, port))
        self.port: int = self._listener.getsockname()[1]
        self._answer = answer
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):  # it was shut down
            while True:
                connection, _ = self._listener.accept()
                self.came += 1
                with connection:
                    connection.recv(4096)
                    connection.sendall(self._answer)


def test_a_name_that_is_bound_anew_after_it_was_judged_changes_nothing():
    zone = Zone({"rebinds.test": [["127.0.0.2"], ["127.0.0.1"]]})
    found = b'{"objectClassName": "domain"}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(found), found)
    with ExitStack() as running:
        asked_at = running.enter_context(canaries.name_server(zone))
        there = running.enter_context(Counting("127.0.0.2", 0, answer))
        canary = running.enter_context(Counting("127.0.0.1", there.port, b""))
        mine = Guard(allowed=(ip_network("127.0.0.2/32"),), resolver=asks(asked_at))
        bootstrap = Bootstrap({"test": f"http://rebinds.test:{there.port}/"})
        assert rdap.fetch("bakery.test", bootstrap=bootstrap, guard=mine, deadline_s=5)
        assert (zone.asked["rebinds.test"], there.came) == (1, 1), "one look-up for one connection"
        with pytest.raises(Forbidden, match=r"127\.0\.0\.1"):
            rdap.fetch("bakery.test", bootstrap=bootstrap, guard=mine, deadline_s=5)
        assert (zone.asked["rebinds.test"], there.came, canary.came) == (2, 1, 0)


@pytest.fixture(scope="module")
def network():
    """What came of pointing everything at every forbidden target, on a network of our own."""
    try:
        return canaries.run()
    except canaries.NoNamespaces as error:
        pytest.skip(str(error))


def test_no_canary_hears_anything_and_no_connection_is_begun(network):
    assert network["heard"] == {}
    assert network["opened"]["direct"] == 0
    assert network["control"] == {"10.20.30.40": 1}, "the canaries are deaf"


def test_a_referral_or_redirect_opens_no_connection_but_the_one_that_brought_it(network):
    assert network["opened"]["led"] == network["opened"]["public"] == 3 * len(FORBIDDEN)


def test_every_forbidden_target_is_refused_by_its_class(network):
    refused = {**network["direct"], **{way: how for way, how in network["led"].items() if "registrar" not in way}}
    assert set(refused.values()) <= {"Forbidden", "Rejected"}
    assert {how for way, how in network["led"].items() if "registrar" in way} == {"answered"}, "at the price of fields"


def test_a_name_server_that_changes_its_mind_is_asked_once_for_each_connection(network):
    said = network["names"]
    assert [said[f"first rebinds-{each}"] for each in ("whois", "rdap")] == ["answered"] * 2
    assert [said[f"second rebinds-{each}"] for each in ("whois", "rdap")] == ["Forbidden"] * 2
    assert {network["lookups"][f"rebinds-{each}.test"] for each in ("whois", "rdap")} == {2}
    assert network["opened"]["names"] == network["opened"]["names at public"] == 2


def test_a_name_is_refused_by_what_its_name_server_says(network):
    said = network["names"]
    assert {said[each] for each in ("mixed", "mixed with IPv6", "private")} == {"Forbidden"}
    assert (said["nobody"], said["servfail"]) == ("NoSuchName", "Unavailable")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (socket.EAI_NONAME, NoSuchName),
        (socket.EAI_NODATA, NoSuchName),
        (socket.EAI_AGAIN, Unavailable),
        (socket.EAI_FAIL, Unavailable),
    ],
)
def test_a_name_that_does_not_exist_is_told_from_a_name_server_in_trouble(monkeypatch, code, error):
    def getaddrinfo(*_: object, **__: object):
        raise socket.gaierror(code, "so it is")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(error):
        Guard().resolve("a.example", 443)


def test_a_passed_deadline_is_told():
    with pytest.raises(Unavailable, match="deadline"):
        Guard().resolve("localhost", 443, deadline=Deadline.after(0))


def test_the_next_address_is_tried_where_one_refuses():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as closed:
        port, closed_port = listener.getsockname()[1], closed.getsockname()[1]
        closed.close()
        addresses = [Address("127.0.0.1", closed_port), Address("127.0.0.1", port)]
        with guard.connect(addresses, Deadline.after(2)) as connection:
            assert connection.getpeername() == ("127.0.0.1", port)


def test_where_no_address_answers_the_service_is_unavailable():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(Unavailable, match=f"127.0.0.1 port {port}"):
        guard.connect([Address("127.0.0.1", port)], Deadline.after(2))


class PassesOnceConnected(Deadline):
    """Has time left when it is asked first, and none after."""

    asked = count()

    def left(self) -> float:
        if next(self.asked):
            raise Unavailable("the answer took longer than its deadline")
        return 5.0


def test_a_deadline_that_passes_while_connecting_leaves_no_socket_open():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        with pytest.raises(Unavailable, match="deadline"):
            guard.connect([Address("127.0.0.1", listener.getsockname()[1])], PassesOnceConnected(0.0))
        accepted, _ = listener.accept()
        with accepted:
            accepted.settimeout(5)
            assert accepted.recv(1) == b"", "it was closed"
