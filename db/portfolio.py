"""Adds a portfolio: clients, domains and endpoints, in chunks; adding what is there already changes nothing."""

from collections import Counter
from collections.abc import Callable, Sequence

from db import clients, connection, domains, endpoints
from db.clients import Client
from rules.portfolio import Entry

_CHUNK = 200


def add(entries: Sequence[Entry], *, progress: Callable[[int], None] = lambda _number: None) -> Counter[str]:
    """Add all entries; returns how many clients, domains and endpoints are new. ``progress`` is told of each chunk."""
    new: Counter[str] = Counter()
    known: dict[str, int] = {}
    for start in range(0, len(entries), _CHUNK):
        chunk = entries[start : start + _CHUNK]
        with connection.transaction():
            for entry in chunk:
                _add_one(entry, known, new)
        progress(len(chunk))
    return new


def _add_one(entry: Entry, known: dict[str, int], new: Counter[str]) -> None:
    if entry.client not in known:
        known[entry.client], is_new = clients.add(
            Client(
                name=entry.client,
                email=entry.email,
                language=entry.language,
                currency=entry.currency,
                zone=entry.zone,
            )
        )
        new["clients"] += is_new
    client_id = known[entry.client]
    if entry.domain:
        new["domains"] += domains.add(entry.domain, client_id=client_id)[1]
    if entry.host:
        new["endpoints"] += endpoints.add(entry.host, entry.port, client_id=client_id, protocol=entry.protocol)[1]
