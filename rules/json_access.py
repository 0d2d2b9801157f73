"""Members of JSON from outside: a member that is missing, or of another type than it should be, counts as empty."""

from typing import cast

JsonObject = dict[str, object]


def text(thing: JsonObject, key: str) -> str:
    """Return a member's text without surrounding blanks; empty where it is no text."""
    value = thing.get(key)
    return value.strip() if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """Return the texts in a list, or the one text that stands in place of a list."""
    return [value] if isinstance(value, str) else [each for each in items(value) if isinstance(each, str)]


def objects(value: object) -> list[JsonObject]:
    """Return the objects of a list."""
    return [cast("JsonObject", each) for each in items(value) if isinstance(each, dict)]


def items(value: object) -> list[object]:
    """Return a value that is a list; an empty list for any other."""
    return cast("list[object]", value) if isinstance(value, list) else []
