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
_TRADES_AS = re.compile(r"^.{2,}?\s(?:t/a|trading as|d/b/a)\s+(?=\S{2})", re.IGNORECASE)
_DIRECTLY = re.compile(r".{0,80}\bregistered directly with (?:the )?([^.,;]{2,60})", re.IGNORECASE)
LONGEST_NAME = 200


def _untagged(written: str) -> str:
    """Return a name without the marks behind it: a number or an address in brackets, a handle, an address."""
    if written.endswith((")", "]", ">")):
        return _AFTER.sub("", written)
    if written.isascii() and written[-1:].isupper():
        written = _HANDLE.sub("", written)
    return _URL.sub("", written) if "http" in written else written


def name(value: str) -> str | None:
    """Return the name in a value, None where it holds none."""
    bare = value[:LONGEST_NAME].strip(" \t,;\"'")
    if not bare.isprintable():
        bare = "".join(filter(str.isprintable, bare))
    bare = _untagged(bare)
    if "directly" in bare and (registry := _DIRECTLY.match(bare)):
        return registry[1].strip()
    if "/a " in bare or " as " in bare:
        bare = _TRADES_AS.sub("", bare)
    if bare.lower() in _NONE or bare.lower().startswith("no registrar ") or bare.startswith(("http://", "https://")):
        return None
    return bare if any(map(str.isalpha, bare)) else None
