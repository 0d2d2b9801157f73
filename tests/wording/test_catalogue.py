"""The catalogues have the words of the pages, each with its places; none that nobody says."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from dashboard.rendering import template_literals
from tests import catalogue

_FLASH_MESSAGES = frozenset({"flash_messages.redirect", "_done", "_attempt"})
_PLACE = re.compile(r"\{\w+|</?\d+>|`[^`]*`")


@pytest.fixture(params=catalogue.TRANSLATED)
def language(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_catalogue_has_all_that_pages_say_and_nothing_else(language: str) -> None:
    """What lacks here is new in the code: run `make words`, and fill its line in."""
    assert {_id(one) for one in catalogue.written(language)} == {_id(one) for one in catalogue.said()}
    assert [one.id for one in _messages(language) if not all(catalogue.forms(one))] == []


def test_a_translation_has_the_places_of_its_message(language: str) -> None:
    for one in _messages(language):
        for form in filter(None, catalogue.forms(one)):
            assert _places(form) in [_places(each) for each in _id(one)], one.id


def test_a_translation_has_as_many_forms_as_its_language(language: str) -> None:
    written = catalogue.written(language)
    for one in written:
        if one.pluralizable:
            assert len(catalogue.forms(one)) == written.num_plurals, one.id


def test_nothing_is_a_guess(language: str) -> None:
    assert [one.id for one in _messages(language) if one.fuzzy] == []


def test_a_translation_brings_no_markup_of_its_own(language: str) -> None:
    for one in _messages(language):
        for form in catalogue.forms(one):
            assert "<" not in re.sub(r"</?\d+>", "", form), one.id


def test_what_people_read_in_a_template_is_found() -> None:
    template = """
<h1 class="x">Codes of {{ who.name }}</h1>
<p>You have {{ left | number }} codes, <a href="/account/{{ id }}">make others</a>.{% if x %} Or not.{% endif %}</p>
<p><a href="/a">One</a> <a href="/b">Two</a></p> <code>nolapse up</code>
<input placeholder="Find {{ what }}" value="no">
{{ "on" if x == "off" else y or "nobody" }} {{ {"dead": "Given up"}[state] }} {{ at | ago("not yet") }}
{% call table("Codes", ["Code", "#Uses"]) %}{% call td("Code", "key") %}{{ status("ok", "fine") }}{% endcall %}
{% endcall %}
{% set label = _("Said in braces") %}{{ ngettext("{number} job", "{number} jobs", 3) }}
<script>const no = "words";</script>
"""
    assert {one for words in catalogue.of_template(template) for one in words} == {
        "Codes of {name}", "You have {left} codes, <1>make others</1>.", "Or not.", "One", "Two", "Find {what}",
        "on", "nobody", "Given up", "not yet", "Codes", "Code", "Uses", "fine",
        "Said in braces", "{number} job", "{number} jobs",
    }  # fmt: skip


def _messages(language: str) -> list[Message]:
    return [one for one in catalogue.written(language) if one.id]


def _id(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _places(text: str) -> Counter[str]:
    return Counter(_PLACE.findall(text))


def test_what_is_said_once_is_said_in_the_readers_language() -> None:
    """A flash message that is a literal would be English for everybody."""
    said = [call for path in sorted((catalogue.ROOT / "dashboard").rglob("*.py")) for call in _flash_messages(path)]
    assert len(said) > 50
    assert [(where, ast.unparse(words)) for where, words in said if _is_english(words)] == []


def _flash_messages(path: Path) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in _FLASH_MESSAGES and len(node.args) > 1:
            yield f"{path.name}:{node.lineno}", node.args[1]


def _is_english(words: ast.expr) -> bool:
    parts = words.values if isinstance(words, ast.JoinedStr) else [words]
    return any(isinstance(one, ast.Constant) and template_literals.is_words(str(one.value)) for one in parts)
