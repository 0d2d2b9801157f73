"""How far news of an alert has come. It is told once it has left, and not once it is queued."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from rules.alerts.alert_channels import DeliveryState
from rules.mail.mail_outcomes import MailState


class TellingState(IntEnum):
    """How far a piece of news came; the larger, the farther."""

    NOT_YET = 0  # nobody is owed it yet, or it waits for quiet hours or a digest
    FAILED = 1  # it was refused, given up or cancelled
    UNSURE = 2  # nobody knows whether it left
    QUEUED = 3
    LEFT = 4  # a mail provider or a channel has taken it


_MAILS: Final = {
    MailState.QUEUED: TellingState.QUEUED,
    MailState.SENDING: TellingState.QUEUED,
    MailState.SENT: TellingState.LEFT,
    MailState.DELIVERED: TellingState.LEFT,
    MailState.UNKNOWN: TellingState.UNSURE,
}
_DELIVERIES: Final = {DeliveryState.QUEUED: TellingState.QUEUED, DeliveryState.DELIVERED: TellingState.LEFT}


def farthest(mails: Iterable[MailState], deliveries: Iterable[DeliveryState]) -> TellingState:
    """Return how far news came that went out with these mails and channel messages: the farthest one counts."""
    came = [
        *(_MAILS.get(one, TellingState.FAILED) for one in mails),
        *(_DELIVERIES.get(one, TellingState.FAILED) for one in deliveries),
    ]
    return max(came, default=TellingState.NOT_YET)
