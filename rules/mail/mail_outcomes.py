"""The states of a mail, and what each mail notice changes.

queued ──> sending ──> sent ──> delivered        bounced, complained: whatever was thought before
^          │  └──> unknown ──(a person, or what comes back)──> sent, queued, delivered, bounced
└──────────┘ refused for now
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from rules.bounces.verdict import BounceKind, BounceVerdict


class MailState(StrEnum):
    """What became of a mail."""

    QUEUED = "queued"
    SENDING = "sending"  # a provider is being asked; where that is interrupted, it becomes unknown
    SENT = "sent"  # a provider has taken it
    DELIVERED = "delivered"  # the recipient's server has it, as a provider or a report says
    BOUNCED = "bounced"
    COMPLAINED = "complained"  # its recipient called it spam
    SUPPRESSED = "suppressed"  # not sent: its address gets no mail
    FAILED = "failed"
    UNKNOWN = "unknown"  # the answer after DATA never came: it may have arrived
    CANCELLED = "cancelled"  # its job was cancelled before it was sent


BILLING_ADDRESS = "billing_address_bounces"
"""The kind of the alert about a client whose billing address gets no mail."""

STAFF = "staff"
"""The reason of a suppression that staff have entered."""

GONE = frozenset({MailState.SENT, MailState.DELIVERED, MailState.BOUNCED, MailState.COMPLAINED})
"""The states of a mail that a provider has taken: it is not sent again."""

_MAY_ARRIVE = frozenset({MailState.SENDING, MailState.SENT, MailState.UNKNOWN})


class NoticeKind(StrEnum):
    """What came back about a mail."""

    DELIVERED = "delivered"
    DELAYED = "delayed"  # a server still tries
    HARD = "hard"
    SOFT = "soft"  # a server gave up after a failure that was meant to be temporary
    POLICY = "policy"
    FULL = "full"
    UNKNOWN_RECIPIENT = "unknown_recipient"
    COMPLAINT = "complaint"
    AUTO_REPLY = "auto_reply"
    CHALLENGE = "challenge"


BOUNCES = frozenset(
    {NoticeKind.HARD, NoticeKind.SOFT, NoticeKind.POLICY, NoticeKind.FULL, NoticeKind.UNKNOWN_RECIPIENT}
)

_BECOMES: Mapping[NoticeKind, tuple[MailState, frozenset[MailState]]] = {
    NoticeKind.DELIVERED: (MailState.DELIVERED, _MAY_ARRIVE),
    NoticeKind.COMPLAINT: (MailState.COMPLAINED, _MAY_ARRIVE | {MailState.DELIVERED, MailState.BOUNCED}),
    **{kind: (MailState.BOUNCED, _MAY_ARRIVE | {MailState.DELIVERED}) for kind in BOUNCES},
    **{
        # Whoever sends one of these has the mail: it is unknown no longer.
        kind: (MailState.SENT, frozenset({MailState.UNKNOWN}))
        for kind in (NoticeKind.DELAYED, NoticeKind.AUTO_REPLY, NoticeKind.CHALLENGE)
    },
}


def kind_of(verdict: BounceVerdict) -> NoticeKind | None:
    """Return the kind of mail notice in a message that came back; None where it says nothing of its mail."""
    if verdict.kind is BounceKind.NOT_A_BOUNCE:
        return NoticeKind.DELIVERED if (verdict.status or "").startswith("2.") else None
    return NoticeKind(verdict.kind.value) if verdict.final else NoticeKind.DELAYED


def state_after(state: MailState, kind: NoticeKind) -> MailState:
    """Return the state of a mail after a mail notice; unchanged where the notice says nothing new."""
    becomes, before = _BECOMES[kind]
    return becomes if state in before else state


@dataclass(frozen=True, slots=True)
class SuppressionTerm:
    """For how long an address gets no mail; None: until somebody lifts it."""

    length: timedelta | None


FULL_AFTER = 3
FULL_WITHIN = timedelta(days=30)
"""A mailbox that was full ``FULL_AFTER`` times within this time is one that nobody empties."""

_UNUSABLE = SuppressionTerm(timedelta(days=180))
_OVERFULL = SuppressionTerm(timedelta(days=14))
_UNWANTED = SuppressionTerm(None)


def suppression(kind: NoticeKind, *, full: int = 0) -> SuppressionTerm | None:
    """Return for how long an address is suppressed after a mail notice; None where it is not.

    ``full`` is how often its mailbox was full within ``FULL_WITHIN``, this time included.
    """
    if kind is NoticeKind.COMPLAINT:
        return _UNWANTED
    if kind in (NoticeKind.HARD, NoticeKind.UNKNOWN_RECIPIENT):
        return _UNUSABLE
    return _OVERFULL if kind is NoticeKind.FULL and full >= FULL_AFTER else None
