"""Authorities, found by the names of what they sign with."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from rules.certificates import authorities
from rules.certificates.authorities import AUTHORITIES
from tests.rules.certificates.findings import DIGICERT, LETS_ENCRYPT


@pytest.mark.parametrize(
    ("name", "organisation"),
    [
        (LETS_ENCRYPT, "Let's Encrypt"),
        (DIGICERT, "DigiCert, Inc."),
        ("O=First,CN=x", "First"),
        ("CN=x+O=Second,C=DE", "Second"),
        (r"CN=O\=Fake\,O\=More,C=DE", ""),
        ("CN=x,C=DE", ""),
        ("", ""),
        (r"O=E-Tu\C4\9Fra", "E-Tuğra"),
        ("NOO=no,STO=no", ""),
    ],
)
def test_the_organisation_is_read_out_of_a_name(name: str, organisation: str):
    assert authorities.organisation(name) == organisation


@given(
    st.text(st.characters(min_codepoint=32, codec="utf-8"), min_size=1, max_size=30), st.text("O=,+\\ab", max_size=9)
)
def test_it_is_what_the_certificate_says(organisation: str, common: str):
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)]
    if common:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common))

    assert authorities.organisation(x509.Name(attributes).rfc4514_string()) == organisation


def test_an_issuer_is_recognised():
    found = authorities.of_issuer(DIGICERT)

    assert found
    assert found.name == "DigiCert"
    assert authorities.of_issuer("CN=Agency CA,O=Agency") is None


def test_no_organisation_is_two_authorities():
    organisations = [who for one in AUTHORITIES for who in one.organisations]

    assert len(set(organisations)) == len(organisations)


def test_directories_are_asked_over_https():
    assert all(one.directory.startswith("https://") for one in AUTHORITIES if one.directory)
