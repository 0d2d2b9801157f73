"""What Typst's errors mean for a document: a character without a glyph, or a machine that cannot typeset now."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from integrations.errors import IntegrationError, Rejected, Unavailable

_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_OF_THE_MACHINE = re.compile(
    r"failed to load|failed to read|access denied|not found|os error|too many open", re.IGNORECASE
)
_OF_THE_LOGO = re.compile(r"\bSVG\b")
"""The other picture of an invoice, the code for banks' apps, is ours."""
_NOWHERE = {"Cc", "Cn", "Co", "Cs"}
"""Categories of characters that no font need have: control, not assigned, private, halves of a pair."""


class Unprintable(Rejected):
    """Raised when a document cannot be printed anywhere: ``fields`` names where in it the reason stands."""

    def __init__(self, message: str, fields: tuple[str, ...]) -> None:
        super().__init__(message)
        self.fields = fields


def missing(message: str) -> str | None:
    """Return the text that no font has, where an error says so."""
    found = _NO_GLYPH.search(message)
    return _ESCAPED.sub(lambda one: chr(int(one[1], 16)), found[1]) if found else None


def failure(message: str, document: Mapping[str, object]) -> Exception:
    """Return what to raise for an error of Typst's.

    That is Unprintable for a character which is none and for a logo that is no picture, Unavailable for a character
    that another machine may have a font for and for what this machine cannot do now, and a RuntimeError for what is a
    mistake in a template of ours.
    """
    text = missing(message)
    if text is not None:
        return _no_glyph(text, document)
    if _OF_THE_LOGO.search(message):
        return Unprintable(f"it cannot be drawn: {message}", ("appearance.logo",))
    if _OF_THE_MACHINE.search(message):
        return Unavailable(f"the document cannot be typeset on this machine now: {message}")
    return RuntimeError(message)


def _no_glyph(text: str, document: Mapping[str, object]) -> IntegrationError:
    shown = " ".join(f"U+{ord(one):04X}" for one in text[:8])
    fields = tuple(path for path, value in _texts(document) if text in value)
    where = f" in {', '.join(fields[:3])}" if fields else ""
    if any(unicodedata.category(one) in _NOWHERE for one in text):
        return Unprintable(f"{shown}{where} is no character that can be printed", fields)
    name = unicodedata.name(text[0], "a character")
    return Unavailable(f"no font on this machine has {shown}{where} ({name}): install one that has, such as Noto")


def _texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, one in cast("Mapping[str, object]", value).items():
            yield from _texts(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for place, one in enumerate(cast("Sequence[object]", value)):
            yield from _texts(one, f"{path}[{place}]")
