"""What callers enter as texts by field, read as ``rules.billing.entries`` reads it; a problem names each field."""

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from pydantic import BaseModel, ValidationError

from api_stub import errors
from api_stub.problems import Problem
from rules.billing.entries import BadEntry

T = TypeVar("T")
P = ParamSpec("P")
M = TypeVar("M", bound=BaseModel)


def wrong(name: str, message: str) -> Problem:
    """Return the problem of one field that cannot be used."""
    return Problem(422, "bad-values", f"Some values cannot be used: {name}: {message}", errors=[_fault(name, message)])


def modelled(model: type[M], values: Mapping[str, Any]) -> M:
    """Return what a form sent as the body that programs send. Raises ``Problem`` 422 that names each field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = [_fault(one["at"], one["message"]) for one in errors.complaints_of(error.errors())]
        said = "; ".join(one["message"] for one in faults)
        raise Problem(422, "bad-values", f"Some values cannot be used: {said}", errors=faults) from None


def _fault(name: str, message: str) -> dict[str, str]:
    return {"at": f"body.{name}", "message": message}


def texts(given: BaseModel, **renamed: str) -> dict[str, str]:
    """Return the fields that are not empty as texts; ``renamed`` maps a field to the name that entry readers know."""
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
            errors=[_fault(name, what) for name, what in error.faults],
        ) from None


def _text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType]
