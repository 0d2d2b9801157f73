"""Notices to clients about what ends: which are due, each once. They are apart from what staff are told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

BEGINS, ENDS = 8, 18
"""Hours of the client's day between which notices are sent."""


class ClientNoticeKind(StrEnum):
    """What a client may be told of, by the kind of the alert that says it holds."""

    DOMAINS = "domain_expiry"
    CERTIFICATES = "certificate_expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingThing:
    """A domain or an endpoint of a client that ends on a day of the client's zone."""

    subject_id: int
    name: str
    ends_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotice:
    """A thing of which its client is to be told now, and the stage that it has reached, in days before its end."""

    thing: EndingThing
    days: int


Sent = tuple[int, date, int]
"""What was told: a thing's id, the end that it was about, and the stage."""


def due(things: Sequence[EndingThing], *, stages: Collection[int], sent: Collection[Sent], on: date) -> list[DueNotice]:
    """Return the notices that are due on a day, the soonest end first.

    Of several stages that are reached, only the last one counts: a client who was not told at 30 days gets one notice
    at 7, not two. Once a later stage was told, an earlier one is not. Of what has ended, staff tell the client.
    """
    found: list[DueNotice] = []
    for thing in sorted(things, key=lambda one: (one.ends_on, one.name)):
        left = (thing.ends_on - on).days
        stage = min((one for one in stages if 0 <= left <= one), default=None)
        told = [
            days for subject_id, ends_on, days in sent if (subject_id, ends_on) == (thing.subject_id, thing.ends_on)
        ]
        if stage is not None and all(stage < one for one in told):
            found.append(DueNotice(thing=thing, days=stage))
    return found


def in_hours(at: datetime) -> bool:
    """Tell whether a moment of the client's own clock lies in the hours in which notices are sent."""
    return BEGINS <= at.hour < ENDS


LETTERS: Final = {ClientNoticeKind.DOMAINS: "domains_end", ClientNoticeKind.CERTIFICATES: "certificates_end"}
"""The letter of each kind."""
