"""Endpoints: where certificates are scanned, and what is known of each, in one row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from db import connection
from db.connection import transaction
from db.fields import stored
from db.portfolio import alerts, certificates, models
from rules import stages
from rules.access import Within, sees
from rules.certificates import finding_json
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.finding import Finding
from rules.certificates.history import EndpointHistory, ServedCertificate
from rules.certificates.observation import Protocol, ScanTarget
from rules.subjects import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint of the portfolio and what is known of it; lists leave out the certificates of before.

    ``failed_at``, ``failure`` and ``failures`` are those of scans that we could not make ourselves, ``slow`` says that
    its last scan took long. ``dns_policy`` is what the DNS said at ``dns_policy_at``.
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
    """Return an endpoint with the certificates of before. Raises ``LookupError``."""
    for one in many([endpoint_id]):
        if sees(within, one.client_id):
            return one
    raise LookupError(f"no endpoint has the id {endpoint_id}")


def many(ids: Sequence[int]) -> list[Endpoint]:
    """Return those of the endpoints that there are, with the certificates of before, in the order of their ids."""
    served = certificates.served(ids)
    return [
        _endpoint(row, served.get(row.id, ()))
        for row in _query().where(models.Endpoint.id.in_(list(ids))).order_by(models.Endpoint.id)
    ]


def listed(ids: Sequence[int]) -> list[Endpoint]:
    """Return those of the endpoints that there are, without the certificates of before."""
    return [_endpoint(row) for row in _query().where(models.Endpoint.id.in_(list(ids)))]


def target(endpoint_id: int, *, now: datetime) -> ScanTarget:
    """Return what to scan of an endpoint at ``now``. Raises ``LookupError``."""
    for one in targets([endpoint_id], now=now).values():
        return one
    raise LookupError(f"no endpoint has the id {endpoint_id}")


def targets(ids: Sequence[int], *, now: datetime) -> dict[int, ScanTarget]:
    """Return what to scan at ``now`` of those of the endpoints that there are, by id, ascending."""
    asked = connection.execute(
        "SELECT endpoint_id FROM endpoint_state WHERE endpoint_id {ids} AND ask_kinds_at > %s", list(ids), stored(now)
    )
    knows_kinds = {endpoint_id for (endpoint_id,) in asked}
    return {
        row.id: replace(_owned(row).target, all_kinds=row.id not in knows_kinds)
        for row in _owners().where(models.Endpoint.id.in_(list(ids))).order_by(models.Endpoint.id)
    }


def locked(ids: Sequence[int]) -> set[int]:
    """Return those of the endpoints that there are; until the caller's transaction ends nobody removes them."""
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
    rows = _query().where(models.EndpointState.not_after <= until).order_by(models.EndpointState.not_after).limit(limit)
    return [_endpoint(row) for row in rows]


def faulty(*, limit: int = 200) -> list[Endpoint]:
    """Return the endpoints with a fault."""
    query = _query().where(models.EndpointState.ok == False).order_by(models.Endpoint.id)  # noqa: E712
    return [_endpoint(row) for row in query.limit(limit)]


def faults() -> dict[str, int]:
    """Return how many endpoints have each fault, ``none`` and ``unchecked`` among them."""
    found: Counter[str] = Counter()
    for row in _query():
        known = _endpoint(row).known
        found.update((known.kinds or ["none"]) if known else ["unchecked"])
    return {str(word): number for word, number in found.items()}


def _query():
    return (
        models.Endpoint.select(models.Endpoint, models.Client, models.EndpointState)
        .join(models.Client)
        .switch(models.Endpoint)
        .left_outer_join(models.EndpointState, on=(models.EndpointState.endpoint == models.Endpoint.id), attr="state")
    )


def _owners():
    return models.Endpoint.select(models.Endpoint, models.Client).join(models.Client)


def _endpoint(row: models.Endpoint, served: tuple[ServedCertificate, ...] = ()) -> Endpoint:
    state: models.EndpointState | None = getattr(row, "state", None)
    owned = _owned(row)
    return owned if state is None else _with_state(owned, state, served)


def _owned(row: models.Endpoint) -> Endpoint:
    return Endpoint(
        id=row.id,
        host=row.host,
        port=row.port,
        protocol=row.protocol,
        server_name=row.server_name,
        alpn=tuple(row.alpn),
        client_id=row.client_id,
        client_name=row.client.name,
        alert_days=tuple(row.client.alert_days) if row.client.alert_days else stages.STAGES,
    )


def _with_state(endpoint: Endpoint, state: models.EndpointState, served: tuple[ServedCertificate, ...]) -> Endpoint:
    return replace(
        endpoint,
        history=replace(finding_json.load_history(state.known), served=served) if state.known else EndpointHistory(),
        next_scan_at=state.next_scan_at,
        next_scan_because=state.next_scan_because,
        failed_at=state.failed_at,
        failure=state.failure,
        failures=state.failures or 0,
        slow=bool(state.slow),
        dns_policy=_dns_policy(state.beside or {}),
        dns_policy_at=state.beside_at,
    )


def _dns_policy(kept: dict[str, Any]) -> DnsPolicy:
    """Return what ``scans.keep_dns_policy`` keeps; the CA's window has its own place among the downloads."""
    return DnsPolicy(
        caa=_texts(kept.get("caa")), tlsa=_texts(kept.get("tlsa")), tlsa_secure=bool(kept.get("tlsa_secure"))
    )


def _texts(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
