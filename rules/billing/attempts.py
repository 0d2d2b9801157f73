"""Tries to be paid online, and what becomes of them."""

from enum import StrEnum


class AttemptKind(StrEnum):
    """How an invoice is to be paid."""

    CARD = "card"  # a stored card is charged while its owner is away
    CHECKOUT = "checkout"  # the payer is led to a page of the provider's


class AttemptState(StrEnum):
    """What became of a try."""

    ASKED = "asked"  # nobody knows yet whether the provider has it
    OPEN = "open"  # the page waits for the payer
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    NEEDS_PAYER = "needs payer"  # the bank wants to hear the payer (SCA): they are mailed a link
    EXPIRED = "expired"
    FAILED = "failed"  # the provider refused it as it was asked
