"""Endpoints: what they serve now in one row, their scans as history."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from db import alerts, events
from db.connection import transaction
from db.events import Subject
from db.models import Client, EndpointScan, EndpointState
from db.models import Endpoint as Row
from rules import certificates
from rules.certificates import Fault, Finding


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint of the portfolio and what was found there last."""

    id: int
    host: str
    port: int
    protocol: str
    client_id: int
    client_name: str
    known: Finding | None
    checked_at: datetime | None = None

    @property
    def subject(self) -> Subject:
        return Subject("endpoint", self.id, self.client_id)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


def add(host: str, port: int, *, client_id: int, protocol: str = "tls") -> tuple[int, bool]:
    """Add an endpoint, its host as ``rules.names.host`` returns it. Returns its id and whether it is new."""
    with transaction():
        found = Row.get_or_none(Row.host == host, Row.port == port, Row.protocol == protocol)
        if found is not None:
            return found.id, False
        return Row.create(host=host, port=port, protocol=protocol, client=client_id).id, True


def get(endpoint_id: int) -> Endpoint:
    """Return an endpoint. Raises ``LookupError``."""
    for row in _query().where(Row.id == endpoint_id):
        return _shown(row)
    raise LookupError(f"no endpoint has the id {endpoint_id}")


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
    found: dict[str, int] = {}
    for row in _query():
        shown = _shown(row)
        words = [str(one) for one in shown.known.faults] or ["none"] if shown.known else ["unchecked"]
        for word in words:
            found[word] = found.get(word, 0) + 1
    return found


def record(endpoint: Endpoint, finding: Finding) -> list[certificates.Change]:
    """Store a finding: history, newest state and events, in the caller's transaction. Returns what is news."""
    EndpointScan.create(
        endpoint=endpoint.id,
        ok=finding.ok,
        faults=[str(one) for one in finding.faults],
        not_after=finding.not_after,
        fingerprint=finding.fingerprint or None,
        message=finding.message,
    )
    news = list(certificates.changes(endpoint.known, finding))
    for change in news:
        events.add(endpoint.subject, change.kind, change.before, change.after)
    values = {
        "finding": _packed(finding),
        "ok": finding.ok,
        "not_after": finding.not_after,
        "checked_at": datetime.now(UTC),
    }
    EndpointState.insert(endpoint=endpoint.id, **values).on_conflict(
        conflict_target=[EndpointState.endpoint], update=values
    ).execute()
    return news


_TIMES = ("not_before", "not_after")


def _packed(finding: Finding) -> dict[str, object]:
    packed = asdict(finding)
    for name in _TIMES:
        packed[name] = packed[name].isoformat() if packed[name] else None
    return packed


def _unpacked(packed: dict[str, object]) -> Finding:
    given = dict(packed)
    for name in _TIMES:
        given[name] = datetime.fromisoformat(str(given[name])) if given[name] else None
    given["faults"] = tuple(Fault(str(one)) for one in given["faults"])  # type: ignore[union-attr] - as packed
    given["names"] = tuple(given["names"])  # type: ignore[arg-type] - as packed
    return Finding(**given)  # type: ignore[arg-type] - as packed


def _query():
    return (
        Row.select(Row, Client, EndpointState)
        .join(Client)
        .switch(Row)
        .left_outer_join(EndpointState, on=(EndpointState.endpoint == Row.id), attr="state")
    )


def _shown(row: Row) -> Endpoint:
    state: EndpointState | None = getattr(row, "state", None)
    known = _unpacked(state.finding) if state is not None and state.finding else None
    return Endpoint(
        row.id,
        row.host,
        row.port,
        row.protocol,
        row.client_id,
        row.client.name,
        known,
        state.checked_at if known else None,  # type: ignore[union-attr] - known implies a state
    )
