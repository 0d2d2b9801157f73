"""Reads lists of revoked certificates (RFC 5280, 5), which may hold hundreds of thousands of them."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from rules.x509 import asn1, distinguished_names, keys, reading
from rules.x509 import extensions as ext
from rules.x509.extensions import Extension, GeneralName
from rules.x509.reading import Certificate, Unreadable

LARGEST = 64 * 1024 * 1024
"""Bytes of a list that are read; the largest in use have some ten million."""

NUMBER, REASON, INVALIDITY, POINT, ISSUER = (asn1.oid(f"2.5.29.{number}") for number in (20, 21, 24, 28, 29))
_VERSION_2 = 1
_EXTENSIONS = 0xA0
_TIMES = (asn1.UTC_TIME, asn1.GENERALIZED_TIME)
_TRUE = b"\x01\x01\xff"
_LAST_OF_UTC_TIME = 2049
_AT, _USERS, _AUTHORITIES, _REASONS_ONLY, _INDIRECT, _ATTRIBUTES = 0xA0, 0x81, 0x82, 0x83, 0x84, 0x85
_BEGIN, _END = b"-----BEGIN X509 CRL-----", b"-----END X509 CRL-----"

_REASONS = {
    0: "unspecified",
    1: "key compromise",
    2: "authority compromise",
    3: "affiliation changed",
    4: "superseded",
    5: "cessation of operation",
    6: "on hold",
    8: "removed from the list",
    9: "privilege withdrawn",
    10: "attribute authority compromise",
}


@dataclass(frozen=True, slots=True)
class CrlScope:
    """What a list is about, as its IssuingDistributionPoint says (RFC 5280, 5.2.5)."""

    names: tuple[GeneralName, ...] | None = None
    """Where the list is found; None where it does not say."""
    users_only: bool = False
    authorities_only: bool = False
    is_partial: bool = False
    """Whether it is about some reasons only."""
    is_of_others: bool = False
    """Whether it is also about certificates of other issuers, or about attribute certificates."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """An entry of a list; ``is_understood`` is false where it has a critical extension that nobody knows."""

    at: datetime
    reason: str
    is_understood: bool = True


class _Survey(NamedTuple):
    """What one walk along the entries finds."""

    entries: int
    is_repetitive: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Crl:
    """A list of revoked certificates.

    It keeps only its bytes, and reads its entries only when they are asked for: so the signature of a list from a
    stranger can be checked first.
    """

    fingerprint: str
    issuer: str
    issuer_der: bytes = field(repr=False)
    this_update: datetime
    next_update: datetime
    extensions: Mapping[bytes, Extension] = field(repr=False)
    scope: CrlScope
    algorithm: bytes = field(repr=False)
    signature_bits: bytes = field(repr=False)
    _signed: tuple[int, int] = field(repr=False)
    _entries: tuple[int, int] = field(repr=False)
    _der: bytes = field(repr=False)
    _checked: dict[str, bool] = field(default_factory=dict[str, bool], repr=False)

    def __len__(self) -> int:
        return self._survey.entries

    @property
    def is_repetitive(self) -> bool:
        """Whether a certificate is on it twice. Raises ``asn1.Broken``."""
        return self._survey.is_repetitive

    @cached_property
    def _survey(self) -> _Survey:
        serials, count = set[bytes](), 0
        for at in _starts(self._der, *self._entries):
            serials.add(_serial(self._der, at))
            count += 1
        return _Survey(count, len(serials) != count)

    def entry(self, serial: int) -> Revocation | None:
        """Return what it says of a certificate, None where it is not on it; raises ``asn1.Broken``.

        The serial number is first looked for in the bytes, and the entries are read only where it is there. Of several
        entries for one number the last counts.
        """
        content = serial.to_bytes(serial.bit_length() // 8 + 1, signed=True)
        if self._der.find(bytes([asn1.INTEGER, len(content)]) + content, *self._entries) < 0:
            return None
        found = [at for at in _starts(self._der, *self._entries) if _serial(self._der, at) == content]
        return _revocation(self._der, found[-1]) if found else None

    @cached_property
    def is_understood(self) -> bool:
        """Whether no entry has an unknown critical extension; else the list may not be used (RFC 5280, 5.3).

        Raises ``asn1.Broken``.
        """
        if self._der.find(_TRUE, *self._entries) < 0:
            return True
        return all(_revocation(self._der, at).is_understood for at in _starts(self._der, *self._entries))

    def is_signed_by(self, issuer: Certificate) -> bool:
        """Say whether the key of ``issuer`` signed it; the answer is remembered."""
        if issuer.key_id not in self._checked:
            begin, end = self._signed
            right = keys.is_signed(issuer.spki, self.algorithm, self.signature_bits, self._der[begin:end])
            self._checked[issuer.key_id] = right
        return self._checked[issuer.key_id]


def read(der_or_pem: bytes) -> Crl:
    """Return the list in DER or PEM; raises ``Unreadable`` and nothing else.

    A list of version 1, without a next update or with a date in the wrong form is unreadable (RFC 5280, 5.1.2).
    """
    if len(der_or_pem) > LARGEST:
        raise Unreadable(f"it has {len(der_or_pem):,} bytes, more than the {LARGEST:,} that are read")
    try:
        return _crl(_der(der_or_pem))
    except (ValueError, IndexError, OverflowError) as error:
        raise Unreadable(reading.clean(str(error))) from error


def _der(data: bytes) -> bytes:
    begin = data.find(_BEGIN)
    if begin < 0:
        return data
    return b64decode(data[begin + len(_BEGIN) : data.index(_END, begin)])


def _crl(der: bytes) -> Crl:
    _, start, stop = asn1.whole(der, asn1.SEQUENCE)
    _, begin, end = asn1.expect(der, start, stop, asn1.SEQUENCE)
    _, _, algorithm_end = asn1.expect(der, end, stop, asn1.SEQUENCE)
    _, bits_at, bits_end = asn1.expect(der, algorithm_end, stop, asn1.BIT_STRING)
    version, inside, issuer, this, following, *others = asn1.elements(der, begin, end)
    if bits_end != stop or version[0] != asn1.INTEGER or asn1.integer(der, *version[1:]) != _VERSION_2:
        raise asn1.Broken("it is not of version 2")
    if der[version[2] : inside[2]] != der[end:algorithm_end]:
        raise asn1.Broken("it names two signature algorithms")
    entries, extensions = _rest(der, others)
    issuer_der = der[inside[2] : issuer[2]]
    return Crl(
        fingerprint=sha256(der).hexdigest(),
        issuer=reading.clean(distinguished_names.text(issuer_der)),
        issuer_der=issuer_der,
        this_update=_time(der, this),
        next_update=_time(der, following),
        extensions=extensions,
        scope=_scope(extensions),
        algorithm=der[end:algorithm_end],
        signature_bits=asn1.octets(der, bits_at, bits_end),
        _signed=(start, end),
        _entries=entries,
        _der=der,
    )


def _time(der: bytes, found: asn1.Element) -> datetime:
    moment = asn1.time(der, found)
    if (found[0] == asn1.GENERALIZED_TIME) != (moment.year > _LAST_OF_UTC_TIME):
        raise asn1.Broken("a date in a form that its year does not allow")
    return moment


def _rest(der: bytes, others: list[asn1.Element]) -> tuple[tuple[int, int], dict[bytes, Extension]]:
    entries, extensions = (0, 0), dict[bytes, Extension]()
    for tag, at, end in others:
        if tag == asn1.SEQUENCE and not any(entries) and not extensions:
            entries = (at, end)
        elif tag == _EXTENSIONS and not extensions:
            extensions, repeated = ext.listed(der, at, end)
            if repeated:
                raise asn1.Broken("an extension that comes twice")
        else:
            raise asn1.Broken("a field that such lists do not have")
    return entries, extensions


def _starts(der: bytes, at: int, end: int) -> Iterator[int]:
    """Yield where each entry begins; raises ``asn1.Broken``. This loop runs for each of 200,000 entries."""
    while at < end:
        length, start = der[at + 1], at + 2
        if length >= 0x80:  # noqa: PLR2004 - a length of several bytes
            _, start, stop = asn1.element(der, at, end)
        else:
            stop = start + length
        moment = start + 2 + der[start + 1]
        if der[at] != asn1.SEQUENCE or der[start] != asn1.INTEGER or stop > end or moment >= stop:
            raise asn1.Broken("an entry that is none")
        if der[moment] not in _TIMES:
            raise asn1.Broken("an entry without a date")
        yield at
        at = stop


def _serial(der: bytes, at: int) -> bytes:
    """Return the bytes of an entry's serial number."""
    start = at + 2 if der[at + 1] < 0x80 else at + 2 + (der[at + 1] & 0x7F)  # noqa: PLR2004 - a length of several bytes
    return der[start + 2 : start + 2 + der[start + 1]]


def _revocation(der: bytes, at: int) -> Revocation:
    _, start, stop = asn1.element(der, at, len(der))
    _, moment, *others = asn1.elements(der, start, stop)
    found = ext.each(der, *others[0][1:])[0] if others else {}
    reason = found.get(REASON)
    known = (REASON, INVALIDITY)
    return Revocation(
        at=asn1.time(der, moment),
        reason=_REASONS.get(reason.value[-1], "unknown") if reason and reason.value else "unspecified",
        is_understood=all(oid in known or not extension.critical for oid, extension in found.items()),
    )


def _scope(extensions: Mapping[bytes, Extension]) -> CrlScope:
    found = extensions.get(POINT)
    if found is None:
        return CrlScope()
    value = found.value
    _, start, stop = asn1.whole(value, asn1.SEQUENCE)
    parts = {tag: (at, end) for tag, at, end in asn1.elements(value, start, stop)}
    booleans = (_USERS, _AUTHORITIES, _INDIRECT, _ATTRIBUTES)
    flags = {tag for tag in booleans if tag in parts and asn1.boolean(value, *parts[tag])}
    return CrlScope(
        names=ext.point_names(value, *parts[_AT]) if _AT in parts else None,
        users_only=_USERS in flags,
        authorities_only=_AUTHORITIES in flags,
        is_partial=_REASONS_ONLY in parts,
        is_of_others=bool(flags & {_INDIRECT, _ATTRIBUTES}),
    )
