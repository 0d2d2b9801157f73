"""Texts that are stored or mailed in English and shown to a reader in their own language.

    Translatable("{name} expires on {day}", name="bakery.de", day="2026-12-01")

is an English text wherever a text is wanted, and remembers its message and the values that fill it. Rows keep the
English text and, beside it, what ``dump`` returns of the message and the values; ``load`` makes the same object of
both. ``wording.messages.said`` puts it into a reader's language. Values may be translatable themselves.
"""

from collections.abc import Callable
from typing import Any, Self

Kept = dict[str, Any]
"""A text's message and values as JSON: ``{"message": ..., "values": {...}}``; ``many`` and ``number`` if it counts."""


class Translatable(str):
    """A text in English that knows the message it was made of."""

    __slots__ = ("many", "message", "number", "values")

    message: str
    values: dict[str, str]
    many: str
    """The plural message of a text that counts; else empty, and ``number`` is 1."""
    number: int

    def __new__(cls, message: str, /, **values: str) -> Self:
        return cls.reading(message.format(**values), message, **values)

    @classmethod
    def reading(cls, text: str, message: str, /, **values: str) -> Self:
        """Return a text whose English differs from its message: it is longer, or has words that only English has."""
        made = super().__new__(cls, text)
        made.message = message
        made.values = values
        made.many, made.number = "", 1
        return made

    @classmethod
    def counted(cls, one: str, many: str, number: int, /, **values: str) -> Self:
        """Return a text that counts: ``number`` fills ``{number}``, and chooses the singular or the plural."""
        made = cls.reading((one if number == 1 else many).format(number=number, **values), one, **values)
        made.many, made.number = many, number
        return made

    def dump(self, clean: Callable[[str], str]) -> Kept:
        """Return its message and values for the database, each text cleaned by ``clean``."""
        counted = {"many": self.many, "number": self.number} if self.many else {}
        values = {name: dump(value, clean) for name, value in self.values.items()}
        return {"message": self.message, "values": values, **counted}


class TranslatableError(ValueError):
    """An error that people read: what cannot be used, and how to mend it.

    As a text it is English; ``wording.messages.complaint`` puts it into a reader's language. ``at`` names what the
    error is about, such as a field; it stands before the message in every language.
    """

    def __init__(self, message: str, /, *, at: str = "", **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.at = at
        self.values = values

    def __str__(self) -> str:
        return f"{self.at}: {self.args[0]}" if self.at else str(self.args[0])


def of_error(error: ValueError) -> str:
    """Return an error's text; that of a ``TranslatableError`` stays translatable, unless it names what it is about."""
    if not isinstance(error, TranslatableError) or error.at:
        return str(error)
    return Translatable.reading(str(error), error.message, **{name: str(one) for name, one in error.values.items()})


def load(text: str, kept: Kept | str | None) -> str:
    """Return a stored text as it was made, or as a plain text where ``kept`` does not make exactly that text.

    The latter happens where an older or newer release wrote one of the two columns without the other.
    """
    if not isinstance(kept, dict):
        return text
    try:
        made = _made(kept)
    except (LookupError, ValueError, TypeError, AttributeError):
        return text
    return made if made == text else text


def _made(kept: Kept | str) -> str:
    if isinstance(kept, str):
        return kept
    values = {name: _made(value) for name, value in kept["values"].items()}
    if "many" in kept:
        return Translatable.counted(kept["message"], kept["many"], int(kept["number"]), **values)
    return Translatable(kept["message"], **values)


def dump_if_kept(text: str | None, clean: Callable[[str], str]) -> Kept | None:
    """Return what is stored beside a text; None for a plain one."""
    return text.dump(clean) if isinstance(text, Translatable) else None


def dump(text: str, clean: Callable[[str], str]) -> Kept | str:
    """Return what ``Translatable.dump`` does, or a plain text as it is, cleaned."""
    return text.dump(clean) if isinstance(text, Translatable) else clean(text)
