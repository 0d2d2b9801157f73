import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import names


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
        ("www.ck", "www.ck"),
        ("a.b.kobe.jp", "a.b.kobe.jp"),
        ("www.city.kobe.jp", "city.kobe.jp"),
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
        ("localhost", "no top-level domain"),
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
        ("a..com", "not a host name"),
        ("-a.com", "not a host name"),
        ("my_site.com", "not a host name"),
        ("*.example.com", "not a host name"),
        ("a%2ecom.de", "not a host name"),
        ("xn--a.com", "not a host name"),
        (f"{'a' * 64}.com", "not a host name"),
        ("a." * 150 + "com", "not a host name"),
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
    ],
)
def test_a_host_is_written_in_one_way(typed, host):
    assert names.host(typed) == host


@given(st.text(max_size=80))
def test_any_text_becomes_a_stable_name_or_is_refused(text):
    try:
        name = names.registrable(text)
    except names.NotRegistrable:
        return
    assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", name)
    assert names.registrable(name) == name
