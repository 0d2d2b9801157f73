"""Name constraints (RFC 5280, 4.2.1.10)."""

from time import process_time
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from rules.x509.violations import ViolationKind
from sandbox import pki
from tests.support.chains import HOST, extension, kinds, named, sentence, verdict

CPU_S = 5.0  # of processor time
CN = NameOID.COMMON_NAME
OTHER = x509.OtherName(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")
SHOP, OTHERS = x509.DirectoryName(named((CN, HOST))), x509.DirectoryName(named((CN, "others")))
URI = x509.UniformResourceIdentifier

FINE = [
    ({"permitted": ("example",)}, {}),
    ({"permitted": (HOST,)}, {}),
    ({"permitted": ("example",)}, {"names": (HOST, "a.b.example", "*.shop.example")}),
    ({"permitted": ("192.0.2.0/24",)}, {"names": (HOST, "192.0.2.9")}),
    ({"permitted": ("192.0.2.0/24",)}, {}),
    ({"excluded": ("192.0.2.0/24",)}, {"names": (HOST, "192.0.3.9", "2001:db8::1")}),
    ({"permitted": ("2001:db8::/32",)}, {"names": (HOST, "2001:db8::1")}),
    ({"excluded": ("hop.example", "op.example", "www.shop.example")}, {}),
    ({"permitted": ("example",), "excluded": (OTHER,)}, {}),
    ({"permitted": (SHOP,)}, {}),
    ({"permitted": (x509.RFC822Name("shop.example"),)}, {"names": (HOST, "me@shop.example")}),
    ({"permitted": (x509.RFC822Name("me@shop.example"),)}, {"names": (HOST, "me@SHOP.example")}),
    ({"permitted": (x509.RFC822Name(".example"),)}, {"names": (HOST, "me@shop.example")}),
    ({"permitted": (URI(".example"),)}, {"names": (HOST, URI("https://shop.example:444/x"))}),
    ({"permitted": ("",)}, {}),
]

BROKEN = [
    ({"permitted": ("other.example",)}, {}),
    ({"excluded": (HOST,)}, {}),
    ({"permitted": ("example",), "excluded": ("shop.example",)}, {}),
    ({"excluded": ("second.example",)}, {"names": (HOST, "second.example")}),
    ({"permitted": ("example",), "excluded": ("www.shop.example",)}, {"names": (HOST, "*.shop.example")}),
    ({"permitted": ("shop.example", "www.other.example")}, {"names": (HOST, "*.other.example")}),
    ({"permitted": ("example",)}, {"names": (HOST, ".example")}),
    ({"permitted": ("192.0.2.0/24",)}, {"names": (HOST, "192.0.3.9")}),
    ({"permitted": ("192.0.2.0/24",)}, {"names": (HOST, "2001:db8::1")}),
    ({"permitted": ("192.0.2.0/24",)}, {"names": (HOST, "192.0.2.0/24")}),
    ({"excluded": ("2001:db8::/32",)}, {"names": (HOST, "2001:db8::1")}),
    ({"permitted": ("example",), "excluded": (OTHER,)}, {"names": (HOST, OTHER)}),
    ({"permitted": ("example", OTHER)}, {"names": (HOST, OTHER)}),
    ({"permitted": (OTHERS,)}, {}),
    ({"permitted": (SHOP,)}, {"names": (HOST, OTHERS)}),
    ({"excluded": (SHOP,)}, {"names": (HOST, OTHERS)}),
    ({"permitted": (x509.RFC822Name("shop.example"),)}, {"names": (HOST, "me@www.shop.example")}),
    ({"permitted": (x509.RFC822Name("me@shop.example"),)}, {"names": (HOST, "you@shop.example")}),
    ({"excluded": (URI("shop.example"),)}, {"names": (HOST, URI("https://shop.example/"))}),
    ({"permitted": (URI(".example"),)}, {"names": (HOST, URI("https://192.0.2.1/"))}),
]


@pytest.mark.parametrize(("limits", "fields"), FINE)
def test_names_that_are_allowed_are_no_fault(limits: dict[str, Any], fields: dict[str, Any]) -> None:
    root = pki.root("Root")
    middle = root.authority("Middle", **limits)
    assert verdict(middle.leaf(HOST, **fields), middle, roots=[root]).violations == ()


@pytest.mark.parametrize(("limits", "fields"), BROKEN)
def test_names_that_are_forbidden_are_a_fault(limits: dict[str, Any], fields: dict[str, Any]) -> None:
    root = pki.root("Root")
    middle = root.authority("Middle", **limits)
    assert kinds(verdict(middle.leaf(HOST, **fields), middle, roots=[root])) == {ViolationKind.NAME_CONSTRAINTS}


def test_constraints_of_the_root_hold_too_and_need_not_be_critical() -> None:
    value = x509.NameConstraints([x509.DNSName("other.example")], None)
    root = pki.root("Root", more=(extension(value),))
    assert kinds(verdict(root.leaf(HOST), roots=[root])) == {ViolationKind.NAME_CONSTRAINTS}
    assert verdict(root.leaf("other.example"), roots=[root], host="other.example", strict=True).ok


def test_a_lower_authority_can_narrow_what_is_allowed_and_never_widen_it() -> None:
    root = pki.root("Root")
    for upper, lower in ((("shop.example", "b.example"), ("b.example",)), (("b.example",), ("shop.example",))):
        first = root.authority("First", permitted=upper)
        second = first.authority("Second", permitted=lower)
        assert kinds(verdict(second.leaf(HOST), second, first, roots=[root])) == {ViolationKind.NAME_CONSTRAINTS}


def test_authorities_below_are_constrained_too_but_for_those_of_the_same_name() -> None:
    root = pki.root("Root", permitted=("example",))
    middle = root.authority("Middle", names=("other.test",))
    assert kinds(verdict(middle.leaf(HOST), middle, roots=[root])) == {ViolationKind.NAME_CONSTRAINTS}
    again = root.authority("Root", names=("other.test",))
    assert verdict(again.leaf(HOST), again, roots=[root], strict=True).ok


def test_the_mail_address_of_a_subject_counts_where_there_are_no_alternative_names() -> None:
    root = pki.root("Root")
    middle = root.authority("Middle", excluded=(x509.RFC822Name("example.test"),))
    leaf = middle.leaf(HOST, subject=named((NameOID.EMAIL_ADDRESS, "me@example.test")), names=())
    assert kinds(verdict(leaf, middle, roots=[root])) == {ViolationKind.NAME_CONSTRAINTS, ViolationKind.WRONG_HOST}


def test_too_many_names_for_too_many_constraints_are_refused_in_time() -> None:
    root = pki.root("Root")
    middle = root.authority(
        "Middle",
        permitted=(*(f"t{number}.example" for number in range(520)), "example"),
        excluded=tuple(f"x{number}.example" for number in range(520)),
    )
    leaf = middle.leaf(HOST, names=(HOST, *(f"t{number}.example" for number in range(520))))
    begun = process_time()
    found = verdict(leaf, middle, roots=[root])
    assert process_time() - begun < CPU_S
    assert kinds(found) == {ViolationKind.NAME_CONSTRAINTS}
    assert "comparisons" in sentence(found.violations[0])
