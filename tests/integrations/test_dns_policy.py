"""CAA and TLSA records, asked of the sandbox's resolver over real sockets."""

import pytest

from integrations import dns, dns_policy
from integrations.deadline import Deadline
from integrations.dns_policy import DnsPolicyAnswer
from integrations.errors import Unavailable
from sandbox.dns import HOSTING, DnsServer, Trick, Zone

TLSA = "3 1 1 " + "0a" * 32


def zone(name: str, text: str, *, signed: bool = False) -> Zone:
    return Zone(name, HOSTING, f"@ IN SOA ns.{name}. h.{name}. 1 60 60 60 60\n{text}", signed)


def serving(text: str, *, signed: bool = False) -> DnsServer:
    return DnsServer([zone("bakery.test", text, signed=signed), zone("test", "bakery IN NS ns.bakery.test.")])


def fetch(
    server: DnsServer, host: str = "www.bakery.test", port: int = 443, *, deadline_s: float = 5
) -> DnsPolicyAnswer:
    return dns_policy.fetch(host, port, resolvers=[server.resolver], deadline=Deadline.after(deadline_s))


def test_the_nearest_caa_records_up_the_tree_count():
    records = '@ IN CAA 0 issue "ca.test"\nshop IN CAA 0 issue "other.test"\nshop IN CAA 0 iodef "mailto:a@b.test"'
    with serving(records) as server:
        assert fetch(server).caa == ('0 issue "ca.test"',)
        assert fetch(server, "www.shop.bakery.test").caa == ('0 iodef "mailto:a@b.test"', '0 issue "other.test"')


def test_that_nobody_names_an_authority_is_known_too():
    with serving("www IN A 127.0.0.1") as server:
        assert fetch(server) == DnsPolicyAnswer((), (), tlsa_secure=False)
        assert {name for _, name, kind in server.requests if kind == "CAA"} == {
            "www.bakery.test",
            "bakery.test",
            "test",
        }


def test_tlsa_is_asked_for_the_port_and_told_with_whether_it_was_validated():
    record = f"_443._tcp.www IN TLSA {TLSA}"
    with serving(record) as server:
        said = fetch(server)
        assert (said.tlsa, said.tlsa_secure) == ((TLSA,), False)
        assert fetch(server, port=8443).tlsa == ()
    with serving(record, signed=True) as server:
        assert fetch(server).tlsa_secure
        assert not fetch(server, port=8443).tlsa_secure, "nothing was said that could be secure"


@pytest.mark.parametrize("trick", [Trick.SILENT, Trick.SERVFAIL, Trick.REFUSED, Trick.GARBAGE, Trick.WRONG_TYPE])
def test_who_does_not_answer_says_nothing(trick: Trick):
    with serving(f'@ IN CAA 0 issue "ca.test"\n_443._tcp.www IN TLSA {TLSA}') as server:
        server.play(trick, "www.bakery.test", "CAA")
        server.play(trick, "_443._tcp.www.bakery.test", "TLSA")
        assert fetch(server, deadline_s=0.5) == DnsPolicyAnswer(None, None)


def test_mail_hosts_are_as_the_zone_names_them():
    with serving("@ IN MX 20 mx2.mail.test.\n@ IN MX 10 mail") as server:
        asked = {"resolvers": [server.resolver], "deadline": Deadline.after(5)}
        assert dns.mail_hosts("bakery.test", **asked) == ("10 mail.bakery.test", "20 mx2.mail.test")
        assert dns.mail_hosts("nobody.test", **asked) == ()
        server.play(Trick.SERVFAIL, "bakery.test", "MX")
        with pytest.raises(Unavailable, match="do not say where its mail goes"):
            dns.mail_hosts("bakery.test", **asked)
