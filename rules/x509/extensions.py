"""Reads those extensions of certificates (RFC 5280, 4.2) on which decisions depend. All raise ``asn1.Broken``."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rules.x509 import asn1

(
    KEY_IDENTIFIER,
    KEY_USAGE,
    ALTERNATIVE_NAMES,
    BASIC_CONSTRAINTS,
    NAME_CONSTRAINTS,
    DISTRIBUTION_POINTS,
    POLICIES,
    POLICY_MAPPINGS,
    AUTHORITY_KEY,
    POLICY_CONSTRAINTS,
    PURPOSES,
    INHIBIT_ANY_POLICY,
) = (asn1.oid(f"2.5.29.{number}") for number in (14, 15, 17, 19, 30, 31, 32, 33, 35, 36, 37, 54))
ACCESS, TLS_FEATURE = asn1.oid("1.3.6.1.5.5.7.1.1"), asn1.oid("1.3.6.1.5.5.7.1.24")
SCTS = asn1.oid("1.3.6.1.4.1.11129.2.4.2")
CA_ISSUERS, OCSP = asn1.oid("1.3.6.1.5.5.7.48.2"), asn1.oid("1.3.6.1.5.5.7.48.1")
ANY_POLICY = asn1.oid("2.5.29.32.0")

(SERVER_AUTH, CLIENT_AUTH, CODE_SIGNING, EMAIL_PROTECTION, TIME_STAMPING, OCSP_SIGNING) = (
    asn1.oid(f"1.3.6.1.5.5.7.3.{number}") for number in (1, 2, 3, 4, 8, 9)
)
ANY_PURPOSE, PRECERTIFICATES = asn1.oid("2.5.29.37.0"), asn1.oid("1.3.6.1.4.1.11129.2.4.4")

DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, DATA_ENCIPHERMENT, KEY_AGREEMENT = 1 << 15, 1 << 13, 1 << 12, 1 << 11
KEY_CERT_SIGN, CRL_SIGN, ENCIPHER_ONLY, DECIPHER_ONLY = 1 << 10, 1 << 9, 1 << 8, 1 << 7
"""The bits of KeyUsage as ``key_usage`` returns them."""

EMAIL, DNS, DIRECTORY, URI, ADDRESS = 0x81, 0x82, 0xA4, 0x86, 0x87
"""The tags of general names (RFC 5280, 4.2.1.6)."""

STATUS_REQUEST = 5
"""The TLS feature that says "must staple" (RFC 7633)."""

GeneralName = tuple[int, bytes]
"""A name of the SAN or of a constraint: its tag and its content."""

_POINT_NAME, _POINT_REASONS, _POINT_ISSUER = 0xA0, 0x81, 0xA2
_FULL_NAME = 0xA0
_KEY_ID, _KEY_ISSUER, _KEY_SERIAL = 0x80, 0xA1, 0x82

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SCT_LEAST = 47  # version, log, time, no extensions, signature of no length


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension as it stands: ``value`` is the DER inside."""

    critical: bool
    value: bytes


@dataclass(frozen=True, slots=True)
class AuthorityKey:
    """What an AuthorityKeyIdentifier says."""

    key_identifier: bytes | None
    has_issuer: bool
    has_serial: bool


def listed(data: bytes, start: int, stop: int) -> tuple[dict[bytes, Extension], list[bytes]]:
    """Return the first extension of each kind, and the kinds that come more than once."""
    _, start, end = asn1.expect(data, start, stop, asn1.SEQUENCE)
    if end != stop:
        raise asn1.Broken("more data after the extensions")
    return each(data, start, end)


def each(data: bytes, start: int, end: int) -> tuple[dict[bytes, Extension], list[bytes]]:
    """Return the same as ``listed`` for extensions without a list around them, between two places."""
    found, repeated = dict[bytes, Extension](), list[bytes]()
    for tag, begin, until in asn1.elements(data, start, end):
        if tag != asn1.SEQUENCE:
            raise asn1.Broken("an extension that is none")
        oid, extension = _extension(data, begin, until)
        if oid in found:
            repeated.append(oid)
        else:
            found[oid] = extension
    return found, repeated


def _extension(data: bytes, start: int, stop: int) -> tuple[bytes, Extension]:
    parts = asn1.elements(data, start, stop)
    critical = len(parts) == 3 and parts[1][0] == asn1.BOOLEAN and asn1.boolean(data, *parts[1][1:])  # noqa: PLR2004
    if len(parts) not in (2, 3) or parts[0][0] != asn1.OID or parts[-1][0] != asn1.OCTET_STRING:
        raise asn1.Broken("an extension that is none")
    if len(parts) == 3 and parts[1][0] != asn1.BOOLEAN:  # noqa: PLR2004 - OID, whether it is critical, value
        raise asn1.Broken("an extension that is none")
    return data[parts[0][1] : parts[0][2]], Extension(critical, data[parts[-1][1] : parts[-1][2]])


def basic_constraints(value: bytes) -> tuple[bool, int | None]:
    """Return whether it is an authority, and the greatest length of the path below it, None without a limit."""
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    is_authority, length = False, None
    for tag, at, end in asn1.elements(value, start, stop):
        if tag == asn1.BOOLEAN and at == start + 2:
            is_authority = asn1.boolean(value, at, end)
        elif tag == asn1.INTEGER and length is None and asn1.integer(value, at, end) >= 0:
            length = asn1.integer(value, at, end)
        else:
            raise asn1.Broken("basic constraints that are none")
    return is_authority, length


def key_usage(value: bytes) -> int:
    """Return the bits of a KeyUsage, as ``DIGITAL_SIGNATURE`` and its like name them."""
    _, start, stop = asn1.whole(value, asn1.BIT_STRING)
    if not 1 < stop - start <= 3 or value[start] > 7:  # noqa: PLR2004 - nine bits at the most, none unused but the last
        if stop - start == 1 and not value[start]:
            return 0
        raise asn1.Broken("key usage bits that nobody knows")
    return int.from_bytes(value[start + 1 : stop].ljust(2, b"\0"))


def purposes(value: bytes) -> tuple[bytes, ...]:
    """Return the purposes of an ExtendedKeyUsage, as OIDs."""
    return tuple(_oids(value))


def _oids(value: bytes) -> Iterator[bytes]:
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    for tag, at, end in asn1.elements(value, start, stop):
        if tag != asn1.OID:
            raise asn1.Broken("a purpose that is none")
        yield value[at:end]


def general_names(value: bytes) -> tuple[GeneralName, ...]:
    """Return the names of a SAN, whatever kind they are of."""
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    return tuple((tag, value[at:end]) for tag, at, end in asn1.elements(value, start, stop))


def accesses(value: bytes) -> list[tuple[bytes, GeneralName]]:
    """Return the methods and places of an AuthorityInfoAccess."""
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    found = list[tuple[bytes, GeneralName]]()
    for tag, begin, until in asn1.elements(value, start, stop):
        _, at, end = asn1.expect(value, begin, until, asn1.OID)
        place, place_at, place_end = asn1.element(value, end, until)
        if tag != asn1.SEQUENCE or place_end != until:
            raise asn1.Broken("an access description that is none")
        found.append((value[at:end], (place, value[place_at:place_end])))
    if not found:
        raise asn1.Broken("no access description")
    return found


def distribution_points(value: bytes) -> list[tuple[GeneralName, ...]]:
    """Return the full names of each point of a CRLDistributionPoints.

    A point has none here where its list is about some reasons only, or where it names another issuer of the list.
    """
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    return [_full_names(value, begin, until) for _, begin, until in asn1.elements(value, start, stop)]


def _full_names(value: bytes, start: int, stop: int) -> tuple[GeneralName, ...]:
    parts = {tag: (at, end) for tag, at, end in asn1.elements(value, start, stop)}
    if _POINT_NAME not in parts or _POINT_REASONS in parts or _POINT_ISSUER in parts:
        return ()
    return point_names(value, *parts[_POINT_NAME])


def point_names(value: bytes, start: int, stop: int) -> tuple[GeneralName, ...]:
    """Return the names of a DistributionPointName where they are full ones, else none."""
    tag, at, end = asn1.element(value, start, stop)
    if tag != _FULL_NAME:
        return ()
    return tuple((kind, value[begin:until]) for kind, begin, until in asn1.elements(value, at, end))


def key_identifier(value: bytes) -> bytes:
    """Return what a SubjectKeyIdentifier says."""
    _, at, end = asn1.whole(value, asn1.OCTET_STRING)
    return value[at:end]


def authority_key(value: bytes) -> AuthorityKey:
    """Return what an AuthorityKeyIdentifier says."""
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    parts = {tag: value[at:end] for tag, at, end in asn1.elements(value, start, stop)}
    if not set(parts) <= {_KEY_ID, _KEY_ISSUER, _KEY_SERIAL}:
        raise asn1.Broken("an authority's key identifier that is none")
    return AuthorityKey(parts.get(_KEY_ID), _KEY_ISSUER in parts, _KEY_SERIAL in parts)


def features(value: bytes) -> tuple[int, ...]:
    """Return the TLS features that a server with this certificate has to offer (RFC 7633)."""
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    return tuple(asn1.integer(value, at, end) for _, at, end in asn1.elements(value, start, stop))


def sct_times(value: bytes) -> tuple[datetime, ...]:
    """Return the time of each SCT: when a log promised to publish the certificate (RFC 6962, 3.3). UTC."""
    _, at, end = asn1.whole(value, asn1.OCTET_STRING)
    if end - at < 2 or int.from_bytes(value[at : at + 2]) != end - at - 2:  # noqa: PLR2004 - the list's own length
        raise asn1.Broken("a list of timestamps that is none")
    at, found = at + 2, list[datetime]()
    while at < end:
        length = int.from_bytes(value[at : at + 2])
        sct = value[at + 2 : at + 2 + length]
        if len(sct) != length or length < _SCT_LEAST:
            raise asn1.Broken("a timestamp that is none")
        found.append(_EPOCH + timedelta(milliseconds=int.from_bytes(sct[33:41])))
        at += 2 + length
    return tuple(found)


def policies(value: bytes) -> frozenset[bytes]:
    """Return the policies of a CertificatePolicies, as OIDs; one that comes twice is ``Broken``."""
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    spans = [asn1.expect(value, begin, until, asn1.OID) for _, begin, until in asn1.elements(value, start, stop)]
    found = frozenset(value[at:end] for _, at, end in spans)
    if not spans or len(found) != len(spans):
        raise asn1.Broken("policies that come twice, or none")
    return found


def policy_mappings(value: bytes) -> list[tuple[bytes, bytes]]:
    """Return the pairs of a PolicyMappings: the issuer's policy, the subject's."""
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    found = list[tuple[bytes, bytes]]()
    for _, begin, until in asn1.elements(value, start, stop):
        _, first_at, first_end = asn1.expect(value, begin, until, asn1.OID)
        _, second_at, second_end = asn1.expect(value, first_end, until, asn1.OID)
        found.append((value[first_at:first_end], value[second_at:second_end]))
    return found


def policy_constraints(value: bytes) -> tuple[int | None, int | None]:
    """Return after how many certificates a policy is required and mapping is forbidden; None where it never is."""
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    parts = {tag: asn1.integer(value, at, end) for tag, at, end in asn1.elements(value, start, stop)}
    if not parts or not set(parts) <= {0x80, 0x81} or min(parts.values()) < 0:
        raise asn1.Broken("policy constraints that are none")
    return parts.get(0x80), parts.get(0x81)


def inhibit_any_policy(value: bytes) -> int:
    """Return after how many certificates "any policy" means nothing."""
    _, at, end = asn1.whole(value, asn1.INTEGER)
    return max(asn1.integer(value, at, end), 0)
