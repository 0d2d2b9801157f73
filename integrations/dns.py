"""DNS: what a domain's parent zone, its name servers and the resolvers say of it.

    resolvers ──> MX, SPF, DMARC, CAA, and which servers hold the parent zone
    parent's servers ──> the delegation and DS ──> each delegated server ──> the zone's own NS, DNSKEY

Whatever happens to a question is a state of its answer. Each question has a share of what is left of the deadline, so
that one without an answer does not cost the others theirs. The resolvers are the operator's choice and are asked as
they are; every other address is checked by the guard, and where one of a server's is denied, none of them is called.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import accumulate, islice
from typing import cast

import dns.exception
import dns.name
import dns.resolver
from dns.rdata import Rdata
from dns.rdatatype import RdataType
from dns.rdtypes.txtbase import TXTBase
from dns.rrset import RRset

from integrations import nameserver
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import LAST_PORT, Address, Guard
from integrations.nameserver import Reply
from rules.dns.facts import CONCLUSIVE, AnswerState, DnsAnswer, DnsFacts, NameServer
from rules.dns.mail_policy import included, is_dmarc, is_spf

PORT = 53
PATIENCE_S = 3.0
"""What one exchange may take at the most."""
SHARE = 8
"""One exchange may take this part of what is left of the deadline."""
ROUNDS = 2
"""How often the resolvers are asked when none of them answers: a datagram may be lost."""
MOST_PARENTS = 3
MOST_SERVERS = 8
MOST_REFERRALS = 3
MOST_INCLUDES = 12
MOST_VALUES = 32
LONGEST = 4096
"""Characters of a value that are kept."""
MOST_KEPT = 16 * 1024
"""Characters of all values of an answer that are kept."""
MOST_BYTES = 512 * 1024
"""What all answers about one domain may have together; beyond that nobody is asked any more."""

NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+")
RESOLVER = re.compile(r"\[(?P<v6>[^\]]+)\](?::(?P<v6_port>\d{1,5}))?|(?P<v4>[^:]+):(?P<v4_port>\d{1,5})|(?P<bare>.+)")

Glue = Mapping[str, tuple[str, ...]]


def fetch(name: str, *, guard: Guard, resolvers: Sequence[str] = (), deadline_s: float, port: int = PORT) -> DnsFacts:
    """Return what the DNS says of ``name``, an A-label domain, ``deadline_s`` seconds from now at the latest.

    ``resolvers`` are addresses, with a port where it is not 53: "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53"; none
    stands for the system's. ``port`` is where name servers are asked. Raises ``Rejected`` for what is no name or no
    resolver, ``Unavailable`` where the system has no resolver.
    """
    if not NAME.fullmatch(name):
        raise Rejected(f"{name[:80]!r} is not a domain's name")
    asking = _Asking(guard, _addresses(resolvers) or _of_the_system(), port, Deadline.after(deadline_s))
    spf = _only(asking.find(name, RdataType.TXT), is_spf)
    mx, caa = (asking.find(name, kind) for kind in (RdataType.MX, RdataType.CAA))
    dmarc = _only(asking.find(f"_dmarc.{name}", RdataType.TXT), is_dmarc)
    cut = _delegation(asking, name)
    asked = [_ask_server(asking, host, cut.glue, name) for host in cut.delegated.values[:MOST_SERVERS]]
    knowing = next((one for one in asked if one.server.state is AnswerState.ANSWERED), asked[0] if asked else None)
    return DnsFacts(
        name=name,
        delegated=cut.delegated,
        servers=tuple(one.server for one in asked),
        zone=knowing.zone if knowing else None,
        mx=mx,
        spf=spf,
        includes=tuple(_includes(asking, spf)),
        dmarc=dmarc,
        caa=caa,
        ds=cut.ds,
        dnskey=_keys(asking, name, knowing) if cut.ds.values and knowing else None,
    )


def find(name: str, kind: RdataType, *, resolvers: Sequence[str] = (), deadline: Deadline) -> tuple[DnsAnswer, bool]:
    """Ask the resolvers one question; also return whether the answer was validated by DNSSEC.

    Raises ``Rejected`` for what is no resolver, ``Unavailable`` where the system has none.
    """
    asking = _Asking(Guard(), _addresses(resolvers) or _of_the_system(), PORT, deadline)
    reply = asking.resolve(name, kind)
    return _found(reply), reply.validated


def require_answers(resolvers: Sequence[str] = (), *, deadline: Deadline) -> None:
    """Ask the resolvers for the servers of com, which each knows.

    Raises ``Unavailable`` where none answers, and what ``find`` raises.
    """
    found, _ = find("com", RdataType.NS, resolvers=resolvers, deadline=deadline)
    if found.state not in CONCLUSIVE:
        raise Unavailable(f"{', '.join(resolvers) or 'the system resolver'} answers nothing ({found.state})")


def mail_hosts(name: str, *, resolvers: Sequence[str] = (), deadline: Deadline) -> tuple[str, ...]:
    """Return the MX records of a domain as zone text; none where it has none.

    Raises ``Unavailable`` when nobody answers, and what ``find`` raises.
    """
    found, _ = find(name, RdataType.MX, resolvers=resolvers, deadline=deadline)
    if found.state not in CONCLUSIVE:
        raise Unavailable(f"{name}: the name servers do not say where its mail goes ({found.state})")
    return found.values


def texts(name: str, *, resolvers: Sequence[str] = (), deadline: Deadline) -> tuple[str, ...]:
    """Return the TXT records of a name; none where it has none. Raises as ``mail_hosts`` does."""
    found, _ = find(name, RdataType.TXT, resolvers=resolvers, deadline=deadline)
    if found.state not in CONCLUSIVE:
        raise Unavailable(f"{name}: the name servers do not say which texts there are ({found.state})")
    return found.values


@dataclass(slots=True)
class _ByteBudget:
    """How many bytes the answers to come may have."""

    left: int


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who may be asked, and until when."""

    guard: Guard
    resolvers: tuple[Address, ...]
    port: int
    deadline: Deadline
    budget: "_ByteBudget" = field(default_factory=lambda: _ByteBudget(MOST_BYTES))

    def find(self, name: str, kind: RdataType) -> DnsAnswer:
        return _found(self.resolve(name, kind))

    def ask(self, server: Address, name: str, kind: RdataType) -> Reply:
        return self._within_budget(server, name, kind, recursive=False)

    def addresses(self, host: str, glue: Glue) -> tuple[AnswerState, tuple[str, ...]]:
        """Return a server's addresses, all of them checked; none, and why, where it may not or cannot be asked."""
        if host in glue:
            return self._allowed(glue[host])
        for kind in (RdataType.A, RdataType.AAAA):
            found = self.find(host, kind)
            if found.values:
                return self._allowed(found.values)
            if found.state not in CONCLUSIVE:
                return found.state, ()
        return AnswerState.NXDOMAIN, ()

    def _allowed(self, ips: tuple[str, ...]) -> tuple[AnswerState, tuple[str, ...]]:
        usual = self.port == PORT
        allowed = all(self.guard.permits(ip) and (usual or self.guard.wants(ip)) for ip in ips)
        return (AnswerState.ANSWERED, ips) if allowed else (AnswerState.FORBIDDEN, ())

    def resolve(self, name: str, kind: RdataType) -> Reply:
        reply = Reply(AnswerState.TIMEOUT)
        for _ in range(ROUNDS):
            for resolver in self.resolvers:
                reply = self._within_budget(resolver, name, kind, recursive=True)
                if reply.state in CONCLUSIVE:
                    return reply
            if reply.state is not AnswerState.TIMEOUT:
                return reply
        return reply

    def _within_budget(self, server: Address, name: str, kind: RdataType, *, recursive: bool) -> Reply:
        if self.budget.left <= 0:
            return Reply(AnswerState.BROKEN)
        reply = nameserver.ask(server, name, kind, recursive=recursive, deadline=self._share())
        self.budget.left -= reply.size
        return reply

    def _share(self) -> Deadline:
        try:
            left = self.deadline.left()
        except Unavailable:
            left = 0.0
        return Deadline.after(min(PATIENCE_S, left / SHARE))


@dataclass(frozen=True, slots=True)
class _ZoneCut:
    """Where the parent zone ends and the domain's begins."""

    delegated: DnsAnswer
    glue: Glue
    ds: DnsAnswer


@dataclass(frozen=True, slots=True)
class _AskedServer:
    """A name server of the domain, and what it says of the zone."""

    server: NameServer
    zone: DnsAnswer
    address: Address | None = None


def _delegation(asking: _Asking, name: str) -> _ZoneCut:
    """Ask the parent zone's servers, and those that they refer to while that leads nearer to the name."""
    zone, holders = _parent(asking, name)
    glue: Glue = {}
    for _ in range(MOST_REFERRALS):
        reply, server = _first(asking, holders.values, glue, name)
        if reply.message is None or server is None or reply.state not in CONCLUSIVE:
            return _ZoneCut(DnsAnswer(reply.state), {}, DnsAnswer(reply.state))
        cut = _name_servers(reply, name, below=zone)
        if cut is None:
            known = reply.authoritative
            delegated = DnsAnswer(reply.state) if known else DnsAnswer(AnswerState.LAME)
            return _ZoneCut(delegated, {}, delegated)
        owner, hosts = cut
        glue = _glue(reply, hosts)
        if owner == name:
            return _ZoneCut(
                DnsAnswer(AnswerState.ANSWERED, hosts), glue, _found(asking.ask(server, name, RdataType.DS))
            )
        zone, holders = owner, DnsAnswer(AnswerState.ANSWERED, hosts)
    return _ZoneCut(DnsAnswer(AnswerState.LAME), {}, DnsAnswer(AnswerState.LAME))


def _parent(asking: _Asking, name: str) -> tuple[str, DnsAnswer]:
    """Return the nearest zone above the name and its name servers; not every label above it begins a zone."""
    zone = name
    while "." in zone:
        zone = zone.partition(".")[2]
        found = asking.find(zone, RdataType.NS)
        if found.values or found.state not in CONCLUSIVE:
            return zone, found
    return zone, DnsAnswer(AnswerState.NXDOMAIN)


def _first(asking: _Asking, hosts: tuple[str, ...], glue: Glue, name: str) -> tuple[Reply, Address | None]:
    """Return the first answer that says something of the name, and who gave it."""
    reply, server = Reply(AnswerState.TIMEOUT), None
    for host in hosts[:MOST_PARENTS]:
        state, ips = asking.addresses(host, glue)
        if not ips:
            reply = Reply(state)
            continue
        server = Address(ips[0], asking.port)
        reply = asking.ask(server, name, RdataType.NS)
        if reply.state in CONCLUSIVE:
            break
    return reply, server


def _name_servers(reply: Reply, name: str, *, below: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the name servers of the name, or else of a zone between ``below`` and it; None where none are named."""
    sets = {_text(rrset.name): rrset for rrset in _of_kind(reply, RdataType.NS)}
    between = [owner for owner in sets if name.endswith(f".{owner}") and owner.endswith(f".{below}")]
    owner = name if name in sets else max(between, key=len, default=None)
    return None if owner is None else (owner, _values(sets[owner]))


def _glue(reply: Reply, hosts: tuple[str, ...]) -> Glue:
    found: dict[str, tuple[str, ...]] = {}
    for kind in (RdataType.A, RdataType.AAAA):
        for rrset in _of_kind(reply, kind):
            owner = _text(rrset.name)
            if owner in hosts:
                found[owner] = (*found.get(owner, ()), *_values(rrset))
    return found


def _of_kind(reply: Reply, kind: RdataType) -> Iterator[RRset]:
    if reply.message is not None:
        sections = (reply.message.answer, reply.message.authority, reply.message.additional)
        yield from (rrset for section in sections for rrset in section if rrset.rdtype == kind)


def _ask_server(asking: _Asking, host: str, glue: Glue, name: str) -> _AskedServer:
    """Ask a delegated server for the zone: it has to know it by its own authority."""
    state, ips = asking.addresses(host, glue)
    if not ips:
        return _AskedServer(NameServer(host, (), state), DnsAnswer(state))
    address = Address(ips[0], asking.port)
    reply = asking.ask(address, name, RdataType.NS)
    zone = _found(reply)
    if reply.state in CONCLUSIVE and not (reply.authoritative and zone.values):
        zone = DnsAnswer(AnswerState.LAME)
    return _AskedServer(NameServer(host, ips, zone.state), zone, address)


def _keys(asking: _Asking, name: str, knowing: _AskedServer) -> DnsAnswer | None:
    if knowing.address is None:
        return None
    return _found(asking.ask(knowing.address, name, RdataType.DNSKEY))


def _includes(asking: _Asking, spf: DnsAnswer) -> Iterator[tuple[str, str]]:
    """Ask for the SPF records that the name's own includes, nearest first, each once."""
    waiting = deque(name for text in spf.values[:1] for name in included(text))
    asked: set[str] = set()
    while waiting and len(asked) < MOST_INCLUDES:
        name = waiting.popleft()
        if name in asked or not NAME.fullmatch(name):
            continue
        asked.add(name)
        for text in _only(asking.find(name, RdataType.TXT), is_spf).values[:1]:
            yield name, text
            waiting.extend(included(text))


def _found(reply: Reply) -> DnsAnswer:
    """Return what a reply says to its question, along CNAMEs; an answer to something else is ``BROKEN``."""
    if reply.message is None or reply.state not in CONCLUSIVE:
        return DnsAnswer(reply.state)
    try:
        chain = reply.message.resolve_chaining()
    except dns.exception.DNSException:
        return DnsAnswer(AnswerState.BROKEN)
    if chain.answer is None:
        is_other = bool(reply.message.answer) and not chain.cnames
        return DnsAnswer(AnswerState.BROKEN if is_other else reply.state)
    return DnsAnswer(reply.state, _values(chain.answer))


def _only(found: DnsAnswer, wanted: Callable[[str], bool]) -> DnsAnswer:
    return DnsAnswer(found.state, _most(filter(wanted, found.values)))


def _most(values: Iterable[str]) -> tuple[str, ...]:
    """Return the first values, as many as are kept."""
    first = list(islice(values, MOST_VALUES))
    return tuple(one for one, total in zip(first, accumulate(map(len, first)), strict=True) if total <= MOST_KEPT)


def _values(rrset: RRset) -> tuple[str, ...]:
    """Return what the records say, sorted, and at most as much as is kept; of TXT all, since the caller picks some."""
    values = sorted({_value(rdata) for rdata in cast("Iterator[Rdata]", iter(rrset))})
    return tuple(values) if rrset.rdtype == RdataType.TXT else _most(values)


def _value(rdata: Rdata) -> str:
    if isinstance(rdata, TXTBase):
        text = b"".join(rdata.strings).decode("utf-8", "replace")
    elif rdata.rdtype in {RdataType.NS, RdataType.MX}:
        text = rdata.to_text().lower().rstrip(".")
    else:
        text = rdata.to_text()
    return "".join(filter(str.isprintable, text[:LONGEST]))


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _of_the_system() -> tuple[Address, ...]:
    try:
        system = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration as error:
        raise Unavailable("the system has no resolver; name one in the settings") from error
    return _addresses([str(each) for each in system.nameservers])


def _addresses(resolvers: Sequence[str]) -> tuple[Address, ...]:
    return tuple(map(_address, resolvers))


def _address(written: str) -> Address:
    parts = RESOLVER.fullmatch(written.strip())
    found = parts.groupdict() if parts else {}
    ip = found.get("v6") or found.get("v4") or found.get("bare") or ""
    port = int(found.get("v6_port") or found.get("v4_port") or PORT)
    if not (_is_ip(ip) and 0 < port <= LAST_PORT):
        raise Rejected(f"{written[:80]!r} is not a resolver's address")
    return Address(ip, port)


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
