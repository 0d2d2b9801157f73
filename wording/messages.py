"""What is said to people at pages, in their language. English stands in the code; other languages are catalogues.

    messages.speak("de")                          once for a request, at its beginning
    _("Nothing was read")                         "Es wurde nichts gelesen"
    _("{number} of {total}", number=3, total=9)   what is filled in is filled into the translation
    ngettext("{number} job", "{number} jobs", 3)  the plural form of the language
    N_("Dead letters")                            English still, for tables: their reader says _(...) of it

A catalogue is read from its ``.po`` file as it is, so there is nothing to compile and nothing to forget. What it
lacks is said in English. ``tests/wording/test_catalogue.py`` holds it to the code, and ``make words`` writes it anew.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from rules.translatable import Kept, TranslatableError, dump

LANGUAGES: Final = ("en", "de")
"""In which pages are shown, as BCP 47 tags; the first is that of the code."""

_language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


def speak(language: str) -> None:
    """Say what follows in one of LANGUAGES: until the end of the request, or of the task at hand."""
    _language.set(language)


@contextmanager
def speaking(language: str) -> Generator[None]:
    """Say what is said in the block in a language; in English where it is none of LANGUAGES."""
    before = _language.set(language if language in LANGUAGES else LANGUAGES[0])
    try:
        yield
    finally:
        _language.reset(before)


def language() -> str:
    """Return in which of LANGUAGES things are said now."""
    return _language.get()


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the words of a language. Of the code's own there is no file: each message is itself."""
    if language == LANGUAGES[0]:
        return NullTranslations()
    path = files("wording") / "locale" / language / "LC_MESSAGES" / "nolapse.po"
    with path.open("rb") as source:
        read = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _(message: str, /, **values: object) -> str:
    """Return a message in the language that is spoken, filled with ``values``."""
    said = catalogue(language()).gettext(message) if message else ""  # an empty one is the catalogue's head
    return said.format(**values) if values else said


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Return the form for a number, which fills ``{number}`` where ``values`` do not."""
    said = catalogue(language()).ngettext(one, many, number)
    return said.format(**{"number": number, **values})


def complaint(error: TranslatableError) -> str:
    """Say to the reader what is wrong."""
    said = _(error.message, **error.values)
    return f"{error.at}: {said}" if error.at else said


def said_again(kept: Kept | str) -> str:
    """Say to the reader what a ``Translatable`` said, of what was kept of it. Raises ``LookupError``, ``ValueError``.

    So it does where a release of before, or after, kept other values than its message has places.
    """
    if isinstance(kept, str):
        return kept
    values = {name: said_again(value) for name, value in kept["values"].items()}
    if kept.get("many"):
        return ngettext(kept["message"], kept["many"], int(kept["number"]), **values)
    return _(kept["message"], **values)


def said(text: str) -> str:
    """Say a text to the reader: anew where it is a ``Translatable``."""
    return kept_words(str(text), dump(text, str))


def kept_words(english: str, kept: Kept | str | None) -> str:
    """Say to the reader what is stored in English and, beside it, as what it was made of; in English without that."""
    if language() == LANGUAGES[0] or not kept:
        return english
    try:
        return said_again(kept)
    except (LookupError, ValueError):  # kept by another release, of a message with other places
        return english


def N_(message: str) -> str:  # noqa: N802 - as gettext calls it
    """Return a message as it is, and have it in the catalogue: for tables that are made once, for all languages."""
    return message
