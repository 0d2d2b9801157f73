"""Domains: what their registries say of them, and what staff have to be told because of it.

registries.look_up ──records──> rules.domains.check_outcome ──> db.portfolio.checks.save, alerts.reconcile

Promise: convergent. A check repeated is harmless; its records, events and alerts are written once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import settings
from db.portfolio import checks, domains
from db.portfolio.alerts import Notice, Standing
from integrations import rdap
from integrations.errors import IntegrationError
from rules.domains import check_outcome
from rules.domains.check_outcome import CheckOutcome
from tasks import alerts, outside
from tasks.domains import registries
from tasks.engine.context import completing, fenced
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.outside import pacing, rate_limits
from wording.domains import check_reasons, domain_alarms

_LONGEST_PARK_S = 3600.0


def _first_servers(ids: Sequence[int]) -> dict[int, str]:
    return registries.first_servers(domains.names(ids))


def _size_of_all() -> FanOutSize:
    return pacing.size(registries.jobs_by_server(domains.count_by_suffix()))


def _size_of_due() -> FanOutSize:
    return pacing.size(registries.jobs_by_server(domains.count_by_suffix(due=datetime.now(UTC))))


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size_of_all, then="alerts.tell_of_run", deadline_s=900)
def check_all() -> None:
    """Check every domain, at the pace of its registry."""
    check.fan_out(domains.ids_after, "domain_id")


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size_of_due, then="alerts.tell_of_run", deadline_s=900)
def check_due() -> None:
    """Check the domains whose next check is due: the nearer the end, the more often."""
    check.fan_out(partial(domains.due_after, now=datetime.now(UTC)), "domain_id")


@task(Queue.LOOKUP, attempts=5, backoff_s=30, unique=("domain_id",), pacing=pacing.LanePacing(_first_servers))
def check(*, domain_id: int) -> None:
    """Ask the registry about one domain and record what changed.

    The domain is read again after the answer, because staff may have decided something meanwhile.
    """
    domain, servers = domains.get(domain_id), registries.current()
    try:
        lookup = registries.look_up(
            domain.name, servers, at=datetime.now(UTC), known=domain.known, limit=rate_limits.for_lookup()
        )
    except IntegrationError as error:
        blocked_for_long = isinstance(error, rate_limits.ServerBlocked) and error.delay_s > _LONGEST_PARK_S
        with completing() if blocked_for_long else fenced():
            why = registries.reasons(error)
            _save(check_outcome.unanswered(domains.locked(domain_id), why, at=datetime.now(UTC)))
        if blocked_for_long:
            return  # the next check is planned; a run does not stay open for a server that is not asked for hours
        raise
    with completing():
        _save(check_outcome.answered(domains.locked(domain_id), lookup.records, at=datetime.now(UTC)))
        registries.keep_referrals(servers)


@task(Queue.DEFAULT, attempts=3, unique=("domain_id",), in_batches=True)
def judge(*, domain_id: int) -> None:
    """Assess anew what follows from what is known and decided about a domain, without asking anybody."""
    with completing():
        _save(check_outcome.reassessed(domains.locked(domain_id), at=datetime.now(UTC)))


@task(Queue.DEFAULT, attempts=3, backoff_s=300, unique=())
def refresh_servers() -> None:
    """Fetch IANA's list of RDAP servers (RFC 9224) and keep it for all processes."""
    config = settings.current()
    newest = rdap.fetch_bootstrap(
        config.rdap_bootstrap_url,
        guard=outside.guard(),
        deadline_s=config.lookup_deadline_s,
        limit=rate_limits.for_lookup(),
    )
    with completing():
        registries.keep_bootstrap(newest)


def _save(outcome: CheckOutcome) -> None:
    """Store a check, and open, advance and clear the alerts of its domain, in the caller's transaction."""
    checks.save(outcome, because=check_reasons.because(outcome.next_check))
    facts = domain_alarms.facts(outcome.domain)
    notices = tuple(
        Notice(
            kind=alarm.kind,
            stage=alarm.stage,
            urgency=alarm.urgency,
            about=alarm.about,
            group=outcome.domain.known.registrar or "",
            headline=domain_alarms.headline(alarm),
            what_to_do=domain_alarms.what_to_do(alarm),
            facts=facts,
        )
        for alarm in outcome.alarms
    )
    alerts.reconcile([Standing(subject=outcome.domain.subject, notices=notices, over=outcome.cleared)])
