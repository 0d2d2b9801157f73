from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from rules import certificates
from rules.certificates import Change, ChangeKind, Fault, Finding, Seen

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOST = "www.agency.test"

EXPIRED, SELF_SIGNED, ROOT_NOT_TRUSTED = (10, "cert has expired"), (18, "self signed"), (19, "self signed in chain")
ISSUER_NOT_FOUND, LEAF_NOT_VERIFIED = (20, "unable to get issuer cert locally"), (21, "unable to verify leaf signature")

# Made with `openssl req` and `openssl x509`: the library refuses to make anything so weak, as it should.
RSA_512 = b"""-----BEGIN CERTIFICATE-----
MIIBrzCCAVmgAwIBAgIUEaL/UddJo8lAfVwUraopzKeoXwUwDQYJKoZIhvcNAQEL
BQAwHDEaMBgGA1UEAwwRd2Vhay5zYW5kYm94LnRlc3QwIBcNMjYxMTIzMDA0NDUy
WhgPMjA4MTA4MjYwMDQ0NTJaMBwxGjAYBgNVBAMMEXdlYWsuc2FuZGJveC50ZXN0
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKUxKVW8JoY3siSvm/sI54hAY2IAkMVI
kUgb8Z7O8G8CovH404SpDVrgl7N6FKqcsCQvVuUqv6i7oHfN3v4WuykCAwEAAaNx
MG8wHQYDVR0OBBYEFFNJNuo6nnDMFKOuFouuo/HFF8JvMB8GA1UdIwQYMBaAFFNJ
Nuo6nnDMFKOuFouuo/HFF8JvMA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4IR
d2Vhay5zYW5kYm94LnRlc3QwDQYJKoZIhvcNAQELBQADQQAE2DnsjIn7xU4ocpks
jqEGesdiespVNkN9KChUnjBpIWM7kcb3RcijG+3GCmi4wfiZSVO2KPadcXeump7R
3tq4
-----END CERTIFICATE-----
"""

SHA1_LEAF = b"""-----BEGIN CERTIFICATE-----
MIIBjjCCATSgAwIBAgIUL7OHBdJ2vuoSnugCAn9d2a7PDsAwCQYHKoZIzj0EATAT
MREwDwYDVQQDDAhPbGQgUm9vdDAgFw0yNjExMjMwMDUxMTBaGA8yMDgxMDgyNjAw
NTExMFowGjEYMBYGA1UEAwwPd3d3LmFnZW5jeS50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEUIF1iZsjNXc+B2kADDLSqIefHu3ZDZ44L42AwRw8H1oGEaLK
pYoLTWeRAz1m9IBkdFEd6lfrZEq1KNW4sr6wyKNeMFwwGgYDVR0RBBMwEYIPd3d3
LmFnZW5jeS50ZXN0MB0GA1UdDgQWBBQ6nvtqWMepwFvhEaquNALS+2mVZDAfBgNV
HSMEGDAWgBTNun8ANCQeGUc9EJVj15f6ojNzvTAJBgcqhkjOPQQBA0kAMEYCIQDe
njmYyOUYxL58OZq/RsbQzigh43K9MWfjFySzobkKtAIhAKHZ5s/8R2oqPuoKc1HQ
OebQ51uN1tnXoUDJm+DpZIxE
-----END CERTIFICATE-----
"""

SHA1_ROOT = b"""-----BEGIN CERTIFICATE-----
MIIBejCCASKgAwIBAgIUBVizOkZxFXcSSFMDQQrW48EMUnIwCQYHKoZIzj0EATAT
MREwDwYDVQQDDAhPbGQgUm9vdDAgFw0yNjExMjMwMDUxMTBaGA8yMDgxMDgyNjAw
NTExMFowEzERMA8GA1UEAwwIT2xkIFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMB
BwNCAAQExhnceb3rGBkGdISpZ31PI++Ze81vTzCHpjxYzNGwP/Ucp/Dur4chDACl
W75mcTRRAlFa0wNDvIcb5C3VKZ28o1MwUTAdBgNVHQ4EFgQUzbp/ADQkHhlHPRCV
Y9eX+qIzc70wHwYDVR0jBBgwFoAUzbp/ADQkHhlHPRCVY9eX+qIzc70wDwYDVR0T
AQH/BAUwAwEB/zAJBgcqhkjOPQQBA0cAMEQCIHOsdrLjXPh9fjyBzxfFKIOhUnAd
yOHUSwJIhF99vC2tAiAiUaOm69vsv3VjNEElDJUBKSu9k54Rqw+ZMQqLbgattA==
-----END CERTIFICATE-----
"""


@cache
def ec_key(curve: type[ec.EllipticCurve] = ec.SECP256R1) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve())


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(
    *sans: str,
    subject: str = HOST,
    issuer: str = "Issuer",
    validity: tuple[datetime, datetime] = (NOW - timedelta(days=10), NOW + timedelta(days=80)),
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
) -> bytes:
    """A certificate in DER, signed with an RSA key that nobody checks here."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key((key or ec_key()).public_key())
        .serial_number(0xC0FFEE)
        .not_valid_before(validity[0])
        .not_valid_after(validity[1])
    )
    if sans:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(general_names(sans))), critical=False)
    return builder.sign(rsa_key(2048), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def der(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)


def general_names(sans: Iterable[str]) -> Iterable[x509.GeneralName]:
    for san in sans:
        try:
            yield x509.IPAddress(ip_address(san))
        except ValueError:
            yield x509.DNSName(san)


def seen(*chain: bytes, errors: Iterable[tuple[int, str]] = (), depth: int = 0) -> Seen:
    verify_errors = tuple((code, depth, message) for code, message in errors)
    return Seen(
        host=HOST, port=443, address="192.0.2.1", chain=chain, tls_version="TLSv1.3", verify_errors=verify_errors
    )


def faults(*chain: bytes, errors: Iterable[tuple[int, str]] = (), depth: int = 0) -> set[Fault]:
    return set(certificates.assess(seen(*chain, errors=errors, depth=depth), now=NOW).faults)


def finding(*fault: Fault) -> Finding:
    return Finding(host=HOST, port=443, address="192.0.2.1", ok=not fault, faults=fault, fingerprint="aa")


def gone(fault: Fault) -> Finding:
    return replace(finding(fault), fingerprint="")


def test_a_good_certificate_is_told_in_full_and_has_no_fault() -> None:
    found = certificates.assess(seen(certificate(HOST, "agency.test", "192.0.2.1"), certificate()), now=NOW)
    assert (found.ok, found.faults) == (True, ())
    assert (found.not_before, found.not_after) == (NOW - timedelta(days=10), NOW + timedelta(days=80))
    assert (found.subject, found.issuer) == ("CN=www.agency.test", "CN=Issuer")
    assert (found.serial, found.key, found.chain_length) == ("c0ffee", "EC-256", 2)
    assert found.names == (HOST, "agency.test", "192.0.2.1")
    assert len(found.fingerprint) == 64
    assert found.message == "The certificate is valid until 2026-05-20 12:00 UTC."


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW - timedelta(seconds=1), {Fault.NOT_YET_VALID}),
        (NOW, set()),
        (NOW + timedelta(days=1), set()),
        (NOW + timedelta(days=1, seconds=1), {Fault.EXPIRED}),
    ],
)
def test_both_ends_of_the_validity_are_inside(now: datetime, expected: set[Fault]) -> None:
    leaf = certificate(HOST, validity=(NOW, NOW + timedelta(days=1)))
    assert set(certificates.assess(seen(leaf), now=now).faults) == expected


def test_the_dates_of_the_leaf_are_judged_by_the_given_time_and_not_by_the_clock_of_openssl() -> None:
    assert faults(certificate(HOST), errors=[EXPIRED]) == set()


def test_an_expired_issuer_is_an_expired_chain() -> None:
    assert faults(certificate(HOST), certificate(), errors=[EXPIRED], depth=1) == {Fault.EXPIRED}


@pytest.mark.parametrize(
    ("chain", "errors", "expected"),
    [
        ((certificate(HOST, issuer=HOST),), [SELF_SIGNED], Fault.SELF_SIGNED),
        ((certificate(HOST),), [ISSUER_NOT_FOUND, LEAF_NOT_VERIFIED], Fault.INCOMPLETE_CHAIN),
        ((certificate(HOST), certificate(subject="Stray")), [ISSUER_NOT_FOUND], Fault.INCOMPLETE_CHAIN),
        ((certificate(HOST), certificate(subject="Issuer")), [ISSUER_NOT_FOUND], Fault.UNKNOWN_ISSUER),
        ((certificate(HOST), certificate(subject="Issuer", issuer="Issuer")), [ROOT_NOT_TRUSTED], Fault.UNKNOWN_ISSUER),
        ((certificate(HOST),), [(7, "cert signature failure")], Fault.UNVERIFIED),
    ],
)
def test_what_openssl_could_not_verify_has_one_name(
    chain: tuple[bytes, ...], errors: list[tuple[int, str]], expected: Fault
) -> None:
    assert faults(*chain, errors=errors) == {expected}


@pytest.mark.parametrize(
    ("host", "sans", "expected"),
    [
        ("agency.test", ["agency.test"], True),
        ("AGENCY.test.", ["Agency.TEST"], True),
        ("www.agency.test", ["agency.test"], False),
        ("www.agency.test", ["*.agency.test"], True),
        ("WWW.agency.test", ["*.AGENCY.test"], True),
        ("a.www.agency.test", ["*.agency.test"], False),
        ("agency.test", ["*.agency.test"], False),
        ("www.agency.test", ["w*.agency.test", "*w.agency.test", "www.*.test", "*", "*.*.test"], False),
        ("localhost", ["*.", "*"], False),
        ("bücher.test", ["xn--bcher-kva.test"], True),
        ("www.bücher.test", ["*.xn--bcher-kva.test"], True),
        ("xn--bcher-kva.test", ["bücher.test"], False),
        ("agency.test", ["agency.test\x00.evil.test"], False),
        ("192.0.2.1", ["192.0.2.1"], False),
        ("192.0.2.1", ["*.0.2.1"], False),
        ("not a host", ["not a host"], False),
        ("agency.test", [], False),
    ],
)
def test_a_name_stands_for_a_host_as_rfc_9525_says(host: str, sans: list[str], *, expected: bool) -> None:
    assert certificates.matches(host, sans=sans, addresses=()) is expected


@pytest.mark.parametrize(
    ("host", "address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:DB8:0::1", "2001:db8::1", True),
        ("agency.test", "192.0.2.1", False),
    ],
)
def test_an_address_stands_for_itself(host: str, address: str, *, expected: bool) -> None:
    assert certificates.matches(host, sans=(), addresses=[address]) is expected


def test_a_common_name_stands_for_nothing() -> None:
    assert faults(certificate(subject=HOST)) == {Fault.WRONG_HOST}


@pytest.mark.parametrize(
    ("key", "label", "expected"),
    [
        (rsa_key(1024), "RSA-1024", {Fault.WEAK_KEY}),
        (rsa_key(2048), "RSA-2048", set()),
        (ec_key(ec.SECP224R1), "EC-224", {Fault.WEAK_KEY}),
        (ec_key(ec.SECP384R1), "EC-384", set()),
    ],
)
def test_a_key_below_the_baseline_is_weak(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, label: str, expected: set[Fault]
) -> None:
    found = certificates.assess(seen(certificate(HOST, key=key)), now=NOW)
    assert (found.key, set(found.faults)) == (label, expected)


def test_a_key_that_this_library_would_not_make_is_weak_too() -> None:
    found = certificates.assess(replace(seen(der(RSA_512)), host="weak.sandbox.test"), now=NOW + timedelta(days=3650))
    assert (found.key, found.faults) == ("RSA-512", (Fault.WEAK_KEY,))


def test_a_weak_key_of_an_issuer_is_a_fault_of_the_chain() -> None:
    assert faults(certificate(HOST), certificate(subject="Issuer", key=rsa_key(1024))) == {Fault.WEAK_KEY}


def test_a_sha_1_signature_is_weak_except_on_a_root_where_nobody_relies_on_it() -> None:
    later = NOW + timedelta(days=3650)
    assert set(certificates.assess(seen(der(SHA1_LEAF)), now=later).faults) == {Fault.WEAK_SIGNATURE}
    assert faults(certificate(HOST), der(SHA1_ROOT)) == set()


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1.1"])
def test_a_server_without_a_current_protocol_has_a_fault(version: str) -> None:
    old = replace(seen(certificate(HOST)), tls_version=version)
    assert certificates.assess(old, now=NOW).faults == (Fault.OLD_PROTOCOL,)


@pytest.mark.parametrize(
    ("failure", "expected", "message"),
    [
        ("connection refused", Fault.UNREACHABLE, "No TLS connection could be made: connection refused."),
        ("silent", Fault.UNREACHABLE, "No TLS connection could be made: silent."),
        ("not TLS", Fault.NOT_TLS, "The server does not speak TLS on this port."),
        (
            "handshake failed: no shared cipher",
            Fault.UNVERIFIED,
            "The server speaks TLS, but the handshake failed: no shared cipher.",
        ),
    ],
)
def test_a_scan_that_ended_early_says_why(failure: str, expected: Fault, message: str) -> None:
    found = certificates.assess(replace(seen(), failure=failure, tls_version=""), now=NOW)
    assert (found.faults, found.message, found.not_after, found.fingerprint) == ((expected,), message, None, "")


def test_a_certificate_that_was_seen_before_the_handshake_failed_is_judged_all_the_same() -> None:
    late = replace(seen(certificate("other.test")), failure="handshake failed: certificate required")
    assert set(certificates.assess(late, now=NOW).faults) == {Fault.WRONG_HOST, Fault.UNVERIFIED}


def test_all_faults_are_told_at_once() -> None:
    leaf = certificate("other.test", issuer=HOST, validity=(NOW - timedelta(9), NOW - timedelta(1)), key=rsa_key(1024))
    found = certificates.assess(seen(leaf, errors=[SELF_SIGNED, EXPIRED]), now=NOW)
    assert found.faults == (Fault.EXPIRED, Fault.WRONG_HOST, Fault.SELF_SIGNED, Fault.WEAK_KEY)


def test_strangers_text_is_printable_and_short() -> None:
    subject = "<script>\x00\x1b[2J\u202e" + "x" * 48
    hostile = replace(seen(certificate("a\x00\n" + "y" * 9000, subject=subject)), failure="\x07!")
    found = certificates.assess(hostile, now=NOW)
    assert found.subject.startswith("CN=\\<script\\>\\00[2Jxxx")  # RFC 4514 escapes it; the dashboard escapes it again
    assert found.message.isprintable()
    assert {len(found.message), *map(len, found.names)} == {certificates.LONGEST}


def test_a_certificate_of_a_thousand_names_is_matched_whole_and_kept_in_part() -> None:
    found = certificates.assess(seen(certificate(*(f"n{i}.test" for i in range(1000)), HOST)), now=NOW)
    assert (found.ok, len(found.names)) == (True, certificates.MOST_NAMES)


@given(st.binary())
def test_bytes_that_are_no_certificate_are_a_fault(noise: bytes) -> None:
    assert faults(noise) == {Fault.UNVERIFIED}


@given(st.data())
def test_a_damaged_certificate_never_raises(data: st.DataObject) -> None:
    whole = certificate(HOST, "*.agency.test", "192.0.2.1")
    at = data.draw(st.integers(0, len(whole) - 1))
    damage = data.draw(st.binary(min_size=1, max_size=4))
    found = certificates.assess(seen(whole[:at] + damage + whole[at + len(damage) :], errors=[SELF_SIGNED]), now=NOW)
    assert not found.ok


def test_a_first_scan_reports_its_faults_alone() -> None:
    assert certificates.changes(None, finding()) == ()
    assert certificates.changes(None, finding(Fault.EXPIRED)) == (Change(ChangeKind.FAULT_FOUND, None, "expired"),)


def test_an_unchanged_endpoint_is_no_news() -> None:
    assert certificates.changes(finding(Fault.EXPIRED), finding(Fault.EXPIRED)) == ()


def test_a_renewal_mends_what_was_expired() -> None:
    before = replace(finding(Fault.EXPIRED), issuer="CN=A", not_after=NOW)
    after = replace(finding(), fingerprint="bb", issuer="CN=B", not_after=NOW + timedelta(days=90))
    assert certificates.changes(before, after) == (
        Change(ChangeKind.CERTIFICATE_CHANGED, "aa", "bb"),
        Change(ChangeKind.ISSUER_CHANGED, "CN=A", "CN=B"),
        Change(ChangeKind.EXPIRY_CHANGED, "2026-03-01T12:00:00+00:00", "2026-05-30T12:00:00+00:00"),
        Change(ChangeKind.FAULT_MENDED, "expired", None),
    )


def test_an_outage_neither_mends_nor_changes_a_certificate() -> None:
    out = gone(Fault.UNREACHABLE)
    assert certificates.changes(finding(Fault.EXPIRED), out) == (Change(ChangeKind.FAULT_FOUND, None, "unreachable"),)
    assert certificates.changes(out, finding()) == (Change(ChangeKind.FAULT_MENDED, "unreachable", None),)


def test_a_port_that_answers_without_tls_is_reachable_again() -> None:
    assert certificates.changes(gone(Fault.UNREACHABLE), gone(Fault.NOT_TLS)) == (
        Change(ChangeKind.FAULT_FOUND, None, "not_tls"),
        Change(ChangeKind.FAULT_MENDED, "unreachable", None),
    )
