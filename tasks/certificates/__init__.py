"""Certificates: what each endpoint serves on each of its addresses, and whether that can be trusted.

    scan_all, scan_due ──ids in batches──> scan_batch ──> integrations/tls ──observations, as they come──> groups
    group ──> downloads, DNS policies ──> rules/certificates: one outcome each ──> db/portfolio/scans, tasks/alerts

Promise: convergent. A scan repeated is harmless; its finding, events and alerts are written once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import settings
from db.access import audit
from db.portfolio import domains, endpoints, scans
from integrations.deadline import Deadline
from integrations.errors import Unavailable
from rules import names
from rules.certificates import dns_policy
from rules.certificates.finding import Finding
from rules.certificates.observation import PORTS, Protocol, ScanObservation, ScanTarget
from rules.domains.domain import Domain
from tasks.certificates import dns_policies, scan_stream, scanning
from tasks.certificates.downloads import DownloadCache, InMemoryDownloads
from tasks.certificates.scan_stream import AssessmentInput
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.outside.calls import measured

_BATCH = 2500
"""Endpoints of one job. A batch scans its endpoints at the same time, so that a large batch waits only once for the
deadline of the slowest; results are stored as they come.
"""


def number_of_batches(endpoints: int) -> int:
    """Return about how many jobs a number of endpoints makes."""
    return -(-endpoints // _BATCH)


def _size_of_all() -> FanOutSize:
    return FanOutSize(number_of_batches(endpoints.count()))


def _size_of_due() -> FanOutSize:
    return FanOutSize(number_of_batches(scans.count_due(now=datetime.now(UTC))))


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size_of_all, then="alerts.tell_of_run", deadline_s=900)
def scan_all() -> None:
    """Scan every endpoint."""
    scan_batch.fan_out(partial(scans.idle_after, now=datetime.now(UTC)), "endpoint_ids", batches=_batches)


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size_of_due, then="alerts.tell_of_run", deadline_s=900)
def scan_due() -> None:
    """Scan the endpoints whose next scan is due: the nearer a change is expected, the more often."""
    scan_batch.fan_out(partial(scans.due_after, now=datetime.now(UTC)), "endpoint_ids", batches=_batches)


@task(Queue.SCAN, attempts=4, backoff_s=30, deadline_s=600, unique=("endpoint_id",))
def scan(*, endpoint_id: int) -> None:
    """Scan one endpoint and record what changed."""
    scanning.scan({endpoint_id: endpoints.target(endpoint_id, now=datetime.now(UTC))})


@task(Queue.SCAN, attempts=4, backoff_s=30, deadline_s=900, unique=("endpoint_ids",), internal=True)
def scan_batch(*, endpoint_ids: list[int]) -> None:
    """Scan endpoints, many at once, and record what changed at each.

    It is no argument of ``scan``, because workers of an older release would take jobs that they cannot run.
    """
    scanning.scan(endpoints.targets(endpoint_ids, now=datetime.now(UTC)))


@task(Queue.LOOKUP, attempts=3, backoff_s=60, unique=("domain_id", "everywhere"))
def discover(*, domain_id: int, everywhere: bool = False) -> None:
    """Add the mail hosts (MX) of a domain as endpoints of its client.

    Those that are under no domain of this client belong to somebody else who watches them, a mail provider say; they
    are added only where ``everywhere`` is given.
    """
    from integrations import dns  # noqa: PLC0415 - not every process asks name servers

    domain = domains.get(domain_id)
    config = settings.current()
    with measured("dns"):
        found = dns.mail_hosts(
            domain.name, resolvers=config.dns_resolvers, deadline=Deadline.after(config.lookup_deadline_s)
        )
    with completing():
        for host in dns_policy.mail_hosts(found):
            if everywhere or _is_of(host, domain.client_id):
                _add_mail_host(host, domain)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """A scan and what it means; ``issuers`` are the certificates, as DER, that we fetched as the server lacks them."""

    observation: ScanObservation
    finding: Finding
    issuers: tuple[bytes, ...]


def scan_now(target: ScanTarget) -> ScanResult:
    """Return what an endpoint serves now, of each kind of key; needs no database.

    Raises ``Unavailable`` where we cannot scan.
    """
    target = replace(target, all_kinds=True)
    ((completed,),) = scan_stream.groups([target])
    observation = completed.observation
    if observation.trouble:
        raise Unavailable(observation.trouble)
    now = datetime.now(UTC)
    case = AssessmentInput(observation=observation, dns_policy=dns_policies.ask([target])[0])
    (assessed,) = scan_stream.assess([case], DownloadCache(InMemoryDownloads()), now=now)
    if assessed.finding is None:
        raise Unavailable(assessed.trouble)
    return ScanResult(observation, assessed.finding, assessed.issuers)


def _batches(ids: Sequence[int]) -> list[list[int]]:
    """Put endpoints into batches, those that were slow last time into their own, behind the others.

    It is called in the transaction that queues the batches, and notes there that the endpoints are queued, so that no
    second scan is queued for an endpoint meanwhile.
    """
    slow = scans.queue(ids, at=datetime.now(UTC))
    parted = ([one for one in ids if one not in slow], [one for one in ids if one in slow])
    return [part[start : start + _BATCH] for part in parted for start in range(0, len(part), _BATCH)]


def _is_of(host: str, client_id: int) -> bool:
    """Tell whether a host is under a domain of this client."""
    try:
        domain = domains.named(names.registrable_of(host))
    except names.NotRegistrable:
        return False
    return domain is not None and domain.client_id == client_id


def _add_mail_host(host: str, domain: Domain) -> None:
    port = PORTS[Protocol.SMTP]
    endpoint_id, is_new = endpoints.add(host, port, client_id=domain.client_id, protocol=Protocol.SMTP)
    if is_new:
        details = {"host": host, "port": port, "protocol": Protocol.SMTP, "mail host of": domain.name}
        audit.add("certificates.discover", "endpoint add", f"endpoint {endpoint_id}", details)
