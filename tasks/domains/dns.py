"""DNS: what name servers say of the portfolio's domains, apart from what their registries say.

integrations.dns ──facts──> rules.domains.dns_outcome ──> db.portfolio.domain_dns.save, alerts.reconcile

Promise: convergent. Asking again is harmless; facts and alert are written once.
"""

from datetime import UTC, datetime

import settings
from db.portfolio import domain_dns, domains
from db.portfolio.alerts import Notice, Standing
from db.portfolio.domain_dns import DnsRemark
from rules.domains import dns_outcome
from rules.domains.dns_outcome import DnsOutcome
from rules.domains.domain import Domain
from rules.translatable import Translatable
from tasks import alerts, outside
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.outside.calls import count, measured
from wording.domains import dns_issues

ALERT = "domain_dns"


def _size() -> FanOutSize:
    return FanOutSize(domains.count())


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size, then="alerts.tell_of_run", deadline_s=900)
def read_all() -> None:
    """Ask name servers about every domain."""
    read.fan_out(domains.ids_after, "domain_id")


@task(Queue.LOOKUP, attempts=3, backoff_s=60, unique=("domain_id",))
def read(*, domain_id: int) -> None:
    """Ask name servers about one domain: its delegation, its mail, who may issue certificates for it."""
    from integrations import dns  # noqa: PLC0415 - not every process asks name servers

    config = settings.current()
    with measured("dns"):
        facts = dns.fetch(
            domains.get(domain_id).name,
            guard=outside.guard(),
            resolvers=config.dns_resolvers,
            deadline_s=config.lookup_deadline_s,
            port=config.dns_port,
        )
    count("resolver", "silent" if facts.resolver_is_silent else "ok", seconds=0.0)
    with completing():
        domain = domains.locked(domain_id)
        _save(domain, dns_outcome.assess(domain, facts, at=datetime.now(UTC)))


def _save(domain: Domain, outcome: DnsOutcome) -> None:
    """Store what follows, and open or clear the alert of the domain, in the caller's transaction."""
    remarks = [DnsRemark(issue.kind, issue.weight, dns_issues.sentence(issue)) for issue in outcome.issues]
    domain_dns.save(domain.id, outcome.facts, remarks, at=outcome.at)
    faults = [dns_issues.sentence(issue) for issue in outcome.alarming]
    facts = (("Client", domain.client_name), *(("Fault", fault) for fault in faults))
    about = ",".join(sorted({issue.kind for issue in outcome.alarming}))
    notices: tuple[Notice, ...] = ()
    if faults:
        headline = Translatable("{name}: {title}", name=domain.name, title=faults[0])
        notices = (Notice(kind=ALERT, headline=headline, facts=facts, about=about),)
    over = frozenset[str]() if faults else frozenset({ALERT})
    alerts.reconcile([Standing(subject=domain.subject, notices=notices, over=over)])
