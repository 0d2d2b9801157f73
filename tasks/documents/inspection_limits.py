"""How far files from outside are looked into here, by the settings."""

import settings
from rules.documents.unpacking import InspectionLimits


def limits() -> InspectionLimits:
    """Return the limits: files as large as the settings say, and their contents in proportion."""
    size, usual = settings.current().upload_max_bytes, InspectionLimits()
    return InspectionLimits(size=size, unpacked=max(usual.unpacked, 4 * size))
