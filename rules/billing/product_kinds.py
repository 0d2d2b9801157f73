"""What an agency sells: kinds of products, and the units that they are counted in."""

from enum import StrEnum
from typing import Final


class ProductKind(StrEnum):
    """What is sold."""

    DOMAIN = "domain"
    HOSTING = "hosting"
    CERTIFICATE = "certificate"
    HOURS = "hours"
    OTHER = "other"


UNITS: Final = {
    "C62": "piece",
    "HUR": "hour",
    "DAY": "day",
    "MON": "month",
    "ANN": "year",
    "KMT": "kilometre",
}
"""Codes of UN/ECE Recommendation 20 that are offered, with what they mean."""
