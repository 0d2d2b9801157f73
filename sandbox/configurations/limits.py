"""Servers whose certificates break a limit: of who may issue them, of names and purposes, or of RFC 5280's form."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from rules.certificates.faults import FaultKind
from sandbox import profiles
from sandbox.configurations.authorities import DOMAIN, Authorities
from sandbox.configurations.configuration import Configuration
from sandbox.configurations.wrong_hosts import LOCALHOST

CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)
SERVER = (ExtendedKeyUsageOID.SERVER_AUTH,)
NULL = b"\x05\x00"


def faulty(made: Authorities) -> Iterator[Configuration]:
    yield from _authorities(made)
    yield from _constraints(made)
    yield from _purposes(made)
    yield from _extensions(made)
    yield from _malformed(made)


def _authorities(made: Authorities) -> Iterator[Configuration]:
    root, fault = made.private_root, FaultKind.NOT_AN_AUTHORITY
    leaf = made.leaf(f"shop.{DOMAIN}")
    yield made.serving("issued-by-a-leaf", fault, branch=made.private.below(leaf))
    silent = root.under("Sandbox Silent Issuer", authority=None)
    yield made.serving("issuer-without-constraints", fault, branch=silent)
    old = root.under("Sandbox Old Issuer", version=1)
    # Without basic constraints it is no authority, and only version 3 can have them (RFC 5280, 4.2.1.9; BR 7.1.1).
    yield made.serving("issuer-of-version-1", fault, FaultKind.MALFORMED, branch=old)
    unable = root.under("Sandbox Unable Issuer", usage=("digital_signature", "crl_sign"))
    yield made.serving("issuer-may-not-sign", fault, branch=unable)
    short = root.under("Sandbox Short", path_length=0).under("Sandbox Too Deep")
    yield made.serving("path-too-long", fault, branch=short)


def _constraints(made: Authorities) -> Iterator[Configuration]:
    root, fault = made.private_root, FaultKind.NAME_CONSTRAINTS
    elsewhere = root.under("Sandbox Elsewhere Issuer", permitted=("elsewhere.test",))
    yield made.serving("name-not-permitted", fault, branch=elsewhere)
    excluding = root.under("Sandbox Excluding Issuer", excluded=(DOMAIN,))
    yield made.serving("name-excluded", fault, branch=excluding)
    ten = root.under("Sandbox Ten Issuer", permitted=("10.0.0.0/8",))
    yield made.serving("address-not-permitted", fault, host=LOCALHOST, branch=ten)
    no_loopback = root.under("Sandbox Outer Issuer", excluded=("127.0.0.0/8",))
    yield made.serving("address-excluded", fault, host=LOCALHOST, branch=no_loopback)
    ours = root.under("Sandbox Our Issuer", permitted=(DOMAIN,))
    two = (f"one-name-of-two.{DOMAIN}", "elsewhere.test")
    yield made.serving("one-name-of-two", fault, branch=ours, names=two)
    below = elsewhere.under("Sandbox Below Elsewhere")
    yield made.serving("name-not-permitted-above", fault, branch=below)


def _purposes(made: Authorities) -> Iterator[Configuration]:
    fault = FaultKind.WRONG_PURPOSE
    yield made.serving("for-clients", fault, purposes=CLIENT)
    yield made.serving("for-code", fault, purposes=(ExtendedKeyUsageOID.CODE_SIGNING,))
    for_clients = made.private_root.under("Sandbox Client Issuer", purposes=CLIENT)
    yield made.serving("issuer-for-clients", fault, branch=for_clients)


def _extensions(made: Authorities) -> Iterator[Configuration]:
    unknown = profiles.extension(profiles.UNKNOWN_EXTENSION, NULL, critical=True)
    yield made.serving("unknown-extension", FaultKind.CRITICAL_EXTENSION, more=(unknown,))
    strange = made.private_root.under("Sandbox Strange Issuer", more=(unknown,))
    yield made.serving("unknown-extension-of-its-issuer", FaultKind.CRITICAL_EXTENSION, branch=strange)


def _malformed(made: Authorities) -> Iterator[Configuration]:
    fault = FaultKind.MALFORMED
    yield made.serving("negative-serial", fault, serial=-5)  # Go's and Python's verifiers refuse it
    yield made.serving("issuer-without-a-name", fault, branch=made.private_root.under(x509.Name([])))
    twice = profiles.extension(x509.OID_EXTENDED_KEY_USAGE, x509.ExtendedKeyUsage(SERVER).public_bytes())
    yield made.serving("extension-twice", fault, more=(twice,))
    yield made.serving("two-algorithms", fault, outer_digest="sha384")
    torn = profiles.extension(x509.OID_NAME_CONSTRAINTS, b"\x30\x05\x00", critical=True)
    yield made.serving("torn-constraints", fault, branch=made.private_root.under("Sandbox Torn Issuer", more=(torn,)))


def sound(made: Authorities) -> Iterator[Configuration]:
    root = made.private_root
    ours = root.under("Sandbox Our Issuer", permitted=(DOMAIN, "127.0.0.0/8"), excluded=("elsewhere.test",))
    yield made.serving("name-permitted", branch=ours)
    no_name = profiles.name("Sandbox Address")  # some take a common name like 127.0.0.1 for a DNS name
    yield made.serving("address-permitted", host=LOCALHOST, branch=ours, subject=no_name)
    names_alone = root.under("Sandbox Name Issuer", permitted=(DOMAIN,))
    yield made.serving("name-permitted-below", branch=names_alone.under("Sandbox Below Names"))
    exact = root.under("Sandbox Exact", path_length=1).under("Sandbox Exact Below", path_length=0)
    yield made.serving("path-just-long-enough", branch=exact)
    for_servers = root.under("Sandbox Server Issuer", purposes=(*CLIENT, *SERVER))
    yield made.serving("issuer-for-servers", branch=for_servers, purposes=(*SERVER, *CLIENT))
    harmless = profiles.extension(profiles.UNKNOWN_EXTENSION, NULL)
    yield made.serving("unknown-extension-not-critical", more=(harmless,))
    yield made.serving("longest-serial", serial=(1 << 158) + 1)
    yield from _tolerated(made)


def _tolerated(made: Authorities) -> Iterator[Configuration]:
    """Yield what breaks a rule that no client insists on: that is a note."""
    yield made.serving("serial-of-zero", serial=0).noting(FaultKind.MALFORMED)  # RFC 5280, 4.1.2.2
    yield made.serving("serial-too-long", serial=1 << 165).noting(FaultKind.MALFORMED)  # the same
    purposeless = made.serving("no-purpose-public", branch=made.public, purposes=None)
    yield purposeless.noting(FaultKind.WRONG_PURPOSE)  # BR 7.1.2.7.6
