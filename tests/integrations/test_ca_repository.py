"""What authorities publish, fetched from servers on loopback, also from such as lie, drip and never stop."""

from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from integrations import ca_repository
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from integrations.guard import Guard
from rules.certificates.downloads import DownloadKind
from sandbox import pki, revocation
from tests.support.hostile import Hostile, Play, drips, never_stops, says

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))
ROOT = pki.root("Root")
ISSUER = ROOT.authority("Issuer")
CRL = revocation.crl(ISSUER, [ISSUER.leaf("www.bakery.test")])


def ok(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def fetch(play: Play, kind: DownloadKind = DownloadKind.CRL, *, deadline_s: float = 5) -> ca_repository.Published:
    with Hostile(play) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}/1"
        return ca_repository.fetch(kind, url, guard=GUARD, deadline=Deadline.after(deadline_s))


def test_what_is_published_comes_with_when_to_ask_again():
    assert fetch(says(ok(CRL))) == ca_repository.Published(CRL)
    again = fetch(says(ok(b"{}", "Retry-After: 21600")), DownloadKind.RENEWAL)
    assert again == ca_repository.Published(b"{}", 21600)


def test_a_crl_may_be_larger_than_what_others_may_send():
    body = bytes(2 * 1024 * 1024)
    assert fetch(says(ok(body))).body == body
    with pytest.raises(Unavailable, match="larger than 65536 bytes"):
        fetch(says(ok(body)), DownloadKind.ISSUER)


@pytest.mark.parametrize(
    ("play", "words"),
    [
        (says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), "answered 404"),
        (says(b"garbage\r\n\r\n"), "127.0.0.1"),
        (drips(ok(CRL)), "deadline"),
        (never_stops(b"HTTP/1.1 200 OK\r\n\r\n", bytes(1024 * 1024), 20), "larger than 10485760 bytes"),
        (
            says(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://10.0.0.1/\r\n\r\n"),
            "not a public address",
        ),
    ],
)
def test_whoever_has_nothing_for_us_is_a_named_error(play: Play, words: str):
    with pytest.raises((Unavailable, Rejected), match=words):
        fetch(play, deadline_s=1)


@pytest.mark.parametrize("url", ["ldap://ca.test/cn=crl", "file:///etc/passwd", "http://169.254.169.254/latest", "no"])
def test_addresses_that_are_not_ours_to_call_are_refused(url: str):
    with pytest.raises(Rejected):
        ca_repository.fetch(DownloadKind.CRL, url, guard=GUARD, deadline=Deadline.after(5))


FORMS = {
    "der": ISSUER.certificate,
    "pem": ISSUER.pem,
    "two as pem": pki.pem(ISSUER.certificate, ROOT.certificate),
    "pkcs7": pkcs7.serialize_certificates([ISSUER.parsed, ROOT.parsed], Encoding.DER),
    "pkcs7 as pem": pkcs7.serialize_certificates([ISSUER.parsed], Encoding.PEM),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_issuer_is_read_in_each_form_that_authorities_use(form: str):
    found = ca_repository.certificates(FORMS[form])
    wanted = {ISSUER.certificate, ROOT.certificate} if form in {"two as pem", "pkcs7"} else {ISSUER.certificate}
    assert set(found) == wanted


VERSION_3 = bytes([0xA0, 3, 2, 1, 2])
OF_NO_VERSION = ISSUER.certificate.replace(VERSION_3, VERSION_3[:-1] + bytes([9]), 1)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"\x30\x80", CRL, b"-----BEGIN CERTIFICATE-----\nAAAA\n", b"\x30" * 999,
        OF_NO_VERSION, pki.pem(OF_NO_VERSION),
    ],
)  # fmt: skip
def test_what_is_no_certificate_is_said_to_be_none(body: bytes):
    with pytest.raises(Unavailable, match="no certificate"):
        ca_repository.certificates(body)


def test_no_more_issuers_are_taken_than_a_chain_may_have():
    assert len(ca_repository.certificates(pki.pem(*[ISSUER.certificate] * 50))) == ca_repository.MOST_ISSUERS


def test_a_crl_in_pem_is_the_same_crl():
    pem = x509.load_der_x509_crl(CRL).public_bytes(Encoding.PEM)
    assert ca_repository.der(pem) == ca_repository.der(CRL) == CRL
    with pytest.raises(Unavailable, match="no CRL"):
        ca_repository.der(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----")
