"""The rate limit of each outside server: its lane, circuit breaker and measurement, which integrations know nothing of.

with limit("whois", "whois.nic.example"):   may refuse, by raising whatever parks the job
    ...one server is called...              what is raised in here is that server's outcome
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class RateLimit(Protocol):
    """A context that is entered for as long as one server is called.

    ``service`` is the protocol ("rdap", "whois"); ``server`` is the server's name in lower case, with its port where
    that is not the protocol's own. What it raises need be no ``IntegrationError``; that passes through unchanged.
    """

    def __call__(self, service: str, server: str) -> AbstractContextManager[None]: ...


def _unlimited(service: str, server: str) -> AbstractContextManager[None]:  # noqa: ARG001  the protocol names them
    return nullcontext()


UNLIMITED: RateLimit = _unlimited
"""Lets everything pass: for the command line and for tests."""
