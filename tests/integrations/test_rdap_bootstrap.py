import json
from pathlib import Path

import pytest

from integrations.errors import Unavailable
from integrations.rdap_bootstrap import NOBODY, Bootstrap, unofficial
from rules import names
from rules.names import sold_zones

ROOT = Path(__file__).parents[2]
SNAPSHOT = ROOT.parent / "shared" / "data" / "rdap-dns.json"


def test_the_shipped_list_is_the_snapshot():
    if not SNAPSHOT.exists():
        pytest.skip(f"no snapshot of IANA's list at {SNAPSHOT} to compare with")
    assert (ROOT / "integrations/data/rdap-dns.json").read_bytes() == SNAPSHOT.read_bytes()


def test_the_longest_suffix_answers_and_https_is_preferred():
    services = [
        [["uk"], ["http://rdap.uk/", "https://rdap.uk"]],
        [["CO.UK"], ["https://rdap.co.uk/"]],
        [["odd"], [None, 7, "ftp://odd/"]],
        "no service",
        [["half"]],
        None,
    ]
    bootstrap = Bootstrap.parse(json.dumps({"services": services}).encode())
    assert bootstrap.server("example.uk") == "https://rdap.uk/"
    assert bootstrap.server("example.co.uk") == "https://rdap.co.uk/"
    assert bootstrap.server("example.odd") is None


def test_the_shipped_bootstrap_knows_the_great_registries():
    shipped = Bootstrap.shipped()
    assert shipped.server("example.com") == "https://rdap.verisign.com/com/v1/"
    assert len(shipped.servers) > 1000


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"services": 7}', b'{"services": [[["com"], []]]}'])
def test_a_bootstrap_without_servers_is_unavailable(content):
    with pytest.raises(Unavailable):
        Bootstrap.parse(content)


BOTH = Bootstrap(
    {"uk": "https://uk/", "de": "https://iana/"}, {"de": "https://ours/", "uk.com": "https://zone/", "nhs.uk": ""}
)


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("bakery.uk", "https://uk/"),
        ("bakery.co.uk", "https://uk/"),
        ("bakery.de", "https://iana/"),
        ("bakery.uk.com", "https://zone/"),
        ("www.bakery.uk.com", "https://zone/"),
        ("uk.com", None),
        ("trust.nhs.uk", None),
        ("bakery.test", None),
        ("xuk", None),
        ("bakery.xuk", None),
    ],
)
def test_the_nearest_suffix_of_either_list_counts_and_ianas_goes_before(name, server):
    assert BOTH.server(name) == server


def test_an_unofficial_server_is_used_only_where_iana_has_none():
    shipped = Bootstrap.shipped()
    assert not shipped.servers.keys() & shipped.unofficial.keys(), "IANA names it now: take it out of our file"
    assert shipped.server("bakery.de") == "https://rdap.denic.de/"
    assert shipped.server("bakery.io") == "https://rdap.identitydigital.services/rdap/"
    assert shipped.server("bakery.uk.com") == "https://rdap.centralnic.com/uk.com/"
    assert shipped.server("bakery.eu.org") is None


def test_every_unofficial_server_is_asked_over_tls_and_stands_with_its_source():
    entries = json.loads((ROOT / "integrations/data/rdap-unofficial.json").read_bytes())["servers"]
    assert all(entry["source"] for entry in entries)
    for suffix, base in unofficial().items():
        assert names.is_written(suffix)
        assert base == NOBODY or (base.startswith("https://") and base.endswith("/"))


def test_no_zone_of_another_registry_is_asked_of_its_tlds_server():
    shipped = Bootstrap.shipped()
    for zone in sold_zones.SELLERS:
        assert zone in shipped.unofficial
