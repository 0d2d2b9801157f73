"""The text of an EPC QR code, by which a bank's app fills in a SEPA credit transfer (EPC069-12, version 2.1)."""

from decimal import Decimal
from typing import Final

LARGEST: Final = Decimal("999999999.99")
_NAME_MAX, _TEXT_MAX = 70, 140


def payload(*, name: str, iban: str, bic: str | None, amount: Decimal, text: str) -> str | None:
    """Return the text of the code, in version 002; None where the amount cannot be transferred.

    ``amount`` is in euros. Name and text are cut to the length that the scheme allows.
    """
    if not 0 < amount <= LARGEST:
        return None
    lines = (
        "BCD", "002", "1", "SCT",
        bic or "", _one_line(name)[:_NAME_MAX], iban, f"EUR{amount:.2f}",
        "", "",
        _one_line(text)[:_TEXT_MAX],
    )  # fmt: skip
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(text.split())
