"""Reads what VIES answers about a VAT-ID: whether it is registered, under which consultation number, or why not known.

The Commission's REST API: https://ec.europa.eu/taxation_customs/vies/#/technical-information
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from rules.json_access import JsonObject, objects, text

LONGEST: Final = 300


class VatIdVerdict(StrEnum):
    """What is known of a VAT-ID."""

    REGISTERED = "registered"
    UNREGISTERED = "not registered"
    UNANSWERED = "not answered"  # format and check digit are right; VIES could not say


@dataclass(frozen=True, slots=True, kw_only=True)
class ViesAnswer:
    """An answer. ``consultation`` proves that VIES was asked; VIES gives it to those who name their own VAT-ID."""

    registered: bool
    consultation: str = ""
    name: str = ""
    address: str = ""


class NotAnswered(ValueError):
    """Raised for an answer that says nothing of the VAT-ID. ``later`` says whether asking again may help."""

    def __init__(self, message: str, *, later: bool) -> None:
        super().__init__(message)
        self.later = later


_NEVER: Final = frozenset({"INVALID_INPUT", "INVALID_REQUESTER_INFO", "VAT_BLOCKED", "IP_BLOCKED"})
_NOTHING: Final = "---"
"""The mark that VIES gives for a name or an address that a member state does not disclose."""


def read(answer: object) -> ViesAnswer:
    """Return what an answer says. Raises ``NotAnswered``."""
    if not isinstance(answer, dict):
        raise NotAnswered("VIES answered with something that is no object", later=True)
    said = cast("JsonObject", answer)
    codes = [text(one, "error") for one in objects(said.get("errorWrappers"))]
    if codes or said.get("actionSucceed") is False:
        code = _cleaned(codes[0] if codes else "")[:60] or "an error without a name"
        raise NotAnswered(f"VIES answered {code}", later=code not in _NEVER)
    if not isinstance(said.get("valid"), bool):
        raise NotAnswered("VIES did not say whether it is valid", later=True)
    return ViesAnswer(
        registered=said["valid"] is True,
        consultation=_cleaned(text(said, "requestIdentifier"))[:60],
        name=_cleaned(text(said, "name"))[:LONGEST],
        address=_cleaned(text(said, "address"))[:LONGEST],
    )


def _cleaned(told: str) -> str:
    words = " ".join(told.split())
    return "" if words == _NOTHING else "".join(one for one in words if one.isprintable())
