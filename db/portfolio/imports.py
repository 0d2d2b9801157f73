"""Adds a portfolio: clients, domains and endpoints, in chunks; adding what is there already changes nothing.

And gives it back as it could be added again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from db import connection
from db.portfolio import clients, domains, endpoints
from db.portfolio.clients import Client
from rules.portfolio import PortfolioEntry

_CHUNK = 200


def add(entries: Sequence[PortfolioEntry], *, progress: Callable[[int], None] = lambda _number: None) -> Counter[str]:
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


def _add_one(entry: PortfolioEntry, known: dict[str, int], new: Counter[str]) -> None:
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
        _add_domain(entry, entry.domain, client_id, new)
    if entry.host:
        _, is_new = endpoints.add(
            entry.host, entry.port, client_id=client_id, protocol=entry.protocol, server_name=entry.server_name
        )
        new["endpoints"] += is_new


def _add_domain(entry: PortfolioEntry, name: str, client_id: int, new: Counter[str]) -> None:
    domain_id, is_new = domains.add(name, client_id=client_id)
    new["domains"] += is_new
    if is_new:  # what staff have changed since is theirs
        said = {"decision": entry.decision, "expires_by_hand": entry.expires, "alert_days": entry.alert_days}
        domains.change(domain_id, {name: value for name, value in said.items() if value})


def rows() -> Iterator[dict[str, object]]:
    """Return the whole portfolio, a row for each domain and endpoint, with the columns of ``rules.portfolio``."""
    after = 0
    while chunk := clients.page(after=after, limit=_CHUNK):
        for client in chunk:
            owner = {
                "client": client.name,
                "email": client.email,
                "language": client.language,
                "currency": client.currency,
                "zone": client.zone,
            }
            yield from ({**owner, **row} for row in _of(client.id))
        after = chunk[-1].id


def _of(client_id: int) -> Iterator[dict[str, object]]:
    after = 0
    while chunk := domains.page(client_id=client_id, after=after, limit=_CHUNK):
        yield from (
            {
                "domain": one.name,
                "decision": one.decision,
                "expires": one.expires_by_hand,
                "alert_days": one.own_alert_days,
            }
            for one in chunk
        )
        after = chunk[-1].id
    after = 0
    while found := endpoints.page(client_id=client_id, after=after, limit=_CHUNK):
        yield from (
            {"host": one.host, "port": one.port, "protocol": one.protocol, "server_name": one.server_name}
            for one in found
        )
        after = found[-1].id
