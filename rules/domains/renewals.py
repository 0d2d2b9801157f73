"""Renewal decisions, and what staff have to be told because of them.

What a domain's lifecycle means depends on what was decided: a name that nobody wants any more may end in peace, and is
an alarm when somebody pays for it all the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.checks.alarms import Alarm, Urgency
from rules.checks.stages import LAPSED, STAGES, stage
from rules.domains.lifecycle import LOST, Lifecycle, LifecycleStage

LATE_DAYS = 7
"""Days before the end by which most registrars have renewed what renews by itself; later it may have failed."""

RENEWAL = timedelta(days=28)
"""The least move of a date that is a renewal: registries sell months; a smaller move corrects the date."""

TRANSFER_DAYS = 5
"""Days in which a generic TLD's registrar can refuse a transfer (ICANN, Transfer Policy, section I.A.3)."""


class RenewalDecision(StrEnum):
    """What was decided about a domain's next renewal."""

    UNDECIDED = "undecided"  # nobody has said anything
    AUTO = "auto"  # its registrar renews it by itself
    MANUAL = "manual"  # we renew it by hand
    LAPSE = "lapse"  # we let it lapse
    DECLINED = "declined"  # the client does not want it any more
    UNANSWERED = "unanswered"  # the client was asked and has not answered


TO_LAPSE = frozenset({RenewalDecision.LAPSE, RenewalDecision.DECLINED})


class DomainAlarmKind(StrEnum):
    """What an alarm is about. Of each kind one is open for a domain; a kind that is not raised any more is over."""

    EXPIRY = "domain_expiry"
    """It expires soon or has expired, and should live. Staged by the days to the end."""
    RENEWED = "domain_renewed"
    """It is to lapse and was renewed, so somebody pays; or it should live and its registry moved the date, so nobody
    has paid yet. Staged by the days in which that can still be undone."""
    REDEMPTION = "domain_redemption"
    """It has been deleted and can still be restored. Staged by the days in which it can."""
    GONE = "domain_gone"
    """It should live and is past saving, or not registered at all. No stages."""
    DARK = "domain_dark"
    """It is registered and should live, but does not resolve: a hold, or no name servers. No stages."""
    TRANSFER = "domain_transfer"
    """A transfer to another registrar is pending. No stages."""


class DomainAlarmReason(StrEnum):
    """Why there is an alarm of a kind; which sentences tell it follows from this."""

    BEING_DELETED = "being_deleted"
    NOT_REGISTERED = "not_registered"
    RESERVED = "reserved"  # not registered, and its registry gives it to nobody
    RESTORABLE = "restorable"
    BEING_RESTORED = "being_restored"
    RESTORED_AGAINST_DECISION = "restored_against_decision"
    RENEWED_AGAINST_DECISION = "renewed_against_decision"
    AUTO_RENEWED_AGAINST_DECISION = "auto_renewed_against_decision"
    AUTO_RENEWED_UNPAID = "auto_renewed_unpaid"
    EXPIRES = "expires"
    EXPIRED = "expired"
    END_UNCONFIRMED = "end_unconfirmed"  # its last known end has passed, and nobody states one any more
    DARK = "dark"
    BEING_TRANSFERRED = "being_transferred"


_KINDS = {
    DomainAlarmReason.BEING_DELETED: DomainAlarmKind.GONE,
    DomainAlarmReason.NOT_REGISTERED: DomainAlarmKind.GONE,
    DomainAlarmReason.RESERVED: DomainAlarmKind.GONE,
    DomainAlarmReason.RESTORABLE: DomainAlarmKind.REDEMPTION,
    DomainAlarmReason.BEING_RESTORED: DomainAlarmKind.REDEMPTION,
    DomainAlarmReason.RESTORED_AGAINST_DECISION: DomainAlarmKind.RENEWED,
    DomainAlarmReason.RENEWED_AGAINST_DECISION: DomainAlarmKind.RENEWED,
    DomainAlarmReason.AUTO_RENEWED_AGAINST_DECISION: DomainAlarmKind.RENEWED,
    DomainAlarmReason.AUTO_RENEWED_UNPAID: DomainAlarmKind.RENEWED,
    DomainAlarmReason.EXPIRES: DomainAlarmKind.EXPIRY,
    DomainAlarmReason.EXPIRED: DomainAlarmKind.EXPIRY,
    DomainAlarmReason.END_UNCONFIRMED: DomainAlarmKind.EXPIRY,
    DomainAlarmReason.DARK: DomainAlarmKind.DARK,
    DomainAlarmReason.BEING_TRANSFERRED: DomainAlarmKind.TRANSFER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainAlarm(Alarm[DomainAlarmKind]):
    """What staff have to be told of a domain, with what the sentences about it are made of."""

    reason: DomainAlarmReason
    life: Lifecycle
    decision: RenewalDecision

    @property
    def about(self) -> str:
        """The day of the end that is in force: an alarm about another end is another alarm."""
        expires = self.life.registration.expires
        return expires.date().isoformat() if expires else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _RenewalCase:
    life: Lifecycle
    decision: RenewalDecision
    warn_at: tuple[int, ...]
    decided_for: datetime | None

    @property
    def to_lapse(self) -> bool:
        return self.decision in TO_LAPSE

    @property
    def renewed_against_decision(self) -> bool:
        ends, decided_for = self.life.ends, self.decided_for
        if not self.to_lapse or ends is None or decided_for is None or self.life.stage not in _ENDING:
            return False
        return ends - decided_for >= RENEWAL

    @property
    def deadline_stage(self) -> int | None:
        """Return the stage that is reached before the lifecycle's deadline; None where there is none, or none yet."""
        return self.stage_before(self.life.deadline) if self.life.deadline else None

    def stage_before(self, end: datetime) -> int | None:
        """Return the stage that is reached before an end; None where even the first is ahead."""
        return stage(end, now=self.life.at, stages=self.warn_at)

    def alarm(self, reason: DomainAlarmReason, urgency: Urgency, *, stage: int | None = None) -> DomainAlarm:
        return DomainAlarm(
            kind=_KINDS[reason], stage=stage, urgency=urgency, reason=reason, life=self.life, decision=self.decision
        )


def alarms(
    life: Lifecycle,
    *,
    decision: RenewalDecision = RenewalDecision.UNDECIDED,
    warn_at: tuple[int, ...] = STAGES,
    decided_for: datetime | None = None,
) -> tuple[DomainAlarm, ...]:
    """Return what staff have to be told of a domain, the most urgent first, at most one of each kind.

    ``warn_at`` are days, largest first, as ``rules.checks.stages.parse`` returns them. ``decided_for`` is the date that
    was in force when the decision was made, where that is known; aware and UTC.
    """
    case = _RenewalCase(life=life, decision=decision, warn_at=warn_at, decided_for=decided_for)
    found = [alarm for alarms_of in _ALARMS for alarm in alarms_of(case)]
    return tuple(sorted(found, key=lambda alarm: -alarm.urgency))


def _gone(case: _RenewalCase) -> Iterator[DomainAlarm]:
    if case.life.stage in LOST and not case.to_lapse:
        yield case.alarm(_LOST_BECAUSE[case.life.stage], Urgency.CRITICAL)


_LOST_BECAUSE = {
    LifecycleStage.PENDING_DELETE: DomainAlarmReason.BEING_DELETED,
    LifecycleStage.AVAILABLE: DomainAlarmReason.NOT_REGISTERED,
    LifecycleStage.RESERVED: DomainAlarmReason.RESERVED,
}


def _redemption(case: _RenewalCase) -> Iterator[DomainAlarm]:
    if case.life.stage is LifecycleStage.PENDING_RESTORE:
        # It has no stage: with one, it would look like a later stage of the redemption that it ends.
        reason = DomainAlarmReason.RESTORED_AGAINST_DECISION if case.to_lapse else DomainAlarmReason.BEING_RESTORED
        yield case.alarm(reason, Urgency.URGENT)
    if case.life.stage is LifecycleStage.REDEMPTION_PERIOD and not case.to_lapse:
        yield case.alarm(DomainAlarmReason.RESTORABLE, Urgency.CRITICAL, stage=case.deadline_stage)


def _renewed(case: _RenewalCase) -> Iterator[DomainAlarm]:
    if case.life.stage is LifecycleStage.AUTO_RENEW_PERIOD:
        yield from _auto_renewed(case)
    elif case.renewed_against_decision:
        yield case.alarm(DomainAlarmReason.RENEWED_AGAINST_DECISION, Urgency.URGENT, stage=LAPSED)


def _auto_renewed(case: _RenewalCase) -> Iterator[DomainAlarm]:
    """Yield the alarm of the auto-renew period; where the domain is to lapse, at its beginning and in its last days."""
    if case.decision is RenewalDecision.AUTO:
        return
    if not case.to_lapse:
        yield case.alarm(DomainAlarmReason.AUTO_RENEWED_UNPAID, Urgency.CRITICAL, stage=case.deadline_stage)
    elif case.deadline_stage is not None and case.deadline_stage <= LATE_DAYS:
        reason = DomainAlarmReason.AUTO_RENEWED_AGAINST_DECISION
        yield case.alarm(reason, Urgency.URGENT, stage=case.deadline_stage)
    else:
        yield case.alarm(DomainAlarmReason.AUTO_RENEWED_AGAINST_DECISION, Urgency.SOON)


def _expiry(case: _RenewalCase) -> Iterator[DomainAlarm]:
    expires = case.life.registration.expires
    if case.to_lapse or expires is None or case.life.stage not in _ENDING:
        return
    reached = case.stage_before(expires)
    if reached is None:
        return
    if case.decision is RenewalDecision.AUTO and expires - case.life.at > timedelta(days=LATE_DAYS):
        return
    yield case.alarm(_reason(case, reached), _urgency(case, reached), stage=reached)


def _reason(case: _RenewalCase, reached: int) -> DomainAlarmReason:
    if reached != LAPSED:
        return DomainAlarmReason.EXPIRES
    stale = case.life.registration.expiry_is_stale
    return DomainAlarmReason.END_UNCONFIRMED if stale else DomainAlarmReason.EXPIRED


def _urgency(case: _RenewalCase, reached: int) -> Urgency:
    if reached == LAPSED:
        registration = case.life.registration
        return Urgency.URGENT if registration.expiry_is_ours or registration.expiry_is_stale else Urgency.CRITICAL
    return Urgency.URGENT if reached <= LATE_DAYS else Urgency.SOON


def _dark(case: _RenewalCase) -> Iterator[DomainAlarm]:
    if case.life.dark and not case.to_lapse and case.life.stage in {*_ENDING, LifecycleStage.AUTO_RENEW_PERIOD}:
        yield case.alarm(DomainAlarmReason.DARK, Urgency.CRITICAL)


def _transfer(case: _RenewalCase) -> Iterator[DomainAlarm]:
    if case.life.transfer_pending and not case.to_lapse:
        yield case.alarm(DomainAlarmReason.BEING_TRANSFERRED, Urgency.URGENT)


_ENDING = frozenset({LifecycleStage.ACTIVE, LifecycleStage.EXPIRING, LifecycleStage.EXPIRED, LifecycleStage.UNKNOWN})
"""The stages in which only the date says when the domain ends."""

_ALARMS: tuple[Callable[[_RenewalCase], Iterator[DomainAlarm]], ...] = (
    _gone,
    _redemption,
    _dark,
    _renewed,
    _expiry,
    _transfer,
)
