"""Payment attempts: tries to be paid online, and what becomes of them."""

from enum import StrEnum


class AttemptKind(StrEnum):
    """How an invoice is to be paid."""

    CARD = "card"  # a stored card is charged while its owner is away
    CHECKOUT = "checkout"  # the payer is sent to a page of the provider


class AttemptState(StrEnum):
    """What became of a try."""

    ASKED = "asked"  # it is unknown whether the provider has it
    OPEN = "open"  # the page waits for the payer
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NEEDS_PAYER = "needs payer"  # the payer has to confirm to the bank (SCA): they are mailed a link
    EXPIRED = "expired"
    FAILED = "failed"  # the provider refused the request itself
