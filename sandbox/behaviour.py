"""How a sandbox server treats those who ask: well, or in one of the ways that real servers fail."""

from dataclasses import dataclass, field
from enum import StrEnum


class Behaviour(StrEnum):
    """One way to treat a request."""

    NORMAL = "normal"
    SLOW = "slow"  # answers, after `delay_s`
    SILENT = "silent"  # accepts, never answers
    THROTTLE = "throttle"  # says in the protocol's own words that it was asked too often
    GARBAGE = "garbage"  # answers bytes that are not the protocol
    HANG_UP = "hang_up"  # closes the connection without a word


@dataclass
class Conduct:
    """What a server does, to everybody or to those who ask for certain names. May be changed while it runs."""

    default: Behaviour = Behaviour.NORMAL
    by_name: dict[str, Behaviour] = field(default_factory=dict[str, Behaviour])
    delay_s: float = 1.0

    def towards(self, name: str) -> Behaviour:
        """Return the behaviour towards a request for ``name`` (a domain, a host, a recipient)."""
        return self.by_name.get(name, self.default)
