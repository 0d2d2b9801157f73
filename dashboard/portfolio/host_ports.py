"""A host with all its ports: the state of each address on each port. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from db.portfolio.endpoints import Endpoint
from rules.certificates.faults import Fault
from wording.certificates.remediation import REMEDIATION
from wording.messages import _


@dataclass(frozen=True, slots=True)
class Cell:
    """What one address showed on one port. ``severity`` is 0 where nothing is wrong, None where nothing was seen."""

    endpoint: Endpoint
    severity: int | None
    words: str


@dataclass(frozen=True, slots=True)
class Ports:
    """The endpoints of a host as columns, and a row of cells for each address."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def ports(endpoints: Sequence[Endpoint]) -> Ports:
    """Return the table of a host: a column for each endpoint, by port, and a row for each address of any of them."""
    columns = sorted(endpoints, key=lambda one: (one.port, one.protocol, one.id))
    findings = {one.id: _by_address(one) for one in columns}
    addresses = dict.fromkeys(address for one in columns for address in findings[one.id])
    return Ports(
        tuple(map(column, columns)),
        tuple((address, tuple(_cell(one, findings[one.id].get(address)) for one in columns)) for address in addresses),
    )


def column(endpoint: Endpoint) -> str:
    """Return an endpoint's column title: "443", "25 smtp", or "443 as www.example.com"."""
    name = f"{endpoint.port}" if endpoint.protocol == "tls" else f"{endpoint.port} {endpoint.protocol}"
    return f"{name} as {endpoint.server_name}" if endpoint.server_name else name


def _by_address(endpoint: Endpoint) -> dict[str, list[Fault]]:
    """Return the faults of each address; an address with several findings has the faults of all."""
    found: dict[str, list[Fault]] = {}
    for one in endpoint.known.addresses if endpoint.known else ():
        found.setdefault(one.address, []).extend(one.faults)
    return found


def _cell(endpoint: Endpoint, faults: list[Fault] | None) -> Cell:
    if faults is None:
        return Cell(endpoint, None, _("not asked there") if endpoint.known else _("not scanned yet"))
    worst = max(faults, key=lambda one: one.severity, default=None)
    return Cell(endpoint, worst.severity if worst else 0, _(REMEDIATION[worst.kind].title if worst else "sound"))
