"""The verdict on a message that came back."""

from dataclasses import dataclass, field
from enum import StrEnum


class BounceKind(StrEnum):
    """What a message is, seen from the mail that it answers."""

    HARD = "hard"  # it will never arrive there: no such domain, an account that is closed
    SOFT = "soft"  # not now: delayed, greylisted, a server that was away
    POLICY = "policy"  # this mail was refused, not the address: spam, size, rights, authentication
    FULL = "full"  # the mailbox has no room
    UNKNOWN_RECIPIENT = "unknown_recipient"  # the domain is there, the mailbox is not
    AUTO_REPLY = "auto_reply"  # a machine answers for a person
    CHALLENGE = "challenge"  # the mail is held until somebody proves to be a person
    COMPLAINT = "complaint"  # its recipient called it spam (RFC 5965)
    NOT_A_BOUNCE = "not_a_bounce"  # people, newsletters, receipts


@dataclass(frozen=True, slots=True)
class BounceVerdict:
    """The verdict on a message: its kind, and the address that it is about.

    ``recipient`` is the address that a bounce or complaint is about, or that an auto-reply or challenge comes from;
    None where the message does not say. ``status`` is an enhanced status code (RFC 3463), None where none is stated; a
    bare SMTP code gives only the class (550: 5.0.0). A bounce that is not ``final`` comes from a server that still
    tries.
    """

    kind: BounceKind
    recipient: str | None = None
    status: str | None = None
    final: bool = field(default=True, compare=False)
