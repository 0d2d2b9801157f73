"""Tracebacks as they are kept: without this installation's secrets, and capped."""

import traceback
from typing import Final

import settings

MOST: Final = 8_000
"""Characters of a traceback that are kept: its end, where the error is."""
_FRAMES: Final = 40


def of(error: BaseException) -> str:
    """Return the traceback of an error, with what led to it, and no values of variables."""
    found = traceback.TracebackException.from_exception(error, limit=-_FRAMES, compact=True, capture_locals=False)
    return settings.scrub("".join(found.format()))[-MOST:]
