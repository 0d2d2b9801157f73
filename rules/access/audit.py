"""What the audit trail keeps of what somebody did: bounded, and no secret even where a caller hands one in."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, cast

LONGEST_TEXT = 500
LONGEST_REASON = 500
_MOST = 50
_LONGEST_WHOLE = 4000
_DEEPEST = 4

_SECRET_NAMES = re.compile(r"password|secret|cookie|authorization|csrf|_hash$|^code$|recovery_codes?$", re.IGNORECASE)
_SECRETS = re.compile(r"nlp_[A-Za-z0-9_-]{16,}|otpauth://\S+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")
_NOT_KEPT = "(not kept)"


def kept(values: Mapping[str, object]) -> dict[str, Any]:
    """Return values as the trail keeps them: JSON of at most some 4,000 characters, without secrets."""
    found = cast("dict[str, Any]", _bounded(dict(values), 0))
    if len(json.dumps(found)) <= _LONGEST_WHOLE:
        return found
    cut: dict[str, Any] = {"cut": True}
    for name, value in found.items():
        longer = {**cut, name: value}
        if len(json.dumps(longer)) > _LONGEST_WHOLE:
            break
        cut = longer
    return cut


def fingerprint(values: Mapping[str, object]) -> str:
    """Return a hash of values, as hexadecimal digits: it differs wherever the values do."""
    return sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def line(text: str, longest: int = LONGEST_REASON) -> str:
    """Return a text as one line without control characters, cut to a length."""
    return "".join(one if one.isprintable() else " " for one in text).strip()[:longest]


def difference(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Return the values of ``after`` that differ: as they were before, and as they are."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _bounded(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth < _DEEPEST and isinstance(value, Mapping):
        given = list(cast("Mapping[object, object]", value).items())[:_MOST]
        return {
            str(name)[:LONGEST_TEXT]: _NOT_KEPT if one and _SECRET_NAMES.search(str(name)) else _bounded(one, depth + 1)
            for name, one in given
        }
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_bounded(one, depth + 1) for one in list(cast("list[object]", value))[:_MOST]]
    return _SECRETS.sub(_NOT_KEPT, _text(value))[:LONGEST_TEXT]


def _text(value: object) -> str:
    """Return a value as text that every database keeps: no NUL, no half of a surrogate pair."""
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()
