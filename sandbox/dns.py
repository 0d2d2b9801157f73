"""The sandbox's DNS: a resolver, and name servers with addresses of their own, all on one port of loopback.

    resolver 127.0.0.1      answers from all zones
    registry 127.0.0.2      the top-level domains, with delegations
    hosting  127.0.0.3      the domains' own zones

Linux answers on all of 127.0.0.0/8 without being set up.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import chain
from socketserver import BaseRequestHandler, ThreadingTCPServer, ThreadingUDPServer
from threading import Event, Lock, Thread
from typing import Self, cast

from dnslib import QTYPE, RCODE, RR, TXT, DNSError, DNSRecord

from sandbox.truth import Domain, RegistryState

RESOLVER, REGISTRY, HOSTING = "127.0.0.1", "127.0.0.2", "127.0.0.3"
POLL_S = 0.02
DATAGRAM = 512
"""Bytes of an answer over UDP; a longer one is cut off (RFC 1035, 2.3.4)."""
MOST_CNAMES = 8
DRIP_S = 0.1
PORTS_TRIED = 20
GARBAGE = bytes(range(200))


class Trick(StrEnum):
    """One way to treat a question other than by answering it."""

    SILENT = "silent"
    SERVFAIL = "servfail"
    REFUSED = "refused"
    NXDOMAIN = "nxdomain"
    GARBAGE = "garbage"
    WRONG_ID = "wrong_id"
    WRONG_QUESTION = "wrong_question"
    WRONG_TYPE = "wrong_type"  # an A record, whatever was asked
    CNAME_LOOP = "cname_loop"
    HUGE = "huge"  # as much TXT as a message holds, over TCP
    CUT_OFF = "cut_off"  # over UDP cut off, over TCP hung up
    DRIP = "drip"  # over UDP cut off, over TCP one byte after the other
    NO_AUTHORITY = "no_authority"  # answers without the flag AA


@dataclass(frozen=True)
class Zone:
    """A zone and the address of the server that holds it; ``text`` is its zone file, relative to its name.

    The resolver says of answers from a zone that is ``signed`` that it validated them by DNSSEC.
    """

    name: str
    server: str
    text: str
    signed: bool = False

    @cached_property
    def records(self) -> dict[str, list[RR]]:
        found: dict[str, list[RR]] = {}
        for record in RR.fromZone(self.text, origin=self.name, ttl=60):
            found.setdefault(_text(record.rname), []).append(record)
        return found

    def holds(self, name: str) -> bool:
        return name == self.name or name.endswith(f".{self.name}")

    def get(self, name: str, kind: str) -> list[RR]:
        return [record for record in self.records.get(name, ()) if QTYPE[record.rtype] == kind]

    def cut(self, name: str) -> str | None:
        """Return the name, above ``name`` or ``name`` itself, at which another zone begins; None where none does."""
        while name != self.name:
            if self.get(name, "NS"):
                return name
            name = name.partition(".")[2]
        return None


def zones(domains: Sequence[Domain]) -> list[Zone]:
    """Return the zones of a portfolio: each registered domain delegated, and served, as its registry knows it.

    A domain on hold is not delegated.
    """
    registered = [each for each in domains if each.registration is RegistryState.REGISTERED]
    hosts = sorted({host for each in registered for host in each.nameservers})
    tops = sorted({name.rpartition(".")[2] for name in chain(hosts, (each.name for each in domains), ("test",))})
    return [
        *(Zone(top, REGISTRY, "\n".join(_top(top, registered, hosts))) for top in tops),
        *(Zone(each.name, HOSTING, "\n".join(_own(each))) for each in registered),
    ]


def _top(top: str, domains: Sequence[Domain], hosts: Sequence[str]) -> Iterator[str]:
    yield "@ IN SOA ns.registry.test. hostmaster.registry.test. 1 3600 600 86400 60"
    yield "@ IN NS ns.registry.test."
    if top == "test":
        yield f"ns.registry.test. IN A {REGISTRY}"
    yield from (f"{host}. IN A {HOSTING}" for host in hosts if host.endswith(f".{top}"))
    for domain in domains:
        if domain.name.endswith(f".{top}") and not {"clientHold", "serverHold"} & set(domain.statuses):
            yield from (f"{domain.name}. IN NS {host}." for host in domain.nameservers)


def _own(domain: Domain) -> Iterator[str]:
    primary = domain.nameservers[0] if domain.nameservers else f"ns.{domain.name}"
    yield f"@ IN SOA {primary}. hostmaster.{domain.name}. 1 3600 600 86400 60"
    yield from (f"@ IN NS {host}." for host in domain.nameservers)
    yield "@ IN A 127.0.0.1"
    yield "@ IN MX 10 mail"
    yield "mail IN A 127.0.0.1"
    yield '@ IN TXT "v=spf1 mx -all"'
    yield '_dmarc IN TXT "v=DMARC1; p=reject"'
    yield '@ IN CAA 0 issue "ca.test"'


@dataclass
class DnsServer:
    """All servers of the zones, over UDP and TCP, for as long as its ``with`` block.

    ``zones`` may be changed while it runs. ``requests`` counts (server's address, name, type).
    """

    zones: list[Zone] = field(default_factory=list[Zone])
    requests: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    port: int = 0
    _tricks: dict[tuple[str, str, str], Trick] = field(default_factory=dict[tuple[str, str, str], Trick])
    _stopping: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def resolver(self) -> str:
        return f"{RESOLVER}:{self.port}"

    def play(self, trick: Trick, name: str, kind: str = "*", *, at: str = RESOLVER) -> None:
        """Play a trick on questions for ``name``, of one type or of any, at one of the servers."""
        self._tricks[at, name, kind] = trick

    def __enter__(self) -> Self:
        for desk in self._open(sorted({RESOLVER, REGISTRY, HOSTING, *(zone.server for zone in self.zones)})):
            self._running.callback(desk.server_close)
            self._running.callback(desk.shutdown)
            Thread(target=desk.serve_forever, args=(POLL_S,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._running.close()

    def _open(self, addresses: Sequence[str]) -> list["_Udp | _Tcp"]:
        """Bind every address on one port that is free on all of them."""
        for _ in range(PORTS_TRIED - 1):
            with ExitStack() as unless_bound:
                try:
                    desks = list(self._bound(addresses, unless_bound))
                except OSError:  # the port is in use on one of the addresses
                    continue
                unless_bound.pop_all()
                return desks
        raise OSError(f"no port is free on all of {', '.join(addresses)}")

    def _bound(self, addresses: Sequence[str], stack: ExitStack) -> Iterator["_Udp | _Tcp"]:
        self.port = 0
        for address in addresses:
            for made in (_Tcp, _Udp):
                desk = made(address, self.port, self.received, self._stopping)
                stack.callback(desk.server_close)
                self.port = desk.server_address[1]
                yield desk

    def received(self, wire: bytes, at: str) -> tuple[DNSRecord, Trick | None] | None:
        """Count a question; return its answer, falsified by a trick, and the trick. None where it is no question."""
        try:
            query = DNSRecord.parse(wire)
        except DNSError:
            return None
        name, kind = _text(query.q.qname), str(QTYPE.get(query.q.qtype))
        with self._lock:
            self.requests[at, name, kind] += 1
        trick = self._tricks.get((at, name, kind)) or self._tricks.get((at, name, "*"))
        answer = _resolved(self.zones, query) if at == RESOLVER else _answer_at(self.zones, query, at)
        return _tricked(answer, trick), trick


def _resolved(zones: Sequence[Zone], query: DNSRecord) -> DNSRecord:
    """Answer as a resolver that has asked all servers: it follows CNAMEs, and answers with the whole chain."""
    reply = query.reply(ra=1, aa=0)
    reply.header.ad = 0
    name, kind = _text(query.q.qname), str(QTYPE.get(query.q.qtype))
    for _ in range(MOST_CNAMES):
        top = min((zone for zone in zones if zone.holds(name)), key=lambda zone: len(zone.name), default=None)
        zone = _reached(zones, top, name, kind)
        if top is None or zone is None:
            reply.header.rcode = RCODE.SERVFAIL if top else RCODE.NXDOMAIN
            return reply
        found = zone.get(name, kind) or zone.get(name, "CNAME")
        reply.add_answer(*found)
        reply.header.ad = int(zone.signed)
        if not found and not _exists(zone, name):
            reply.header.rcode = RCODE.NXDOMAIN
        if not found or QTYPE[found[0].rtype] == kind:
            return reply
        name = _text(found[0].rdata)
    return reply


def _reached(zones: Sequence[Zone], top: Zone | None, name: str, kind: str) -> Zone | None:
    """Return the zone that delegations lead to for a name; None where one leads to a zone that no server holds."""
    zone = top
    while zone is not None:
        cut = zone.cut(name)
        if cut is None or (kind == "DS" and cut == name):
            return zone
        zone = next((each for each in zones if each.name == cut), None)
    return None


def _answer_at(zones: Iterable[Zone], query: DNSRecord, at: str) -> DNSRecord:
    """Answer as the server at an address: from its own zones, with referrals to what it has delegated."""
    name, kind = _text(query.q.qname), str(QTYPE.get(query.q.qtype))
    zone = _deepest((zone for zone in zones if zone.server == at), name, kind)
    if zone is None:
        refusal = query.reply(ra=0, aa=0)
        refusal.header.rcode = RCODE.REFUSED
        return refusal
    cut = zone.cut(name)
    if cut is not None and not (kind == "DS" and cut == name):
        referral = query.reply(ra=0, aa=0)
        referral.add_auth(*zone.get(cut, "NS"))
        for record in zone.get(cut, "NS"):
            referral.add_ar(*zone.get(_text(record.rdata), "A"))
        return referral
    reply = query.reply(ra=0, aa=1)
    reply.add_answer(*zone.get(name, kind))
    if not reply.rr:
        reply.add_auth(*zone.get(zone.name, "SOA"))
        reply.header.rcode = RCODE.NOERROR if _exists(zone, name) else RCODE.NXDOMAIN
    return reply


def _deepest(zones: Iterable[Zone], name: str, kind: str) -> Zone | None:
    """Return the zone that knows the name; for DS records of a zone that is the zone above it."""
    holding = [zone for zone in zones if zone.holds(name) and not (kind == "DS" and zone.name == name)]
    return max(holding, key=lambda zone: len(zone.name), default=None)


def _exists(zone: Zone, name: str) -> bool:
    return any(known == name or known.endswith(f".{name}") for known in zone.records)


def _tricked(answer: DNSRecord, trick: Trick | None) -> DNSRecord:
    """Falsify an answer, where the trick is in what it says and not in how it is sent."""
    if trick in {Trick.SERVFAIL, Trick.REFUSED, Trick.NXDOMAIN}:
        answer = _bare(answer)
        answer.header.rcode = getattr(RCODE, str(trick).upper())
    if trick is Trick.WRONG_ID:
        answer.header.id = (answer.header.id + 1) % 65536
    if trick is Trick.WRONG_QUESTION:
        answer.q.qname = f"other.{_text(answer.q.qname)}"
    if trick is Trick.NO_AUTHORITY:
        answer.header.aa = 0
    return _bare(answer, *_RECORDS[trick](_text(answer.q.qname))) if trick in _RECORDS else answer


_RECORDS: dict[Trick | None, Callable[[str], list[RR]]] = {
    Trick.WRONG_TYPE: lambda name: RR.fromZone(f"{name}. 60 IN A 127.0.0.1"),
    Trick.CNAME_LOOP: lambda name: RR.fromZone(f"{name}. IN CNAME b.{name}.\nb.{name}. IN CNAME {name}."),
    Trick.HUGE: lambda name: [
        RR(name, QTYPE.TXT, ttl=60, rdata=TXT(f"{number:04} {'x' * 245}")) for number in range(240)
    ],
}


def _bare(answer: DNSRecord, *records: RR) -> DNSRecord:
    bare = answer.reply(ra=1, aa=answer.header.aa)
    bare.add_answer(*records)
    return bare


def _text(name: object) -> str:
    return str(name).lower().rstrip(".")


_Receive = Callable[[bytes, str], tuple[DNSRecord, Trick | None] | None]


class _Udp(ThreadingUDPServer):
    def __init__(self, address: str, port: int, receive: _Receive, stopping: Event) -> None:
        super().__init__((address, port), _Datagram)
        self.at, self.receive, self.stopping = address, receive, stopping


class _Tcp(ThreadingTCPServer):
    def __init__(self, address: str, port: int, receive: _Receive, stopping: Event) -> None:
        super().__init__((address, port), _TcpHandler)
        self.at, self.receive, self.stopping = address, receive, stopping


class _Datagram(BaseRequestHandler):
    def handle(self) -> None:
        desk, (wire, asking) = cast("_Udp", self.server), self.request
        received = desk.receive(wire, desk.at)
        if received is None or received[1] is Trick.SILENT:
            return
        answer, trick = received
        packed = GARBAGE if trick is Trick.GARBAGE else bytes(answer.pack())
        if len(packed) > DATAGRAM or trick in {Trick.CUT_OFF, Trick.DRIP}:
            cut_off = answer.reply(ra=answer.header.ra, aa=answer.header.aa)
            cut_off.header.tc = 1
            packed = bytes(cut_off.pack())
        asking.sendto(packed, self.client_address)


class _TcpHandler(BaseRequestHandler):
    def handle(self) -> None:
        desk = cast("_Tcp", self.server)
        length = int.from_bytes(self.request.recv(2))
        received = desk.receive(self.request.recv(length), desk.at)
        if received is None or received[1] is Trick.CUT_OFF:
            return
        answer, trick = received
        if trick is Trick.SILENT:
            desk.stopping.wait()
            return
        packed = GARBAGE if trick is Trick.GARBAGE else bytes(answer.pack())
        framed = len(packed).to_bytes(2) + packed
        if trick is Trick.DRIP:
            self._drip(framed, desk.stopping)
        else:
            self.request.sendall(framed)

    def _drip(self, framed: bytes, stopping: Event) -> None:
        for byte in framed:
            try:
                self.request.sendall(bytes([byte]))
            except OSError:  # the client has given up
                return
            if stopping.wait(DRIP_S):
                return
