"""Host names among what stands around them: addresses, brackets, marks."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.){1,20}(?:[a-z][a-z-]{0,61}[a-z]|xn--[a-z0-9-]{2,59})", re.ASCII)
_APART = re.compile(r"[\s,;|=]+|:(?=[\d\[])|(?<![/:])/(?!/)")
"""What parts hosts from one another and from their addresses: "ns1.example.net=192.0.2.1", "a.example/b.example"."""

_ADDRESS = re.compile(r"[\[(]?(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})[\])]?", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"[(\[](?![\"'])")  # what stands in quotes begins a list
_AROUND = "().[]<>'\"*"
_LONGEST_HOST = 254
_NO_HOSTS = frozenset({"not.defined", "not.available", "not.applicable"})
MOST_WORDS = 60
_A_ROW = 2  # words


def host(word: str) -> str | None:
    """Return the host name that a word is, in lower case, None where it is none."""
    if len(word) > _LONGEST_HOST:
        return None
    bare = word.strip(_AROUND).lower()
    return bare if _HOST.fullmatch(bare) and bare not in _NO_HOSTS else None


@lru_cache(maxsize=4096)
def hosts(value: str) -> tuple[str, ...]:
    """Return the host names in a list of them; what stands in brackets after a name is not one."""
    only = host(value)
    if only:
        return (only,)
    words = _APART.split(value[:2000])[:MOST_WORDS]
    if "NS" in words:  # a line of a zone: "example.pt NS ns1.example.net."
        words = words[words.index("NS") + 1 :]
    return tuple(name for word in words if not _IN_BRACKETS.match(word) and (name := host(word)))


def leads(text: str) -> bool:
    """Return whether a line begins with a host name, perhaps after its number in the list, a dash or its address."""
    for word in _APART.split(text[:300], 2)[:2]:
        if host(word):
            return True
        if word.strip("().-#:").isdigit() or word == "-" or _ADDRESS.fullmatch(word):
            continue
        return False
    return False


_LABELLED = re.compile(r"\s*([^\W\d_][^:=\t]{0,60}?)[ .\d]*(?:[:=\t]|  )\s*(\S.{0,200})?$")
_OF_A_ZONE = re.compile(r"(\S{1,254}?)\.?\s+(?:\d{1,10}\s+)?(?:IN\s+)?NS\s+(\S{1,254})\s*", re.IGNORECASE)

_OF_NO_DELEGATION = re.compile(
    r"whois|rdap|web|www|url|mail|mx\b|alias|cname|mirror|referral|contact|see\b|visit", re.IGNORECASE
)


def repeated(rows: Sequence[str], domain: str) -> dict[str, int]:
    """Return at least two hosts that stand behind the same label, in any language, with the numbers of their lines.

    Empty unless the domain itself stands behind some label: then the answer is a record, and only its name servers are
    hosts behind a repeated label.
    """
    if not any(_is_named(row, domain) for row in rows if domain in row.lower()):
        return {}
    found: dict[str, dict[str, int]] = {}
    label = ""
    for number, row in enumerate(rows, start=1):
        parts = _LABELLED.match(row)
        if parts:
            label, value = parts[1].casefold(), parts[2] or ""
        else:
            label, value = label if row[:1].isspace() else "", row.strip()
        names = [each for word in value.split()[:MOST_WORDS] if not _ADDRESS.fullmatch(word) for each in [host(word)]]
        name, alone = (names[0] if names else None), len(names) == 1
        is_variant = name is not None and name.partition(".")[0] == domain.partition(".")[0]  # the name in other zones
        if name and alone and not is_variant and label and not _OF_NO_DELEGATION.search(f"{label} {name}"):
            found.setdefault(label, {}).setdefault(name, number)
    return next((hosts for hosts in found.values() if len(hosts) > 1), dict[str, int]())


def _is_named(row: str, domain: str) -> bool:
    """Return whether a row has only the domain's name behind a label."""
    parts = _LABELLED.match(row)
    return parts is not None and host(parts[2] or "") == domain


def of_a_zone(rows: Iterable[str], domain: str) -> dict[str, int]:
    """Return the hosts to which lines of a zone delegate the name, with their lines: "example.test. IN NS ns1...."."""
    found: dict[str, int] = {}
    for number, row in enumerate(rows, start=1):
        parts = _OF_A_ZONE.fullmatch(row.strip()) if domain in row.lower() else None
        if parts and parts[1].lower() == domain and (name := host(parts[2])):
            found.setdefault(name, number)
    return found


def listed(rows: Iterable[str]) -> dict[str, int]:
    """Return the hosts of an answer that is only a table, a name and a host in each row, with their lines."""
    found: dict[str, dict[str, int]] = {}
    for number, row in enumerate(rows, start=1):
        words = row[:_LONGEST_HOST].split()
        if len(words) == _A_ROW and words[0].isalnum() and (name := host(words[1])):
            found.setdefault(words[0].lower(), {}).setdefault(name, number)
    return next((hosts for hosts in found.values() if len(hosts) > 1), dict[str, int]())
