"""Settings that are JSON objects."""

import json
from typing import cast


def parse(written: str) -> dict[str, object]:
    """Return a JSON object. Raises ``ValueError`` for what is none, an empty list included."""
    found: object = json.loads(written)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - what pydantic reports
    return cast("dict[str, object]", found)
