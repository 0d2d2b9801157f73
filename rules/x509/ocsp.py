"""Reads OCSP responses (RFC 6960), those that servers staple and those that are asked for, and writes the question."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1, sha256, sha384, sha512
from urllib.parse import quote

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from rules.x509 import asn1, keys, paths, reading
from rules.x509 import extensions as ext
from rules.x509.reading import Certificate, Unreadable

LARGEST = 256 * 1024
MOST_RESPONDERS = 8

_SHA1 = "1.3.14.3.2.26"
_HASHES = {"sha1": sha1, "sha256": sha256, "sha384": sha384, "sha512": sha512}


class Unusable(ValueError):
    """Raised when a response says nothing that may be believed; the message says why."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a response says: ``revoked_at`` is None where the certificate is good."""

    revoked_at: datetime | None = None
    reason: str = ""


def status(response: bytes, leaf: Certificate, issuer: Certificate, at: datetime) -> Status:
    """Return what a response (DER) says about ``leaf`` at that time; raises ``Unusable`` and nothing else."""
    if len(response) > LARGEST:
        raise Unusable(f"it has {len(response):,} bytes")
    try:
        return _status(response, leaf, issuer, at)
    except Unusable:
        raise
    except Exception as error:
        raise Unusable("it cannot be read") from error


def query_url(certificate: Certificate, issuer: Certificate) -> str | None:
    """Return where to ask for the status of a certificate, None where it names no responder over HTTP.

    It is the address of a GET (RFC 6960, appendix A.1), whose last part is the request in base64.
    """
    place = next((url for url in certificate.ocsp_urls if url.startswith(("http://", "https://"))), None)
    return f"{place.rstrip('/')}/{quote(b64encode(_request(certificate, issuer)), safe='')}" if place else None


def _request(certificate: Certificate, issuer: Certificate) -> bytes:
    """Return an OCSPRequest (RFC 6960, 4.1.1) about one certificate, by SHA-1, which all responders know."""
    serial = certificate.serial_number
    certificate_id = asn1.sequence(
        asn1.sequence(asn1.primitive(asn1.OID, asn1.oid(_SHA1)), asn1.primitive(asn1.NULL, b"")),
        asn1.primitive(asn1.OCTET_STRING, sha1(issuer.subject_der).digest()),  # noqa: S324 - it names, and proves nothing
        asn1.primitive(asn1.OCTET_STRING, sha1(_key_bits(issuer)).digest()),  # noqa: S324 - the same
        asn1.primitive(asn1.INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1, signed=True)),
    )
    return asn1.sequence(asn1.sequence(asn1.sequence(asn1.sequence(certificate_id))))


def next_update(response: bytes) -> datetime | None:
    """Return until when a response may be used, None where it does not say; raises ``Unusable``."""
    try:
        answers = list(ocsp.load_der_ocsp_response(response).responses)
        return min((one.next_update_utc for one in answers if one.next_update_utc), default=None)
    except Exception as error:
        raise Unusable("it cannot be read, or it is a refusal") from error


def _status(response: bytes, leaf: Certificate, issuer: Certificate, at: datetime) -> Status:
    answer = ocsp.load_der_ocsp_response(response)
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise Unusable(f"its responder says {answer.response_status.name.lower().replace('_', ' ')}")
    _check_signature(answer, issuer, at)
    single = next((one for one in answer.responses if _is_about(one, leaf, issuer)), None)
    if single is None:
        raise Unusable("it is about another certificate")
    if at < single.this_update_utc or (single.next_update_utc and at > single.next_update_utc):
        raise Unusable("it is not of now")
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise Unusable("its responder does not know the certificate")
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return Status()
    reason = single.revocation_reason
    return Status(single.revocation_time_utc, _spaced(reason.value) if reason else "unspecified")


def _spaced(reason: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in reason)


def _is_about(single: ocsp.OCSPSingleResponse, leaf: Certificate, issuer: Certificate) -> bool:
    hashed = _HASHES[single.hash_algorithm.name]
    return (
        single.serial_number == leaf.serial_number
        and single.issuer_name_hash == hashed(issuer.subject_der).digest()
        and single.issuer_key_hash == hashed(_key_bits(issuer)).digest()
    )


def _key_bits(certificate: Certificate) -> bytes:
    _, start, stop = asn1.whole(certificate.spki, asn1.SEQUENCE)
    _, _, end = asn1.expect(certificate.spki, start, stop, asn1.SEQUENCE)
    return asn1.octets(certificate.spki, *asn1.expect(certificate.spki, end, stop, asn1.BIT_STRING)[1:])


def _check_signature(answer: ocsp.OCSPResponse, issuer: Certificate, at: datetime) -> None:
    """Raise ``Unusable`` unless the issuer signed it, or a responder that the issuer appointed (RFC 6960, 4.2.2.2)."""
    algorithm = asn1.wrapped(asn1.oid(answer.signature_algorithm_oid.dotted_string))
    for signer in (issuer, *_delegates(answer, issuer, at)):
        if _is_named(answer, signer) and keys.is_signed(
            signer.spki, algorithm, answer.signature, answer.tbs_response_bytes
        ):
            return
    raise Unusable("it is not signed by who may say it")


def _is_named(answer: ocsp.OCSPResponse, signer: Certificate) -> bool:
    if answer.responder_key_hash is not None:
        return answer.responder_key_hash == sha1(_key_bits(signer)).digest()  # noqa: S324 - RFC 6960 names it so
    return answer.responder_name is not None and answer.responder_name.public_bytes() == signer.subject_der


def _delegates(answer: ocsp.OCSPResponse, issuer: Certificate, at: datetime) -> Iterator[Certificate]:
    for der in [one.public_bytes(Encoding.DER) for one in answer.certificates[:MOST_RESPONDERS]]:
        try:
            signer = reading.read(der)
        except Unreadable:
            continue
        is_meant = signer.purposes is not None and ext.OCSP_SIGNING in signer.purposes
        is_current = signer.not_before <= at <= signer.not_after
        if is_meant and is_current and signer.issuer_der == issuer.subject_der and paths.is_signed(signer, issuer):
            yield signer
