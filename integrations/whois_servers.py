"""Which WHOIS server answers for which names: IANA's root zone database, and the zones that it says nothing of."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Self

from integrations.errors import Rejected

NOBODY = "no server answers WHOIS for its names"
ENDED = "its registry has no WHOIS any more since 2025; ask it over RDAP"


@dataclass(frozen=True, slots=True)
class WhoisServers:
    """Servers by TLD and zone, and the zones that have none, with the reason."""

    by_zone: Mapping[str, str] = field(default_factory=dict[str, str])
    without: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def shipped(cls) -> Self:
        """Return the table that came with this release; its file names the sources."""
        table = json.loads(files("integrations").joinpath("data/whois-servers.json").read_bytes())
        groups = [table[group]["servers"] for group in ("root", "zones", "sold")]
        return cls(
            by_zone={zone: server for group in groups for server, zones in group.items() for zone in zones},
            without=dict.fromkeys(table["nobody"]["zones"], NOBODY) | dict.fromkeys(table["ended"]["zones"], ENDED),
        )

    def server(self, name: str) -> str | None:
        """Return the server of the longest zone that ``name`` is in, None where the table has none.

        Raises ``Rejected`` where that zone is known to have no server.
        """
        parents = name.split(".")[1:]  # uk.com itself is a name beneath com
        for start in range(len(parents)):
            zone = ".".join(parents[start:])
            if zone in self.without:
                raise Rejected(f".{zone}: {self.without[zone]}")
            if zone in self.by_zone:
                return self.by_zone[zone]
        return None
