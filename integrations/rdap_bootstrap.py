"""Which RDAP server answers for which names: IANA's list (RFC 9224), and a few servers that are not in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Self, cast

from integrations.errors import Unavailable
from rules import json_access

IANA = "https://data.iana.org/rdap/dns.json"
NOBODY = ""
"""Stands for a zone of which no server is known, beneath a TLD that has one: there, 404 would say nothing."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Base URLs that end in a slash, by suffix. ``unofficial`` ones are used where IANA has no longer suffix."""

    servers: Mapping[str, str]
    unofficial: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def shipped(cls) -> Self:
        """Return the snapshot that came with this release, for when IANA's own cannot be had."""
        return cls(cls.parse(_data("rdap-dns.json")).servers, unofficial())

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read a bootstrap file; raise ``Unavailable`` when there is not one service in it."""
        document = _document(content)
        services = cast("dict[str, object]", document).get("services") if isinstance(document, dict) else None
        servers = {
            suffix.lower().strip("."): base
            for service in json_access.items(services)
            for suffixes, urls in [_halves(service)]
            if (base := _base(urls))
            for suffix in suffixes
        }
        if not servers:
            raise Unavailable("the bootstrap file names no server")
        return cls(servers)

    def server(self, name: str) -> str | None:
        """Return the base URL for ``name``: that of the suffix with the most labels, IANA's where both lists have it.

        None where no suffix matches, or nobody answers for the one that does.
        """
        parents = name.split(".")[1:]  # uk.com itself is a name beneath com
        suffixes = (".".join(parents[start:]) for start in range(len(parents)))
        known = (self.servers.get(suffix, self.unofficial.get(suffix)) for suffix in suffixes)
        return next((base for base in known if base is not None), NOBODY) or None


def unofficial() -> Mapping[str, str]:
    """Return the shipped servers that IANA's list lacks, by suffix; each stands in its file with its source."""
    entries = json.loads(_data("rdap-unofficial.json"))["servers"]
    return {suffix: entry["base"].format(suffix=suffix) for entry in entries for suffix in entry["suffixes"]}


def _data(name: str) -> bytes:
    return files("integrations").joinpath("data", name).read_bytes()


def _document(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Unavailable(f"the bootstrap file is not JSON: {type(error).__name__}") from error


def _halves(service: object) -> tuple[list[str], list[str]]:
    """Return the suffixes and the URLs of one service, ``[["com", "net"], ["https://..."]]``."""
    match [[each for each in json_access.items(half) if isinstance(each, str)] for half in json_access.items(service)]:
        case [suffixes, urls]:
            return suffixes, urls
        case _:
            return [], []


def _base(urls: list[str]) -> str | None:
    """Return the base URL to use, https where there is a choice."""
    usable = sorted(
        (url for url in urls if url.startswith(("https://", "http://"))), key=lambda url: url[:6] != "https:"
    )
    return f"{usable[0].rstrip('/')}/" if usable else None
