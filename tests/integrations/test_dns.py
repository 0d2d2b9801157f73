import random
import socket
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import dns.message
import dns.resolver
import pytest
from dns.rdatatype import RdataType
from dns.rrset import from_text

from integrations import dns as integration
from integrations import nameserver
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Address, Guard
from rules.dns.facts import AnswerState, DnsAnswer, DnsFacts, NameServer
from sandbox.dns import HOSTING, REGISTRY, RESOLVER, DnsServer, Trick, Zone, zones
from sandbox.truth import Domain, RegistryState, Speaks

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))
NAME = "bakery.test"
BAKERY = Domain(
    name=NAME,
    client="Bakery",
    speaks=Speaks.RDAP,
    registration=RegistryState.REGISTERED,
    registrar="Sandbox Names Ltd",
    expires=datetime(2027, 3, 1, tzinfo=UTC),
    nameservers=("ns1.dns.test", "ns2.dns.test"),
)
GARDEN = replace(BAKERY, name="garden.test")
TIMES_OUT = 3.0
ALL_TYPES = ("mx", "spf", "dmarc", "caa")


def fetch(server: DnsServer, name: str = NAME, *, guard: Guard = GUARD, deadline_s: float = 5) -> DnsFacts:
    return integration.fetch(name, guard=guard, resolvers=[server.resolver], deadline_s=deadline_s, port=server.port)


def serving(*more: Zone, domains: tuple[Domain, ...] = (BAKERY, GARDEN)) -> DnsServer:
    """Serve the domains' zones; ``more`` replace those of the same name."""
    own = {zone.name: zone for zone in (*zones(domains), *more)}
    return DnsServer(list(own.values()))


def zone(text: str, *, name: str = NAME, server: str = HOSTING) -> Zone:
    return Zone(name, server, f"@ IN SOA ns1.dns.test. h.{name}. 1 60 60 60 60\n{text}")


def top(server: DnsServer, more: str, *, old: str = "", new: str = "") -> None:
    """Add lines to the zone "test", and replace a text in it."""
    (before,) = (each for each in server.zones if each.name == "test")
    server.zones.remove(before)
    server.zones.append(replace(before, text=f"{before.text.replace(old, new)}\n{more}"))


def answered(*values: str) -> DnsAnswer:
    return DnsAnswer(AnswerState.ANSWERED, values)


def test_what_the_zones_say_is_found():
    with serving() as server:
        facts = fetch(server)
    assert facts == DnsFacts(
        name=NAME,
        delegated=answered("ns1.dns.test", "ns2.dns.test"),
        servers=(
            NameServer("ns1.dns.test", (HOSTING,), AnswerState.ANSWERED),
            NameServer("ns2.dns.test", (HOSTING,), AnswerState.ANSWERED),
        ),
        zone=answered("ns1.dns.test", "ns2.dns.test"),
        mx=answered("10 mail.bakery.test"),
        spf=answered("v=spf1 mx -all"),
        dmarc=answered("v=DMARC1; p=reject"),
        caa=answered('0 issue "ca.test"'),
        ds=answered(),
    )


def test_the_delegation_and_ds_are_asked_of_the_parent_itself_and_ns_of_each_server():
    with serving() as server:
        fetch(server)
    assert server.requests[REGISTRY, NAME, "NS"] == server.requests[REGISTRY, NAME, "DS"] == 1
    assert server.requests[HOSTING, NAME, "NS"] == 2


def test_a_name_that_nobody_delegates_does_not_exist():
    with serving() as server:
        facts = fetch(server, "nobody.test")
    assert {facts.delegated.state, *(getattr(facts, kind).state for kind in ALL_TYPES)} == {AnswerState.NXDOMAIN}
    assert facts.servers == ()


def test_a_domain_on_hold_is_not_delegated_though_its_zone_is_served():
    with serving(domains=(replace(BAKERY, statuses=("clientHold",)),)) as server:
        facts = fetch(server)
    assert facts.delegated.none
    assert facts.mx.none


def test_a_zone_without_records_answers_that_there_are_none():
    with serving(zone("@ IN NS ns1.dns.test.")) as server:
        facts = fetch(server)
    assert [getattr(facts, kind).values for kind in ALL_TYPES] == [()] * 4
    assert all(getattr(facts, kind).none for kind in ALL_TYPES)
    assert facts.zone == answered("ns1.dns.test")


def test_the_parent_may_be_more_than_one_label_and_a_label_need_not_be_a_zone():
    shop = replace(BAKERY, name="shop.co.test")
    lane = replace(BAKERY, name="lane.no-zone.test")
    with serving(domains=(BAKERY, lane)) as server:
        top(server, "co IN NS ns.registry")
        server.zones += [
            Zone("co.test", REGISTRY, "@ IN SOA . . 1 1 1 1 1\n@ IN NS ns.registry.test.\nshop IN NS ns1.dns.test."),
            next(each for each in zones([shop]) if each.name == shop.name),
        ]
        assert fetch(server, "shop.co.test").delegated == answered("ns1.dns.test")
        assert fetch(server, "lane.no-zone.test").delegated == answered("ns1.dns.test", "ns2.dns.test")


def test_glue_is_used_where_only_the_parent_knows_the_address():
    own = replace(BAKERY, nameservers=("ns.bakery.test",))
    with serving(zone("@ IN NS ns"), domains=(own,)) as server:
        facts = fetch(server)
    assert facts.servers == (NameServer("ns.bakery.test", (HOSTING,), AnswerState.ANSWERED),)


def test_a_server_without_an_address_and_a_lame_one_are_told_apart():
    other = replace(BAKERY, nameservers=("gone.dns.test", "lame.dns.test", "ns1.dns.test"))
    with serving(domains=(other,)) as server:
        top(server, "", old=f"gone.dns.test. IN A {HOSTING}")
        top(server, "", old=f"lame.dns.test. IN A {HOSTING}", new=f"lame.dns.test. IN A {REGISTRY}")
        server.play(Trick.NO_AUTHORITY, NAME, "NS", at=HOSTING)
        states = {each.name: each.state for each in fetch(server).servers}
    assert states == {
        "gone.dns.test": AnswerState.NXDOMAIN,
        "lame.dns.test": AnswerState.LAME,  # refers back to itself
        "ns1.dns.test": AnswerState.LAME,  # answers, but not by its own authority
    }


@pytest.mark.parametrize(
    ("trick", "state"),
    [(Trick.REFUSED, AnswerState.REFUSED), (Trick.SERVFAIL, AnswerState.SERVFAIL), (Trick.SILENT, AnswerState.TIMEOUT)],
)
def test_servers_that_do_not_answer_for_their_zone_say_how(trick, state):
    with serving() as server:
        server.play(trick, NAME, at=HOSTING)
        facts = fetch(server, deadline_s=TIMES_OUT)
    assert {each.state for each in facts.servers} == {state}
    assert facts.zone == DnsAnswer(state)
    assert facts.delegated.values, "the parent has said so all the same"


def test_a_signed_zone_shows_its_keys_and_one_that_lost_them_does_not():
    ds = f"1 13 2 {'ab' * 32}"
    for key, found in (("@ IN DNSKEY 257 3 13 aGVsbG8=", True), ("", False)):
        with serving(zone(f"@ IN NS ns1.dns.test.\n{key}")) as server:
            top(server, f"bakery IN DS {ds}")
            facts = fetch(server)
        assert facts.ds == answered(ds)
        assert facts.dnskey is not None
        assert facts.dnskey.none is not found


def test_what_spf_includes_is_asked_for_each_once_also_in_a_circle():
    texts = {NAME: "include:a.spf.test include:gone.spf.test", "a.spf.test": "redirect=b.spf.test"}
    texts["b.spf.test"] = "include:a.spf.test include:%{i}.spf.test -all"
    lines = "\n".join(f'{name}. IN TXT "v=spf1 {text}"' for name, text in texts.items() if name != NAME)
    with serving(zone(f'@ IN TXT "v=spf1 {texts[NAME]}"\n@ IN TXT "other=1"'), zone(lines, name="spf.test")) as server:
        top(server, "spf IN NS ns1.dns.test.")
        facts = fetch(server)
    assert facts.spf == answered(f"v=spf1 {texts[NAME]}")
    assert dict(facts.includes) == {name: f"v=spf1 {text}" for name, text in texts.items() if name != NAME}
    assert server.requests[RESOLVER, "a.spf.test", "TXT"] == 1


def test_a_cname_is_followed():
    moved = "_dmarc IN CNAME dmarc.garden.test.\n@ IN NS ns1.dns.test."
    with serving(zone(moved), zone('dmarc IN TXT "v=DMARC1; p=none"', name="garden.test")) as server:
        assert fetch(server).dmarc == answered("v=DMARC1; p=none")


@pytest.mark.parametrize(
    ("trick", "state"),
    [
        (Trick.NXDOMAIN, AnswerState.NXDOMAIN),
        (Trick.SERVFAIL, AnswerState.SERVFAIL),
        (Trick.REFUSED, AnswerState.REFUSED),
        (Trick.SILENT, AnswerState.TIMEOUT),
        (Trick.GARBAGE, AnswerState.BROKEN),
        (Trick.WRONG_ID, AnswerState.BROKEN),
        (Trick.WRONG_QUESTION, AnswerState.BROKEN),
        (Trick.WRONG_TYPE, AnswerState.BROKEN),
        (Trick.CNAME_LOOP, AnswerState.BROKEN),
        (Trick.CUT_OFF, AnswerState.BROKEN),
        (Trick.DRIP, AnswerState.TIMEOUT),
    ],
)
@pytest.mark.parametrize("field", ALL_TYPES)
def test_trouble_with_one_type_is_its_state_and_no_other_types(trick, state, field):
    name, kind = {"mx": (NAME, "MX"), "spf": (NAME, "TXT"), "caa": (NAME, "CAA")}.get(field, (f"_dmarc.{NAME}", "TXT"))
    with serving() as server:
        server.play(trick, name, kind)
        facts = fetch(server, deadline_s=TIMES_OUT)
    assert getattr(facts, field) == DnsAnswer(state)
    assert all(getattr(facts, other).values for other in {*ALL_TYPES} - {field})
    assert facts.delegated.values


def test_a_huge_answer_is_read_to_its_end_and_what_is_kept_is_capped():
    with serving() as server:
        server.play(Trick.HUGE, NAME, "TXT")
        facts = fetch(server)
        assert facts.spf == answered()
        reply = nameserver.ask(
            Address(RESOLVER, server.port), NAME, RdataType.TXT, recursive=True, deadline=Deadline.after(5)
        )
    assert reply.message is not None
    assert len(reply.message.answer[0]) == 240
    assert server.requests[RESOLVER, NAME, "TXT"] == 4, "each over UDP, and then over TCP"


def test_of_a_hostile_zone_no_more_than_so_many_bytes_are_read_in_all():
    included = [f"spf{number}.{NAME}" for number in range(integration.MOST_INCLUDES)]
    policy = " ".join(f'"{" include:".join(("v=spf1" if not n else "", one))} "' for n, one in enumerate(included))
    with serving(zone(f"@ IN NS ns1.dns.test.\n@ IN TXT {policy}")) as server:
        for name in included:
            server.play(Trick.HUGE, name, "TXT")
        facts = fetch(server)
        asked = [name for name in included if server.requests[RESOLVER, name, "TXT"]]
    assert facts.mx.state is AnswerState.ANSWERED
    assert integration.MOST_BYTES // nameserver.LARGEST <= len(asked) < len(included)


def test_of_many_records_and_long_ones_a_part_is_kept():
    many = "\n".join(f"@ IN MX {number} mx{number}" for number in range(100))
    long = " ".join(['"v=spf1 ' + "a" * 200 + '"', *([f'"{"b" * 250}"'] * 20)])
    with serving(zone(f"{many}\n@ IN NS ns1.dns.test.\n@ IN TXT {long}")) as server:
        facts = fetch(server)
    assert len(facts.mx.values) == integration.MOST_VALUES
    assert len(facts.spf.values[0]) == integration.LONGEST


def test_of_many_long_records_so_many_characters_are_kept():
    policies = "\n".join(f'@ IN TXT "v=spf1 {number}" ' + " ".join([f'"{"b" * 250}"'] * 8) for number in range(20))
    with serving(zone(f"@ IN NS ns1.dns.test.\n{policies}")) as server:
        kept = sum(map(len, fetch(server).spf.values))
    assert integration.MOST_KEPT - integration.LONGEST < kept <= integration.MOST_KEPT


def test_what_does_not_print_is_dropped():
    with serving(zone('@ IN NS ns1.dns.test.\n@ IN TXT "v=spf1 \x1b[31m\u202e-all"')) as server:
        assert fetch(server).spf == answered("v=spf1 [31m-all")


@pytest.mark.parametrize("trick", [Trick.SILENT, Trick.DRIP, Trick.GARBAGE])
def test_a_resolver_that_never_answers_costs_no_more_than_the_deadline(trick):
    with serving() as server:
        for name in (NAME, f"_dmarc.{NAME}", "test"):
            server.play(trick, name)
        facts = fetch(server, deadline_s=0.6)
    states = {getattr(facts, kind).state for kind in (*ALL_TYPES, "delegated", "ds")}
    assert states <= {AnswerState.TIMEOUT, AnswerState.BROKEN}
    assert "garden.test" not in {name for _, name, _ in server.requests}


def test_the_next_resolver_is_asked_where_one_is_in_trouble():
    with serving() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind((RESOLVER, 0))
        resolvers = [f"{RESOLVER}:{deaf.getsockname()[1]}", f"{REGISTRY}:{server.port}", server.resolver]
        server.play(Trick.SERVFAIL, NAME, "MX", at=REGISTRY)
        facts = integration.fetch(NAME, guard=GUARD, resolvers=resolvers, deadline_s=4, port=server.port)
    assert facts.mx == answered("10 mail.bakery.test")


@pytest.mark.parametrize("address", ["10.1.2.3", "169.254.169.254", "127.0.0.9", "192.0.2.1"])
def test_a_name_server_that_the_guard_forbids_is_never_asked(address):
    narrow = Guard(allowed=(ip_network(f"{REGISTRY}/32"),))
    canary = Zone(NAME, "127.0.0.9", "@ IN NS evil.dns.test.")
    with serving(canary, domains=(replace(BAKERY, nameservers=("evil.dns.test",)),)) as server:
        top(server, "", old=f"A {HOSTING}", new=f"A {address}")
        facts = fetch(server, guard=narrow)
    assert facts.servers == (NameServer("evil.dns.test", (), AnswerState.FORBIDDEN),)
    assert facts.zone == DnsAnswer(AnswerState.FORBIDDEN)
    assert {at for at, _, _ in server.requests} == {RESOLVER, REGISTRY}


def test_servers_of_the_parent_that_the_guard_forbids_are_never_asked():
    with serving() as server:
        facts = fetch(server, guard=Guard())
        assert (facts.delegated, facts.ds) == (DnsAnswer(AnswerState.FORBIDDEN), DnsAnswer(AnswerState.FORBIDDEN))
        assert {at for at, _, _ in server.requests} == {RESOLVER}


def test_one_address_that_is_denied_denies_the_server():
    narrow = Guard(allowed=(ip_network(f"{REGISTRY}/32"), ip_network(f"{HOSTING}/32")))
    with serving() as server:
        top(server, "ns1.dns IN A 10.0.0.1")
        states = {each.name: each.state for each in fetch(server, guard=narrow).servers}
        assert server.requests[HOSTING, NAME, "NS"] == 1
    assert states == {"ns1.dns.test": AnswerState.FORBIDDEN, "ns2.dns.test": AnswerState.ANSWERED}


def test_a_port_of_another_protocol_is_asked_only_in_a_network_that_is_wanted():
    with serving() as server:
        top(server, "", old=f"A {REGISTRY}", new="A 8.8.8.8")
        facts = integration.fetch(NAME, guard=Guard(), resolvers=[server.resolver], deadline_s=5, port=25)
    assert facts.delegated == DnsAnswer(AnswerState.FORBIDDEN)


@pytest.mark.parametrize("name", ["", "test", "a b.test", "-\n.test", "A.test", "a..test", "http://a.test/", "é.test"])
def test_what_is_no_name_is_refused(name):
    with serving() as server, pytest.raises(Rejected):
        fetch(server, name)
    assert not server.requests


@pytest.mark.parametrize("name", [f"{'a' * 63}.test", ".".join(["a" * 60] * 6)])
def test_a_name_that_is_too_long_for_the_dns_is_classed_all_the_same(name):
    with serving() as server:
        assert fetch(server, name).mx.state in {AnswerState.NXDOMAIN, AnswerState.BROKEN}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("192.0.2.1", Address("192.0.2.1", 53)),
        (" 192.0.2.1:5353 ", Address("192.0.2.1", 5353)),
        ("2001:db8::1", Address("2001:db8::1", 53)),
        ("::1", Address("::1", 53)),
        ("[2001:db8::1]", Address("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", Address("2001:db8::1", 5353)),
    ],
)
def test_a_resolver_is_an_address_with_or_without_a_port(written, address):
    assert integration._address(written) == address


@pytest.mark.parametrize(
    "written", ["", "dns.test", "192.0.2.1:0", "192.0.2.1:65536", "1.2.3.4:x", "[::1", "256.1.1.1"]
)
def test_what_is_no_resolver_is_refused(written):
    with pytest.raises(Rejected, match="resolver"):
        integration.fetch(NAME, guard=GUARD, resolvers=[written], deadline_s=1)


def test_a_system_without_a_resolver_is_told(monkeypatch):
    def missing(*_: object, **__: object):
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", missing)
    with pytest.raises(Unavailable, match="no resolver"):
        integration.fetch(NAME, guard=GUARD, deadline_s=1)


def test_the_trouble_of_one_domain_is_not_anothers():
    with serving() as server:
        for at in (RESOLVER, REGISTRY, HOSTING):
            server.play(Trick.SILENT, NAME, at=at)
        fetch(server, deadline_s=0.5)
        assert fetch(server, "garden.test").mx == answered("10 mail.garden.test")


ANSWERS = {
    RdataType.TXT: '"v=spf1 -all"',
    RdataType.MX: "10 mail.bakery.test.",
    RdataType.CAA: '0 issue "ca.test"',
    RdataType.NS: "ns1.dns.test.",
    RdataType.DS: f"1 13 2 {'ab' * 32}",
    RdataType.CNAME: "b.bakery.test.",
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_bytes_from_strangers_are_read_or_passed_over(kind):
    dice = random.Random(str(kind))
    query = dns.message.make_query(NAME, RdataType.TXT if kind is RdataType.CNAME else kind, use_edns=0)
    answer = dns.message.make_response(query)
    answer.answer.append(from_text(f"{NAME}.", 60, "IN", kind, ANSWERS[kind]))
    answer.additional.append(from_text("ns1.dns.test.", 60, "IN", "A", "127.0.0.1"))
    sound = answer.to_wire()
    readable = 0
    for _ in range(1000):
        wire = bytearray(sound)
        for _ in range(dice.randrange(1, 5)):
            wire[dice.randrange(2, len(wire))] = dice.randrange(256)
        try:
            message = nameserver._read(bytes(wire), query)
        except nameserver._Mismatch:
            continue
        reply = nameserver.Reply(AnswerState.ANSWERED, message)
        assert all(value.isprintable() for value in integration._found(reply).values)
        integration._name_servers(reply, NAME, below="test")
        integration._glue(reply, ("ns1.dns.test",))
        readable += 1
    assert 50 < readable < 1000
