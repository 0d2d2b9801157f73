"""Texts that are stored or mailed in English and shown to a reader in their own language.

    Translatable("{name} expires on {day}", name="bakery.de", day="2026-12-01")

is the English text wherever a text is wanted, and remembers the message and what fills it. What is kept of it
(``dump``) is said again by ``wording.messages.said_again``. Values may be translatable themselves.
"""

from collections.abc import Callable
from typing import Any, Self

Kept = dict[str, Any]
"""What is kept of one: ``{"message": ..., "values": {...}}``, as JSON."""


class Translatable(str):
    """A text in English that knows the message it was made of."""

    __slots__ = ("message", "values")

    message: str
    values: dict[str, str]

    def __new__(cls, message: str, /, **values: str) -> Self:
        return cls.reading(message.format(**values), message, **values)

    @classmethod
    def reading(cls, text: str, message: str, /, **values: str) -> Self:
        """Return one whose English text is another than its message: longer, or in words that only English has."""
        made = super().__new__(cls, text)
        made.message = message
        made.values = values
        return made

    def dump(self, clean: Callable[[str], str]) -> Kept:
        """Return what is kept of it, each text of it cleaned for the database."""
        return {"message": self.message, "values": {name: dump(value, clean) for name, value in self.values.items()}}


class TranslatableError(ValueError):
    """An error that people read: what cannot be used, and how to mend it.

    As a text it is English; ``wording.messages.complaint`` says it to a reader. ``at`` is the name of what is meant,
    which stands before the message in every language.
    """

    def __init__(self, message: str, /, *, at: str = "", **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.at = at
        self.values = values

    def __str__(self) -> str:
        return f"{self.at}: {self.args[0]}" if self.at else str(self.args[0])


def dump(text: str, clean: Callable[[str], str]) -> Kept | str:
    """Return what is kept of a text, which may be a plain one."""
    return text.dump(clean) if isinstance(text, Translatable) else clean(text)
