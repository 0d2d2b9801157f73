"""What becomes of a credit order."""

from enum import StrEnum


class CreditOrderState(StrEnum):
    """How far it has come."""

    ASKED = "asked"
    ISSUED = "issued"
    FAILED = "failed"  # it cannot be issued; the reason stands beside it
