"""Texts of pages in the reader's language. English stands in the code; other languages are catalogues.

    messages.speak("de")                          once for a request, at its beginning
    _("Nothing was read")                         "Es wurde nichts gelesen"
    _("{number} of {total}", number=3, total=9)   values are filled into the translation
    ngettext("{number} job", "{number} jobs", 3)  the plural form of the language
    N_("Dead letters")                            still English, for tables: the code that reads them calls _(...)

A catalogue is read from its ``.po`` file, so there is nothing to compile and nothing to forget. A message that it lacks
stays English. ``tests/wording/test_catalogue.py`` compares it with the code, and ``make words`` updates it.
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
"""The languages of pages, as BCP 47 tags; the first is that of the code."""

_language: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


def speak(language: str) -> None:
    """Set the language, one of LANGUAGES, until the end of the request or of the current task."""
    _language.set(language)


@contextmanager
def speaking(language: str) -> Generator[None]:
    """Set the language within the block; English where it is none of LANGUAGES."""
    before = _language.set(language if language in LANGUAGES else LANGUAGES[0])
    try:
        yield
    finally:
        _language.reset(before)


def language() -> str:
    """Return the language that is set now, one of LANGUAGES."""
    return _language.get()


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the catalogue of a language. English has no file: each message is its own translation."""
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
    """Return a message in the language that is set, filled with ``values``."""
    said = catalogue(language()).gettext(message) if message else ""  # gettext("") is the catalogue's head
    return said.format(**values) if values else said


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Return the singular or plural for a number, which fills ``{number}`` unless ``values`` do."""
    said = catalogue(language()).ngettext(one, many, number)
    return said.format(**{"number": number, **values})


def complaint(error: TranslatableError) -> str:
    """Return an error's text in the reader's language."""
    said = _(error.message, **error.values)
    return f"{error.at}: {said}" if error.at else said


def said_again(kept: Kept | str) -> str:
    """Return a ``Translatable`` in the reader's language, from what is stored of it.

    Raises ``LookupError`` or ``ValueError`` where an older or newer release stored other values than the message has
    placeholders for.
    """
    if isinstance(kept, str):
        return kept
    values = {name: said_again(value) for name, value in kept["values"].items()}
    if kept.get("many"):
        return ngettext(kept["message"], kept["many"], int(kept["number"]), **values)
    return _(kept["message"], **values)


def said(text: str) -> str:
    """Return a text in the reader's language where it is a ``Translatable``, else as it is."""
    return kept_words(str(text), dump(text, str))


def kept_words(english: str, kept: Kept | str | None) -> str:
    """Return a stored English text in the reader's language, by what is stored beside it; in English without that."""
    if language() == LANGUAGES[0] or not kept:
        return english
    try:
        return said_again(kept)
    except (LookupError, ValueError):  # another release stored it, for other placeholders
        return english


def N_(message: str) -> str:  # noqa: N802 - as gettext calls it
    """Return a message unchanged, and mark it for the catalogue: for tables that are made once, for all languages."""
    return message
