"""DNS: what name servers say of the portfolio's domains, beside what their registries say.

Promise: convergent. A look repeated is harmless; facts and alert are written once.
"""

from datetime import UTC, datetime

import settings
from db.portfolio import alerts, domain_dns
from db.portfolio import domains as store
from db.portfolio.domains import Domain
from integrations import dns as servers
from rules import dns
from rules.dns import DnsIssue, Weight
from rules.domains import lifecycle
from rules.domains.lifecycle import Stage
from rules.domains.renewals import TO_LAPSE
from tasks import alerts as telling
from tasks import outside
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.outside.calls import measured

ALERT = "domain_dns"
_SHOULD_WORK = (Stage.ACTIVE, Stage.EXPIRING)


def _size() -> FanOutSize:
    return FanOutSize(store.count())


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size, then="alerts.tell_of_run", deadline_s=900)
def read_all() -> None:
    """Ask name servers about every domain."""
    read.fan_out(store.ids_after, "domain_id")


@task(Queue.LOOKUP, attempts=3, backoff_s=60, unique=("domain_id",))
def read(*, domain_id: int) -> None:
    """Ask name servers about one domain: its delegation, its mail, who may issue certificates for it."""
    domain, config = store.get(domain_id), settings.current()
    with measured("dns"):
        facts = servers.fetch(
            domain.name,
            guard=outside.guard(),
            resolvers=config.dns_resolvers,
            deadline_s=config.lookup_deadline_s,
            port=config.dns_port,
        )
    known = domain.facts
    remarks = dns.issues(facts, registered=known.nameservers, signed=known.dnssec)
    with completing():
        domain_dns.keep(domain_id, facts, remarks, at=datetime.now(UTC))
        _warn(domain, [one for one in remarks if one.weight is Weight.FAULT])


def _warn(domain: Domain, faults: list[DnsIssue]) -> None:
    """Open or clear the alert of a domain that should work, in the caller's transaction; one on hold cannot."""
    life = lifecycle.assess(domain.registration, now=datetime.now(UTC))
    should_work = life.stage in _SHOULD_WORK and not life.dark and domain.decision not in TO_LAPSE
    notices = ()
    if faults and should_work:
        facts = (("Client", domain.client_name), *(("Fault", one.words) for one in faults))
        notices = (alerts.Notice(kind=ALERT, headline=f"{domain.name}: {faults[0].words}", facts=facts),)
    over = frozenset[str]() if notices else frozenset({ALERT})
    telling.reconcile([alerts.Standing(subject=domain.subject, notices=notices, over=over)])
