"""The gate before each outside server: the caller's lane, breaker and measure, of which an integration knows nothing.

with gate("whois", "whois.nic.example"):    may refuse, by raising whatever parks the job
    ...one server is called...              what is raised in here is that server's outcome
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class RateLimit(Protocol):
    """Is entered for as long as one server is called.

    ``service`` is the protocol ("rdap", "whois"); ``server`` is the server's name in lower case, with its port where
    that is not the protocol's own. What the gate raises need be no ``IntegrationError``; it passes through unchanged.
    """

    def __call__(self, service: str, server: str) -> AbstractContextManager[None]: ...


def _open(service: str, server: str) -> AbstractContextManager[None]:  # noqa: ARG001  the protocol names them
    return nullcontext()


UNLIMITED: RateLimit = _open
"""Lets everything pass: for the command line and for tests."""
