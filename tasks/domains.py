"""Domains: what their registries say of them, asked over RDAP first and WHOIS after.

Promise: convergent. A look-up repeated is harmless; its record, events and alerts are written once.
"""

import json
from datetime import UTC, datetime
from functools import cache

import structlog

import settings
from db import alerts, documents
from db import domains as store
from db.domains import Domain
from integrations import rdap, whois
from integrations.errors import IntegrationError, Unavailable
from integrations.guard import NoSuchName
from rules import domains, stages
from rules.domains import Answer, Kind, Record
from tasks import alerts as telling
from tasks import outside
from tasks.calls import measured
from tasks.context import completing, fenced
from tasks.task import Queue, task

log = structlog.get_logger()

_BOOTSTRAP = "rdap-bootstrap"
_ALERT = "domain_expiry"


@task(Queue.DEFAULT, fans_out=True, then="alerts.tell_of_run", deadline_s=900)
def check_all() -> None:
    """Check every domain."""
    check.fan_out(store.ids_after, "domain_id")


@task(Queue.LOOKUP, attempts=5, backoff_s=30)
def check(*, domain_id: int) -> None:
    """Ask the registry about one domain and record what changed."""
    domain = store.get(domain_id)
    try:
        answer = ask(domain.name, servers())
    except IntegrationError as error:
        with fenced():
            store.failed(domain, str(error))
        raise
    with completing():
        news = store.record(domain, answer)
        if any(change.kind is Kind.EXPIRY_CHANGED for change in news):
            alerts.clear(_ALERT, domain.subject)  # its stages begin anew, also where the new end is near
        for alert_id in warn(store.get(domain_id), now=datetime.now(UTC)):
            telling.tell.enqueue(alert_id=alert_id)


@task(Queue.DEFAULT, attempts=3, backoff_s=300)
def refresh_servers() -> None:
    """Fetch IANA's list of RDAP servers (RFC 9224) and keep it for all processes."""
    config = settings.current()
    with measured("iana"):
        newest = rdap.fetch_bootstrap(
            config.rdap_bootstrap_url, guard=outside.guard(), deadline_s=config.lookup_deadline_s
        )
    with completing():
        documents.keep(_BOOTSTRAP, json.dumps(dict(newest.servers)))


def ask(name: str, bootstrap: rdap.Bootstrap) -> Record:
    """Return what the registry says of a name: RDAP's word where it has one, WHOIS' otherwise.

    Raises ``Unavailable`` or ``Rejected`` when neither answers. A server whose own name nobody can resolve is away:
    that says nothing of the domain.
    """
    config = settings.current()
    guard, deadline_s = outside.guard(), config.lookup_deadline_s
    try:
        with measured("rdap"):
            answer = rdap.fetch(name, bootstrap=bootstrap, guard=guard, deadline_s=deadline_s)
    except IntegrationError as error:
        log.info("rdap_silent", domain=name, error=str(error))
        answer = None
    if answer is not None and answer.answer in domains.SETTLED:
        return answer
    try:
        with measured("whois"):
            return whois.fetch(name, root=config.whois_root, guard=guard, deadline_s=deadline_s)
    except NoSuchName as error:
        raise Unavailable(str(error)) from error


def servers() -> rdap.Bootstrap:
    """Return the RDAP servers: IANA's newest list if it was fetched, the one that was shipped otherwise."""
    kept = documents.kept(_BOOTSTRAP)
    return rdap.Bootstrap(json.loads(kept)) if kept else shipped()


shipped = cache(rdap.Bootstrap.shipped)


def warn(domain: Domain, *, now: datetime) -> list[int]:
    """Open, advance or clear the expiry alert of a domain; returns the alerts that have to be told."""
    known = domain.known
    if known is None or known.answer is not Answer.REGISTERED or known.expires is None:
        return []
    stage = stages.stage(known.expires, now=now)
    if stage is None:
        alerts.clear(_ALERT, domain.subject)
        return []
    when = f"{known.expires:%Y-%m-%d}"
    headline = f"{domain.name} expired on {when}" if stage == stages.LAPSED else f"{domain.name} expires on {when}"
    facts = (("Client", domain.client_name), ("Registrar", known.registrar or "not stated"), ("Expires", when))
    alert_id = alerts.raise_(_ALERT, domain.subject, headline=headline, stage=stage, facts=facts)
    return [alert_id] if alert_id else []
