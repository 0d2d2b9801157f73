"""Which hosts a certificate stands for (RFC 9525)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.x509 import host_names

STANDS_FOR = [
    ("shop.example", "shop.example"),
    ("SHOP.example", "shop.EXAMPLE"),
    ("shop.example.", "shop.example"),
    ("www.shop.example", "*.shop.example"),
    ("xn--bcher-kva.shop.example", "*.shop.example"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("localhost", "localhost"),
    ("a.github.io", "a.github.io"),
    ("192.0.2.1", "192.0.2.1"),
    ("2001:DB8:0::1", "2001:db8::1"),
    ("::ffff:192.0.2.1", "192.0.2.1"),
]

DOES_NOT = [
    ("shop.example", "other.example"),
    ("shop.example", "www.shop.example"),
    ("www.shop.example", "shop.example"),
    ("a.b.shop.example", "*.shop.example"),
    ("shop.example", "*.shop.example"),
    ("baz.shop.example", "ba*.shop.example"),
    ("www.a.example", "www.*.example"),
    ("www.a.example", "*.*.example"),
    ("shop.com", "*.com"),
    ("shop.co.uk", "*.co.uk"),
    ("shop.example", "*.example"),
    ("com", "*"),
    ("shop.com", "*"),
    ("xn--bliss-1b3c148a.shop.example", "xn--*-1b3c148a.shop.example"),
    ("xn--628h.shop.example", "😜.shop.example"),
    ("shop.example", "shop.example."),
    ("shop.example", " shop.example"),
    ("shop.example", "shop.example\0.evil.example"),
    ("192.0.2.1", "192.0.2.2"),
    ("", ""),
    ("a b.example", "a b.example"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("[2001:db8::1]", "2001:db8::1"),
]


@pytest.mark.parametrize(("host", "name"), STANDS_FOR)
def test_a_certificate_stands_for_these(host: str, name: str) -> None:
    assert host_names.matches(host, (name,), (name,))


@pytest.mark.parametrize(("host", "name"), DOES_NOT)
def test_a_certificate_does_not_stand_for_these(host: str, name: str) -> None:
    assert not host_names.matches(host, (name,), (name,))


def test_an_address_is_matched_by_addresses_and_a_name_by_names_alone() -> None:
    assert not host_names.matches("192.0.2.1", ("192.0.2.1", "*.0.2.1"), ())
    assert not host_names.matches("shop.example", (), ("shop.example",))


def test_a_wildcard_beneath_the_suffix_of_a_private_owner_is_refused_by_a_strict_reader() -> None:
    assert host_names.matches("a.github.io", ("*.github.io",), ())
    assert not host_names.matches("a.github.io", ("*.github.io",), (), strict=True)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_is_too_odd(host: str, name: str) -> None:
    assert host_names.matches(host, (name,), ()) in (True, False)


def test_a_wildcard_stands_for_a_label_with_an_underscore() -> None:
    assert host_names.matches("my_shop.wild.test", ["*.wild.test"], [])
    assert not host_names.matches("my_shop.wild.test", ["*.other.test"], [])
    assert not host_names.is_name("my_shop.wild.test")
