"""What is news about a subject between two observations of it: stored as events, with before and after."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Change(Generic[Kind]):
    """One piece of news, stored as an event by its kind's words.

    ``before`` is empty for what began, and ``after`` for what ended.
    """

    kind: Kind
    before: object
    after: object
