"""A task's arguments: what its signature takes, and the key that names its work where that is unique."""

import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from tasks.engine.errors import BadArguments

_RESERVED = {"delay_s", "priority"}
_LARGEST = 2**63 - 1
_LONGEST_KEY = 200
"""Characters that the ledger keeps of a key."""


def model(task: str, function: Callable[..., None]) -> type[BaseModel]:
    """Return the model of a function's arguments. Raises ``TypeError`` for one that no job could carry."""
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    for one in parameters:
        if one.kind is not inspect.Parameter.KEYWORD_ONLY or one.name in _RESERVED:
            raise TypeError(f"{task}: {one.name!r} must be keyword-only and none of {', '.join(sorted(_RESERVED))}")
    fields: dict[str, Any] = {
        one.name: (one.annotation, ... if one.default is inspect.Parameter.empty else one.default) for one in parameters
    }
    return create_model(task, __config__=ConfigDict(extra="forbid"), **fields)


def validated(task: str, takes: type[BaseModel], args: Mapping[str, object]) -> dict[str, Any]:
    """Return ``args`` as the signature takes them, with its defaults. Raises ``BadArguments``."""
    try:
        taken = takes.model_validate(dict(args)).model_dump()
        complaints = "; ".join(f"{name}: no database holds a number that large" for name in _too_large(taken))
    except ValidationError as error:
        taken, complaints = dict[str, Any](), "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in error.errors())
    if complaints:
        names = ", ".join(takes.model_fields) or "none"
        raise BadArguments(f"{task} does not take these arguments ({complaints}); it takes: {names}")
    return taken


def _too_large(taken: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of arguments with a number that is too large for the databases."""
    for name, value in taken.items():
        numbers = cast("list[object]", value) if isinstance(value, list) else [value]
        if any(isinstance(one, int) and abs(one) > _LARGEST for one in numbers):
            yield name


def same(takes: type[BaseModel], one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Tell whether two jobs' stored arguments mean the same; an argument that is left out has its default."""
    defaults = {name: field.default for name, field in takes.model_fields.items() if not field.is_required()}
    return {**defaults, **one} == {**defaults, **other}


def key(task: str, takes: type[BaseModel], unique: Sequence[str], args: Mapping[str, object]) -> str:
    """Return the key of a job: the task's name and the values of its ``unique`` arguments, as they are stored.

    Workers of two releases must agree on it, so its form does not change: ``domains.check:17``.
    """
    values = ":".join(_written(args.get(name, takes.model_fields[name].default)) for name in unique)
    full = f"{task}:{values}" if unique else task
    return full if len(full) <= _LONGEST_KEY else f"{task}:{_digest(values)}"


def _written(value: object) -> str:
    if not isinstance(value, list):
        return str(value)
    ids = cast("list[int]", value)
    return f"{len(ids)} from {ids[0] if ids else None}:{_digest(str(ids))}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
