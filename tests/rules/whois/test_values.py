"""What the values of single lines amount to."""

import pytest

from rules.whois import registrants, registrars, single_fields


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Example Registrar Ltd", "Example Registrar Ltd"),
        ("  'Example Registrar, Inc.' ", "Example Registrar, Inc."),
        ("Example Ltd (R171-LRMS)", "Example Ltd"),
        ("Example Ltd (292)", "Example Ltd"),
        ("Example Ltd R45-ME", "Example Ltd"),
        ("Example R4-ASIA (800046)", "Example R4-ASIA"),
        ("Example Ltd [Tag = EXREG]", "Example Ltd"),
        ("Example Ltd (https://registrar.example)", "Example Ltd"),
        ("Example Ltd https://registrar.example/", "Example Ltd"),
        ("Example Registrar Limited t/a Exreg [Tag = EXREG]", "Exreg"),
        ("Example Inc. d/b/a Domain Robot", "Domain Robot"),
        ("No registrar listed.  This domain is registered directly with the Registry.", "Registry"),
        ("Beispiel Domains as a Service", "Beispiel Domains as a Service"),
        ("REG-EXAMPLE", "REG-EXAMPLE"),
        ("No registrar listed.", None),
        ("not available", None),
        ("https://registrar.example", None),
        ("292", None),
        ("", None),
        ("-", None),
    ],
)
def test_a_registrar_is_its_name_alone(written, name):
    assert registrars.name(written) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Example Ltd", "Example Ltd"),
        ('Example "Ltd"', 'Example "Ltd"'),
        ('"Example Ltd"', "Example Ltd"),
        ("Example  Ltd  (example.test-dom)\t\tann@example.test", "Example Ltd"),
        ("EXAMPLE PTE LTD (SGNIC-ORG1234567)", "EXAMPLE PTE LTD"),
        ("Example Ltd (Example Group)", "Example Ltd (Example Group)"),
        ("Domains By Proxy, LLC", "Domains By Proxy, LLC"),
        (
            "Privacy service provided by Withheld for Privacy ehf",
            "Privacy service provided by Withheld for Privacy ehf",
        ),
        ("Hidden Valley Ltd", "Hidden Valley Ltd"),
        ("Not Just Data Ltd", "Not Just Data Ltd"),
        ("3M", "3M"),
    ],
)
def test_a_registrant_is_a_name(written, name):
    assert registrants.published(written) == name


@pytest.mark.parametrize(
    "written",
    [
        "", "-", "N/A", "none", "REDACTED FOR PRIVACY", "Redacted | EU Data Subject", "GDPR Masked", "GDPR REDACTED",
        "Not Disclosed", "NOT DISCLOSED!", "Not Disclosed - Visit www.registry.example for webbased WHOIS", "hidden",
        "Statutory Masking Enabled", "Data Protected", "Non-Public Data", "Private Person", "Ano Nymous", "Private",
        "Not shown, please visit www.registry.example for webbased whois.", "Not displayed due to GDPR", "Masked",
        "Personal data, can not be publicly disclosed according to applicable laws.", "Data redacted", "withheld",
        "Hidden upon user request", "Information not available", "Name withheld by registry", "https://a.example",
        "REDACTED", "-REDACTED-", "Contact not public", "undisclosed", "+44 5550100", "\u202e", "not applicable",
    ],
)  # fmt: skip
def test_what_says_that_nothing_is_published_is_no_name(written):
    assert registrants.published(written) is None


@pytest.mark.parametrize(
    ("written", "signed"),
    [
        *(
            (word, True)
            for word in ("signedDelegation", "signed", "Signed delegation", "yes", "Y", "Active", "true", "ja")
        ),
        *((word, True) for word in ("12345 13 2 41C81F38F8A0F75A9B6BD95BEB3BAA64", "257 3 8 AwEAAd", "2 DS records")),
        *((word, True) for word in ("KSK protocol:3 algorithm:8 pubKey:AwEAAd", "DSOK", "서명")),
        *(
            (word, False)
            for word in ("unsigned", "Unsigned delegation", "no", "N", "Inactive", "disabled", "none", "0")
        ),
        *((word, False) for word in ("not signed", "미서명", "unsignedDelegation", "Unsigned delegation, no records")),
        *((word, None) for word in ("", "-", "?", "see the registrar", "https://example.net")),
    ],
)
def test_a_delegation_is_signed_in_many_words(written, signed):
    assert single_fields.is_signed(written) is signed


@pytest.mark.parametrize(
    ("written", "where"),
    [
        ("abuse@registrar.example", "abuse@registrar.example"),
        ("mailto:abuse@registrar.example", "abuse@registrar.example"),
        ("abuse[at]registrar.example", "abuse@registrar.example"),
        ("Abuse desk <abuse+x@registrar.example>, +1.5550100", "abuse+x@registrar.example"),
        ("+1.5550100", "+1.5550100"),
        ("tel:+1.5550100;ext=12", "+1.5550100;ext=12"),
        ("1-800-555-0100 x200", "1-800-555-0100 x200"),
        ("https://registrar.example/abuse", "https://registrar.example/abuse"),
        ("- (Please send an email)", None),
        ("none", None),
        ("", None),
    ],
)
def test_complaints_go_to_an_address_a_number_or_a_page(written, where):
    assert single_fields.contact(written) == where
