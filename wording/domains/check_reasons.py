"""Why a domain is checked when it is, in words that complete "because"."""

from rules.domains.next_check import CheckReason, NextDomainCheck
from rules.translatable import Translatable
from wording.messages import N_

_REASONS = {
    CheckReason.NEVER_ASKED: N_("nobody has been asked about it yet"),
    CheckReason.DOUBTED: N_("one source alone says that it is gone"),
    CheckReason.RESTORABLE: N_("it can still be recovered"),
    CheckReason.BEING_DELETED: N_("its registry is about to delete it"),
    CheckReason.BEING_RESTORED: N_("it is being recovered"),
    CheckReason.ON_HOLD: N_("it is taken out of the DNS"),
    CheckReason.BEING_TRANSFERRED: N_("it is being transferred"),
    CheckReason.NOT_REGISTERED: N_("it is not registered"),
    CheckReason.RESERVED: N_("its registry keeps it back"),
    CheckReason.UNDATED: N_("nobody states when it ends"),
    CheckReason.END_PASSED: N_("its end will just have passed"),
    CheckReason.CHANGED: N_("something changed within the last week"),
    CheckReason.QUIET: N_("it is quiet, and its end is far"),
}


def because(check: NextDomainCheck) -> Translatable:
    """Return why a domain is checked next when it is."""
    number = check.number
    match check.reason:
        case CheckReason.UNANSWERED:
            return Translatable.counted(
                "nobody answered the last time", "nobody answered the last {number} times", number
            )
        case CheckReason.ENDED if number:
            return Translatable.counted("it ended {number} day ago", "it ended {number} days ago", number)
        case CheckReason.ENDED:
            return Translatable("it ended less than a day ago")
        case CheckReason.END_NEAR if number:
            return Translatable.counted("it ends in {number} day", "it ends in {number} days", number)
        case CheckReason.END_NEAR:
            return Translatable("it ends in less than a day")
        case _:
            return Translatable(_REASONS[check.reason])
