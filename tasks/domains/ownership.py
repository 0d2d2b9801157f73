"""Verification that domains are their clients': looks for tokens in their places, stores and tells what follows.

    challenges ──DNS, https──> sightings ──rules.domains.ownership.assess──> db.portfolio.ownership, events, alert

Promise: convergent. A look repeated is harmless; what it brings is written once.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

import settings
from db import connection
from db.portfolio import domains, events
from db.portfolio import ownership as store
from db.portfolio.alerts import Notice, Standing
from integrations import well_known
from integrations.deadline import Deadline
from integrations.errors import Rejected, Unavailable
from rules.checks.next_check import jitter
from rules.domains import ownership
from rules.domains.domain import Domain
from rules.domains.ownership import (
    Ownership,
    OwnershipChallenge,
    OwnershipMethod,
    OwnershipOutcome,
    OwnershipState,
    Sighting,
    SightingKind,
)
from rules.domains.renewals import TO_LAPSE
from rules.jobs import Priority
from tasks import alerts, outside
from tasks.engine.context import completing
from tasks.engine.fan_out import FanOutSize
from tasks.engine.task import EnqueuedJob, Queue, task
from tasks.outside import rate_limits
from tasks.outside.calls import measured
from wording.domains import ownership as ownership_words

ALERT: Final = "domain_ownership"

_TOKEN_BYTES = 16


def _size() -> FanOutSize:
    return FanOutSize(store.count_due(now=datetime.now(UTC)))


@task(Queue.DEFAULT, unique=(), fans_out=True, size=_size, then="alerts.tell_of_run", deadline_s=900)
def check_due() -> None:
    """Look for the tokens of the domains whose verification is due."""
    check.fan_out(partial(store.due_after, now=datetime.now(UTC)), "domain_id")


@task(Queue.LOOKUP, attempts=3, backoff_s=60, unique=("domain_id",))
def check(*, domain_id: int) -> None:
    """Look for the token of one domain. If the token was renewed meanwhile, the result is dropped."""
    looked_for = store.get(domain_id)
    if looked_for is None:
        return
    seen = list(_sightings(domains.get(domain_id).name, looked_for))
    with completing():
        domain = domains.locked(domain_id)
        found = store.get(domain_id)
        if found is not None and found.token == looked_for.token:
            _save(domain, ownership.assess(found, seen, jitter=jitter(domain_id), now=datetime.now(UTC)))


def request(domain_id: int, *, renew: bool = False) -> tuple[Domain, Ownership, EnqueuedJob]:
    """Begin a domain's verification as ``begin`` does, and have its token looked for now, in one transaction.

    Raises ``LookupError``.
    """
    with connection.transaction():
        domain = domains.locked(domain_id)
        begun = begin(domain, renew=renew)
        return domain, begun, check.enqueue(domain_id=domain_id, priority=Priority.URGENT)


def begin(domain: Domain, *, renew: bool = False) -> Ownership:
    """Return a domain's verification; begin it, in the caller's transaction, where there is none or ``renew`` is given.

    A renewed verification is pending and has another token: the old token proves nothing any more.
    """
    found = store.get(domain.id)
    if found is not None and not renew:
        return found
    alerts.reconcile([Standing(subject=domain.subject, over=frozenset({ALERT}))])
    token = secrets.token_hex(_TOKEN_BYTES)
    return store.begin(domain.id, client_id=domain.client_id, token=token, at=datetime.now(UTC))


def _sightings(name: str, known: Ownership) -> Iterator[Sighting]:
    """Look for the token in one place after the other, and yield what is seen, until the token is found."""
    for challenge in ownership.in_turn(ownership.challenges(name, known.token), known.method):
        sighting = _sighting(name, challenge)
        yield sighting
        if sighting.kind is SightingKind.FOUND:
            return


def _sighting(name: str, challenge: OwnershipChallenge) -> Sighting:
    try:
        return ownership.sighting(challenge, _values(name, challenge))
    except Unavailable as error:
        return Sighting(challenge.method, SightingKind.UNSEEN, str(error))
    except Rejected as error:
        if challenge.method is not OwnershipMethod.FILE:
            raise  # our resolver does not work as one: that is trouble on our side
        return Sighting(challenge.method, SightingKind.NOTHING, str(error))


def _values(name: str, challenge: OwnershipChallenge) -> Sequence[str]:
    """Return what stands in a challenge's place. Raises ``Unavailable``, ``Rejected``, and what a rate limit raises."""
    from integrations import dns  # noqa: PLC0415 - not every process asks name servers

    config = settings.current()
    deadline = Deadline.after(config.lookup_deadline_s)
    match challenge.method:
        case OwnershipMethod.TXT:
            with measured("dns"):
                return dns.texts(challenge.where, resolvers=config.dns_resolvers, deadline=deadline)
        case OwnershipMethod.MAIL_HOST:
            with measured("dns"):
                return dns.mail_hosts(name, resolvers=config.dns_resolvers, deadline=deadline)
        case OwnershipMethod.FILE:
            text = well_known.fetch(
                name,
                ownership.FILE,
                guard=outside.guard(),
                deadline=deadline,
                limit=rate_limits.for_lookup(),
                port=config.verification_port,
            )
            return (text,)


def _save(domain: Domain, outcome: OwnershipOutcome) -> None:
    """Store what follows from a look, and open or clear the alert of the domain, in the caller's transaction."""
    found = outcome.ownership
    store.save(domain.id, found)
    for change in outcome.changes:
        events.add(domain.subject, change.kind, change.before, change.after)
    is_alarming = found.state is OwnershipState.LOST and domain.decision not in TO_LAPSE
    notice = Notice(
        kind=ALERT,
        headline=ownership_words.headline(domain.name),
        what_to_do=ownership_words.WHAT_TO_DO,
        facts=ownership_words.facts(domain.client_name, found),
    )
    standing = (
        Standing(subject=domain.subject, notices=(notice,))
        if is_alarming
        else Standing(subject=domain.subject, over=frozenset({ALERT}))
    )
    alerts.reconcile([standing])
