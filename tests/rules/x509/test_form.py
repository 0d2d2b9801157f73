"""Rules of form: what a strict reader refuses, one breach in each case; and what production makes of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from math import gcd, lcm
from pathlib import Path
from typing import Any
from warnings import catch_warnings

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from rules.x509 import path_checks, profile, reading
from rules.x509.violations import Rule, Severity, ViolationKind
from sandbox import der, pki, profiles
from sandbox.pki import Issuer
from tests.support.chains import HOST, extension, kinds, named, raw, sentence, verdict

SERVER = ExtendedKeyUsageOID.SERVER_AUTH
PRECERTIFICATE = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.4")
SECOND_SAN = extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]))
CN, O = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME  # noqa: E741 - as the names are written

Build = Callable[[], tuple[list[Issuer], Issuer]]


def leaf(**fields: Any) -> Build:
    """Return a chain of root and leaf, with the leaf as broken."""

    def build() -> tuple[list[Issuer], Issuer]:
        root = pki.root("Root")
        return [root.leaf(HOST, **fields)], root

    return build


def middle(**fields: Any) -> Build:
    def build() -> tuple[list[Issuer], Issuer]:
        root = pki.root("Root")
        between = root.authority("Middle", **fields)
        return [between.leaf(HOST), between], root

    return build


def root(key: pki.Key | None = None, **fields: Any) -> Build:
    def build() -> tuple[list[Issuer], Issuer]:
        anchor = pki.root("Root", key=key, **fields)
        return [anchor.leaf(HOST)], anchor

    return build


def own_identifier(key: pki.Key, **others: Any) -> dict[str, Any]:
    """Return the fields of a root that identifies its own key."""
    said = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    parts: dict[str, Any] = {
        "key_identifier": said.key_identifier,
        "authority_cert_issuer": None,
        "authority_cert_serial_number": None,
    }
    value = x509.AuthorityKeyIdentifier(**(parts | others))
    return {"key": key, "issuer_key_id": False, "more": (extension(value),)}


KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY_ID = x509.SubjectKeyIdentifier.from_public_key(
    ec.generate_private_key(ec.SECP256R1()).public_key()
).key_identifier
USAGES = ("digital_signature",)

M, W, K = ViolationKind.MALFORMED, ViolationKind.WRONG_PURPOSE, ViolationKind.WEAK_KEY

PEDANTIC: dict[str, tuple[Build, ViolationKind]] = {
    "a serial number of zero": (leaf(serial=0), M),
    "a serial number below zero": (leaf(serial=-5), M),
    "a serial number of 21 bytes": (leaf(serial=1 << 160), M),
    "a leaf that does not say which key signed it": (leaf(issuer_key_id=False), M),
    "an authority that does not say which key signed it": (middle(issuer_key_id=False), M),
    "an authority without a key identifier": (middle(key_id=False), M),
    "a root without a key identifier": (root(key_id=False), M),
    "a critical key identifier": (
        leaf(issuer_key_id=False, more=(extension(x509.AuthorityKeyIdentifier(b"k", None, None), critical=True),)),
        M,
    ),
    "a root whose own key identifier is another": (root(**own_identifier(KEY, key_identifier=OTHER_KEY_ID)), M),
    "a root that names the issuer of its issuer": (
        root(
            **own_identifier(
                KEY,
                authority_cert_issuer=[x509.DirectoryName(named((CN, "Root")))],
                authority_cert_serial_number=7,
            )
        ),
        M,
    ),
    "a root for servers alone": (root(purposes=(SERVER,)), W),
    "a critical place to ask": (
        leaf(
            more=(
                extension(
                    x509.AuthorityInformationAccess(
                        [
                            x509.AccessDescription(
                                x509.oid.AuthorityInformationAccessOID.CA_ISSUERS,
                                x509.UniformResourceIdentifier("http://ca.example/ca.cer"),
                            )
                        ]
                    ),
                    critical=True,
                ),
            )
        ),
        M,
    ),
    "critical names beside a subject": (leaf(names_critical=True), M),
    "names that are not critical without a subject": (leaf(subject=x509.Name([])), M),
    "basic constraints that are not critical": (
        middle(authority=None, more=(extension(x509.BasicConstraints(ca=True, path_length=None)),)),
        M,
    ),
    "policy constraints that are not critical": (
        middle(more=(extension(x509.PolicyConstraints(require_explicit_policy=3, inhibit_policy_mapping=None)),)),
        M,
    ),
    "a leaf that may sign certificates": (leaf(usage=("digital_signature", "key_cert_sign")), M),
    "an authority as a leaf": (leaf(authority=True, usage=("digital_signature", "key_cert_sign")), M),
    "a leaf that constrains names": (leaf(permitted=(HOST,)), M),
    "a leaf that says nothing of its purpose": (leaf(purposes=None), W),
    "a leaf for any purpose": (leaf(purposes=(SERVER, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)), W),
    "a leaf for code as well": (leaf(purposes=(SERVER, ExtendedKeyUsageOID.CODE_SIGNING)), W),
    "a leaf for mail as well": (leaf(purposes=(SERVER, ExtendedKeyUsageOID.EMAIL_PROTECTION)), W),
    "a leaf for OCSP as well": (leaf(purposes=(SERVER, ExtendedKeyUsageOID.OCSP_SIGNING)), W),
    "a leaf for time stamps as well": (leaf(purposes=(SERVER, ExtendedKeyUsageOID.TIME_STAMPING)), W),
    "a leaf for precertificates as well": (leaf(purposes=(SERVER, PRECERTIFICATE)), W),
    "an authority for code as well": (middle(purposes=(SERVER, ExtendedKeyUsageOID.CODE_SIGNING)), W),
    "an authority for any purpose": (middle(purposes=(SERVER, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)), W),
    "a critical purpose": (
        leaf(purposes=None, more=(extension(x509.ExtendedKeyUsage([SERVER]), critical=True),)),
        M,
    ),
    "a key on a curve that may not sign": (leaf(usage=()), W),
    "an RSA key that may do nothing": (leaf(key=pki.kept_key("RSA-2048"), usage=()), W),
    "an RSA key whose length is no number of bytes": (leaf(key=pki.kept_key("RSA-2052")), K),
    "an underscore in a name": (leaf(names=(HOST, "a_b.example")), M),
    "a name with a dot in front": (leaf(names=(HOST, ".shop.example")), M),
    "a name constraint with a dot in front": (middle(permitted=(".example",)), M),
    "a common name in other letters": (leaf(subject=named((CN, "Shop.Example"))), M),
    "a common name with letters of its own": (leaf(subject=named((CN, "shöp.example"))), M),
    "a common name of another host": (leaf(subject=named((CN, "other.example"))), M),
    "an address in hexadecimal as a common name": (
        leaf(subject=named((CN, "0xC0000201")), names=(HOST, "192.0.2.1")),
        M,
    ),
    "an address with leading zeros as a common name": (
        leaf(subject=named((CN, "192.000.002.001")), names=(HOST, "192.0.2.1")),
        M,
    ),
    "an address in capitals as a common name": (
        leaf(subject=named((CN, "2001:DB8::1")), names=(HOST, "2001:db8::1")),
        M,
    ),
    "an access description that is none": (leaf(more=(raw("1.3.6.1.5.5.7.1.1", b"malformed"),)), M),
}
"""Breaches that clients mostly live with."""

PLAIN: dict[str, tuple[Build, ViolationKind]] = {
    "version 1": (leaf(version=1, names=()), M),
    "an issuer without a name": (leaf(issuer=x509.Name([])), M),
    "an extension that comes twice": (leaf(more=(SECOND_SAN,)), M),
    "a critical extension that nobody knows": (
        leaf(more=(profiles.extension(profiles.UNKNOWN_EXTENSION, b"", critical=True),)),
        ViolationKind.CRITICAL_EXTENSION,
    ),
    "the same in an authority": (
        middle(more=(profiles.extension(profiles.UNKNOWN_EXTENSION, b"", critical=True),)),
        ViolationKind.CRITICAL_EXTENSION,
    ),
    "names that cannot be read": (leaf(names=(), more=(raw("2.5.29.17", b"shop.example"),)), M),
    "a list of purposes that is empty": (leaf(purposes=None, more=(raw("2.5.29.37", der.sequence()),)), M),
    "constraints of nothing": (middle(more=(raw("2.5.29.30", der.sequence(), critical=True),)), M),
    "an empty list of constraints": (
        middle(more=(raw("2.5.29.30", der.sequence(b"\xa0\x00\xa1\x00"), critical=True),)),
        M,
    ),
    "a constraint with an asterisk": (
        middle(more=(raw("2.5.29.30", der.sequence(b"\xa0\x0d\x30\x0b\x82\x09*.example"), critical=True),)),
        M,
    ),
    "a constraint that is no network": (
        middle(more=(raw("2.5.29.30", der.sequence(b"\xa0\x08\x30\x06\x87\x04\x7f\0\0\1"), critical=True),)),
        M,
    ),
    "purposes without a server": (leaf(purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)), W),
    "an authority for clients alone": (middle(purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)), W),
    "a signature with SHA-1": (leaf(digest="sha1"), ViolationKind.WEAK_SIGNATURE),
    "a key on P-192": (leaf(key=pki.kept_key("P-192")), K),
    "a root with RSA-1024": (root(key=pki.kept_key("RSA-1024")), K),
    "an authority without a name": (middle(subject=x509.Name([])), M),
}
"""Breaches that nobody lives with."""


@pytest.mark.parametrize(("build", "fault"), (PEDANTIC | PLAIN).values(), ids=(PEDANTIC | PLAIN).keys())
def test_a_strict_reader_refuses_each_breach_and_finds_no_other(build: Build, fault: ViolationKind) -> None:
    sent, anchor = build()
    found = verdict(*sent, roots=[anchor], strict=True)
    assert not found.ok
    broken = kinds(found)
    assert fault in broken
    assert broken <= {fault, *FOLLOWING}, found.violations


FOLLOWING = {
    ViolationKind.WRONG_HOST,
    ViolationKind.INCOMPLETE_CHAIN,
    ViolationKind.UNKNOWN_ISSUER,
    ViolationKind.WRONG_PURPOSE,
}
"""What follows where a name is gone that was needed, or all extensions are."""


@pytest.mark.parametrize("build", [build for build, _ in PEDANTIC.values()], ids=PEDANTIC.keys())
def test_production_accepts_what_clients_live_with(build: Build) -> None:
    sent, anchor = build()
    found = verdict(*sent, roots=[anchor])
    assert found.ok, found.violations
    assert kinds(found) <= {ViolationKind.MALFORMED}


@pytest.mark.parametrize("build", [build for build, _ in PLAIN.values()], ids=PLAIN.keys())
def test_production_refuses_what_nobody_lives_with(build: Build) -> None:
    sent, anchor = build()
    assert not verdict(*sent, roots=[anchor]).ok


def test_a_sound_chain_has_no_faults_however_strictly_it_is_read() -> None:
    root = pki.root("Root")
    middle = root.authority("Middle", path_length=0)
    sent = middle.leaf(HOST, names=(HOST, f"*.{HOST}", "192.0.2.7")), middle
    for strict in (True, False):
        assert verdict(*sent, roots=[root], strict=strict).violations == ()


@pytest.mark.parametrize(
    "subject",
    [
        named((CN, "example")),
        named((CN, "Our Shop")),
        named((CN, "other.example"), (O, "Shop Ltd")),
        named((O, "Shop")),
    ],
    ids=["the names' parent", "no host", "beside an organisation", "none"],
)
def test_a_common_name_that_misleads_nobody_is_no_fault(subject: x509.Name) -> None:
    root = pki.root("Root")
    assert verdict(root.leaf(HOST, subject=subject), roots=[root], strict=True).violations == ()


def test_an_edwards_key_is_fine_under_a_private_root_and_not_under_a_public_one() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST, key=ed25519.Ed25519PrivateKey.generate())
    assert verdict(leaf, roots=[root]).ok
    assert ViolationKind.WEAK_KEY in kinds(verdict(leaf, roots=[root], public=True))


def test_names_of_no_known_kind_hide_no_others() -> None:
    root = pki.root("Root")
    other = der.tlv(0xA3, b"\x30\x00") + der.tlv(0x82, HOST.encode()) + der.tlv(0x87, ip_address("192.0.2.1").packed)
    leaf = root.leaf(HOST, names=(), more=(raw("2.5.29.17", der.sequence(other)),))
    found = verdict(leaf, roots=[root])
    assert (found.path[0].names, found.path[0].addresses) == ((HOST,), ("192.0.2.1",))
    assert found.ok


def test_dates_after_2049_are_read_in_the_form_that_they_have() -> None:
    root = pki.root("Root", not_after=datetime(2060, 1, 1, tzinfo=UTC))
    assert verdict(root.leaf(HOST), roots=[root], strict=True).violations == ()


@pytest.mark.parametrize(("serial", "severity"), [(0, Severity.NOTE), (-1, Severity.WARNING)])
def test_a_breach_that_some_mind_is_told_as_mildly_in_production(serial: int, severity: Severity) -> None:
    root = pki.root("Root")
    found = verdict(root.leaf(HOST, serial=serial), roots=[root])
    assert [(one.kind, one.severity) for one in found.violations] == [(ViolationKind.MALFORMED, severity)]


def test_what_strangers_wrote_is_printable_where_it_is_told() -> None:
    odd = chr(0x202E) + "other" + chr(7) + ".example"
    root = pki.root("Root", permitted=(x509.DirectoryName(named((CN, "Others"))),))
    found = verdict(root.leaf(HOST, subject=named((CN, odd))), roots=[root], strict=True, host=HOST)
    assert {ViolationKind.NAME_CONSTRAINTS, ViolationKind.MALFORMED} <= kinds(found)
    assert all(sentence(one).isprintable() for one in found.violations)


def test_an_anchor_that_its_own_key_signed_need_not_say_so_whatever_it_calls_its_issuer() -> None:
    key = pki.new_key()
    profile = profiles.authority("Root A")
    odd = Issuer(profile.subject, key, pki.signed(profile, key, by=key, called=named((CN, "Somebody"))))
    assert verdict(odd.leaf(HOST), roots=[odd], strict=True).ok
    other = pki.new_key()
    crossed = Issuer(
        profile.subject,
        key,
        pki.signed(replace(profile, issuer_key_id=False), key, by=other, called=named((CN, "Somebody"))),
    )
    assert kinds(verdict(crossed.leaf(HOST), roots=[crossed], strict=True)) == {ViolationKind.MALFORMED}


def test_an_rsa_key_with_a_long_exponent_is_weak_and_its_signatures_are_not_tried() -> None:
    usual, long = (pki.root("Root", key=_rsa_key((1 << bits) + 1)) for bits in (200, 300))
    assert verdict(usual.leaf(HOST), roots=[usual]).ok
    assert kinds(verdict(long.leaf(HOST), roots=[long])) == {ViolationKind.WEAK_KEY, ViolationKind.BAD_SIGNATURE}


def _rsa_key(exponent: int) -> rsa.RSAPrivateKey:
    """Return a key with the next exponent that its primes allow."""
    kept = pki.kept_key("RSA-2048")
    assert isinstance(kept, rsa.RSAPrivateKey)
    p, q = kept.private_numbers().p, kept.private_numbers().q
    order = lcm(p - 1, q - 1)
    while gcd(exponent, order) != 1:
        exponent += 2
    private = pow(exponent, -1, order)
    public = rsa.RSAPublicNumbers(exponent, p * q)
    parts = rsa.rsa_crt_dmp1(private, p), rsa.rsa_crt_dmq1(private, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, private, *parts, public).private_key()


@pytest.mark.parametrize("serial", [0, -1, 1 << 200], ids=["zero", "negative", "long"])
def test_an_anchor_is_a_name_and_a_key_whatever_its_number(serial: int) -> None:
    odd = pki.root("Root", serial=serial)
    assert verdict(odd.leaf(HOST), roots=[odd], strict=True).violations == ()
    below = pki.root("Root")
    between = below.authority("Middle", serial=serial)
    assert kinds(verdict(between.leaf(HOST), between, roots=[below], strict=True)) == {ViolationKind.MALFORMED}


def test_roots_that_browsers_trust_have_numbers_and_dates_that_no_other_certificate_may_have() -> None:
    """Nobody but their owners can make chains below them, so their own form is what is looked at."""
    with catch_warnings(action="ignore", category=CryptographyDeprecationWarning):
        roots = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    read = [reading.read(one.public_bytes(Encoding.DER)) for one in roots]
    broken = {one.rule for root in read for one in profile.violations(root, is_leaf=False)}
    assert {Rule.SERIAL, Rule.DATE_FORM} <= broken
    assert broken - path_checks.NOTHING_OF_AN_ANCHOR <= {Rule.KEY_IDENTIFIERS}
