from ipaddress import ip_network

import pytest

from integrations import whois
from integrations.errors import Rejected
from integrations.guard import Guard
from integrations.port43 import WhoisHost
from integrations.rdap_bootstrap import Bootstrap
from integrations.whois_servers import WhoisServers
from rules import names
from rules.names import sold_zones
from sandbox.whois import WhoisServer

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))


@pytest.fixture(scope="module")
def table():
    return WhoisServers.shipped()


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("bakery.com", "whois.verisign-grs.com"),
        ("bakery.de", "whois.denic.de"),
        ("bakery.co.uk", "whois.nic.uk"),
        ("bakery.uk", "whois.nic.uk"),
        ("college.ac.uk", "whois.ja.net"),
        ("bakery.uk.com", "whois.centralnic.com"),
        ("uk.com", "whois.verisign-grs.com"),
        ("bakery.co.za", "whois.registry.net.za"),
        ("bakery.eu.org", "whois.eu.org"),
        ("bakery.xn--p1ai", "whois.tcinet.ru"),
        ("bakery.cloud", None),
        ("bakery.test", None),
    ],
)
def test_the_table_knows_the_server_of_the_longest_zone(table, name, server):
    assert table.server(name) == server


@pytest.mark.parametrize("tld", ["info", "mobi", "pro", "jobs", "travel", "pn"])
def test_a_registry_that_ended_whois_is_named_and_nobody_is_asked(table, tld):
    with WhoisServer() as server, pytest.raises(Rejected, match="no WHOIS any more since 2025"):
        whois.ask(f"bakery.{tld}", servers=table, root=server.address, guard=GUARD, deadline_s=1)
    assert not server._root.requests
    assert Bootstrap.shipped().server(f"bakery.{tld}"), "RDAP is all that is left"


@pytest.mark.parametrize("name", ["trust.nhs.uk", "force.police.uk"])
def test_a_zone_without_a_server_is_not_asked_of_its_tlds(table, name):
    with pytest.raises(Rejected, match="no server answers"):
        table.server(name)


def test_every_server_in_the_table_is_one_that_may_be_asked(table):
    assert len(table.by_zone) > 250
    for zone, server in table.by_zone.items():
        assert names.is_written(zone)
        assert str(WhoisHost.parse(server)) == server
        assert "." in server


def test_a_zone_of_another_registry_is_in_both_tables():
    servers, bootstrap = WhoisServers.shipped(), Bootstrap.shipped()
    for zone in sold_zones.SELLERS:
        name = f"bakery.{zone}"
        assert (zone in servers.by_zone) is not (zone in servers.without), "that of its TLD knows nothing of the zone"
        assert bootstrap.server(name) != bootstrap.server(zone) or bootstrap.server(zone) is None
