"""Letters: every language, both forms, and nothing in a value that is more than text."""

import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings
from db.billing.senders import Sender
from db.mail import letter_texts
from rules.billing.logos import CONTENT_ID
from tasks.mail import letters
from tasks.mail.letters import letter_kinds, parts, samples, texts
from tasks.mail.letters.brand import Brand
from tasks.mail.letters.letter_kinds import KINDS, Audience, LetterKind, LetterLine

EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
IN_EACH_LANGUAGE = pytest.mark.parametrize("language", letters.LANGUAGES)
ENDS = ("\r\n", "\n", "\r", "\0", "\N{LINE SEPARATOR}", "\N{NEXT LINE}", "\N{RIGHT-TO-LEFT OVERRIDE}")


def written(kind: LetterKind, language: str, **changed: str) -> letters.Letter:
    """Write a letter in our own words, of its sample values."""
    return letters.filled(
        kind,
        language,
        letters.sources(kind, language),
        values={**samples.values(kind, language), **changed},
        facts=samples.facts(kind, language),
        entries=samples.entries(kind, language),
    )


def hostile(kind: LetterKind, language: str, text: str) -> letters.Letter:
    """Write a letter each of whose values is ``text``."""
    return letters.filled(
        kind,
        language,
        letters.sources(kind, language),
        values=dict.fromkeys(kind.samples, text),
        facts=[(text, text)] * 2 if kind.facts else (),
        entries=[LetterLine(text, "https://nolapse.test/alerts/1", text)] * 2 if kind.entries else (),
    )


def elements(html: str) -> set[str]:
    """Return the elements that a browser would make of it."""
    found: set[str] = set()
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: found.add(tag)
    reader.feed(html)
    return found


def images(html: str) -> list[tuple[str | None, str | None]]:
    """Return the images that a browser would show, each with what stands in its place."""
    found: list[tuple[str | None, str | None]] = []
    reader = HTMLParser()
    reader.handle_starttag = lambda tag, attrs: (
        found.append((dict(attrs)["src"], dict(attrs)["alt"])) if tag == "img" else None
    )
    reader.feed(html)
    return found


@EACH
@IN_EACH_LANGUAGE
def test_both_forms_show_every_value(kind: LetterKind, language: str) -> None:
    letter = samples.shown(kind, language, letters.sources(kind, language))
    for value in [
        *samples.values(kind, language).values(),
        *(one for fact in samples.facts(kind, language) for one in fact),
        *(one for entry in samples.entries(kind, language) for one in (entry.text, entry.note)),
    ]:
        assert parts.on_one_line(str(value)) in letter.text
        assert parts.on_one_line(str(value)) in letter.html


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("domains_end", ("shop.example: 15. März 2026", "bread.example: 2. April 2026", "und 2 weitere")),
        ("certificates_end", ("www.shop.example: 15. März 2026", "api.bread.example: 2. April 2026")),
        ("invoice", ("119,00 €", "15. März 2026")),
        ("monthly_report", ("Februar 2026",)),
        ("alerts", ("142 endpoints with a fault", "Übernehmen oder verschieben")),
    ],
)
def test_a_preview_has_values_such_as_the_real_letter_has_in_its_language(name: str, shown: tuple[str, ...]) -> None:
    kind = letter_kinds.find(name)
    text = samples.shown(kind, "de", letters.sources(kind, "de")).text
    assert [one for one in shown if one not in text] == []
    assert "Registrar" not in text


@EACH
@IN_EACH_LANGUAGE
def test_every_letter_is_written_in_every_language_with_the_same_parts(kind: LetterKind, language: str) -> None:
    section, english = texts.section(language, kind.name), texts.section("en", kind.name)
    assert set(section) == set(english)
    assert set(section) <= {*parts.PARTS, "facts"}
    assert len(section.get("facts", ())) == len(english.get("facts", ()))
    assert bool(kind.link) == ("button" in section)


@EACH
@IN_EACH_LANGUAGE
def test_our_own_words_stand_the_check_that_the_staffs_do(kind: LetterKind, language: str) -> None:
    named = [source for _, source in texts.section(language, kind.name).get("facts", ())]
    for source in [*letters.sources(kind, language).values(), *named]:
        parts.check(source, placeholders=kind.samples)


@IN_EACH_LANGUAGE
def test_the_labels_are_in_every_language(language: str) -> None:
    assert set(texts.section(language, texts.COMMON)) == {"means", "todo", "by", "answer"}


@pytest.mark.parametrize(
    ("language", "subject", "spoken"),
    [
        ("en", "Invoice INV-2026-0042 from Example Agency", "en"),
        ("de-AT", "Rechnung INV-2026-0042 von Example Agency", "de"),
        ("pl", "Faktura INV-2026-0042 od Example Agency", "pl"),
        ("ja", "Invoice INV-2026-0042 from Example Agency", "en"),
    ],
)
def test_the_readers_language_is_spoken_and_english_where_we_do_not_write_it(
    ledger: str, language: str, subject: str, spoken: str
) -> None:
    values: dict[str, Any] = samples.values(letter_kinds.find("invoice"), language)
    letter = letters.render("invoice", language=language, **values)
    assert (letter.subject, letter.language) == (subject, spoken)


@EACH
def test_a_missing_value_is_a_mistake(kind: LetterKind) -> None:
    for missing in kind.samples:
        values = {name: value for name, value in samples.values(kind, "en").items() if name != missing}
        with pytest.raises((jinja2.UndefinedError, KeyError)):
            letters.filled(kind, "en", letters.sources(kind, "en"), values=values)


def test_an_unknown_letter_is_a_mistake_that_names_those_there_are() -> None:
    with pytest.raises(letter_kinds.UnknownLetter, match=r"love.*alert, alerts, invoice"):
        letters.render("love", language="en")


@EACH
@IN_EACH_LANGUAGE
def test_a_script_in_a_value_is_inert(kind: LetterKind, language: str) -> None:
    script = """<script>alert(1)</script><img src=x onerror="alert(1)">{{ 7 * 7 }}{% include '/etc/passwd' %}"""
    letter = hostile(kind, language, script)
    assert not elements(letter.html) & {"script", "img"}
    assert "&lt;script&gt;" in letter.html
    assert "{{ 7 * 7 }}" in letter.html
    assert "{{ 7 * 7 }}" in letter.text


@EACH
@IN_EACH_LANGUAGE
def test_a_line_end_in_a_value_stays_out_of_the_subject_and_makes_no_line_of_its_own(
    kind: LetterKind, language: str
) -> None:
    honest = hostile(kind, language, "a b")
    for end in ENDS:
        letter = hostile(kind, language, f"a{end}Bcc: eve@evil.example")
        assert letter.subject.isprintable()
        assert len(letter.text.splitlines()) == len(honest.text.splitlines())
        assert not re.search(r"^Bcc:", letter.text, re.MULTILINE)


def test_a_long_value_does_not_make_an_endless_subject() -> None:
    letter = hostile(letter_kinds.find("alert"), "en", "x" * 5000)
    assert len(letter.subject) == letters.MAX_SUBJECT_LENGTH


@EACH
@IN_EACH_LANGUAGE
def test_the_html_fetches_nothing_and_says_its_language(kind: LetterKind, language: str) -> None:
    html = written(kind, language, **({kind.link: "[link]"} if kind.link else {})).html
    html = re.sub(r' href="https://nolapse\.example/[^"]*"', "", html)  # where a line leads to, once it is clicked
    assert not re.search(r"https?:|//|src=|url\(|<link|@import", html)
    assert f'<html lang="{language}">' in html


def test_a_link_leads_to_the_same_place_in_both_forms_and_cannot_leave_its_attribute() -> None:
    letter = written(letter_kinds.find("reset"), "en", link='https://nolapse.example/reset/a?b=1&c="><script>')
    assert 'href="https://nolapse.example/reset/a?b=1&amp;c=&quot;' in letter.html
    assert "script" not in elements(letter.html)
    assert 'https://nolapse.example/reset/a?b=1&c="><script>' in letter.text


def test_a_brand_shows_its_name_and_its_colour_and_no_other_style() -> None:
    kind = letter_kinds.find("invoice")
    brand = Brand("Example & Co", colour="#a4133c", footer="Registered in Exampletown, No. 1")
    values = samples.values(kind, "en")
    letter = letters.filled(kind, "en", letters.sources(kind, "en"), values=values, brand=brand)
    assert "Example &amp; Co" in letter.html
    assert "border-top: 4px solid #a4133c" in letter.html
    assert "Registered in Exampletown, No. 1" in letter.text
    with pytest.raises(ValueError, match="not a colour"):
        Brand("Example", colour="red;background:url(//evil.example)")


def test_a_logo_stands_in_place_of_the_name_and_in_a_preview_within_the_letter() -> None:
    kind, png = letter_kinds.find("invoice"), "data:image/png;base64,iVBORw0KGgo="
    sender = Sender(id=7, name='Example "&" Co', series="EX", logo=png)
    made = letters.filled(
        kind, "en", letters.sources(kind, "en"), values=samples.values(kind, "en"), brand=Brand.of_sender(sender)
    )
    assert made.logo_of == 7
    assert images(made.html) == [(f"cid:{CONTENT_ID}", sender.name)]
    shown = samples.shown(kind, "en", letters.sources(kind, "en"), sender=sender)
    assert images(shown.html) == [(png, sender.name)]
    drawn = replace(sender, logo="data:image/svg+xml;base64,PHN2Zy8+")
    assert Brand.of_sender(drawn).logo_of is None
    staff = samples.shown(letter_kinds.find("alert"), "en", letters.sources(letter_kinds.find("alert"), "en"))
    assert images(staff.html) == []


def test_clients_see_the_sellers_name_and_staff_ours() -> None:
    with settings.override(seller_name="Sandbox Agency"):
        assert Brand.of(Audience.CLIENT).name == "Sandbox Agency"
        assert Brand.of(Audience.STAFF).name == "Nolapse"


def test_staffs_own_words_take_the_place_of_ours_in_their_language_alone_until_they_are_taken_back(
    ledger: str,
) -> None:
    values: dict[str, Any] = samples.values(letter_kinds.find("invoice"), "en")
    letter_texts.replace("invoice", "de", {"subject": "Neu: {{ number }}"}, by="ada")
    assert letters.render("invoice", language="de", **values).subject == "Neu: INV-2026-0042"
    assert "Guten Tag, Example Bakery" in letters.render("invoice", language="de", **values).text
    assert letters.render("invoice", language="en", **values).subject.startswith("Invoice")
    letter_texts.replace("invoice", "de", {}, by="ada")
    assert letters.render("invoice", language="de", **values).subject.startswith("Rechnung")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("Dear {{ cleint_name }}", "line 1: 'cleint_name' is no placeholder of this letter; it has: .*client_name"),
        ("{{ client_name", "line 1: "),
        ("a\n{% if due %}b", "line 2: "),
        ("{{ client_name.__class__ }}", "only"),
        ("{{ client_name | upper }}", "only"),
        ("{{ 7 * 7 }}", "only"),
        ("{% for one in client_name %}{{ one }}{% endfor %}", "only"),
        ("{% include 'layout.html' %}", "only"),
        ("{% set due = client_name %}", "only"),
        ("{{ client_name() }}", "only"),
        ("{{ 'text' }}", "only"),
        ("x" * (parts.LONGEST_PART + 1), "characters; at most"),
    ],
)
def test_a_part_that_cannot_be_used_is_refused_with_its_line_and_what_may_stand_there(
    source: str, complaint: str
) -> None:
    with pytest.raises(parts.BadPart, match=complaint):
        parts.check(source, placeholders=letter_kinds.find("invoice").samples)


def values() -> st.SearchStrategy[Mapping[str, str]]:
    return st.fixed_dictionaries({"one": st.text(max_size=40), "other": st.text(max_size=40)})


@given(values())
def test_whatever_a_value_holds_it_stays_on_its_line(given_values: Mapping[str, str]) -> None:
    filled = parts.fill("a {{ one }}\nb {% if other %}{{ other }}{% endif %}", given_values)
    assert len(filled.splitlines()) == 2
