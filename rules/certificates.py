"""What a TLS scan means: from what a server sent to the faults of its certificate, and from two findings to the news.

``assess`` reads bytes that strangers chose, so it never raises: what cannot be read is itself a fault. Every string
of a finding is printable and at most ``LONGEST`` characters long; to whoever shows it, it is still a stranger's text.
"""

import hashlib
import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from rules import names

T = TypeVar("T")

LONGEST = 200
"""Characters that are kept of any string."""

MOST_NAMES = 100
"""Names (SANs) of a certificate that are kept; all of them are matched."""

RSA_BITS, EC_BITS = 2048, 256
"""The smallest keys that a public CA may certify (CA/Browser Forum Baseline Requirements, 6.1.5)."""

WEAK_HASHES = frozenset({"md5", "sha1"})
OLD_PROTOCOLS = frozenset({"SSLv3", "TLSv1", "TLSv1.1"})
"""Deprecated by RFC 7568 and RFC 8996."""

NOT_TLS = "not TLS"
HANDSHAKE_FAILED = "handshake failed"
"""How a ``Seen.failure`` of a server that was reached begins."""

# OpenSSL's X509_V_ERR codes (x509_vfy.h); what has no name here means ``unverified``.
_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED, _ROOT_NOT_TRUSTED = 9, 10, 18, 19
_DATES = frozenset({_NOT_YET_VALID, _EXPIRED})
_ISSUER_MISSING = frozenset({2, 20, 21})


class Fault(StrEnum):
    """One thing that is wrong with an endpoint."""

    UNREACHABLE = "unreachable"
    NOT_TLS = "not_tls"
    OLD_PROTOCOL = "old_protocol"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_HOST = "wrong_host"
    SELF_SIGNED = "self_signed"
    UNKNOWN_ISSUER = "unknown_issuer"
    INCOMPLETE_CHAIN = "incomplete_chain"
    WEAK_KEY = "weak_key"
    WEAK_SIGNATURE = "weak_signature"
    UNVERIFIED = "unverified"  # no other fault, yet nobody can vouch for it: unreadable, or the handshake failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one scan saw, not yet judged.

    ``address`` is the IP that was called, empty where there was none; ``chain`` holds DER as sent, leaf first;
    ``verify_errors`` (OpenSSL code, depth, message); ``failure`` why the scan ended early, None where the handshake was
    completed.
    """

    host: str
    port: int
    address: str
    chain: tuple[bytes, ...] = ()
    tls_version: str = ""
    cipher: str = ""
    verify_errors: tuple[tuple[int, int, str], ...] = ()
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a scan means. Times are aware and UTC; what was not seen is None or empty.

    ``serial`` and ``fingerprint`` (SHA-256 of the leaf) are hex, ``names`` the leaf's SANs, ``key`` like "EC-256",
    ``message`` plain words for staff.
    """

    host: str
    port: int
    address: str
    ok: bool
    faults: tuple[Fault, ...]
    not_before: datetime | None = None
    not_after: datetime | None = None
    issuer: str = ""
    subject: str = ""
    serial: str = ""
    names: tuple[str, ...] = ()
    fingerprint: str = ""
    key: str = ""
    tls_version: str = ""
    chain_length: int = 0
    message: str = ""


class ChangeKind(StrEnum):
    """What may be news between two findings."""

    CERTIFICATE_CHANGED = "certificate_changed"
    ISSUER_CHANGED = "issuer_changed"
    EXPIRY_CHANGED = "expiry_changed"
    FAULT_FOUND = "fault_found"
    FAULT_MENDED = "fault_mended"


@dataclass(frozen=True, slots=True)
class Change:
    """One piece of news; a fault that was found has no ``before``, one that was mended no ``after``."""

    kind: ChangeKind
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class _Certificate:
    """What could be read of a certificate; each part alone, so that one broken extension does not hide the dates."""

    not_before: datetime | None = None
    not_after: datetime | None = None
    issuer: str = ""
    subject: str = ""
    serial: str = ""
    sans: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    key: str = ""
    weak_key: bool = False
    weak_signature: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.sans, *self.addresses)


def assess(seen: Seen, *, now: datetime) -> Finding:
    """Return what ``seen`` means at ``now`` (aware); never raises, whatever the server sent."""
    chain = [_read(der) for der in seen.chain]
    told = _of_failure(seen.failure)
    if chain:
        told |= _of_chain(chain, seen, now=now)
    if seen.tls_version in OLD_PROTOCOLS:
        told[Fault.OLD_PROTOCOL] = f"The server speaks no newer protocol than {seen.tls_version}."
    leaf = chain[0] if chain else _UNREADABLE
    return Finding(
        host=_clean(seen.host),
        port=seen.port,
        address=_clean(seen.address),
        ok=not told,
        faults=tuple(fault for fault in Fault if fault in told),
        not_before=leaf.not_before,
        not_after=leaf.not_after,
        issuer=_clean(leaf.issuer),
        subject=_clean(leaf.subject),
        serial=_clean(leaf.serial),
        names=tuple(_clean(name) for name in leaf.names[:MOST_NAMES]),
        fingerprint=hashlib.sha256(seen.chain[0]).hexdigest() if chain else "",
        key=leaf.key,
        tls_version=_clean(seen.tls_version),
        chain_length=len(chain),
        message=_clean(" ".join(told[fault] for fault in Fault if fault in told) or _all_is_well(leaf)),
    )


def changes(before: Finding | None, after: Finding) -> tuple[Change, ...]:
    """Return the news in ``after``; before a first scan (None) only its faults are news.

    Where one of the two saw no certificate nothing is said of certificates, and a fault of a certificate that was not
    seen again is not called mended.
    """
    known = before.faults if before else ()
    found = [Change(ChangeKind.FAULT_FOUND, None, fault) for fault in after.faults if fault not in known]
    mended = [Change(ChangeKind.FAULT_MENDED, fault, None) for fault in known if _is_mended(fault, after)]
    renewed = _renewal(before, after) if before and before.fingerprint and after.fingerprint else []
    return (*renewed, *found, *mended)


def matches(host: str, *, sans: Iterable[str], addresses: Iterable[str]) -> bool:
    """Say whether a certificate's DNS names or IP addresses stand for ``host`` (RFC 9525, 6.3 to 6.5).

    A name is compared as A-labels, whatever its case; ``*`` stands for exactly one left-most label. An address is
    matched by addresses alone. No certificate stands for what is not a host name.
    """
    try:
        reference = names.host(host)
    except names.NotAHost:
        return False
    if _is_ip(reference):
        return reference in addresses
    parent = reference.partition(".")[2]
    accepted = {reference, f"*.{parent}"} if parent else {reference}
    return any(san.lower() in accepted for san in sans)


def _of_failure(failure: str | None) -> dict[Fault, str]:
    if failure is None:
        return {}
    if failure.startswith(NOT_TLS):
        return {Fault.NOT_TLS: "The server does not speak TLS on this port."}
    if failure.startswith(HANDSHAKE_FAILED):
        return {Fault.UNVERIFIED: f"The server speaks TLS, but the {failure}."}
    return {Fault.UNREACHABLE: f"No TLS connection could be made: {failure}."}


def _of_chain(chain: list[_Certificate], seen: Seen, *, now: datetime) -> Iterable[tuple[Fault, str]]:
    leaf = chain[0]
    if leaf is _UNREADABLE:
        yield Fault.UNVERIFIED, "The server's certificate cannot be read."
        return
    yield from _of_verification(chain, seen)
    yield from _of_dates(leaf, now=now)
    if not matches(seen.host, sans=leaf.sans, addresses=leaf.addresses):
        stands_for = ", ".join(leaf.names[:3]) or "no host"
        yield Fault.WRONG_HOST, f"The certificate is for {stands_for}, not for {seen.host}."
    weak = next((certificate.key for certificate in chain if certificate.weak_key), None)
    if weak:
        yield Fault.WEAK_KEY, f"A key of the chain is too weak: {weak}."
    if any(certificate.weak_signature for certificate in chain):
        yield Fault.WEAK_SIGNATURE, "A signature of the chain uses MD5 or SHA-1."


def _of_dates(leaf: _Certificate, *, now: datetime) -> Iterable[tuple[Fault, str]]:
    """Judge the leaf's dates by the time that is given, not by the clock that OpenSSL reads."""
    if leaf.not_before is None or leaf.not_after is None:
        yield Fault.UNVERIFIED, "The dates of the server's certificate cannot be read."
    elif now > leaf.not_after:  # both ends are inside (RFC 5280, 4.1.2.5)
        yield Fault.EXPIRED, f"The certificate expired on {leaf.not_after:%Y-%m-%d %H:%M} UTC."
    elif now < leaf.not_before:
        yield Fault.NOT_YET_VALID, f"The certificate is not valid before {leaf.not_before:%Y-%m-%d %H:%M} UTC."


def _of_verification(chain: list[_Certificate], seen: Seen) -> Iterable[tuple[Fault, str]]:
    for code, depth, message in seen.verify_errors:
        if code in _DATES and depth == 0:
            continue
        if code in _ISSUER_MISSING:
            yield _missing_issuer(chain)
        else:
            yield _BY_CODE.get(code, (Fault.UNVERIFIED, f"The certificate could not be verified: {message}."))


_BY_CODE = {
    _NOT_YET_VALID: (Fault.NOT_YET_VALID, "An issuer's certificate is not valid yet."),
    _EXPIRED: (Fault.EXPIRED, "An issuer's certificate has expired."),
    _SELF_SIGNED: (Fault.SELF_SIGNED, "The certificate is signed by itself, by no authority."),
    _ROOT_NOT_TRUSTED: (Fault.UNKNOWN_ISSUER, "The chain ends at an authority that is not trusted."),
}


def _missing_issuer(chain: list[_Certificate]) -> tuple[Fault, str]:
    leaf, *issuers = chain
    if any(issuer.subject == leaf.issuer for issuer in issuers):
        return Fault.UNKNOWN_ISSUER, "The chain ends at an authority that is not trusted."
    return Fault.INCOMPLETE_CHAIN, f"The server does not send its issuer's certificate ({_clean(leaf.issuer)})."


def _all_is_well(leaf: _Certificate) -> str:
    return f"The certificate is valid until {leaf.not_after:%Y-%m-%d %H:%M} UTC." if leaf.not_after else ""


def _is_mended(fault: Fault, after: Finding) -> bool:
    was_looked_at = bool(after.fingerprint) or fault in {Fault.UNREACHABLE, Fault.NOT_TLS}
    return was_looked_at and fault not in after.faults


def _renewal(before: Finding, after: Finding) -> list[Change]:
    pairs = (
        (ChangeKind.CERTIFICATE_CHANGED, before.fingerprint, after.fingerprint),
        (ChangeKind.ISSUER_CHANGED, before.issuer, after.issuer),
        (ChangeKind.EXPIRY_CHANGED, _iso(before.not_after), _iso(after.not_after)),
    )
    return [Change(kind, was, is_) for kind, was, is_ in pairs if was != is_]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


_UNREADABLE = _Certificate()


def _read(der: bytes) -> _Certificate:
    certificate = _attempt(lambda: x509.load_der_x509_certificate(der), None)
    if certificate is None:
        return _UNREADABLE
    return _Certificate(
        not_before=_attempt(lambda: certificate.not_valid_before_utc, None),
        not_after=_attempt(lambda: certificate.not_valid_after_utc, None),
        issuer=_attempt(lambda: _written(certificate.issuer), ""),
        subject=_attempt(lambda: _written(certificate.subject), ""),
        serial=_attempt(lambda: f"{certificate.serial_number:x}", ""),
        sans=_attempt(lambda: tuple(_alternatives(certificate).get_values_for_type(x509.DNSName)), ()),
        addresses=_attempt(lambda: _addresses(certificate), ()),
        key=_attempt(lambda: _key(certificate), ""),
        weak_key=_attempt(lambda: _has_weak_key(certificate), otherwise=False),
        weak_signature=_attempt(lambda: _has_weak_signature(certificate), otherwise=False),
    )


def _attempt(read: Callable[[], T], otherwise: T) -> T:
    """Return what ``read`` reads, else ``otherwise``: fed hostile bytes, a parser fails in more ways than it says."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - what a stranger's bytes do to the parser is a finding, whatever its type
        return otherwise


def _written(name: x509.Name) -> str:
    return name.rfc4514_string()


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def _addresses(certificate: x509.Certificate) -> tuple[str, ...]:
    return tuple(str(address) for address in _alternatives(certificate).get_values_for_type(x509.IPAddress))


def _key(certificate: x509.Certificate) -> str:
    match certificate.public_key():
        case rsa.RSAPublicKey() as key:
            return f"RSA-{key.key_size}"
        case ec.EllipticCurvePublicKey() as key:
            return f"EC-{key.key_size}"
        case dsa.DSAPublicKey() as key:
            return f"DSA-{key.key_size}"
        case key:
            return type(key).__name__.removesuffix("PublicKey")


def _has_weak_key(certificate: x509.Certificate) -> bool:
    match certificate.public_key():
        case rsa.RSAPublicKey() as key:
            return key.key_size < RSA_BITS
        case ec.EllipticCurvePublicKey() as key:
            return key.key_size < EC_BITS
        case key:
            return isinstance(key, dsa.DSAPublicKey)


def _has_weak_signature(certificate: x509.Certificate) -> bool:
    """Nobody relies on the signature of a root: it is trusted, or not, for being itself."""
    algorithm = certificate.signature_hash_algorithm
    return algorithm is not None and algorithm.name in WEAK_HASHES and certificate.issuer != certificate.subject


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _clean(text: str) -> str:
    """Return ``text`` without what does not print: controls, bidi overrides, lone surrogates, line separators."""
    kept = "".join(filter(str.isprintable, text[: 4 * LONGEST]))
    return kept if len(kept) <= LONGEST else kept[: LONGEST - 1] + "…"
