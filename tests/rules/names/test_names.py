# ruff: noqa: RUF001  letters that look like others are the subject here
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from rules import names
from rules.names import sold_zones

PUBLISHED = PublicSuffixList()


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("https://a.b.example.co.uk:8443/x", "example.co.uk"),
        ("EXAMPLE.com", "example.com"),
        ("example.com.", "example.com"),
        ("  www.example.com  ", "example.com"),
        ("https://www.example.com/?next=//evil.org#x", "example.com"),
        ("straße.de", "xn--strae-oqa.de"),
        ("XN--STRAE-OQA.DE", "xn--strae-oqa.de"),
        ("www.münchen。de", "xn--mnchen-3ya.de"),
        ("日本語.jp", "xn--wgv71a119e.jp"),
        ("a.xn--fiqs8s", "a.xn--fiqs8s"),
        ("例え.中国", "xn--r8jz45g.xn--fiqs8s"),
        ("alice.github.io", "github.io"),
        ("https://Example.com:443", "example.com"),
        ("example.com:8443/x?y=z#w", "example.com"),
        ("//example.com/x", "example.com"),
        ("https://example.com.:443/", "example.com"),
        # wildcards and exceptions of the public suffix list
        ("www.ck", "www.ck"),
        ("a.www.ck", "www.ck"),
        ("a.b.ck", "a.b.ck"),
        ("x.a.b.ck", "a.b.ck"),
        ("a.b.kobe.jp", "a.b.kobe.jp"),
        ("www.city.kobe.jp", "city.kobe.jp"),
        ("a.b.kawasaki.jp", "a.b.kawasaki.jp"),
        ("www.city.kawasaki.jp", "city.kawasaki.jp"),
        ("city.kawasaki.jp", "city.kawasaki.jp"),
        ("a.b.er", "a.b.er"),
        # zones of other registries; what others keep private is theirs
        ("www.example.uk.com", "example.uk.com"),
        ("uk.com", "uk.com"),
        ("a.example.co.pl", "example.co.pl"),
        ("bucket.s3.amazonaws.com", "amazonaws.com"),
        ("alice.blogspot.com", "blogspot.com"),
        # IDNA 2008 keeps what its elder mapped away
        ("faß.de", "xn--fa-hia.de"),
        ("FASS.de", "fass.de"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("ΒΌΛΟΣ.com", "xn--nxasmq6b.com"),
        ("نامه\u200cای.com", "xn--mgba3gch31f060k.com"),
        ("ශ්\u200dරී.com", "xn--10cl1a0b660p.com"),
        ("l·l.cat", "xn--ll-0ea.cat"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        ("example｡com", "example.com"),
        ("１２３.com", "123.com"),
        ("cafe\u0301.fr", "xn--caf-dma.fr"),
        ("r3---sn.example.com", "example.com"),
        ("shop.bakery.test", "bakery.test"),
        ("bakery.example", "bakery.example"),
    ],
)
def test_what_people_type_becomes_the_registered_domain(typed, domain):
    assert names.registrable(typed) == domain


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("", "nothing was given"),
        ("co.uk", "public suffix"),
        ("com", "public suffix"),
        ("test", "public suffix"),
        ("localhost", "single word"),
        ("bakery", "such as bakery.com"),
        ("ck", "public suffix"),
        ("b.ck", "in front of it"),
        ("kawasaki.jp", "public suffix"),
        ("a.kawasaki.jp", "public suffix"),
        ("example.con", "spelt"),
        ("192.0.2.1", "IP address"),
        ("https://[2001:db8::1]/", "IP address"),
        ("127.1", "abbreviated IP"),
        ("0x7f000001", "abbreviated IP"),
        ("alice@example.com", "follows the @"),
        ("exa mple.com", "space"),
        ("example.com\r\nexample.org", "control character"),
        ("https:\\\\example.com", "backslash"),
        ("file:///etc/passwd", "names no host"),
        ("example.com:99999", "no address"),
        ("https://[::1", "no address"),
        ("mailto:alice@example.com", "follows the @"),
        ("https://user:secret@example.com/", "follows the @"),
        ("a..com", "two dots in a row"),
        (".example.com", "begins with a dot"),
        ("example.com..", "two dots in a row"),
        ("a。。com", "two dots in a row"),
        ("-a.com", "hyphen"),
        ("a-.com", "hyphen"),
        ("my_site.com", "underscore"),
        ("_dmarc.example.com", "give the domain alone"),
        ("*.example.com", "asterisk"),
        ("a%2ecom.de", r"% \(U\+0025 PERCENT SIGN\) is no letter"),
        ("a,b.com", "COMMA"),
        ("xn--a.com", "own letters"),
        ("xn--ls8h.la", "own letters"),
        ("💩.la", r"U\+1F4A9 PILE OF POO\) is no letter; IDNA 2008 has no emoji"),
        ("i❤.ws", "HEAVY BLACK HEART"),
        ("a\u200db.com", "joiner"),
        ("a\u200cb.com", "joiner"),
        ("l·.cat", "side by side"),
        ("אa.com", "side by side"),
        ("\u0301a.com", "side by side"),
        ("a\u202eb.com", "RIGHT-TO-LEFT OVERRIDE"),
        ("http://user：pw＠example.com", "no address"),
        ("192.0.2.1.", "abbreviated IP"),
        ("1.2.3.4.5", "abbreviated IP"),
        ("１２７.１", "abbreviated IP"),
        ("2001:db8::1", "IP address"),
        ("192.0.2.1/24", "IP address"),
        (f"{'ä' * 60}.com", "63 are the most"),
        (f"{'a' * 64}.com", "has 64 characters, 63 are the most"),
        ("a." * 150 + "com", "253 are the most"),
        ("é" * 100_000, "100000 characters"),
    ],
)
def test_what_nobody_can_register_is_refused_with_advice(typed, advice):
    with pytest.raises(names.NotRegistrable, match=advice):
        names.registrable(typed)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("https://WWW.Example.com:8443/x", "www.example.com"),
        ("www.example.com:443", "www.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", "localhost"),
        ("192.0.2.1:443", "192.0.2.1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("https://My_Shop.wild.test/", "my_shop.wild.test"),
        ("_sip._tcp.bakery.test", "_sip._tcp.bakery.test"),
        ("XN--53H.test", "xn--53h.test"),
        ("xn--ls8h.la", "xn--ls8h.la"),
        ("xn--a.bücher.example", "xn--a.xn--bcher-kva.example"),
    ],
)
def test_a_host_is_written_in_one_way(typed, host):
    assert names.host(typed) == host


@pytest.mark.parametrize("typed", ["-a.test", "a-.test", "a b.test", "💩.la", "a..test", f"{'_' * 64}.test"])
def test_what_dns_cannot_answer_for_is_no_host(typed):
    with pytest.raises(names.NotAHost):
        names.host(typed)


def test_the_domain_of_a_host_is_what_was_registered_whatever_stands_before_it():
    assert names.registrable_of("my_shop.wild.test") == "wild.test"
    assert names.registrable_of("xn--53h.shop.co.uk") == "shop.co.uk"


LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789äöüßçéñøåčšžαβγωбгдж中文日本")
LABELS = st.lists(LETTERS, min_size=1, max_size=12).map("".join)
SUFFIXES = st.sampled_from(["com", "co.uk", "de", "anything.ck", "uk.com", "test", "中国", "xn--p1ai", "b.kawasaki.jp"])


@given(LABELS, SUFFIXES, st.lists(LABELS, max_size=3))
def test_what_stands_before_a_registered_domain_changes_nothing(label, suffix, before):
    assume(f"{label}.{suffix}" not in sold_zones.SELLERS)
    domain = names.registrable(f"{label}.{suffix}")
    assert names.registrable(".".join([*before, label, suffix])) == domain
    assert names.is_written(domain)


@given(LABELS, SUFFIXES, st.sampled_from([".", "。", "．", "｡"]), st.integers(1, 65535), st.booleans())
def test_a_domain_is_the_same_however_it_is_written(label, suffix, dot, port, ends_in_a_dot):
    assume(f"{label}.{suffix}" not in sold_zones.SELLERS)
    domain = names.registrable(f"{label}.{suffix}")
    written = f"www.{label}.{suffix}{'.' * ends_in_a_dot}"
    for way in (
        written.replace(".", dot),
        f"  {written}\n",
        f"{written}:{port}",
        f"https://{written}:{port}/{label}?{label}#{label}",
        domain,
        f"{domain}.",
        domain.upper(),
    ):
        assert names.registrable(way) == domain


@given(
    st.text(alphabet="ab1-.*_@:/ %\\\u200d💩ßς١٠。", max_size=20).filter(lambda text: not set(text[1:-1]) & set(".。"))
)
def test_a_refusal_tells_how_to_mend_it(text):
    with pytest.raises(names.NotRegistrable, match=r"\b(give|write|take|leave|check)\b"):
        names.registrable(text)


@pytest.mark.parametrize("zone", sorted(sold_zones.SELLERS))
def test_a_zone_of_another_registry_is_one_that_the_list_has_as_private(zone):
    assert PUBLISHED.publicsuffix(f"bakery.{zone}") == zone
    assert names.registrable(f"www.bakery.{zone}") == f"bakery.{zone}"


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("www.bakery.it.com", "bakery.it.com"),
        *((f"a.bakery.{zone}", f"bakery.{zone}") for zone in ("com.ru", "msk.ru", "nyc.mn", "co.nl", "radio.fm")),
        *((f"a.bakery.{zone}", f"bakery.{zone}") for zone in ("ltd.ua", "com.se", "spb.su", "hk.com", "co.dk")),
    ],
)
def test_names_in_a_sold_zone_stay_apart(name, domain):
    assert names.registrable(name) == domain
    assert names.private_zone(name) is None


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("alice.github.io", "github.io"),
        ("www.alice.github.io", "github.io"),
        ("bucket.s3.amazonaws.com", "s3.amazonaws.com"),
        ("github.io", None),
        ("www.bakery.com", None),
        ("bakery.co.uk", None),
        ("bakery.test", None),
    ],
)
def test_a_private_zone_that_nobody_here_knows_is_named(name, zone):
    assert names.private_zone(name) == zone


@pytest.mark.parametrize("name", ["a.test", "xn--bcher-kva.example", "test", "1.test", "r3---sn.test"])
def test_a_name_is_written_as_registries_are_asked(name):
    assert names.is_written(name)


@pytest.mark.parametrize(
    "name", ["", ".", "a.", ".a", "a..b", "-a", "a-", "A", "a b", "a\n", "a/b", "ä", "a_b", "a" * 254, "a.-b", "*.a"]
)
def test_what_would_be_more_than_a_name_is_not(name):
    assert not names.is_written(name)


@given(st.text(max_size=80))
def test_any_text_becomes_a_stable_name_or_is_refused(text):
    try:
        name = names.registrable(text)
    except names.NotRegistrable:
        return
    assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", name)
    assert names.registrable(name) == name
