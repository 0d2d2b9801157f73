"""Reading certificates: all that they say, and nothing but ``Unreadable`` for what is none."""

import random
from contextlib import suppress
from datetime import UTC, datetime
from time import process_time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from rules.x509 import extensions as ext
from rules.x509 import reading, revocation
from rules.x509.reading import Unreadable
from sandbox import der, pki, sct
from sandbox import revocation as issued
from tests.support.chains import HOST, named, now, raw, sentence, verdict

CPU_S = 5.0  # of processor time


def test_a_certificate_is_read_as_a_library_reads_it() -> None:
    begin, end = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2056, 1, 2, 3, 4, 5, tzinfo=UTC)
    subject = named(
        (NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, 'A, "B" + <C>; #d'), (NameOID.COMMON_NAME, "shöp")
    )
    root = pki.root("Root", key=pki.kept_key("RSA-2048"))
    leaf = root.leaf(
        HOST,
        subject=subject,
        not_before=begin,
        not_after=end,
        names=(HOST, "*.shop.example", "192.0.2.1", "2001:db8::1"),
        issuers_at=("http://ca.example/ca.cer",),
        ocsp_at=("http://ocsp.example",),
        crls_at=("http://ca.example/1.crl",),
        must_staple=True,
    )
    found, parsed = reading.read(leaf.certificate), leaf.parsed
    assert (found.subject, found.issuer) == (parsed.subject.rfc4514_string(), parsed.issuer.rfc4514_string())
    assert found.serial == f"{parsed.serial_number:x}"
    assert (found.not_before, found.not_after) == (begin, end)
    assert found.names == (HOST, "*.shop.example")
    assert found.addresses == ("192.0.2.1", "2001:db8::1")
    assert (found.key, found.signature) == ("EC-256", "sha256WithRSAEncryption")
    assert found.fingerprint == pki.fingerprint(leaf.certificate)
    assert found.issuer_urls == ("http://ca.example/ca.cer",)
    assert found.ocsp_urls == ("http://ocsp.example",)
    assert found.crl_urls == ("http://ca.example/1.crl",)
    assert found.must_staple
    assert not found.is_authority
    authority = reading.read(root.certificate)
    assert authority.is_authority
    assert (authority.usage, authority.key) == (ext.KEY_CERT_SIGN | ext.CRL_SIGN, "RSA-2048")
    assert found.authority_key_id == authority.key_identifier


def test_timestamps_of_logs_are_counted_and_dated() -> None:
    logs = (sct.Log(), sct.Log())
    root = pki.root("Root")
    begin = datetime(2026, 5, 1, tzinfo=UTC)
    found = reading.read(root.leaf(HOST, logs=logs, not_before=begin).certificate)
    assert (found.sct_count, set(found.sct_times)) == (2, {begin})


def test_a_broken_extension_hides_neither_dates_nor_names() -> None:
    leaf = pki.root("Root").leaf(HOST, more=(raw("1.3.6.1.5.5.7.1.1", b"?"), raw("2.5.29.31", b"\x30\x05")))
    found = reading.read(leaf.certificate)
    assert found.names == (HOST,)
    assert set(found.broken) == {ext.ACCESS, ext.DISTRIBUTION_POINTS}


def test_what_does_not_print_is_left_out_and_what_is_long_is_cut() -> None:
    subject = named((NameOID.COMMON_NAME, "a\u202eb\x07c"), (NameOID.ORGANIZATION_NAME, "x" * 64))
    long = x509.UniformResourceIdentifier("http://ca.example/" + "x" * 300)
    leaf = pki.root("Root").leaf(HOST, subject=subject, names=("y" * 300, HOST, long))
    found = reading.read(leaf.certificate)
    for text in (found.subject, *found.names):
        assert text.isprintable()
        assert len(text) <= reading.LONGEST


def test_keys_of_lattices_sign_and_are_checked() -> None:
    key = mldsa.MLDSA44PrivateKey.generate()
    name = named((NameOID.COMMON_NAME, "Root"))
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2036, 1, 1, tzinfo=UTC)).public_key(key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    signed = builder.sign(key, None).public_bytes(Encoding.DER)
    root = pki.Issuer(name, pki.new_key(), signed)
    assert reading.read(signed).key == "ML-DSA-44"
    assert verdict(root, roots=[root], at=datetime(2026, 6, 1, tzinfo=UTC)).path[0].signature == "ML-DSA-44"


def test_no_change_of_a_byte_or_two_raises_anything_but_unreadable() -> None:
    numbers = random.Random(5)
    root = pki.root("Root", permitted=("example",))
    leaf = root.leaf(HOST, crls_at=("http://ca.example/1.crl",), issuers_at=("http://ca.example",), must_staple=True)
    crl, staple = issued.crl(root, [leaf]), issued.ocsp_response(leaf, root)
    path = verdict(leaf, roots=[root]).path
    for _ in range(600):
        odd = pki.Issuer(leaf.name, leaf.key, changed(leaf.certificate, numbers))
        other = pki.Issuer(root.name, root.key, changed(root.certificate, numbers))
        for found in (verdict(odd, other, roots=[root]), verdict(leaf, roots=[other])):
            assert all(sentence(one).isprintable() for one in found.violations)
        known = list[revocation.Crl]()
        with suppress(Unreadable):
            known.append(revocation.read_crl(changed(crl, numbers)))
        revocation.check(path, crls=known, staple=changed(staple, numbers), at=now())


def changed(data: bytes, numbers: random.Random) -> bytes:
    """Return ``data`` with a byte or two changed, or cut, or with a piece twice."""
    array = bytearray(data)
    for _ in range(numbers.randint(1, 2)):
        array[numbers.randrange(len(array))] = numbers.randrange(256)
    kind = numbers.randrange(8)
    if kind == 0:
        del array[numbers.randrange(len(array)) :]
    if kind == 1:
        at = numbers.randrange(len(array))
        array[at:at] = array[at : at + numbers.randrange(40)]
    return bytes(array)


@pytest.mark.parametrize(
    "names",
    [
        [der.tlv(0x82, b"a.example")] * 11_000,
        [der.tlv(0x82, b"")] * 60_000,
        [der.tlv(0x87, b"\xc0\0\x02\x01")] * 20_000,
        [der.tlv(0xA4, b"\x30\x00")] * 30_000,
    ],
    ids=["hosts", "nothing", "addresses", "directory names"],
)
def test_a_very_long_list_of_names_is_read_in_time(names: list[bytes]) -> None:
    root = pki.root("Root", permitted=("example",))
    leaf = root.leaf(HOST, names=(), more=(raw("2.5.29.17", der.sequence(b"".join(names))),))
    begun = process_time()
    verdict(leaf, roots=[root], strict=True)
    assert process_time() - begun < CPU_S


def test_more_bytes_than_any_certificate_has_are_not_read() -> None:
    with pytest.raises(Unreadable, match="bytes"):
        reading.read(der.sequence(b"\0" * 10_000_000))
