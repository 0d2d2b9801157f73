"""What certificate authorities publish: CRLs, their own certificates, and when they suggest to renew.

The addresses stand in certificates that strangers serve, so each is called inside the guard, up to a deadline and a
number of bytes. CRLs and certificates come over plain HTTP, which loses nothing: they are signed (RFC 5280, sections
4.2.1.13 and 8).
"""

from base64 import b64decode
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import Unavailable
from integrations.guard import Guard
from rules.certificates.downloads import DownloadKind

MOST_ISSUERS = 8
"""Certificates that are taken from one answer."""

_KB = 1024
_ACCEPTED: dict[DownloadKind, tuple[str, int]] = {
    DownloadKind.CRL: ("application/pkix-crl", 10 * _KB * _KB),
    DownloadKind.OCSP: ("application/ocsp-response", 64 * _KB),
    DownloadKind.ISSUER: ("application/pkix-cert, application/pkcs7-mime", 64 * _KB),
    DownloadKind.DIRECTORY: ("application/json", 64 * _KB),
    DownloadKind.RENEWAL: ("application/json", 64 * _KB),
}
"""The media type that is asked for, and the bytes that are taken at the most."""


@dataclass(frozen=True, slots=True)
class Published:
    """What came, and after how many seconds the server wants to be asked again; None where it does not say."""

    body: bytes
    retry_after_s: float | None = None


def most_bytes(kind: DownloadKind) -> int:
    """Return how many bytes are taken of one address at the most."""
    return _ACCEPTED[kind][1]


def fetch(kind: DownloadKind, url: str, *, guard: Guard, deadline: Deadline) -> Published:
    """Fetch what is published at ``url``. Raises ``Unavailable`` or ``Rejected``."""
    accept, most = _ACCEPTED[kind]
    with http_client.visit(
        url, accept=accept, guard=guard, deadline=deadline, service=kind, most_bytes=most
    ) as response:
        if response.status != HTTPStatus.OK:
            raise Unavailable(f"{url} answered {response.status}", retry_after=http_client.retry_after(response))
        return Published(response.body, http_client.retry_after(response))


def ask_ocsp(url: str, *, guard: Guard, deadline: Deadline) -> Published:
    """Ask a responder; ``url`` is what ``rules.x509.ocsp.query_url`` returns. Raises ``Unavailable`` or ``Rejected``.

    By POST, which all responders have to understand, and by GET where this one does not (RFC 6960, appendix A.1).
    """
    place, _, request = url.rpartition("/")
    accept, most = _ACCEPTED[DownloadKind.OCSP]
    response = http_client.call(
        place,
        guard=guard,
        deadline=deadline,
        headers={"Accept": accept, "Content-Type": "application/ocsp-request"},
        form=b64decode(unquote(request)),
        service=DownloadKind.OCSP,
        most_bytes=most,
    )
    if response.status in _NO_POST:
        return fetch(DownloadKind.OCSP, url, guard=guard, deadline=deadline)
    if response.status != HTTPStatus.OK:
        raise Unavailable(f"{place} answered {response.status}", retry_after=http_client.retry_after(response))
    return Published(response.body)


_NO_POST = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


_UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.InvalidVersion)
"""What cryptography raises for bytes that are no certificate, or one of an unknown version."""


def certificates(body: bytes) -> tuple[bytes, ...]:
    """Return the certificates of an issuer's answer as DER: one in DER or PEM, or several in PKCS #7 or PEM.

    RFC 5280, section 4.2.2.1, wants DER or PKCS #7; some authorities serve PEM. Raises ``Unavailable`` for all else.
    """
    for read in (_single_der, pkcs7.load_der_pkcs7_certificates, x509.load_pem_x509_certificates, _pem_pkcs7):
        try:
            found = read(body)
        except _UNREADABLE:
            continue
        if found:
            return tuple(each.public_bytes(Encoding.DER) for each in found[:MOST_ISSUERS])
    raise Unavailable("the answer holds no certificate")


def _single_der(body: bytes) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(body)]


def _pem_pkcs7(body: bytes) -> list[x509.Certificate]:
    return pkcs7.load_pem_pkcs7_certificates(body)


def der(body: bytes) -> bytes:
    """Return a CRL as DER, whether it came so or as PEM (RFC 5280, section 4.2.1.13, wants DER)."""
    if not body.lstrip().startswith(b"-----BEGIN"):
        return body
    try:
        return x509.load_pem_x509_crl(body).public_bytes(Encoding.DER)
    except _UNREADABLE as error:
        raise Unavailable("the answer is no CRL") from error
