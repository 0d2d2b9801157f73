"""VAT-IDs: a wrong digit is told, however the rest is written."""

import pytest

from rules.billing.vat_ids import parse


@pytest.mark.parametrize(
    ("text", "country", "kept"),
    [
        ("DE 136 695 976", "DE", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("el 094259216", "GR", "EL094259216"),
        ("GR094259216", "GR", "EL094259216"),
        ("ATU13585627", "AT", "ATU13585627"),
        ("NL4495445B01", "NL", "NL004495445B01"),
        ("GB 980 7806 84", "GB", "GB980780684"),
        ("CHE-107.787.577 MWST", "CH", "CHE107787577MWST"),
        ("NO 995 525 828 MVA", "NO", "NO995525828MVA"),
        ("ESB-58378431", "ES", "ESB58378431"),
        ("fr 40 303 265 045", "FR", "FR40303265045"),
    ],
)
def test_a_vat_id_is_kept_as_it_stands_on_an_invoice(text: str, country: str, kept: str) -> None:
    assert str(parse(text, country)) == kept
    assert parse(str(parse(text, country)), country) == parse(text, country)


@pytest.mark.parametrize(
    ("text", "country", "why"),
    [
        ("DE136695977", "DE", "checksum"),
        ("DE13669597", "DE", "length"),
        ("CHE-107.787.578 MWST", "CH", "checksum"),
        ("NO995525829MVA", "NO", "checksum"),
        ("GB980780685", "GB", "checksum"),
        ("FR40303265045", "DE", "a VAT-ID of FR, not of DE"),
        ("EL094259216", "DE", "a VAT-ID of GR"),
        ("12-3456789", "US", "VAT-IDs of US are not known"),
        ("", "DE", "no VAT-ID of DE"),
        ("\N{ARABIC-INDIC DIGIT ONE}36695976", "DE", "no VAT-ID of DE"),
        ("DE" + "1" * 10_000, "DE", "no VAT-ID of DE"),
    ],
)
def test_what_is_wrong_with_a_vat_id_is_said(text: str, country: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text, country)
