"""Members of JSON that a stranger wrote: what is missing, or of another kind than it should be, is empty."""

from typing import cast

JsonObject = dict[str, object]


def text(thing: JsonObject, key: str) -> str:
    """Return a text without blanks around it."""
    value = thing.get(key)
    return value.strip() if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """Return the texts of a list, or the one text that stands in the place of a list."""
    return [value] if isinstance(value, str) else [each for each in items(value) if isinstance(each, str)]


def objects(value: object) -> list[JsonObject]:
    """Return the objects of a list."""
    return [cast("JsonObject", each) for each in items(value) if isinstance(each, dict)]


def items(value: object) -> list[object]:
    """Return a list."""
    return cast("list[object]", value) if isinstance(value, list) else []
