"""The settings in force, each with its origin and what it does, read from the declarations."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, SecretStr
from pydantic.fields import FieldInfo

import settings
from rules import field_docstrings
from settings import SECRETS, Settings, secret_files

_LONGEST: Final = 500
_HIDDEN: Final = "set, not shown"


class SettingOrigin(StrEnum):
    """Where a value comes from."""

    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"
    PROGRAM = "program"  # given by the demo or a command


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """A setting: the variable that gives it, its value as text, and what it does. Secrets are masked."""

    variable: str
    value: str
    origin: SettingOrigin
    file: str
    """The file that it was read from; empty where there is none."""
    what: str
    secret: bool


def all_() -> list[SettingInForce]:
    """Return every setting of this process, in the order in which they are declared."""
    config = settings.current()
    return [
        _setting(config, name, field) for name, field in Settings.model_fields.items() if name not in _FOR_TESTS_ALONE
    ]


_FOR_TESTS_ALONE: Final = frozenset({"failpoints"})


def _setting(config: Settings, name: str, field: FieldInfo) -> SettingInForce:
    variable = variable_of(name, field)
    value = getattr(config, name)
    origin = _origin(variable, value, field)
    secret = variable in SECRETS
    by_default = origin is SettingOrigin.DEFAULT
    shown = _text(value) if by_default else _masked(value) if secret else settings.scrub(_text(value))
    return SettingInForce(
        variable=variable,
        value=shown[:_LONGEST],
        origin=origin,
        file=os.environ.get(variable + secret_files.SUFFIX, "") if origin is SettingOrigin.FILE else "",
        what=explanations().get(name, ""),
        secret=secret,
    )


def variable_of(name: str, field: FieldInfo) -> str:
    """Return the variable of the environment that gives a field."""
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"NOLAPSE_{name.upper()}"


def _origin(variable: str, value: object, field: FieldInfo) -> SettingOrigin:
    if os.environ.get(variable):
        return SettingOrigin.ENVIRONMENT
    if os.environ.get(variable + secret_files.SUFFIX):
        return SettingOrigin.FILE
    return SettingOrigin.DEFAULT if value == field.get_default() else SettingOrigin.PROGRAM


def _masked(value: object) -> str:
    """Return that a secret is set; where it holds several, their names."""
    if isinstance(value, Mapping):
        names: list[str] = sorted(str(name) for name in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return f"{', '.join(names)}: {_HIDDEN}" if names else "none"
    return _HIDDEN if value else "none"


def _text(value: Any) -> str:
    """Return a value as people would write its variable."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(_text(one) for one in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_defaults=True)
    return json.dumps(value) if isinstance(value, dict) else str(value)


@cache
def explanations() -> Mapping[str, str]:
    """Return what each field does: the text that stands under its declaration."""
    return field_docstrings.of(Settings)
