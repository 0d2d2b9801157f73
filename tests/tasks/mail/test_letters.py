"""Letters: both languages, both forms, and nothing in a value that is more than text."""

import re

import jinja2
import pytest

from tasks.mail import letters

ALERT: dict[str, object] = {
    "headline": "expires in 7 days",
    "subject_name": "cafe.example",
    "client_name": "Café & Söhne",
    "facts": [("Registrar", "Example Registrar"), ("Expires", "2026-03-08")],
    "what_to_do": "Renew it at the registrar.",
}
INVOICE: dict[str, object] = {
    "client_name": "Café & Söhne",
    "number": "INV-2026-0042",
    "total": "€4,287.38",
    "due": "15 March 2026",
    "seller_name": "Agency",
}
SIGN_IN: dict[str, object] = {"user_name": "Ada & Söhne", "link": "[link]", "minutes": 15}
RESET: dict[str, object] = {"user_name": "ada", "link": "[link]", "minutes": 30}
INVITATION: dict[str, object] = {"user_name": "ada", "link": "[link]"}
BOTH = pytest.mark.parametrize(
    ("name", "values"),
    [
        ("alert", ALERT),
        ("invoice", INVOICE),
        ("sign_in", SIGN_IN),
        ("reset", RESET),
        ("invitation", INVITATION),
    ],
)


def leaves(value: object) -> list[str]:
    """Return all strings in a value, those in its lists and pairs too."""
    if isinstance(value, list | tuple):
        return [leaf for part in value for leaf in leaves(part)]
    return [str(value)]


@BOTH
@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_both_forms_show_every_value(name: str, values: dict[str, object], language: str) -> None:
    letter = letters.render(name, language=language, **values)
    for leaf in leaves(list(values.values())):
        assert leaf in letter.text
        assert leaf.replace("&", "&amp;") in letter.html


@pytest.mark.parametrize(
    ("name", "values", "language", "subject"),
    [
        ("alert", ALERT, "en", "cafe.example: expires in 7 days"),
        ("alert", ALERT, "de", "cafe.example: expires in 7 days"),
        ("invoice", INVOICE, "en", "Invoice INV-2026-0042 from Agency"),
        ("invoice", INVOICE, "de-AT", "Rechnung INV-2026-0042 von Agency"),
        ("invoice", INVOICE, "fr", "Invoice INV-2026-0042 from Agency"),
    ],
)
def test_the_subject_is_in_the_letters_language(
    name: str, values: dict[str, object], language: str, subject: str
) -> None:
    assert letters.render(name, language=language, **values).subject == subject


@BOTH
@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_a_missing_value_is_a_mistake(name: str, values: dict[str, object], language: str) -> None:
    for missing in values:
        with pytest.raises(jinja2.UndefinedError):
            letters.render(name, language=language, **{key: values[key] for key in values if key != missing})


def test_an_unknown_letter_is_a_mistake() -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        letters.render("love", language="en")


@BOTH
@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_a_script_in_a_value_is_inert(name: str, values: dict[str, object], language: str) -> None:
    hostile = """<script>alert(1)</script><img src=x onerror="alert(1)">{{ 7 * 7 }}{% include '/etc/passwd' %}"""
    letter = letters.render(name, language=language, **replaced(values, hostile))
    assert "<script" not in letter.html
    assert "<img" not in letter.html
    assert "&lt;script&gt;" in letter.html
    assert "{{ 7 * 7 }}" in letter.html
    assert "{{ 7 * 7 }}" in letter.text


@BOTH
@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_a_line_end_in_a_value_stays_out_of_the_subject_and_makes_no_line_of_its_own(
    name: str, values: dict[str, object], language: str
) -> None:
    honest = letters.render(name, language=language, **values)
    for end in ("\r\n", "\n", "\r", "\0", "\N{LINE SEPARATOR}", "\N{NEXT LINE}", "\N{RIGHT-TO-LEFT OVERRIDE}"):
        letter = letters.render(name, language=language, **replaced(values, f"a{end}Bcc: eve@evil.example"))
        assert letter.subject.isprintable()
        assert len(letter.text.splitlines()) == len(honest.text.splitlines())
        assert not re.search(r"^Bcc:", letter.text, re.MULTILINE)


def test_a_long_value_does_not_make_an_endless_subject() -> None:
    letter = letters.render("alert", language="en", **replaced(ALERT, "x" * 5000))
    assert len(letter.subject) == letters.MAX_SUBJECT_LENGTH


@BOTH
@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_the_html_fetches_nothing(name: str, values: dict[str, object], language: str) -> None:
    html = letters.render(name, language=language, **values).html
    assert not re.search(r"https?:|//|src=|url\(|<link|@import", html)
    assert f'<html lang="{language}">' in html


def replaced(values: dict[str, object], text: str) -> dict[str, object]:
    """Return the values with each text replaced by ``text``."""
    return {key: text if isinstance(value, str) else [(text, text)] * 2 for key, value in values.items()}
