"""What callers enter as texts by field, read as ``rules.billing.entries`` reads it; a problem names each field."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from pydantic import BaseModel

from api_stub.problems import Problem
from rules.billing.entries import BadEntry

T = TypeVar("T")
P = ParamSpec("P")


def texts(given: BaseModel, **renamed: str) -> dict[str, str]:
    """Return the fields that say something, as texts, some of them under the name that the readers have for it."""
    found = given.model_dump(mode="json").items()
    return {renamed.get(name, name): _text(value) for name, value in found if value not in (None, "", [])}


def entered(read: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    """Return what ``read`` makes of an entry. Raises ``Problem`` 422 where it raises ``BadEntry``."""
    try:
        return read(*args, **options)
    except BadEntry as error:
        raise Problem(
            422,
            "bad-values",
            f"Some values cannot be used: {error}",
            errors=[{"at": f"body.{name}", "message": what} for name, what in error.faults],
        ) from None


def _text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType]
