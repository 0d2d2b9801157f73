"""Endpoints: where certificates are scanned, and what is known of each, in one row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from db import connection
from db.connection import transaction
from db.fields import from_json, moment, stored
from db.portfolio import alerts, certificates, models
from rules.access import Within, sees
from rules.certificates import finding_json
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.finding import Finding
from rules.certificates.history import EndpointHistory, ServedCertificate
from rules.certificates.observation import Protocol, ScanTarget
from rules.checks import stages
from rules.checks.subjects import Subject
from rules.translatable import load


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint of the portfolio and what is known of it.

    Lists leave out the served certificates of its history, and all but the leaf of each chain.
    ``failed_at``, ``failure`` and ``failures`` are those of scans that failed on our side, ``slow`` says that its
    last scan took long. ``dns_policy`` is what the DNS said at ``dns_policy_at``.
    """

    id: int
    host: str
    port: int
    protocol: str
    server_name: str = ""
    alpn: tuple[str, ...] = ()
    client_id: int
    client_name: str
    alert_days: tuple[int, ...] = stages.STAGES
    history: EndpointHistory = field(default_factory=EndpointHistory)
    next_scan_at: datetime | None = None
    next_scan_because: str | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    failures: int = 0
    slow: bool = False
    dns_policy: DnsPolicy = field(default_factory=DnsPolicy)
    dns_policy_at: datetime | None = None

    @property
    def known(self) -> Finding | None:
        return self.history.finding

    @property
    def not_after(self) -> datetime | None:
        return self.known.not_after if self.known else None

    @property
    def checked_at(self) -> datetime | None:
        return self.history.scanned_at

    @property
    def subject(self) -> Subject:
        return Subject("endpoint", self.id, self.client_id)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def target(self) -> ScanTarget:
        return ScanTarget(
            host=self.host,
            port=self.port,
            protocol=Protocol(self.protocol),
            server_name=self.server_name,
            alpn=self.alpn,
        )


def add(
    host: str,
    port: int,
    *,
    client_id: int,
    protocol: str = "tls",
    server_name: str = "",
    alpn: Sequence[str] = (),
) -> tuple[int, bool]:
    """Add an endpoint, its names as ``rules.names.host`` returns them. Returns its id and whether it is new."""
    same = {"host": host, "port": port, "protocol": protocol, "server_name": server_name}
    with transaction():
        found = models.Endpoint.get_or_none(**same)
        if found is not None:
            return found.id, False
        return models.Endpoint.create(**same, client=client_id, alpn=list(alpn)).id, True


def get(endpoint_id: int, *, within: Within = None) -> Endpoint:
    """Return an endpoint with its served certificates. Raises ``LookupError``."""
    for one in many([endpoint_id]):
        if sees(within, one.client_id):
            return one
    raise LookupError(f"no endpoint has the id {endpoint_id}")


def many(ids: Sequence[int]) -> list[Endpoint]:
    """Return the endpoints that exist, of these ids, with their served certificates, sorted by id."""
    served = certificates.served(ids)
    rows = _read("endpoint.id {ids} ORDER BY endpoint.id", list(ids))
    return [_endpoint(row, served.get(row.id, ())) for row in rows]


def listed(ids: Sequence[int]) -> list[Endpoint]:
    """Return the endpoints that exist, of these ids, as lists have them."""
    return _listed("endpoint.id {ids}", list(ids))


def target(endpoint_id: int, *, now: datetime) -> ScanTarget:
    """Return what to scan of an endpoint at ``now``. Raises ``LookupError``."""
    for one in targets([endpoint_id], now=now).values():
        return one
    raise LookupError(f"no endpoint has the id {endpoint_id}")


def targets(ids: Sequence[int], *, now: datetime) -> dict[int, ScanTarget]:
    """Return what to scan at ``now``, by the endpoint's id, ascending; ids that do not exist are left out."""
    asked = connection.execute(
        "SELECT endpoint_id FROM endpoint_state WHERE endpoint_id {ids} AND ask_kinds_at > %s", list(ids), stored(now)
    )
    knows_kinds = {endpoint_id for (endpoint_id,) in asked}
    rows = connection.execute(
        "SELECT id, host, port, protocol, server_name, alpn FROM endpoint WHERE id {ids} ORDER BY id", list(ids)
    )
    return {
        endpoint_id: ScanTarget(
            host=host,
            port=port,
            protocol=Protocol(protocol),
            server_name=server_name,
            alpn=tuple(from_json(alpn)),
            all_kinds=endpoint_id not in knows_kinds,
        )
        for endpoint_id, host, port, protocol, server_name, alpn in rows
    }


def locked(ids: Sequence[int]) -> set[int]:
    """Return the endpoints that exist, of these ids; until the caller's transaction ends nobody removes them."""
    rows = connection.execute("SELECT id FROM endpoint WHERE id {ids} ORDER BY id {locked}", list(ids))
    return {row[0] for row in rows}


def move(endpoint_id: int, *, client_id: int) -> Endpoint:
    """Give an endpoint to another client, and return it. Raises ``LookupError``."""
    with transaction():
        models.Endpoint.update(client=client_id).where(models.Endpoint.id == endpoint_id).execute()
        moved = get(endpoint_id)
        alerts.moved(moved.subject)
        return moved


def remove(endpoint_id: int) -> None:
    """Remove an endpoint with its history; its alerts are over. Raises ``LookupError``."""
    with transaction():
        alerts.clear_all(get(endpoint_id).subject)
        models.Endpoint.delete().where(models.Endpoint.id == endpoint_id).execute()


def ids_after(last: int, limit: int) -> list[int]:
    """Return the next endpoint ids, ascending."""
    return [
        row.id
        for row in models.Endpoint.select(models.Endpoint.id)
        .where(models.Endpoint.id > last)
        .order_by(models.Endpoint.id)
        .limit(limit)
    ]


def count() -> int:
    return models.Endpoint.select().count()


def lapsing(*, until: datetime, limit: int = 20) -> list[Endpoint]:
    """Return the endpoints whose certificate ends up to ``until``, the soonest first."""
    return _listed("not_after <= %s ORDER BY not_after LIMIT %s", stored(until), limit)


def faulty(*, limit: int = 200) -> list[Endpoint]:
    """Return the endpoints with a fault."""
    return _listed("NOT ok ORDER BY endpoint.id LIMIT %s", limit)


def faults() -> dict[str, int]:
    """Return how many endpoints have each fault, ``none`` and ``unchecked`` among them."""
    found: Counter[str] = Counter()
    for one in _listed("TRUE"):
        found.update((one.known.kinds or ["none"]) if one.known else ["unchecked"])
    return {str(word): number for word, number in found.items()}


_COLUMNS: Final = (
    "endpoint.id, host, port, protocol, server_name, alpn, client_id, client.name, client.alert_days, known,"
    " next_scan_at, next_scan_because, next_scan_said, failed_at, failure, failures, slow, beside, beside_at"
)


class _Row(NamedTuple):
    """The columns of an endpoint; from ``known`` on they are None where nobody has scanned it."""

    id: int
    host: str
    port: int
    protocol: str
    server_name: str
    alpn: Any
    client_id: int
    client_name: str
    alert_days: Any
    known: Any
    next_scan_at: Any
    next_scan_because: str | None
    next_scan_said: Any
    failed_at: Any
    failure: str | None
    failures: int | None
    slow: bool | int | None
    beside: Any
    beside_at: Any


def _read(where: str, *params: object) -> list[_Row]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM endpoint JOIN client ON client.id = client_id"  # noqa: S608 - our own words
        f" LEFT JOIN endpoint_state ON endpoint_id = endpoint.id WHERE {where}",
        *params,
    )
    return [_Row(*row) for row in rows]


def _listed(where: str, *params: object) -> list[Endpoint]:
    return [_endpoint(row, chains=False) for row in _read(where, *params)]


def _endpoint(row: _Row, served: tuple[ServedCertificate, ...] = (), *, chains: bool = True) -> Endpoint:
    history = finding_json.load_history(from_json(row.known), chains=chains) if row.known else EndpointHistory()
    return Endpoint(
        id=row.id,
        host=row.host,
        port=row.port,
        protocol=row.protocol,
        server_name=row.server_name,
        alpn=tuple(from_json(row.alpn)),
        client_id=row.client_id,
        client_name=row.client_name,
        alert_days=tuple(from_json(row.alert_days) or stages.STAGES),
        history=replace(history, served=served) if row.known and served else history,
        next_scan_at=moment(row.next_scan_at),
        next_scan_because=load(row.next_scan_because or "", from_json(row.next_scan_said)) or None,
        failed_at=moment(row.failed_at),
        failure=row.failure,
        failures=row.failures or 0,
        slow=bool(row.slow),
        dns_policy=_dns_policy(from_json(row.beside) or {}),
        dns_policy_at=moment(row.beside_at),
    )


def _dns_policy(kept: dict[str, Any]) -> DnsPolicy:
    """Return what ``scans.keep_dns_policy`` keeps; the CA's window has its own place among the downloads."""
    return DnsPolicy(
        caa=_texts(kept.get("caa")), tlsa=_texts(kept.get("tlsa")), tlsa_secure=bool(kept.get("tlsa_secure"))
    )


def _texts(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
