"""A registrar's name without what registries write around it: its number, its address, its tag."""

import re

_AFTER = re.compile(
    r"\s*[(\[<](?:r?\d{1,6}(?:-[a-z]{2,6})?|https?:[^)\]>]*|www\.[^)\]>]*|tag ?=[^)\]>]*|iana[^)\]>]*)[)\]>]\s*$",
    re.IGNORECASE,
)
_URL = re.compile(r"\s+https?://\S+$")
_HANDLE = re.compile(r"\s+R\d{1,4}-[A-Z]{2,6}$")
_NONE = frozenset(
    {
        "",
        "-",
        "--",
        "none",
        "n/a",
        "na",
        "not available",
        "null",
        "unknown",
        "no registrar",
        "redacted",
        "not disclosed",
    }
)
LONGEST_NAME = 200


def name(value: str) -> str | None:
    """Return the name in a value, None where it holds none."""
    bare = value[:LONGEST_NAME].strip(" \t,;\"'")
    if not bare.isprintable():
        bare = "".join(filter(str.isprintable, bare))
    if bare.endswith((")", "]", ">")):
        bare = _AFTER.sub("", bare)
    if bare.isascii() and bare[-1:].isupper():
        bare = _HANDLE.sub("", bare)
    if "http" in bare:
        bare = _URL.sub("", bare)
    if bare.lower() in _NONE or bare.lower().startswith("no registrar ") or bare.startswith(("http://", "https://")):
        return None
    return bare if any(map(str.isalpha, bare)) else None
