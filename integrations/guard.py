"""The guard against server-side request forgery: names come from users, so we choose which addresses we call.

    name ──resolve once──> addresses ──check every one──> literals ──connect──> socket

The connection goes to the literal that was checked; resolving again would let a second answer differ from the first.
"""

import socket
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Thread

from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable

LAST_PORT = 65535
ANY_PORT: frozenset[int] = frozenset()
LOOKUP_S = 15.0
"""What a lookup may take, in seconds, where the caller has no deadline of its own."""

# IANA's special-purpose registries (RFC 6890), kept here because `is_global` of Python 3.11 lets several through.
DENIED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, retired
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # IETF protocol assignments: benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)

UNICAST = ip_network("2000::/3")
"""The only IPv6 space that IANA has given out; all else (unique local, link-local, site-local, multicast) is denied."""

COMPATIBLE = ip_network("::/96")
NAT64 = ip_network("64:ff9b::/96")
ISATAP = (0x0000_5EFE, 0x0200_5EFE)


class NoSuchName(Rejected):
    """Raised when the name server says that the name does not exist, or that it has no address."""


class Forbidden(Rejected):
    """Raised when a name leads to an address that we do not call."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address that the guard let through: an IP literal and a port."""

    ip: str
    port: int


def look_up(host: str) -> list[str]:
    """Return all addresses that the system's resolver has for ``host``.

    Raises ``NoSuchName``, ``Rejected`` for what is no name, or ``Unavailable`` when the name server cannot say now.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in {socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_ADDRFAMILY}:
            raise NoSuchName(f"{host}: there is no such name, or it has no address") from error
        raise Unavailable(f"{host}: the name server cannot say now ({error.strerror})") from error
    except ValueError as error:  # NUL, or a label that is no label
        raise Rejected(f"{host!r} is not a host name") from error
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


@dataclass(frozen=True)
class Guard:
    """Which addresses may be called: the public ones, and those inside the ``allowed`` networks.

    ``hosts`` answers for names before any name server is asked: ``{"*.sandbox.test": "127.0.0.1"}``. An exact name
    goes before a wildcard, a longer wildcard before a shorter one; what it answers is checked like any other address.
    ``resolver`` answers for the others, and is asked once for each connection.
    """

    allowed: tuple[IPv4Network | IPv6Network, ...] = ()
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    resolver: Callable[[str], list[str]] = look_up

    def resolve(
        self, host: str, port: int, *, deadline: Deadline | None = None, ports: frozenset[int] = ANY_PORT
    ) -> list[Address]:
        """Return the addresses of ``host``, resolved once and every one of them checked.

        ``ports`` are those of the protocol; the ``allowed`` networks may be called on others too. Raises ``Forbidden``
        when any address is denied, so that a mixed answer is refused as a whole; ``NoSuchName`` when there is none;
        ``Unavailable`` when the name server cannot say now.
        """
        if not 0 < port <= LAST_PORT:
            raise Rejected(f"{port} is not a port")
        literal = self._known(host)
        found = [literal] if literal else self._look_up(host, deadline or Deadline.after(LOOKUP_S))
        for ip in found:
            if not self.permits(ip):
                raise Forbidden(f"{host} leads to {ip}, which is not a public address")
            if port not in (ports or {port}) and not self.wants(ip):
                raise Forbidden(f"{host} is not called on port {port}")
        return [Address(ip, port) for ip in found]

    def permits(self, ip: str) -> bool:
        """Return whether the literal may be called; one with IPv4 addresses in it is checked by all of them."""
        return self._permits(_address(ip))

    def wants(self, ip: str) -> bool:
        """Tell whether the literal is inside an ``allowed`` network: there, rules for the open network are waived."""
        return self._wanted(_address(ip))

    def _permits(self, address: IPv4Address | IPv6Address) -> bool:
        if self._wanted(address):
            return True
        if isinstance(address, IPv6Address):
            carried = _carried(address)
            if carried:
                return all(self._permits(each) for each in carried)
            if address not in UNICAST:
                return False
        return not any(address in network for network in DENIED)

    def _wanted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self.allowed)

    def _known(self, host: str) -> str | None:
        name = host.lower().removesuffix(".")
        parents = name.split(".")[1:]
        wildcards = (".".join(("*", *parents[start:])) for start in range(len(parents)))
        return next((self.hosts[pattern] for pattern in (name, *wildcards) if pattern in self.hosts), None)

    def _look_up(self, host: str, deadline: Deadline) -> list[str]:
        """Ask the resolver in a thread of its own: the C library takes no deadline."""
        answer: Future[list[str]] = Future()
        Thread(target=_answer, args=(answer, self.resolver, host), name=f"look up {host[:64]}", daemon=True).start()
        try:
            return answer.result(deadline.left())
        except TimeoutError as error:
            raise Unavailable(f"{host}: the name server did not answer in time") from error


def connect(addresses: list[Address], deadline: Deadline) -> socket.socket:
    """Return a socket connected to the first address that answers; each has an even share of the time left.

    Raises ``Unavailable`` when none does.
    """
    trouble: OSError | None = None
    for tried, address in enumerate(addresses):
        share = deadline.left() / (len(addresses) - tried)
        try:
            opened = socket.create_connection((address.ip, address.port), timeout=share)
        except OSError as error:
            trouble = error
            continue
        with ExitStack() as unless_late:
            unless_late.enter_context(opened)
            opened.settimeout(deadline.left())
            unless_late.pop_all()
            return opened
    where = ", ".join(f"{address.ip} port {address.port}" for address in addresses)
    raise Unavailable(f"no connection to {where}: {trouble}") from trouble


def _carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses inside an IPv6 address (RFC 4291, 3056, 4380, 5214, 6052).

    The local-use 64:ff9b:1::/48 (RFC 8215) is not among them: where it carries an address is its operator's choice,
    so it is denied whole, being outside the unicast space.
    """
    if address.teredo:
        return address.teredo
    embedded = address.ipv4_mapped or address.sixtofour
    if embedded:
        return (embedded,)
    low = int(address) & 0xFFFF_FFFF
    isatap = (int(address) >> 32) & 0xFFFF_FFFF in ISATAP
    if isatap or address in COMPATIBLE or address in NAT64:
        return (IPv4Address(low),)
    return ()


def _answer(answer: Future[list[str]], resolver: Callable[[str], list[str]], host: str) -> None:
    try:
        answer.set_result(resolver(host))
    except Exception as error:  # noqa: BLE001  the thread that waits raises it
        answer.set_exception(error)


@lru_cache(maxsize=1024)
def _address(ip: str) -> IPv4Address | IPv6Address:
    return ip_address(ip.partition("%")[0])  # the zone of a link-local address says nothing of its reach
