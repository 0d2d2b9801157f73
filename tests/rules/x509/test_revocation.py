"""What lists of revoked certificates and stapled answers tell."""

import tracemalloc
from base64 import b64decode
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from time import process_time
from typing import Any
from urllib.parse import unquote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from rules.x509 import reading, revocation
from rules.x509.reading import Unreadable
from rules.x509.violations import Severity, Violation, ViolationKind
from sandbox import pki
from sandbox import revocation as issued
from sandbox.pki import Issuer
from sandbox.revocation import Span
from tests.support.chains import HOST, extension, now, sentence, verdict
from tests.support.large_lists import many

CPU_S = 5.0  # of processor time
URL = "http://ca.example/1.crl"
NUMBER = extension(x509.CRLNumber(1))
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.7"), b"")


def checked(
    sent: Iterable[Issuer], root: Issuer, *crls: bytes, staple: bytes = b"", required: bool = True
) -> list[Violation]:
    path = verdict(*sent, roots=[root]).path
    known = [revocation.read_crl(crl) for crl in crls]
    return list(revocation.check(path, crls=known, staple=staple, at=now(), required=required))


def kinds(found: Iterable[Violation]) -> list[tuple[ViolationKind, Severity]]:
    return [(one.kind, one.severity) for one in found]


UNSETTLED = [(ViolationKind.REVOCATION_UNKNOWN, Severity.CRITICAL)]
REVOKED = [(ViolationKind.REVOKED, Severity.CRITICAL)]


def a_list(  # the parts of a list that a test turns
    by: Issuer,
    *revoked: x509.RevokedCertificate,
    name: x509.Name | None = None,
    extensions: Iterable[x509.Extension[Any]] = (NUMBER,),
    since: datetime | None = None,
    days: int = 7,
) -> bytes:
    begin = since or now() - timedelta(days=1)
    builder = x509.CertificateRevocationListBuilder().issuer_name(name or by.name)
    builder = builder.last_update(begin).next_update(begin + timedelta(days=days))
    for one in extensions:
        builder = builder.add_extension(one.value, critical=one.critical)
    for entry in revoked:
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def entry(serial: int, *extensions: x509.Extension[Any], at: datetime | None = None) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at or now() - timedelta(days=2))
    for one in extensions:
        builder = builder.add_extension(one.value, critical=one.critical)
    return builder.build()


def point(**fields: Any) -> x509.Extension[Any]:
    names = fields.pop("names", None)
    said: dict[str, Any] = {
        "full_name": names,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return extension(x509.IssuingDistributionPoint(**(said | fields)), critical=True)


def at(*urls: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url) for url in urls]


def test_a_certificate_on_its_issuers_list_is_revoked_with_date_and_reason() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST)
    why = extension(x509.CRLReason(x509.ReasonFlags.key_compromise))
    when = now() - timedelta(days=2)
    found = checked([leaf], root, a_list(root, entry(7), entry(leaf.parsed.serial_number, why, at=when)))
    assert kinds(found) == REVOKED
    assert "key compromise" in sentence(found[0])
    assert f"{when:%Y-%m-%d %H:%M}" in sentence(found[0])


def test_a_certificate_that_is_not_on_the_list_is_not_revoked() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST)
    assert checked([leaf], root, a_list(root, entry(7))) == []
    assert checked([leaf], root, a_list(root)) == []
    assert checked([leaf], root, pki_pem(a_list(root))) == []


def test_the_list_of_another_authority_says_nothing() -> None:
    root, other = pki.root("Root"), pki.root("Other")
    leaf = root.leaf(HOST)
    theirs = a_list(other, entry(leaf.parsed.serial_number))
    assert checked([leaf], root, a_list(root), theirs) == []
    assert kinds(checked([leaf], root, theirs)) == UNSETTLED


def test_an_intermediate_is_looked_for_too() -> None:
    root = pki.root("Root")
    middle = root.authority("Middle")
    sent = middle.leaf(HOST), middle
    own = a_list(middle)
    assert checked(sent, root, own, a_list(root)) == []
    assert kinds(checked(sent, root, own)) == UNSETTLED
    assert kinds(checked(sent, root, own, a_list(root, entry(middle.parsed.serial_number)))) == REVOKED


UNUSABLE: dict[str, Callable[[Issuer], bytes]] = {
    "signed by another key": lambda root: a_list(pki.root("Root"), name=root.name),
    "without a number": lambda root: a_list(root, extensions=()),
    "with a critical number": lambda root: a_list(root, extensions=(extension(x509.CRLNumber(1), critical=True),)),
    "with a critical extension that nobody knows": lambda root: a_list(
        root, extensions=(NUMBER, extension(UNKNOWN, critical=True))
    ),
    "of tomorrow": lambda root: a_list(root, since=now() + timedelta(days=1)),
    "of last year": lambda root: a_list(root, since=now() - timedelta(days=365)),
    "with one certificate twice": lambda root: a_list(root, entry(7), entry(7)),
    "with an entry of somebody else that nobody understands": lambda root: a_list(
        root, entry(7, extension(UNKNOWN, critical=True)), entry(8)
    ),
    "of authorities alone": lambda root: a_list(root, extensions=(NUMBER, point(only_contains_ca_certs=True))),
    "of attributes alone": lambda root: a_list(root, extensions=(NUMBER, point(only_contains_attribute_certs=True))),
    "of some reasons alone": lambda root: a_list(
        root,
        extensions=(
            NUMBER,
            point(names=at(URL), only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})),
        ),
    ),
    "of several issuers": lambda root: a_list(root, extensions=(NUMBER, point(names=at(URL), indirect_crl=True))),
    "from elsewhere": lambda root: a_list(root, extensions=(NUMBER, point(names=at("http://ca.example/2.crl")))),
    "from a place that is written otherwise": lambda root: a_list(
        root, extensions=(NUMBER, point(names=at("http://ca.example/%31.crl")))
    ),
    "with a name that is no address": lambda root: a_list(
        root, extensions=(NUMBER, point(names=[*at(URL), x509.DNSName("ca.example")]))
    ),
}


@pytest.mark.parametrize("build", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_list_that_may_not_be_used_settles_nothing(build: Callable[[Issuer], bytes]) -> None:
    root = pki.root("Root")
    assert kinds(checked([root.leaf(HOST, crls_at=(URL,))], root, build(root))) == UNSETTLED


def test_a_list_of_the_place_that_the_certificate_names_is_used() -> None:
    root = pki.root("Root")
    partial = a_list(root, extensions=(NUMBER, point(names=at(URL), only_contains_user_certs=True)))
    assert checked([root.leaf(HOST, crls_at=(URL,))], root, partial) == []
    assert kinds(checked([root.leaf(HOST)], root, partial)) == UNSETTLED
    middle = root.authority("Middle", crls_at=(URL,))
    assert kinds(checked([middle.leaf(HOST), middle], root, partial, a_list(middle))) == UNSETTLED


def test_who_may_not_sign_lists_signs_none() -> None:
    root = pki.root("Root", usage=("key_cert_sign",))
    assert kinds(checked([root.leaf(HOST)], root, a_list(root))) == UNSETTLED
    silent = pki.root("Root", usage=None)
    assert checked([silent.leaf(HOST)], silent, a_list(silent)) == []


def test_an_entry_counts_whatever_its_date_and_its_extensions_are() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST)
    serial = leaf.parsed.serial_number
    for odd in (
        entry(serial, at=now() + timedelta(days=9)),
        entry(serial, at=now() - timedelta(days=9000)),
        entry(serial, extension(UNKNOWN, critical=True)),
        entry(serial, extension(UNKNOWN)),
    ):
        assert kinds(checked([leaf], root, a_list(root, odd))) == REVOKED
    assert kinds(checked([leaf], root, a_list(root, entry(serial), entry(serial)))) == REVOKED


def test_what_looks_like_a_critical_extension_inside_a_serial_number_is_none() -> None:
    root = pki.root("Root")
    assert checked([root.leaf(HOST)], root, a_list(root, entry(0x0101FF), entry(0x0101FF01))) == []


def test_what_is_no_list_by_its_form_is_unreadable() -> None:
    good = a_list(pki.root("Root"))
    version = good.replace(b"\x02\x01\x01", b"\x02\x01\x02", 1)
    for odd in (b"", b"nonsense", good[:-1], good + b"\0", version, b"-----BEGIN X509 CRL-----\nAAAA"):
        with pytest.raises(Unreadable):
            revocation.read_crl(odd)


def test_in_production_what_is_not_known_is_a_note_and_only_where_a_list_is_named() -> None:
    root = pki.root("Root")
    assert checked([root.leaf(HOST)], root, required=False) == []
    found = checked([root.leaf(HOST, crls_at=(URL,))], root, required=False)
    assert kinds(found) == [(ViolationKind.REVOCATION_UNKNOWN, Severity.NOTE)]


def test_a_staple_that_is_good_settles_it_for_the_leaf() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST, crls_at=(URL,), must_staple=True)
    assert checked([leaf], root, staple=issued.ocsp_response(leaf, root), required=False) == []


def test_a_staple_can_say_that_it_was_revoked() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST)
    assert kinds(checked([leaf], root, staple=issued.ocsp_response(leaf, root, revoked=True))) == REVOKED


def test_must_staple_without_a_staple_is_a_fault() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST, must_staple=True)
    assert kinds(checked([leaf], root, required=False)) == [(ViolationKind.STAPLE_MISSING, Severity.CRITICAL)]


def test_who_answers_is_the_issuer_or_one_that_it_made_a_responder() -> None:
    root, stranger = pki.root("Root"), pki.root("Stranger")
    leaf = root.leaf(HOST)
    purpose = (ExtendedKeyUsageOID.OCSP_SIGNING,)
    delegate = root.leaf("ocsp.example", purposes=purpose)
    assert checked([leaf], root, staple=issued.ocsp_response(leaf, root, by=delegate), required=False) == []
    others = [root.leaf("other.example"), stranger.leaf("ocsp.example", purposes=purpose), stranger]
    for by in others:
        found = checked([leaf], root, staple=issued.ocsp_response(leaf, root, by=by), required=False)
        assert kinds(found) == [(ViolationKind.REVOCATION_UNKNOWN, Severity.WARNING)]


def test_a_staple_of_another_time_or_certificate_or_of_nothing_is_of_no_use() -> None:
    root = pki.root("Root")
    leaf, other = root.leaf(HOST), root.leaf(HOST)
    old = Span(now() - timedelta(days=30), now() - timedelta(days=20))
    staples = (issued.ocsp_response(leaf, root, span=old), issued.ocsp_response(other, root), b"nonsense")
    for staple in staples:
        found = checked([leaf], root, staple=staple, required=False)
        assert kinds(found) == [(ViolationKind.REVOCATION_UNKNOWN, Severity.WARNING)]


def test_a_large_list_is_read_in_time_and_its_signature_is_checked_once() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST)
    large = many(root, 200_000)
    path = verdict(leaf, roots=[root]).path
    begun = process_time()
    crl = revocation.read_crl(large)
    first = revocation.check(path, crls=[crl], at=now(), required=True)
    assert process_time() - begun < CPU_S
    assert (len(crl), first) == (200_000, ())
    assert revocation.check(path, crls=[crl], at=now(), required=True) == ()


def test_a_list_that_a_stranger_signed_is_not_walked_along_and_takes_no_more_room_than_its_bytes() -> None:
    root, stranger = pki.root("Root"), pki.root("Stranger")
    path = verdict(root.leaf(HOST), roots=[root]).path
    large = many(stranger, 600_000)
    tracemalloc.start()
    try:
        crl = revocation.read_crl(large)
        revocation.check(path, crls=[crl], at=now())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "_survey" not in vars(crl)
    assert peak < len(large) / 2


def test_an_entry_without_a_date_makes_the_list_unusable() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST)
    path = verdict(leaf, roots=[root]).path
    crl = revocation.read_crl(many(root, 3, dated=False))
    found = revocation.check(path, crls=[crl], at=now(), required=True)
    assert {one.kind for one in found} == {ViolationKind.REVOCATION_UNKNOWN}


def pki_pem(crl: bytes) -> bytes:
    return pki.pem(crl).replace(b"CERTIFICATE", b"X509 CRL")


def asked(*, revoked: bool = False, at: datetime | None = None, **fields: Any) -> tuple[Violation, ...]:
    """Return what is found of a leaf that names a responder alone, once that has answered so."""
    root = pki.root("Root")
    leaf = root.leaf(HOST, ocsp_at=("http://ocsp.example/",), **fields)
    path = [reading.read(one.certificate) for one in (leaf, root)]
    (url,) = revocation.queries(path)
    answer = issued.ocsp_response(leaf, root, revoked=revoked)
    return revocation.check(path, answers={url: answer}, at=at or now())


def test_a_certificate_that_names_ocsp_alone_is_asked_about() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST, ocsp_at=("ldap://x.example", "http://ocsp.example/"))
    path = [reading.read(one.certificate) for one in (leaf, root)]
    (url,) = revocation.queries(path)
    request = ocsp.load_der_ocsp_request(b64decode(unquote(url.removeprefix("http://ocsp.example/"))))
    assert request.serial_number == path[0].serial_number
    with_list = reading.read(root.leaf(HOST, ocsp_at=("http://o.example",), crls_at=("http://c.example",)).certificate)
    assert revocation.queries([with_list, path[1]]) == ()


def test_what_a_responder_answers_settles_it() -> None:
    assert asked() == ()
    assert [one.kind for one in asked(revoked=True)] == [ViolationKind.REVOKED]
    assert [one.kind for one in asked(at=now() + timedelta(days=60))] == [ViolationKind.REVOCATION_UNKNOWN]


def test_where_no_responder_answers_that_is_noted() -> None:
    root = pki.root("Root")
    path = [reading.read(one.certificate) for one in (root.leaf(HOST, ocsp_at=("http://ocsp.example",)), root)]
    (found,) = revocation.check(path, at=now())
    assert (found.kind, found.detail) == (ViolationKind.REVOCATION_UNKNOWN, "no_answer")
