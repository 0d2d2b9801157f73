"""Whether TLSA records (RFC 6698, RFC 7671) match what a server sends.

Only records that DNSSEC vouches for mean anything (RFC 7671, section 10.1). Senders of mail that check them do not
deliver where none matches (RFC 7672, section 2.2); browsers do not look at them.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from rules.certificates.faults import Fault, FaultKind, Severity, fault
from rules.certificates.observation import Protocol, ScanTarget
from rules.x509 import reading

MOST_RECORDS = 50
_FIELDS = 4
_SMTP_PORT = 25
_HASHES = {1: "sha256", 2: "sha512"}


class Usage(IntEnum):
    """What a record binds (RFC 6698, section 2.1.1; names of RFC 7218)."""

    PKIX_TA = 0  # an issuer, of a chain that is trusted
    PKIX_EE = 1  # the certificate, in a chain that is trusted
    DANE_TA = 2  # an issuer that is sent, trusted or not
    DANE_EE = 3  # the certificate, trusted or not


@dataclass(frozen=True, slots=True)
class TlsaRecord:
    """One TLSA record (RFC 6698, section 2.1)."""

    usage: Usage
    selector: int
    matching: int
    data: bytes

    def matches(self, der: bytes) -> bool:
        """Return whether this record matches a certificate (DER)."""
        selected = der if self.selector == 0 else spki(der)
        if not selected or not self.data:
            return False
        return self.data == (selected if self.matching == 0 else hashlib.new(_HASHES[self.matching], selected).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedChain:
    """What one address showed, in DER: what it sent, leaf first, and the issuers of the verified path."""

    sent: tuple[bytes, ...]
    issuers: tuple[bytes, ...] = ()
    trusted: bool


def check(served: ServedChain, records: tuple[str, ...], *, target: ScanTarget) -> tuple[Fault, ...]:
    """Return a fault where there are usable records and none of them matches; ``records`` are zone text."""
    usable = [one for one in read(records) if not (_is_mail(target) and one.usage in _NOT_FOR_MAIL)]
    if not usable or not served.sent or any(_matches(one, served) for one in usable):
        return ()
    if _is_mail(target):
        return (fault(FaultKind.TLSA_MISMATCH, "mail", severity=Severity.CRITICAL),)
    return (fault(FaultKind.TLSA_MISMATCH, "no_match"),)


def vouches(served: ServedChain, records: tuple[str, ...], *, target: ScanTarget) -> bool:
    """Say whether a record binds a mail server's own certificate.

    Its issuer, its names and its dates then mean nothing to senders that check (RFC 7672, section 3.1.1).
    """
    if not _is_mail(target) or not served.sent:
        return False
    return any(one.usage is Usage.DANE_EE and _matches(one, served) for one in read(records))


def read(records: Iterable[str]) -> tuple[TlsaRecord, ...]:
    """Return the records that can be read; one with a field that no RFC defines is unusable, and left out."""
    return tuple(found for one in list(records)[:MOST_RECORDS] if (found := _record(one)))


def spki(der: bytes) -> bytes:
    """Return the SubjectPublicKeyInfo of a certificate, empty where it cannot be read."""
    try:
        return reading.kept(der).spki
    except reading.Unreadable:
        return b""


_NOT_FOR_MAIL = frozenset({Usage.PKIX_TA, Usage.PKIX_EE})
"""Mail servers treat these as unusable (RFC 7672, section 3.1.3)."""


def _matches(record: TlsaRecord, served: ServedChain) -> bool:
    match record.usage:
        case Usage.DANE_EE:
            return record.matches(served.sent[0])
        case Usage.PKIX_EE:
            return served.trusted and record.matches(served.sent[0])
        case Usage.DANE_TA:
            return any(record.matches(der) for der in served.sent)
        case Usage.PKIX_TA:
            return served.trusted and any(record.matches(der) for der in served.issuers)


def _record(written: str) -> TlsaRecord | None:
    fields = written.split(maxsplit=_FIELDS - 1)
    if len(fields) < _FIELDS or not all(field.isascii() and field.isdigit() for field in fields[:3]):
        return None
    usage, selector, matching = (int(field[:3]) for field in fields[:3])
    if usage not in {one.value for one in Usage} or selector > 1 or matching > max(_HASHES):
        return None
    try:
        data = bytes.fromhex("".join(fields[3].split()))
    except ValueError:
        return None
    return TlsaRecord(Usage(usage), selector, matching, data)


def _is_mail(target: ScanTarget) -> bool:
    return target.protocol is Protocol.SMTP and target.port == _SMTP_PORT
