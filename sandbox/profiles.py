"""What a certificate says, field by field, right or wrong; ``sandbox.pki`` signs it."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from sandbox.sct import Log

FOUNDED, DISSOLVED = datetime(2000, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
"""When an authority's certificate begins and ends, where no other dates are given."""

LIFETIME = timedelta(days=90)
"""How long a leaf lives, where no other dates are given; a third of it is over when it is served."""

SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
UNKNOWN_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.55555.1")

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a certificate says. A field that is None is left out, or has the usual value where a text under it says so.

    ``names`` and the name constraints are host names, mail addresses, IP literals or networks, or general names as
    they are; ``usage`` holds KeyUsage's names (``key_cert_sign``); ``tampered`` breaks the signature after signing.
    """

    subject: x509.Name
    version: int = 3
    serial: int | None = None
    """None: a number at random."""
    issuer: x509.Name | None = None
    """None: the signer's name."""
    not_before: datetime
    not_after: datetime
    digest: str = "sha256"
    outer_digest: str | None = None
    """The digest that is named outside of what is signed; None: the same (RFC 5280, 4.1.1.2)."""
    names: tuple[str | x509.GeneralName, ...] = ()
    names_critical: bool = False
    authority: bool | None = None
    """Whether BasicConstraints make it an authority; None: it has no BasicConstraints."""
    path_length: int | None = None
    usage: tuple[str, ...] | None = None
    purposes: tuple[x509.ObjectIdentifier, ...] | None = None
    permitted: tuple[str | x509.GeneralName, ...] | None = None
    excluded: tuple[str | x509.GeneralName, ...] | None = None
    key_id: bool = True
    issuer_key_id: bool = True
    issuers_at: tuple[str, ...] = ()
    ocsp_at: tuple[str, ...] = ()
    crls_at: tuple[str, ...] = ()
    must_staple: bool = False
    logs: tuple[Log, ...] = ()
    """The logs whose SCTs are embedded."""
    more: tuple[x509.Extension[Any], ...] = ()
    """Further extensions, as they are."""
    tampered: bool = False


def authority(called: str | x509.Name) -> Profile:
    """Return what the certificate of a sound authority says."""
    return Profile(
        subject=name(called),
        not_before=FOUNDED,
        not_after=DISSOLVED,
        authority=True,
        usage=("key_cert_sign", "crl_sign"),
    )


def leaf(host: str) -> Profile:
    """Return what the certificate of a sound server says; it began a third of its lifetime ago."""
    now = datetime.now(UTC).replace(microsecond=0)
    return Profile(
        subject=name(host),
        not_before=now - LIFETIME / 3,
        not_after=now + LIFETIME * 2 / 3,
        names=(host,),
        authority=False,
        usage=("digital_signature",),
        purposes=(ExtendedKeyUsageOID.SERVER_AUTH,),
    )


def name(called: str | x509.Name) -> x509.Name:
    """Return a common name, cut to the 64 characters that it may have (RFC 5280, appendix A.1)."""
    if isinstance(called, x509.Name):
        return called
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called[:64])])


def general(text: str | x509.GeneralName) -> x509.GeneralName:
    """Return what ``text`` names: an address or a network, a mail address, a host."""
    if isinstance(text, x509.GeneralName):
        return text
    read = ip_network if "/" in text else ip_address
    with suppress(ValueError):
        return x509.IPAddress(read(text))
    return x509.RFC822Name(text) if "@" in text else x509.DNSName(text)


def extension(oid: x509.ObjectIdentifier, value: bytes, *, critical: bool = False) -> x509.Extension[Any]:
    """Return an extension with these bytes, whatever they are."""
    return x509.Extension(oid, critical, x509.UnrecognizedExtension(oid, value))


def values(profile: Profile) -> Iterable[tuple[bool, x509.ExtensionType]]:
    """Yield the extensions that a profile says in words, each with whether it is critical."""
    if profile.names:
        yield profile.names_critical, x509.SubjectAlternativeName(map(general, profile.names))
    if profile.authority is not None:
        yield True, x509.BasicConstraints(profile.authority, profile.path_length)
    if profile.usage is not None:
        yield True, x509.KeyUsage(**{usage: usage in profile.usage for usage in _USAGES})
    if profile.purposes is not None:
        yield False, x509.ExtendedKeyUsage(profile.purposes)
    if profile.permitted is not None or profile.excluded is not None:
        yield True, x509.NameConstraints(_generals(profile.permitted), _generals(profile.excluded))
    if profile.must_staple:
        yield False, x509.TLSFeature([x509.TLSFeatureType.status_request])
    for addresses in _where_to_ask(profile):
        yield False, addresses


def _where_to_ask(profile: Profile) -> Iterable[x509.ExtensionType]:
    if profile.issuers_at or profile.ocsp_at:
        yield x509.AuthorityInformationAccess(_accesses(profile))
    if profile.crls_at:
        yield x509.CRLDistributionPoints(map(_distribution_point, profile.crls_at))


def _generals(texts: Iterable[str | x509.GeneralName] | None) -> list[x509.GeneralName] | None:
    return None if texts is None else [general(text) for text in texts]


def _accesses(profile: Profile) -> Iterable[x509.AccessDescription]:
    for url in profile.issuers_at:
        yield x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(url))
    for url in profile.ocsp_at:
        yield x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url))


def _distribution_point(url: str) -> x509.DistributionPoint:
    return x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
