"""What staff have to be told of a subject, and how soon they should act."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Generic, TypeVar

Kind = TypeVar("Kind", bound=StrEnum)


class Urgency(IntEnum):
    """How soon somebody should act."""

    NOTE = 1
    SOON = 2
    URGENT = 3
    CRITICAL = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(Generic[Kind]):
    """What staff have to be told of a subject. At most one alert of each ``kind`` is open for it.

    ``stage`` falls as time passes; it is None before the first stage, and for a kind without stages. Alerts are stored
    by the kind's words, and ``wording`` makes their sentences.
    """

    kind: Kind
    stage: int | None = None
    urgency: Urgency
