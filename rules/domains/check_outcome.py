"""All that follows from a check of a domain, in one value: the store saves it, and staff are told its alarms.

registries answered ──answered────┐
nobody answered ──────unanswered──┼──> CheckOutcome
somebody decided ─────reassessed──┘
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules.checks.changes import Change
from rules.checks.next_check import jitter
from rules.domains import changes, knowledge, lifecycle, next_check, recent_checks, renewals
from rules.domains.changes import DomainChangeKind
from rules.domains.domain import Domain
from rules.domains.next_check import NextDomainCheck
from rules.domains.recent_checks import RecentCheck
from rules.domains.records import SETTLED, RegistryRecord
from rules.domains.renewals import DomainAlarm, DomainAlarmKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """What follows from a check. ``domain`` is the domain after the check, still with its old next check.

    ``cleared`` are the kinds whose open alert is closed: its reason is gone, or it was about an end that has moved. A
    kind that is among ``alarms`` too is opened anew.
    """

    at: datetime
    domain: Domain
    records: tuple[RegistryRecord, ...] = ()
    changes: tuple[Change[DomainChangeKind], ...] = ()
    next_check: NextDomainCheck
    alarms: tuple[DomainAlarm, ...]
    cleared: frozenset[DomainAlarmKind]


def answered(domain: Domain, records: Sequence[RegistryRecord], *, at: datetime) -> CheckOutcome:
    """Return what follows from what registries answered: at least one record; ``at`` is aware.

    Records that settle nothing change no field that is known.
    """
    known = knowledge.learn(domain.known, records, at=at)
    news = changes.changes(domain.known, known)
    learnt = replace(domain, known=known, changed_at=at if news else domain.changed_at)
    settled = next((record.answer for record in records if record.answer in SETTLED), None)
    if settled is not None:
        seen = recent_checks.after(domain.recent_checks, RecentCheck(at, str(settled)))
        learnt = replace(learnt, checked_at=at, failed_at=None, failure=None, failures=0, recent_checks=seen)
    else:
        learnt = _failed(learnt, str(records[0].answer), at)
    return _outcome(learnt, at=at, records=tuple(records), news=news)


def unanswered(domain: Domain, why: str, *, at: datetime) -> CheckOutcome:
    """Return what follows where nobody answered: what is known stays, but stage and alarms follow the time."""
    return _outcome(_failed(domain, why, at), at=at)


def reassessed(domain: Domain, *, at: datetime) -> CheckOutcome:
    """Return what follows for a domain about which somebody decided something, without asking anybody."""
    return _outcome(domain, at=at)


def _failed(domain: Domain, why: str, at: datetime) -> Domain:
    seen = recent_checks.after(domain.recent_checks, RecentCheck(at, recent_checks.FAILED))
    return replace(domain, failed_at=at, failure=why, failures=domain.failures + 1, recent_checks=seen)


def _outcome(
    domain: Domain,
    *,
    at: datetime,
    records: tuple[RegistryRecord, ...] = (),
    news: tuple[Change[DomainChangeKind], ...] = (),
) -> CheckOutcome:
    staged = _staged(domain, at)
    alarms = _alarms(staged, at)
    return CheckOutcome(
        at=at,
        domain=staged,
        records=records,
        changes=news,
        next_check=_next_check(staged, at),
        alarms=alarms,
        cleared=frozenset(DomainAlarmKind) - {alarm.kind for alarm in alarms} | _outdated(news),
    )


def _staged(domain: Domain, at: datetime) -> Domain:
    stage = lifecycle.stage(domain.registration, now=at)
    return domain if stage is domain.stage else replace(domain, stage=stage, stage_since=at)


def _alarms(domain: Domain, at: datetime) -> tuple[DomainAlarm, ...]:
    return renewals.alarms(
        lifecycle.assess(domain.registration, now=at),
        decision=domain.decision,
        warn_at=domain.alert_days,
        decided_for=domain.decided_for,
    )


def _outdated(news: Sequence[Change[DomainChangeKind]]) -> frozenset[DomainAlarmKind]:
    """Return the kinds whose alerts are about an end that has moved: their stages begin anew, even near the new end."""
    moved = any(change.kind in _MOVES_THE_END for change in news)
    return frozenset({DomainAlarmKind.EXPIRY}) if moved else frozenset()


_MOVES_THE_END = (DomainChangeKind.RENEWED, DomainChangeKind.EXPIRY_EARLIER)


def _next_check(domain: Domain, at: datetime) -> NextDomainCheck:
    expiry = domain.expiry
    return next_check.next_check(
        answer=domain.known.answer,
        expires=expiry.at if expiry else None,
        statuses=domain.known.statuses,
        changed_at=domain.changed_at,
        failures=domain.failures,
        doubted=domain.known.doubt is not None,
        now=at,
        jitter=jitter(domain.id),
    )
