"""Redaction: replaces what must never reach a log line or an error report."""

import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import cast
from urllib.parse import quote, quote_plus

REDACTED = "[redacted]"
SHORTEST_SECRET = 4  # characters; a shorter one would be found inside ordinary words and shred the text

_KEY = r"passw(?:or)?d|passphrase|pwd|token|secret|authorization|cookie|(?<![a-z])dsn(?![a-z])|(?:api|private)[-_]?key"
_SECRET_KEY = re.compile(_KEY, re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^\s/?#]*@")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}-----|\Z)", re.DOTALL)
# A scheme's credentials hold more than letters; "Basic Constraints" is a certificate's extension.
_CREDENTIALS = re.compile(r"(\b(?:Basic|Bearer)\s{1,3})(?=[\w+/=.~-]{8})[a-z.~-]*[\d_+/=][\w+/=.~-]*", re.IGNORECASE)
_ASSIGNMENT = re.compile(
    rf"""
    ( (?P<header> (?:authorization|cookie) (?= [\w-]{{0,30}} \s{{0,3}} [:=] ) ) | {_KEY} )
    (?P<rest>
        [\w-]{{0,30}}                                     # the rest of the name, as in secret_key
        (?: \\{{0,3}} ["'] \s{{0,3}} [:=,] | \s{{0,3}} [:=] ) \s{{0,3}}  # "key": value, ('key', value), key=value
    )
    b?
    (?: "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*'             # a quoted value
      | \\+["'] [^"'\\]* (?:\\+["'])?                     # one in JSON that is itself quoted
      | (?(header) [^\r\n"']+                             # a header's value fills its line
                 | (?: \[redacted\] | [^\s,;&"')}}\]] )+ )  # any other is a word
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def scrubber(secrets: Collection[str]) -> Callable[[str], str]:
    """Return the function that takes secrets out of a text.

    It replaces the given secrets wherever they stand, also when they are quoted for a URL, JSON or Python; the userinfo
    of URLs; `key=value`, `"key": "value"` and header lines whose key names a secret; and private keys in PEM. Secrets
    shorter than SHORTEST_SECRET characters are only found by their key.
    """
    literal = _literal(secrets)

    def scrub(text: str) -> str:
        text = literal.sub(REDACTED, text) if literal else text
        text = _PRIVATE_KEY.sub(REDACTED, text)
        text = _USERINFO.sub(f"{REDACTED}@", text)
        text = _CREDENTIALS.sub(rf"\g<1>{REDACTED}", text)
        return _ASSIGNMENT.sub(rf"\g<1>\g<rest>{REDACTED}", text)

    return scrub


def tree(value: object, scrub: Callable[[str], str]) -> object:
    """Copy `value` as JSON values, with every text scrubbed and the values of keys that name a secret replaced.

    A value that JSON does not have becomes its scrubbed `repr`; a value inside itself becomes `[cycle]`.
    """
    return _copy(value, scrub, frozenset())


def _copy(value: object, scrub: Callable[[str], str], above: frozenset[int]) -> object:
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if id(value) in above:
        return "[cycle]"
    return _copy_container(value, scrub, above | {id(value)})


def _copy_container(value: object, scrub: Callable[[str], str], above: frozenset[int]) -> object:
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {scrub(str(key)): _under(str(key), item, scrub, above) for key, item in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [_copy(item, scrub, above) for item in cast("Collection[object]", value)]
    return scrub(_text(value))


def _under(key: str, value: object, scrub: Callable[[str], str], above: frozenset[int]) -> object:
    return REDACTED if value is not None and _SECRET_KEY.search(key) else _copy(value, scrub, above)


def _text(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a broken __repr__ must not stop the work that is being logged
        return f"[unprintable {type(value).__name__}]"


def _literal(secrets: Collection[str]) -> re.Pattern[str] | None:
    """Return a pattern of all spellings of the secrets, the longest first, so that no part of one is left behind."""
    spellings = {
        spelling
        for secret in secrets
        if len(secret) >= SHORTEST_SECRET
        for spelling in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), *_escaped(secret))
    }
    return (
        re.compile("|".join(re.escape(each) for each in sorted(spellings, key=len, reverse=True)))
        if spellings
        else None
    )


def _escaped(secret: str) -> tuple[str, ...]:
    """Return the secret as it stands inside JSON, a Python `repr` and the `repr` of its bytes."""
    return json.dumps(secret)[1:-1], repr(secret)[1:-1], repr(secret.encode())[2:-1]
