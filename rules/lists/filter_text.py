r"""The filter of a list as a person writes it: tokens and words, as ``state:dead client:"Mill Bakery" timeout``.

    filter  =  pieces between blanks
    piece   =  key ":" value     a token
            |  value             a word that is looked for
    value   =  letters; what stands between two " may have blanks, and \" and \\ in it

A piece that begins with a quote is a word, whatever is in it: so a word may have a colon.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from rules.translatable import TranslatableError

LONGEST: Final = 500
"""Characters of a filter."""

MOST_PIECES: Final = 20

_KEY: Final = re.compile(r"([A-Za-z][A-Za-z_-]{0,30}):")
_PLAIN: Final = re.compile(r'[^\s"\\]+')


class BadFilter(TranslatableError):
    """Raised for a filter that cannot be used; it names the piece and how to mend it."""


@dataclass(frozen=True, slots=True)
class FilterToken:
    """A key with its value, without quotes."""

    key: str
    value: str

    def __str__(self) -> str:
        return f"{self.key}:{_quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class FilterText:
    """What a filter says, in the order in which it was written."""

    tokens: tuple[FilterToken, ...] = ()
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([*map(str, self.tokens), *(_word(one) for one in self.words)])

    def value(self, key: str) -> str:
        """Return the value of a key, empty where the filter has no such key."""
        return next((one.value for one in self.tokens if one.key == key), "")

    def having(self, key: str, value: str) -> "FilterText":
        """Return this filter with another value of a key; an empty value removes the key."""
        given = [FilterToken(key, value)] if value else []
        return FilterText((*(one for one in self.tokens if one.key != key), *given), self.words)


def read(text: str) -> FilterText:
    """Return what a filter says. Raises ``BadFilter``."""
    if len(text) > LONGEST:
        raise BadFilter(
            "a filter has no more than {most} characters; this one has {number}", most=LONGEST, number=len(text)
        )
    pieces = list(_pieces(text))
    if len(pieces) > MOST_PIECES:
        raise BadFilter(
            "a filter has no more than {most} parts; this one has {number}", most=MOST_PIECES, number=len(pieces)
        )
    tokens: list[FilterToken] = []
    words: list[str] = []
    for piece in pieces:
        found = _KEY.match(piece)
        value = _unquoted(piece[found.end() :] if found else piece)
        if found and not value.strip():
            raise BadFilter("needs a value behind the colon", at=found[1])
        if found and any(one.key == found[1].lower() for one in tokens):
            raise BadFilter("stands there twice; leave one of them out", at=found[1])
        if found:
            tokens.append(FilterToken(found[1].lower(), value))
        elif value.strip():
            words.append(value)
    return FilterText(tuple(tokens), tuple(words))


def _pieces(text: str) -> Iterator[str]:
    """Yield the pieces between blanks that are outside quotes, each still with its quotes."""
    piece, within, escaped = "", False, False
    for letter in text:
        if letter.isspace() and not within:
            if piece:
                yield piece
            piece, escaped = "", False
            continue
        piece += letter
        within ^= letter == '"' and not (within and escaped)
        escaped = within and letter == "\\" and not escaped
    if within:
        raise BadFilter('{piece} has a quote that is not closed; put a " behind it', piece=piece[:40])
    if piece:
        yield piece


def _unquoted(piece: str) -> str:
    r"""Return a piece without its quotes; between them ``\`` stands for the letter behind it."""
    value, within, escaped = "", False, False
    for letter in piece:
        if within and letter == "\\" and not escaped:
            escaped = True
            continue
        if letter == '"' and not escaped:
            within = not within
        else:
            value += letter
        escaped = False
    return value


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))


def _word(value: str) -> str:
    """Return a word as it is written; one that would be read as a token stands in quotes."""
    return f'"{value}"' if _PLAIN.fullmatch(value) and _KEY.match(value) else _quoted(value)


def of(pairs: Iterable[tuple[str, str]], words: Iterable[str] = ()) -> FilterText:
    """Return a filter of keys and values; pairs with an empty value are left out."""
    return FilterText(tuple(FilterToken(key, value) for key, value in pairs if value), tuple(words))
