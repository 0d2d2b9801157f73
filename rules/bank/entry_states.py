"""What became of a move of a bank's file."""

from enum import StrEnum


class BankEntryState(StrEnum):
    """What became of a move of a bank's file."""

    OPEN = "open"  # a part of it, or all, is not booked
    BOOKED = "booked"
    SET_ASIDE = "set aside"  # it is no payment of an invoice
