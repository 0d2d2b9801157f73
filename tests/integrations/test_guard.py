import socket
from ipaddress import ip_network

import pytest

from integrations import guard
from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected, Unavailable
from integrations.guard import Address, Forbidden, Guard, NoSuchName

LOOPBACK = ip_network("127.0.0.0/8")

SPELLINGS_OF_LOOPBACK = ["127.1", "127.0.1", "0x7f000001", "0x7f.1", "2130706433", "0177.0.0.1", "017700000001", "0"]

NOT_PUBLIC = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.8.8.8"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1"),
    *("192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "fe80::1%1", "fec0::1", "ff02::1", "ff0e::1"),
    *("100::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "3fff::1", "4000::1", "5f00::1"),
]

CARRYING = [
    *("::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1"),
    *("::127.0.0.1", "::169.254.169.254", "::a00:1"),
    *("2002:7f00:1::", "2002:7f00:1::1", "2002:a9fe:a9fe::", "2002:c0a8:101::1", "2002:a00:1::"),
    *("64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "64:ff9b::192.168.1.1"),
    *("64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "64:ff9b:1:a9fe:a9:fe00::"),
    *(
        "2001:0:7f00:1::",
        "2001:0:808:808::80ff:fffe",
        "2001:0:808:808::5601:5601",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ),
    *("2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1"),
]

HOSTILE = [*SPELLINGS_OF_LOOPBACK, *NOT_PUBLIC, *CARRYING]


def test_the_list_of_hostile_targets_is_long_enough():
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("target", HOSTILE)
def test_a_target_that_is_not_public_is_refused(target):
    with pytest.raises(Forbidden):
        Guard().resolve(target, 443)


@pytest.mark.parametrize(
    "target",
    [
        *("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.255"),
        *("2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"),
    ],
)
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

    def getaddrinfo(host: str, *_: object, **__: object):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 0)) for ip in ips]

    return asked, getaddrinfo


def test_a_mixed_answer_is_refused_as_a_whole(monkeypatch):
    _, getaddrinfo = answering("8.8.8.8", "127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Forbidden, match=r"127\.0\.0\.1"):
        Guard().resolve("mixed.example", 443)


def test_a_name_is_resolved_once_and_answered_with_literals(monkeypatch):
    asked, getaddrinfo = answering("8.8.8.8", "8.8.8.8", "1.1.1.1")
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert Guard().resolve("twice.example", 443) == [Address("8.8.8.8", 443), Address("1.1.1.1", 443)]
    assert asked == ["twice.example"]


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
