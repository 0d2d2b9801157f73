import pytest

from rules.domains import registry_facts


@pytest.mark.parametrize("tld", ["de", "eu", "at", "ch", "nl", "hu", "au", "nz", "li", "lu", "be", "no", "lv"])
def test_some_registries_publish_no_expiry(tld):
    assert not registry_facts.of(f"example.{tld}").publishes_expiry
    assert registry_facts.of(f"example.{tld}.com").publishes_expiry


@pytest.mark.parametrize("server", ["whois.centralnic.com", "WHOIS.CENTRALNIC.COM:43"])
def test_one_server_may_answer_for_a_part_of_a_tld(server):
    assert registry_facts.of("example.com.de", server).publishes_expiry
    assert not registry_facts.of("example.com.de", "whois.denic.de:43").publishes_expiry


def test_a_zone_that_others_sell_below_a_tld_has_none_of_its_habits():
    for name in ("bakery.com.de", "bakery.co.nl", "bakery.it.com", "bakery.priv.at", "bakery.co.no"):
        assert registry_facts.of(name) is registry_facts.ORDINARY
        assert registry_facts.of(name, "whois.centralnic.com:43") is registry_facts.ORDINARY
