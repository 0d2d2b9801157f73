"""Facts about certificates in a few words."""

from dataclasses import replace

import pytest

from rules.certificates.finding import Grade
from tests.rules.certificates.findings import leaf
from wording.certificates import certificate_facts


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("CN=www.bakery.test", "www.bakery.test"),
        ("CN=R3,O=Let's Encrypt,C=US", "R3"),
        ("C=DE,O=Bakery,CN=inner", "inner"),
        (r"OU=Roots,O=DigiCert\, Inc.,C=US", "Roots"),
        (r"O=DigiCert\, Inc.,C=US", "DigiCert, Inc."),
        (r"CN=a\+b\=c", "a+b=c"),
        ("1.2.3=#0401", "1.2.3=#0401"),
        ("CN=", "CN="),
        ("", ""),
    ],
)
def test_an_authority_is_called_by_its_common_name(subject: str, name: str) -> None:
    assert certificate_facts.called(subject) == name


def test_a_certificate_without_a_subject_is_called_by_what_it_stands_for() -> None:
    assert [
        certificate_facts.named(replace(leaf(), subject="", names=names)) for names in (("a.test", "b.test"), ())
    ] == [
        "a.test",
        "without a name",
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (None, "not asked"),
        ("", "no"),
        ("max-age=31536000", "365 days"),
        ('MAX-AGE="86400" ; IncludeSubDomains; preload', "1 day, subdomains"),
        ("max-age=0", "0 days"),
        ("max-age=99999999999999999999", "unreadable"),
        ("<script>", "unreadable"),
    ],
)
def test_hsts_is_said_in_days(header: str | None, said: str) -> None:
    assert certificate_facts.hsts(header) == said


def test_every_grade_has_its_words() -> None:
    assert set(certificate_facts.GRADES) == set(Grade)
