"""Two other verifiers are asked about the same chains; where they differ from ours, it is told why."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509 import verification as library
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from sandbox import pki, profiles
from sandbox.pki import Issuer
from tests.support.chains import HOST, now, verdict

LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)

Chain = tuple[Sequence[Issuer], Issuer]


def below(**fields: Any) -> Chain:
    """Return leaf, intermediate and root, with the leaf as told."""
    root = pki.root("Root")
    middle = root.authority("Middle")
    return (middle.leaf(HOST, **fields), middle), root


def under(**fields: Any) -> Chain:
    """Return the same, with the intermediate as told."""
    root = pki.root("Root")
    middle = root.authority("Middle", **fields)
    return (middle.leaf(HOST), middle), root


def two_between() -> Chain:
    root = pki.root("Root")
    upper = root.authority("Upper", path_length=0)
    lower = upper.authority("Lower")
    return (lower.leaf(HOST), lower, upper), root


def two_ways() -> Chain:
    old, root = pki.root("Old"), pki.root("Root")
    middle = old.authority("Middle")
    return (middle.leaf(HOST), middle, root.again(middle)), root


CASES: dict[str, Callable[[], Chain]] = {
    "sound": below,
    "sound, with RSA": lambda: below(key=pki.kept_key("RSA-2048")),
    "sound, by the second of two ways": two_ways,
    "expired": lambda: below(not_before=LONG_AGO, not_after=LONG_AGO + timedelta(days=90)),
    "not yet valid": lambda: below(not_before=now() + timedelta(days=2), not_after=now() + timedelta(days=9)),
    "an expired intermediate": lambda: under(not_after=LONG_AGO),
    "a bad signature": lambda: below(tampered=True),
    "an intermediate with a bad signature": lambda: under(tampered=True),
    "signed by itself": lambda: ((pki.self_signed(HOST),), pki.root("Root")),
    "an unknown issuer": lambda: (below()[0], pki.root("Other")),
    "incomplete": lambda: ((below()[0][0],), pki.root("Root")),
    "no authority": lambda: under(authority=False, usage=("digital_signature",)),
    "an authority that may not sign": lambda: under(usage=("digital_signature",)),
    "too long a path": two_between,
    "allowed names": lambda: under(permitted=("example",)),
    "names that are not allowed": lambda: under(permitted=("other.example",)),
    "names that are forbidden": lambda: under(excluded=("example",)),
    "not for servers": lambda: below(purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
    "an authority not for servers": lambda: under(purposes=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
    "a critical extension that nobody knows": lambda: below(
        more=(profiles.extension(profiles.UNKNOWN_EXTENSION, b"", critical=True),)
    ),
    "an authority with a weak key": lambda: under(key=pki.kept_key("RSA-1024")),
    "a weak signature": lambda: below(digest="sha1"),
    "another host": lambda: below(names=("other.example",)),
    "no purpose": lambda: below(purposes=None),
    "an authority as a leaf": lambda: below(authority=True, usage=("digital_signature", "key_cert_sign")),
    "a leaf with a weak key": lambda: below(key=pki.kept_key("RSA-1024")),
    "a serial number of zero": lambda: below(serial=0),
    "names in a critical extension": lambda: below(names_critical=True),
}

LIBRARY_ACCEPTS = {
    "no purpose": "BR 7.1.2.7.6 asks for it, RFC 5280 does not",
    "a leaf with a weak key": "it looks at the keys of authorities alone",
    "a serial number of zero": "roots in every trust store have it",
}
"""What ``cryptography`` accepts, and a strict reader here refuses."""

OPENSSL_ACCEPTS = {
    "another host": "it is not asked about hosts here",
    "no purpose": "as RFC 5280 allows",
    "not for servers": "it is not told what the certificate is to be used for",
    "an authority not for servers": "the same",
    "an authority with a weak key": "its security level is not raised here",
    "a leaf with a weak key": "the same",
    "a weak signature": "the same",
    "an authority as a leaf": "RFC 5280 has no rule against it, BR have",
    "a serial number of zero": "it does not look",
    "names in a critical extension": "RFC 5280 allows it, BR do not",
}
"""What OpenSSL accepts, and a strict reader here refuses."""

OPENSSL_REFUSES = {
    "sound, by the second of two ways": "it follows the first issuer that it finds, and never turns back"
}
"""What it is the other way round."""


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("name", CASES)
def test_the_library_differs_where_it_is_known_to(name: str) -> None:
    sent, root = CASES[name]()
    ours = verdict(*sent, roots=[root], strict=True).ok
    theirs = library_accepts(sent, root)
    assert (theirs and not ours) == (name in LIBRARY_ACCEPTS)
    assert theirs or not ours


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@pytest.mark.parametrize("name", CASES)
def test_openssl_differs_where_it_is_known_to(name: str) -> None:
    sent, root = CASES[name]()
    ours = verdict(*sent, roots=[root], strict=True).ok
    theirs = openssl_accepts(sent, root)
    assert (theirs and not ours) == (name in OPENSSL_ACCEPTS)
    assert (ours and not theirs) == (name in OPENSSL_REFUSES)


def library_accepts(sent: Sequence[Issuer], root: Issuer) -> bool:
    leaf, *others = (one.parsed for one in sent)
    builder = library.PolicyBuilder().store(library.Store([root.parsed])).time(now())
    try:
        builder.build_server_verifier(x509.DNSName(HOST)).verify(leaf, others)
    except library.VerificationError:
        return False
    return True


def openssl_accepts(sent: Sequence[Issuer], root: Issuer) -> bool:
    leaf, *others = (crypto.X509.from_cryptography(one.parsed) for one in sent)
    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(root.parsed))
    store.set_flags(crypto.X509StoreFlags.X509_STRICT)
    try:
        crypto.X509StoreContext(store, leaf, others).verify_certificate()
    except crypto.X509StoreContextError:
        return False
    return True
