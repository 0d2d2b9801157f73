"""A registrant's name, told from the many ways to say that it is not published."""

import re

from rules.whois.fold import folded

LONGEST_NAME = 200

_QUOTES = frozenset("\"'")
_MAIL_BEHIND = re.compile(r"\s*(?:\([\w.-]{1,80}\))?\s*[<(]?[^\s<(]{1,64}@[^\s@]{1,100}$")
_HANDLE_BEHIND = re.compile(r"\s*[(\[][A-Za-z]{1,20}[-:][A-Za-z]{0,10}\d[\w-]{0,30}[)\]]$")
_SIGNS = re.compile(r"[\W_]+")
_NO_NAMES = frozenset(
    {
        *("", "na", "n a", "none", "null", "nil", "unknown", "hidden", "masked", "confidential", "private", "withheld"),
        *("undisclosed", "not available", "not applicable", "not shown", "not published", "not disclosed", "anonymous"),
        *("ano nymous", "private person", "privat person", "person", "organization", "organisation", "individual"),
        *("data protected", "privacy protected", "identity protected", "see registrar", "non public data", "x", "xxx"),
    }
)
_HIDDEN = re.compile(
    r"redacted|\bredact\b|statutory masking|non ?disclosed|undisclosed"
    r"|\b(?:hidden|withheld|masked|removed) (?:upon|by|due|on request|for gdpr|under)"
    r"|\bgdpr (?:mask|redact|protect|hidden)"
    r"|\b(?:information|data|details|name|contact)(?: is| are)? (?:not|never) (?:be )?"
    r"(?:available|shown|published|public|displayed|disclosed)"
    r"|\bnot (?:be )?(?:publicly )?(?:disclosed|displayed|shown|published)"
    r"|\bdata (?:protected|redacted|masked|withheld|hidden)|\bnon ?public\b|\bpersonal data\b"
    r"|\bvisit (?:www|http|our)|\bweb(?: |based )whois"
)
_TELLTALES = frozenset(
    {
        *("redacted", "redact", "statutory", "nondisclosed", "undisclosed", "disclosed", "gdpr", "hidden", "withheld"),
        *("masked", "removed", "not", "never", "data", "nonpublic", "public", "personal", "visit", "web", "whois"),
    }
)
"""Words of which each match of ``_HIDDEN`` has one: most names have none, and need no closer look."""


def published(value: str) -> str | None:
    """Return the name in a value, None where it says that there is none to be seen.

    A privacy service's name is a name: it holds the domain, and who takes its place is news.
    """
    bare = value[:LONGEST_NAME].strip(" \t,;")
    if bare[:1] in _QUOTES and bare[:1] == bare[-1:]:
        bare = bare.strip(bare[0])
    if not bare.isprintable():
        bare = "".join(filter(str.isprintable, bare))
    if "@" in bare:
        bare = _MAIL_BEHIND.sub("", bare)
    if bare.endswith((")", "]")):
        bare = _HANDLE_BEHIND.sub("", bare)
    bare = " ".join(bare.split())
    words = _SIGNS.sub(" ", folded(bare)).split()
    plain = " ".join(words)
    if plain in _NO_NAMES or bare.startswith(("http://", "https://")):
        return None
    if not _TELLTALES.isdisjoint(words) and _HIDDEN.search(plain):
        return None
    return bare if any(map(str.isalpha, bare)) else None
