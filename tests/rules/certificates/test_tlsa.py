"""TLSA records against certificates (RFC 6698, 7671, 7672)."""

import hashlib
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from rules.certificates import tlsa
from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.observation import Protocol, ScanTarget
from rules.certificates.tlsa import ServedChain
from tests.rules.certificates.findings import DAY, NOW
from wording.certificates import certificate_faults

WEB = ScanTarget(host="www.agency.test", port=443)
MAIL = ScanTarget(host="mx.agency.test", port=25, protocol=Protocol.SMTP)


@cache
def certificate(name: str) -> tuple[bytes, bytes]:
    """Return a certificate and its SPKI, both DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + DAY)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER), key.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )


LEAF, ISSUER, ROOT, OTHER = (certificate(name) for name in ("leaf", "issuer", "root", "other"))
SHOWN = ServedChain(sent=(LEAF[0], ISSUER[0]), issuers=(ISSUER[0], ROOT[0]), trusted=True)
UNTRUSTED = ServedChain(sent=(LEAF[0], ISSUER[0]), trusted=False)


def record(usage: int, selector: int, matching: int, of: tuple[bytes, bytes]) -> str:
    selected = of[selector]
    data = {0: selected, 1: hashlib.sha256(selected).digest(), 2: hashlib.sha512(selected).digest()}[matching]
    return f"{usage} {selector} {matching} {data.hex()}"


def checked(*records: str, shown: ServedChain = SHOWN, target: ScanTarget = WEB) -> tuple[Fault, ...]:
    return tlsa.check(shown, records, target=target)


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
def test_each_way_to_name_a_certificate_matches_it(selector: int, matching: int):
    assert checked(record(3, selector, matching, LEAF)) == ()
    assert checked(record(3, selector, matching, OTHER)) != ()


@pytest.mark.parametrize(
    ("usage", "of", "shown", "matches"),
    [
        (0, ISSUER, SHOWN, True),
        (0, ROOT, SHOWN, True),
        (0, LEAF, SHOWN, False),
        (0, ISSUER, UNTRUSTED, False),
        (1, LEAF, SHOWN, True),
        (1, LEAF, UNTRUSTED, False),
        (1, ISSUER, SHOWN, False),
        (2, ISSUER, UNTRUSTED, True),
        (2, ROOT, SHOWN, False),
        (3, LEAF, UNTRUSTED, True),
        (3, ISSUER, SHOWN, False),
    ],
)
def test_each_usage_binds_what_it_says(usage: int, of: tuple[bytes, bytes], shown: ServedChain, matches: bool):  # noqa: FBT001 - a column of the table
    assert (checked(record(usage, 1, 1, of), shown=shown) == ()) is matches


def test_one_record_that_matches_is_enough():
    assert checked(record(3, 1, 1, OTHER), record(3, 1, 1, LEAF)) == ()


def test_a_mismatch_is_a_warning_for_the_web_and_stops_mail():
    (web,), (mail,) = (checked(record(3, 1, 1, OTHER), target=target) for target in (WEB, MAIL))

    assert (web.kind, web.severity) == (FaultKind.TLSA_MISMATCH, Severity.WARNING)
    assert mail.severity is Severity.CRITICAL


def test_mail_knows_no_records_of_public_authorities():
    assert checked(record(1, 1, 1, OTHER), target=MAIL) == ()


@pytest.mark.parametrize(
    "written", ["", "3 1 1", "4 1 1 00", "3 2 1 00", "3 1 3 00", "3 1 1 zz", "x y z 00", "3 1 1 0", "-3 1 1 00"]
)
def test_records_that_cannot_be_used_say_nothing(written: str):
    assert tlsa.read([written]) == ()
    assert checked(written) == ()


def test_data_may_be_written_in_groups():
    first, *rest = record(3, 1, 1, LEAF).rsplit(" ", 1)

    assert checked(f"{first} {rest[0][:20]} {rest[0][20:].upper()}") == ()


def test_where_nothing_was_shown_nothing_is_said():
    assert checked(record(3, 1, 1, LEAF), shown=ServedChain(sent=(), trusted=False)) == ()


def test_what_is_no_certificate_has_no_key():
    assert tlsa.spki(b"no certificate") == b""
    assert checked(record(3, 1, 1, LEAF), shown=ServedChain(sent=(b"no certificate",), trusted=False)) != ()


@given(st.lists(st.text(max_size=60), max_size=5))
def test_records_are_strangers_texts(records: list[str]):
    assert all(certificate_faults.sentence(one).isprintable() for one in checked(*records))
