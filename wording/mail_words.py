"""What became of a mail, in sentences for staff."""

from collections.abc import Mapping
from typing import Final

from rules.mail.mail_outcomes import MailState, NoticeKind

STATES: Final[Mapping[MailState, str]] = {
    MailState.QUEUED: "It waits to be sent.",
    MailState.SENDING: "The relay is being asked to take it.",
    MailState.SENT: "The relay took it.",
    MailState.DELIVERED: "The recipient's server has it.",
    MailState.BOUNCED: "It came back: its recipient has not got it.",
    MailState.COMPLAINED: "Its recipient called it spam.",
    MailState.SUPPRESSED: "It was not sent, because its address gets no mail.",
    MailState.FAILED: "It was refused for good, or given up.",
    MailState.UNKNOWN: (
        "The relay's answer never came, so it may have arrived: ask the recipient or look for its Message-ID in the"
        " relay's log, then say below what you found."
    ),
    MailState.CANCELLED: "Its job was cancelled before it was sent.",
}

NOTICES: Final[Mapping[NoticeKind, str]] = {
    NoticeKind.DELIVERED: "it was delivered",
    NoticeKind.DELAYED: "a server still tries to deliver it",
    NoticeKind.HARD: "it can never arrive there",
    NoticeKind.SOFT: "a server gave up on it",
    NoticeKind.POLICY: "the recipient's server does not want it",
    NoticeKind.FULL: "the mailbox is full",
    NoticeKind.UNKNOWN_RECIPIENT: "there is no such mailbox",
    NoticeKind.COMPLAINT: "its recipient called it spam",
    NoticeKind.AUTO_REPLY: "a machine answered for its recipient",
    NoticeKind.CHALLENGE: "the recipient's server wants proof of a person",
}

SUPPRESSION_REASONS: Final[Mapping[str, str]] = {
    **{str(kind): words for kind, words in NOTICES.items()},
    "staff": "staff said so",
}
