"""What staff have to be told of a subject: one shape for domains, certificates and whatever else lapses."""

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
    """What staff have to be told. ``stage`` only falls while time passes; None is before the first, or without any.

    Of each ``kind`` one alert is open for a subject. Alerts are stored by the kind's words. The sentences that tell it
    are made in ``wording``; certificates still bring theirs along.
    """

    kind: Kind
    stage: int | None = None
    urgency: Urgency
    headline: str = ""
    what_to_do: str = ""
