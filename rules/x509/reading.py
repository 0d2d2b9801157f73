"""Reads certificates: bytes that strangers chose, as much of them as possible.

Only what a certificate cannot do without (its fields up to the public key) has to be right; an extension that cannot be
read is listed in ``broken``, and hides nothing else. Nothing is checked here: see ``profile`` and ``baseline``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, TypeVar

from rules.x509 import asn1, distinguished_names, keys
from rules.x509 import extensions as ext
from rules.x509.distinguished_names import Comparable, comparable
from rules.x509.extensions import Extension, GeneralName

T = TypeVar("T")

LONGEST = 200
"""Characters that are kept of any string."""

LARGEST = 128 * 1024
"""Bytes of a certificate that are read; the largest that are in use have some ten thousand."""

_ISSUER_ID, _SUBJECT_ID, _EXTENSIONS = 0x81, 0x82, 0xA3
_VERSION = 0xA0
_SUBJECT, _KEY = 4, 5
"""Places of fields, counted from the serial number."""
_CACHED = 512


class Unreadable(ValueError):
    """Raised when bytes are no certificate; the message says in what way."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Certificate:
    """A certificate. Its texts are printable and capped; times are aware and UTC.

    ``fingerprint`` (SHA-256 of the DER), ``key_id`` (SHA-256 of the public key's SPKI) and ``serial`` are hex.
    ``names`` and ``addresses`` are the DNS names and IP addresses of the SAN as they are written. ``sct_times`` are the
    times of the logs' SCTs, ``usage`` the bits of KeyUsage (``extensions.KEY_CERT_SIGN``), and ``purposes`` OIDs.
    """

    der: bytes = field(repr=False)
    fingerprint: str
    key_id: str
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    key: str
    signature: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    is_authority: bool = False
    path_length: int | None = None
    usage: int | None = None
    purposes: tuple[bytes, ...] | None = None
    crl_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    must_staple: bool = False
    sct_times: tuple[datetime, ...] = ()
    key_identifier: bytes | None = None
    authority_key_id: bytes | None = None

    version: int
    serial_number: int
    subject_der: bytes = field(repr=False)
    issuer_der: bytes = field(repr=False)
    spki: bytes = field(repr=False)
    kind: keys.KeyKind
    signed: bytes = field(repr=False)
    """What is signed: the TBSCertificate."""
    algorithm: bytes = field(repr=False)
    """The signature's algorithm (AlgorithmIdentifier, DER), as it stands beside the signature."""
    algorithm_inside: bytes = field(repr=False)
    """The same, as it stands in what is signed."""
    signature_bits: bytes = field(repr=False)
    alternatives: tuple[GeneralName, ...] | None = field(default=None, repr=False)
    """All names of the SAN."""
    extensions: Mapping[bytes, Extension] = field(default_factory=dict[bytes, Extension], repr=False)
    repeated: tuple[bytes, ...] = ()
    """The OIDs of extensions that it has more than once."""
    broken: Mapping[bytes, str] = field(default_factory=dict[bytes, str])
    """The extensions that cannot be read, and why."""
    bad_time_form: bool = False
    """Whether a date is not in the form that RFC 5280, 4.1.2.5 asks for its year."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    @property
    def sct_count(self) -> int:
        return len(self.sct_times)

    @property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same; this does not say that it signed itself."""
        return self.subject_der == self.issuer_der or self.comparable_subject == self.comparable_issuer

    @property
    def comparable_subject(self) -> Comparable:
        return comparable(self.subject_der)

    @property
    def comparable_issuer(self) -> Comparable:
        return comparable(self.issuer_der)


def read(der: bytes) -> Certificate:
    """Return the certificate that ``der`` is; raises ``Unreadable`` and nothing else."""
    if len(der) > LARGEST:
        raise Unreadable(f"it has {len(der):,} bytes, and no certificate needs more than {LARGEST:,}")
    try:
        return _certificate(der)
    except (ValueError, IndexError, OverflowError) as error:
        raise Unreadable(clean(str(error))) from error


@lru_cache(maxsize=_CACHED)
def kept(der: bytes) -> Certificate:
    """Return what ``read`` returns, and remember it: for issuers, which are seen again and again."""
    return read(der)


def subject_of(der: bytes) -> Comparable:
    """Return the subject of a certificate (DER) for comparison, without the rest; raises ``Unreadable``."""
    return _field_of(der, _SUBJECT, comparable)


@lru_cache(maxsize=_CACHED)
def key_kind_of(der: bytes) -> keys.KeyKind:
    """Return the kind of a certificate's public key, without reading the rest; raises ``Unreadable``."""
    return _field_of(der, _KEY, keys.kind)


def _field_of(der: bytes, place: int, read: Callable[[bytes], T]) -> T:
    if len(der) > LARGEST:
        raise Unreadable("it is too large")
    try:
        _, start, stop = asn1.expect(der, 0, len(der), asn1.SEQUENCE)
        _, start, stop = asn1.expect(der, start, stop, asn1.SEQUENCE)
        place += der[start] == _VERSION
        before, found = asn1.elements(der, start, stop, place + 1)[place - 1 :]
        return read(der[before[2] : found[2]])
    except (ValueError, IndexError) as error:
        raise Unreadable(clean(str(error))) from error


def clean(text: str) -> str:
    """Return ``text`` without what does not print: controls, bidi overrides, lone surrogates, line separators."""
    if len(text) <= LONGEST and text.isprintable():
        return text
    shown = "".join(filter(str.isprintable, text[: 4 * LONGEST]))
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def _certificate(der: bytes) -> Certificate:
    _, start, stop = asn1.whole(der, asn1.SEQUENCE)
    _, begin, end = asn1.expect(der, start, stop, asn1.SEQUENCE)
    return Certificate(
        der=der,
        fingerprint=sha256(der).hexdigest(),
        signed=der[start:end],
        **_signature(der, end, stop),
        **_signed(der, asn1.elements(der, begin, end)),
    )


def _signature(der: bytes, start: int, stop: int) -> dict[str, Any]:
    """Return what follows the TBSCertificate, as arguments of ``Certificate``."""
    _, _, algorithm_end = asn1.expect(der, start, stop, asn1.SEQUENCE)
    _, bits_at, bits_end = asn1.expect(der, algorithm_end, stop, asn1.BIT_STRING)
    if bits_end != stop:
        raise asn1.Broken("more data after the signature")
    algorithm = der[start:algorithm_end]
    return {
        "signature": clean(keys.signature_name(algorithm)),
        "algorithm": algorithm,
        "signature_bits": asn1.octets(der, bits_at, bits_end),
    }


def _signed(der: bytes, fields: list[asn1.Element]) -> dict[str, Any]:
    """Return what the fields of the TBSCertificate say (RFC 5280, 4.1.2), as arguments of ``Certificate``."""
    version = _version(der, fields.pop(0)) if fields[0][0] == _VERSION else 1
    serial, inside, issuer, validity, subject, spki, *others = fields
    if tuple(tag for tag, _, _ in fields[:6]) != _TAGS:
        raise asn1.Broken("its fields are not those of a certificate")
    return {
        "version": version,
        "algorithm_inside": der[serial[2] : inside[2]],
        **_serial(der, serial),
        **_distinguished_names(issuer=der[inside[2] : issuer[2]], subject=der[validity[2] : subject[2]]),
        **_key(der[subject[2] : spki[2]]),
        **_dates(der, validity),
        **_extended(der, others),
    }


_TAGS = (asn1.INTEGER, *(asn1.SEQUENCE,) * 5)
"""The tags of serial number, algorithm, issuer, validity, subject and public key."""


def _version(der: bytes, tagged: asn1.Element) -> int:
    _, start, stop = asn1.expect(der, tagged[1], tagged[2], asn1.INTEGER)
    return asn1.integer(der, start, stop) + 1


def _serial(der: bytes, serial: asn1.Element) -> dict[str, Any]:
    number = int.from_bytes(der[serial[1] : serial[2]], signed=True)
    return {"serial": clean(f"{number:x}"), "serial_number": number}


def _distinguished_names(*, issuer: bytes, subject: bytes) -> dict[str, Any]:
    return {
        "subject": clean(distinguished_names.text(subject)),
        "issuer": clean(distinguished_names.text(issuer)),
        "subject_der": subject,
        "issuer_der": issuer,
    }


def _key(spki: bytes) -> dict[str, Any]:
    kind = keys.kind(spki)
    return {"key": clean(str(kind)), "key_id": _key_id(spki), "kind": kind, "spki": spki}


@lru_cache(maxsize=_CACHED)
def _key_id(spki: bytes) -> str:
    return sha256(spki).hexdigest()


def _dates(der: bytes, validity: asn1.Element) -> dict[str, Any]:
    first, second = asn1.elements(der, *validity[1:])
    not_before, not_after = asn1.time(der, first), asn1.time(der, second)
    pairs = ((first, not_before), (second, not_after))
    # Through 2049 a date has to be UTCTime, which cannot say later ones.
    bad = any((one[0] == asn1.GENERALIZED_TIME) != (moment.year > 2049) for one, moment in pairs)  # noqa: PLR2004
    return {"not_before": not_before, "not_after": not_after, "bad_time_form": bad}


def _extended(der: bytes, others: Iterable[asn1.Element]) -> dict[str, Any]:
    """Return what the extensions say, as arguments of ``Certificate``."""
    found, repeated, broken = dict[bytes, Extension](), list[bytes](), dict[bytes, str]()
    for tag, start, stop in others:
        if tag == _EXTENSIONS:
            found, repeated = ext.listed(der, start, stop)
        elif tag not in (_ISSUER_ID, _SUBJECT_ID):
            raise asn1.Broken("a field that certificates do not have")
    said: dict[str, Any] = {"extensions": found, "repeated": tuple(repeated), "broken": broken}
    for oid, extension in found.items():
        reader = _READERS.get(oid)
        if reader is None:
            continue
        try:
            said |= reader(extension.value)
        except (ValueError, IndexError, OverflowError) as error:
            broken[oid] = clean(str(error))
    return said


def _basic(value: bytes) -> dict[str, Any]:
    is_authority, length = ext.basic_constraints(value)
    return {"is_authority": is_authority, "path_length": length}


def _names(value: bytes) -> dict[str, Any]:
    found = ext.general_names(value)
    names = (content for tag, content in found if tag == ext.DNS)
    addresses = (content for tag, content in found if tag == ext.ADDRESS and len(content) in (4, 16))
    return {
        "alternatives": found,
        "names": tuple(clean(content.decode("ascii", "replace")) for content in names),
        "addresses": tuple(map(_address, addresses)),
    }


def _address(content: bytes) -> str:
    """Write an address as text: IPv4 by hand, because there may be thousands."""
    return ".".join(map(str, content)) if len(content) == 4 else str(ip_address(content))  # noqa: PLR2004


def _access(value: bytes) -> dict[str, Any]:
    found = ext.accesses(value)
    urls = {kind: _urls(place for method, place in found if method == kind) for kind in (ext.CA_ISSUERS, ext.OCSP)}
    return {"issuer_urls": urls[ext.CA_ISSUERS], "ocsp_urls": urls[ext.OCSP]}


def _distribution_points(value: bytes) -> dict[str, Any]:
    return {"crl_urls": _urls(name for point in ext.distribution_points(value) for name in point)}


def _urls(names: Iterable[GeneralName]) -> tuple[str, ...]:
    """Return the addresses that can be asked; one that is too long or does not print is left out."""
    found = (content.decode("ascii", "replace") for tag, content in names if tag == ext.URI)
    return tuple(url for url in found if url == clean(url))


def _cached(read: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Remember what is the same in all certificates of an authority."""
    return lru_cache(maxsize=256)(read)


_READERS: dict[bytes, Callable[[bytes], dict[str, Any]]] = {
    ext.BASIC_CONSTRAINTS: _cached(_basic),
    ext.KEY_USAGE: _cached(lambda value: {"usage": ext.key_usage(value)}),
    ext.PURPOSES: _cached(lambda value: {"purposes": ext.purposes(value)}),
    ext.ALTERNATIVE_NAMES: _names,
    ext.ACCESS: _cached(_access),
    ext.DISTRIBUTION_POINTS: _cached(_distribution_points),
    ext.KEY_IDENTIFIER: lambda value: {"key_identifier": ext.key_identifier(value)},
    ext.AUTHORITY_KEY: _cached(lambda value: {"authority_key_id": ext.authority_key(value).key_identifier}),
    ext.TLS_FEATURE: lambda value: {"must_staple": ext.STATUS_REQUEST in ext.features(value)},
    ext.SCTS: lambda value: {"sct_times": ext.sct_times(value)},
}
