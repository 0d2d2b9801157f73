"""A third reading of a WHOIS answer that ours calls unparsable: by the patterns that python-whois has for its TLD.

answer ──rules.whois──> unparsable ──python-whois's patterns──> lines ──rules.whois──> values, each with its line

What is found is python-whois's word: it stands beside the answer, which stays unparsable, and nothing is decided by it.
Of the package only the patterns are used. Its network code is never called; its guesses at dates take a wrong day, or
raise over one that they do not know; and its patterns may take very long, so that a text is cut first, and the two
whose time grows with the text's square are left out. The package loads sockets: that is why this is not in ``rules``.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from rules.domains import records, registry_facts
from rules.domains.records import UnconfirmedField
from rules.whois import dates, hosts, registrars

MOST_LINES, LONGEST_LINE = 100, 120
"""What is read: on so much text the slowest pattern takes a fifth of a second."""

_FIELDS = MappingProxyType(
    {
        "registrar": "registrar",
        "created": "creation_date",
        "expires": "expiration_date",
        "nameservers": "name_servers",
    }
)
"""Our names of fields, and its. The day of an update is left out: its patterns take a contact's for the domain's."""

_SQUARE = r"\w\W]+"
_OTHER_LABEL = re.compile(r": | \| |\.\.\.|^!")
_CUT = "\N{HORIZONTAL ELLIPSIS}"
"""Ends a line that was cut: what reaches it may be half of a value."""


def read(domain: str, text: str) -> tuple[UnconfirmedField, ...]:
    """Return what python-whois finds in an answer about ``domain``, an A-label name, that is unparsable to us.

    No text makes this raise. Nothing is found in an answer that does not name the domain, as the root's about its TLD.
    """
    kept = "\n".join([_shortened(line) for line in text.split("\n", MOST_LINES)[:MOST_LINES]])
    if domain.lower() not in kept.lower():
        return ()
    patterns = _patterns(domain.rpartition(".")[2].lower())
    found = (_field(name, patterns.get(its_name, ""), kept, domain) for name, its_name in _FIELDS.items())
    return tuple(field for field in found if field is not None)


def _shortened(line: str) -> str:
    return line.rstrip() if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}{_CUT}"


@lru_cache(maxsize=256)
def _patterns(tld: str) -> Mapping[str, str]:
    """Return python-whois's patterns for the TLD, by its names of fields."""
    from whois.parser import WhoisEntry  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  few answers need it

    entry = WhoisEntry.load(f"example.{tld}", "")
    patterns: Mapping[str, str | None] = entry._regex  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  no other way
    return {name: pattern for name, pattern in patterns.items() if pattern and _SQUARE not in pattern}


def _field(name: str, pattern: str, text: str, domain: str) -> UnconfirmedField | None:
    """Return the first value that a pattern finds and that can be one of the field."""
    if not pattern:
        return None
    if name == "nameservers":
        return _nameservers(pattern, text, domain)
    for value, line in _matches(pattern, text):
        read_value = _registrar(value) if name == "registrar" else _day(name, value, domain)
        if read_value:
            return UnconfirmedField(field=name, value=read_value, line=records.evidence(line))
    return None


def _matches(pattern: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield what the groups of each match hold, with the line on which it begins."""
    for match in re.finditer(pattern, text, re.IGNORECASE | re.MULTILINE):
        for number in range(1, len(match.groups()) + 1):
            before = text[match.start(number) - 1 : match.start(number)]  # of an address of the web or of mail
            if match[number] and _CUT not in match[number] and before not in {"/", "@"}:
                begin = text.rfind("\n", 0, match.start(number)) + 1
                yield match[number], text[begin:].partition("\n")[0]


def _registrar(value: str) -> str | None:
    """Return the name; None where the next field stands in the same line, which has lost its end."""
    return None if _OTHER_LABEL.search(value) else registrars.name(value)


def _day(name: str, value: str, domain: str) -> str | None:
    """Return the day in ISO 8601; None where it can be read either way, or the registry publishes none."""
    known, written = registry_facts.of(domain), dates.written(value.strip())
    if written is None or (written.order or known.order) is None or (name == "expires" and not known.publishes_expiry):
        return None
    stated = written.stated(known.order or "dmy")
    return stated.day.isoformat() if stated else None


def _nameservers(pattern: str, text: str, domain: str) -> UnconfirmedField | None:
    """Return the hosts that a pattern finds, but for the domain itself, which some patterns take for one of them."""
    found: dict[str, str] = {}
    for value, line in _matches(pattern, text):
        for name in _hosts(value):
            if name != domain.lower():
                found.setdefault(name, line)
    if not found:
        return None
    names = tuple(sorted(found))[: hosts.MOST_WORDS]
    return UnconfirmedField(field="nameservers", value=names, line=records.evidence(next(iter(found.values()))))


def _hosts(value: str) -> Iterator[str]:
    """Yield the host names with which a value's lines begin; the first line that begins with none ends the list."""
    for line in value.strip().splitlines():
        host = hosts.host(line.split(None, 1)[0]) if line.strip() else None
        if host is None:
            return
        yield host
