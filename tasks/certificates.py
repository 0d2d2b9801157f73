"""Certificates: what each endpoint serves, and whether that can be trusted.

Promise: convergent. A scan repeated is harmless; its finding, events and alerts are written once.
"""

from datetime import UTC, datetime

import settings
from db import alerts
from db import endpoints as store
from db.endpoints import Endpoint
from integrations import tls
from rules import certificates, stages
from rules.certificates import Change, ChangeKind, Fault, Finding
from tasks import alerts as telling
from tasks import outside
from tasks.calls import measured
from tasks.context import completing
from tasks.task import Queue, task

_EXPIRY = "certificate_expiry"
_FAULT = "certificate_fault"


@task(Queue.DEFAULT, fans_out=True, then="alerts.tell_of_run", deadline_s=900)
def scan_all() -> None:
    """Scan every endpoint."""
    scan.fan_out(store.ids_after, "endpoint_id")


@task(Queue.SCAN, attempts=4, backoff_s=30)
def scan(*, endpoint_id: int) -> None:
    """Scan one endpoint and record what changed."""
    endpoint = store.get(endpoint_id)
    finding = look(endpoint.host, endpoint.port)
    with completing():
        for change in store.record(endpoint, finding):
            if outdated := _outdated(change):
                alerts.clear(outdated, endpoint.subject)
        for alert_id in warn(endpoint, finding, now=datetime.now(UTC)):
            telling.tell.enqueue(alert_id=alert_id)


def _outdated(change: Change) -> str | None:
    """Return which alert of before was about something else: another end, whose stages begin anew, or other faults."""
    if change.kind is ChangeKind.EXPIRY_CHANGED:
        return _EXPIRY
    if change.kind is ChangeKind.FAULT_FOUND and change.after != Fault.EXPIRED:
        return _FAULT
    return None


def look(host: str, port: int) -> Finding:
    """Return what an endpoint serves now. Raises ``Rejected`` or ``Unavailable`` where we cannot look."""
    with measured("tls"):
        seen = tls.fetch(
            host,
            port,
            guard=outside.guard(),
            deadline_s=settings.current().scan_deadline_s,
            trust=outside.trust(),
        )
    return certificates.assess(seen, now=datetime.now(UTC))


def warn(endpoint: Endpoint, finding: Finding, *, now: datetime) -> list[int]:
    """Open, advance or clear the alerts of an endpoint; returns those that have to be told."""
    return [*_warn_of_expiry(endpoint, finding, now=now), *_warn_of_faults(endpoint, finding)]


def _warn_of_expiry(endpoint: Endpoint, finding: Finding, *, now: datetime) -> list[int]:
    if finding.not_after is None:
        return []
    stage = stages.stage(finding.not_after, now=now)
    if stage is None:
        alerts.clear(_EXPIRY, endpoint.subject)
        return []
    when = f"{finding.not_after:%Y-%m-%d}"
    verb = "expired" if stage == stages.LAPSED else "expires"
    alert_id = alerts.raise_(
        _EXPIRY,
        endpoint.subject,
        headline=f"The certificate of {endpoint.address} {verb} on {when}",
        stage=stage,
        facts=(("Client", endpoint.client_name), ("Issuer", finding.issuer), ("Valid until", when)),
    )
    return [alert_id] if alert_id else []


def _warn_of_faults(endpoint: Endpoint, finding: Finding) -> list[int]:
    faults = [one for one in finding.faults if one is not Fault.EXPIRED]  # the expiry alert says that
    if not faults:
        alerts.clear(_FAULT, endpoint.subject)
        return []
    alert_id = alerts.raise_(
        _FAULT,
        endpoint.subject,
        headline=f"{endpoint.address}: {finding.message}",
        facts=(("Client", endpoint.client_name), ("Found", ", ".join(faults)), ("Issuer", finding.issuer)),
    )
    return [alert_id] if alert_id else []
