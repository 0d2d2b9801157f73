"""Settings that are JSON objects."""

import json
from typing import cast


def given(value: object, of: str) -> object:
    """Return a setting's value, read from JSON where it is text. Raises ``ValueError``, which says what it must be."""
    if not isinstance(value, str):
        return value
    try:
        return parse(value)
    except ValueError:
        raise ValueError(f"must be a JSON object of {of}") from None


def parse(written: str) -> dict[str, object]:
    """Return a JSON object. Raises ``ValueError`` for a text that is none, also for an empty list."""
    found: object = json.loads(written)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - what pydantic reports
    return cast("dict[str, object]", found)
