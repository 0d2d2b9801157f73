"""Endpoints: where certificates are looked at, and what is known of each, in one row."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from db import connection
from db.connection import transaction
from db.portfolio import alerts, certificates
from db.portfolio.models import Client, EndpointState
from db.portfolio.models import Endpoint as Row
from rules import stages
from rules.certificates import finding_json
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.finding import Finding
from rules.certificates.history import EndpointHistory, ServedCertificate
from rules.certificates.observation import Protocol, ScanTarget
from rules.subjects import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint of the portfolio and what is known of it; lists leave out the certificates of before (``past.held``).

    ``failed_at``, ``failure`` and ``failures`` tell of scans that we could not make ourselves, ``slow`` that its last
    scan took long. ``beside`` is what the DNS said at ``beside_at``.
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
    past: EndpointHistory = field(default_factory=EndpointHistory)
    next_scan_at: datetime | None = None
    next_scan_because: str | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    failures: int = 0
    slow: bool = False
    beside: DnsPolicy = field(default_factory=DnsPolicy)
    beside_at: datetime | None = None

    @property
    def known(self) -> Finding | None:
        return self.past.finding

    @property
    def checked_at(self) -> datetime | None:
        return self.past.scanned_at

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
        found = Row.get_or_none(**same)
        if found is not None:
            return found.id, False
        return Row.create(**same, client=client_id, alpn=list(alpn)).id, True


def get(endpoint_id: int) -> Endpoint:
    """Return an endpoint with the certificates of before. Raises ``LookupError``."""
    for one in many([endpoint_id]):
        return one
    raise LookupError(f"no endpoint has the id {endpoint_id}")


def many(ids: Sequence[int]) -> list[Endpoint]:
    """Return those of the endpoints that there are, with the certificates of before, in the order of their ids."""
    held = certificates.held(ids)
    return [_shown(row, held.get(row.id, ())) for row in _query().where(Row.id.in_(list(ids))).order_by(Row.id)]


def targets(ids: Sequence[int]) -> dict[int, ScanTarget]:
    """Return where to look for those of the endpoints that there are, by id, ascending."""
    return {row.id: _owned(row).target for row in _owners().where(Row.id.in_(list(ids))).order_by(Row.id)}


def locked(ids: Sequence[int]) -> set[int]:
    """Return those of the endpoints that there are; until the caller's transaction ends nobody removes them."""
    rows = connection.execute("SELECT id FROM endpoint WHERE id {ids} ORDER BY id {locked}", list(ids))
    return {row[0] for row in rows}


def move(endpoint_id: int, *, client_id: int) -> Endpoint:
    """Give an endpoint to another client, and return it. Raises ``LookupError``."""
    with transaction():
        Row.update(client=client_id).where(Row.id == endpoint_id).execute()
        return get(endpoint_id)


def remove(endpoint_id: int) -> None:
    """Remove an endpoint with its history; its alerts are over. Raises ``LookupError``."""
    with transaction():
        alerts.clear_all(get(endpoint_id).subject)
        Row.delete().where(Row.id == endpoint_id).execute()


def page(*, client_id: int | None = None, host: str | None = None, after: int = 0, limit: int = 50) -> list[Endpoint]:
    """Return the endpoints after an id, ascending; of one client or host where given."""
    query = _query().where(Row.id > after).order_by(Row.id).limit(limit)
    query = query.where(Row.client == client_id) if client_id else query
    return [_shown(row) for row in (query.where(Row.host == host) if host else query)]


def ids_after(last: int, limit: int) -> list[int]:
    """Return the next endpoint ids, ascending."""
    return [row.id for row in Row.select(Row.id).where(Row.id > last).order_by(Row.id).limit(limit)]


def count() -> int:
    return Row.select().count()


def lapsing(*, until: datetime, limit: int = 20) -> list[Endpoint]:
    """Return the endpoints whose certificate ends up to ``until``, the soonest first."""
    rows = _query().where(EndpointState.not_after <= until).order_by(EndpointState.not_after).limit(limit)
    return [_shown(row) for row in rows]


def faulty(*, limit: int = 200) -> list[Endpoint]:
    """Return the endpoints with a fault."""
    return [_shown(row) for row in _query().where(EndpointState.ok == False).order_by(Row.id).limit(limit)]  # noqa: E712


def faults() -> dict[str, int]:
    """Return how many endpoints have each fault, ``none`` and ``unchecked`` among them."""
    found: Counter[str] = Counter()
    for row in _query():
        known = _shown(row).known
        found.update((known.kinds or ["none"]) if known else ["unchecked"])
    return {str(word): number for word, number in found.items()}


def _query():
    return (
        Row.select(Row, Client, EndpointState)
        .join(Client)
        .switch(Row)
        .left_outer_join(EndpointState, on=(EndpointState.endpoint == Row.id), attr="state")
    )


def _owners():
    return Row.select(Row, Client).join(Client)


def _shown(row: Row, held: tuple[ServedCertificate, ...] = ()) -> Endpoint:
    state: EndpointState | None = getattr(row, "state", None)
    owned = _owned(row)
    return owned if state is None else _with_state(owned, state, held)


def _owned(row: Row) -> Endpoint:
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


def _with_state(endpoint: Endpoint, state: EndpointState, held: tuple[ServedCertificate, ...]) -> Endpoint:
    return replace(
        endpoint,
        past=replace(finding_json.load_past(state.known), held=held) if state.known else EndpointHistory(),
        next_scan_at=state.next_scan_at,
        next_scan_because=state.next_scan_because,
        failed_at=state.failed_at,
        failure=state.failure,
        failures=state.failures or 0,
        slow=bool(state.slow),
        beside=_beside(state.beside or {}),
        beside_at=state.beside_at,
    )


def _beside(kept: dict[str, Any]) -> DnsPolicy:
    """Return what ``scans.keep_beside`` keeps; the CA's window has its own place among the downloads."""
    return DnsPolicy(
        caa=_texts(kept.get("caa")), tlsa=_texts(kept.get("tlsa")), tlsa_secure=bool(kept.get("tlsa_secure"))
    )


def _texts(values: list[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(values)
