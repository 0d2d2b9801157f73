"""Domains: what their registries say of them, and what staff have to be told because of it.

Promise: convergent. A look-up repeated is harmless; its record, events and alerts are written once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import settings
from db.portfolio import alerts, checks
from db.portfolio import domains as store
from db.portfolio.domains import Domain
from integrations import rdap
from integrations.errors import IntegrationError
from rules.alarms import Alarm
from rules.changes import Change
from rules.domains import lifecycle, renewals
from rules.domains.records import Answer, DomainChangeKind
from tasks import alerts as telling
from tasks import outside
from tasks.domains import registries
from tasks.engine.context import completing, fenced
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import Queue, task
from tasks.outside import pacing, rate_limits

_LONGEST_PARK_S = 3600.0


def _first_servers(ids: Sequence[int]) -> dict[int, str]:
    return registries.first_servers(store.names_of(ids))


def _size_of_all() -> FanOutSize:
    return pacing.size(registries.jobs_by_server(store.count_by_suffix()))


def _size_of_due() -> FanOutSize:
    return pacing.size(registries.jobs_by_server(store.count_by_suffix(due=datetime.now(UTC))))


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size_of_all, then="alerts.tell_of_run", deadline_s=900)
def check_all() -> None:
    """Check every domain, at the pace of its registry."""
    check.fan_out(store.ids_after, "domain_id")


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size_of_due, then="alerts.tell_of_run", deadline_s=900)
def check_due() -> None:
    """Check the domains whose next look is due: the nearer the end, the more often."""
    check.fan_out(partial(store.due_after, now=datetime.now(UTC)), "domain_id")


@task(Queue.LOOKUP, attempts=5, backoff_s=30, unique=("domain_id",), pacing=pacing.LanePacing(_first_servers))
def check(*, domain_id: int) -> None:
    """Ask the registry about one domain and record what changed."""
    domain, directory = store.get(domain_id), registries.current()
    registered = domain.known is not None and domain.known.answer is Answer.REGISTERED
    try:
        look = registries.ask(domain.name, directory, limit=rate_limits.for_lookup(), is_registered=registered)
    except IntegrationError as error:
        for_long = isinstance(error, rate_limits.ServerBlocked) and error.delay_s > _LONGEST_PARK_S
        with completing() if for_long else fenced():
            checks.failed(store.get(domain_id), registries.reasons(error), at=datetime.now(UTC))
            _warn(store.get(domain_id))
        if for_long:
            return  # its next look is planned; a run does not stay open for a server that is shut for hours
        raise
    with completing():
        # Read again: staff may have decided something while the registry was asked.
        news = checks.record(store.get(domain_id), look.answers, at=datetime.now(UTC))
        registries.remember(directory)
        _warn(store.get(domain_id), news)


@task(Queue.DEFAULT, attempts=3, unique=("domain_id",))
def judge(*, domain_id: int) -> None:
    """Judge anew what follows from what is known and decided about a domain, without asking anybody."""
    domain = store.get(domain_id)
    with completing():
        checks.reassessed(domain, at=datetime.now(UTC))
        _warn(store.get(domain_id))


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
        registries.keep(newest)


def alarms(domain: Domain, *, now: datetime) -> tuple[Alarm[renewals.DomainAlarmKind], ...]:
    """Return what staff have to know of a domain now, the most urgent first."""
    if domain.known is None:
        return ()
    registration = domain.registration
    return renewals.alarms(
        name=domain.name,
        lifecycle=lifecycle.assess(registration, now=now),
        expires=registration.expires,
        expiry_is_ours=registration.expiry_is_ours,
        decision=domain.decision,
        warn_at=domain.alert_days,
        now=now,
        decided_for=domain.decided_for,
    )


def _warn(domain: Domain, news: Sequence[Change[DomainChangeKind]] = ()) -> None:
    """Open, advance and clear the alerts of a domain, and have what is new told, in the caller's transaction.

    An end that moved begins the stages anew, also where the new one is near.
    """
    found = alarms(domain, now=datetime.now(UTC))
    anew = (
        {renewals.DomainAlarmKind.EXPIRY}
        if any(change.kind in _MOVED for change in news)
        else set[renewals.DomainAlarmKind]()
    )
    over = set(renewals.DomainAlarmKind) - {one.kind for one in found} | anew
    notices = tuple(
        alerts.Notice(
            kind=one.kind, stage=one.stage, headline=one.headline, what_to_do=one.what_to_do, facts=_facts(domain)
        )
        for one in found
    )
    telling.reconcile([alerts.Standing(subject=domain.subject, notices=notices, over=frozenset(over))])


_MOVED = (DomainChangeKind.RENEWED, DomainChangeKind.EXPIRY_EARLIER)


def _facts(domain: Domain) -> tuple[tuple[str, str], ...]:
    expiry, known = domain.expiry, domain.known
    return (
        ("Client", domain.client_name),
        ("Registrar", (known.registrar if known else None) or "not stated"),
        ("Expires", f"{expiry.at:%Y-%m-%d}" if expiry else "not stated"),
        ("Decision", renewals.IN_WORDS[domain.decision]),
    )
