"""Renewal decisions, and what staff have to be told because of them.

What a domain's lifecycle means depends on what was decided: a name that nobody wants any more may end in peace, and is
an alarm when somebody pays for it all the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.alarms import Alarm, Urgency
from rules.domains.lifecycle import LOST, Lifecycle, Stage
from rules.stages import LAPSED, STAGES, stage

LATE_DAYS = 7
"""What renews by itself does so before that, at most registrars; later it is worth a look."""

RENEWAL = timedelta(days=28)
"""Registries sell months at least; what moves a date by less corrects it."""

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


IN_WORDS = {
    RenewalDecision.UNDECIDED: "Nothing is decided",
    RenewalDecision.AUTO: "It renews by itself",
    RenewalDecision.MANUAL: "We renew it",
    RenewalDecision.LAPSE: "We let it lapse",
    RenewalDecision.DECLINED: "The client has declined",
    RenewalDecision.UNANSWERED: "The client has not answered",
}

TO_LAPSE = frozenset({RenewalDecision.LAPSE, RenewalDecision.DECLINED})


class DomainAlarmKind(StrEnum):
    """What an alarm is about. Of each kind one is open for a domain; a kind that is not raised any more is over."""

    EXPIRY = "domain_expiry"
    """It expires soon or has expired, and should live. Staged by the days to the end."""
    RENEWED = "domain_renewed"
    """Somebody pays, or nobody does: it is to lapse and was renewed, or its registry moved the date and it should live.
    Staged by the days in which that can still be undone."""
    REDEMPTION = "domain_redemption"
    """It has been deleted and can still be restored. Staged by the days in which it can."""
    GONE = "domain_gone"
    """It should live and is past saving, or not registered at all. No stages."""
    DARK = "domain_dark"
    """It is registered and should live, but does not resolve: a hold, or no name servers. No stages."""
    TRANSFER = "domain_transfer"
    """A transfer to another registrar is pending. No stages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _RenewalCase:
    name: str
    life: Lifecycle
    expires: datetime | None
    expiry_is_ours: bool
    decision: RenewalDecision
    warn_at: tuple[int, ...]
    now: datetime
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
        if self.life.deadline is None:
            return None
        return stage(self.life.deadline, now=self.now, stages=self.warn_at)

    def until(self, words: str = "until {day}", otherwise: str = "as soon as possible") -> str:
        """Return the lifecycle's deadline in ``words``, or ``otherwise`` where there is none."""
        if self.life.deadline is None:
            return otherwise
        about = "about " if self.life.estimated else ""
        return words.format(day=f"{about}{self.life.deadline:%Y-%m-%d}")


def alarms(
    *,
    name: str,
    lifecycle: Lifecycle,
    expires: datetime | None,
    expiry_is_ours: bool = False,
    decision: RenewalDecision = RenewalDecision.UNDECIDED,
    warn_at: tuple[int, ...] = STAGES,
    now: datetime,
    decided_for: datetime | None = None,
) -> tuple[Alarm[DomainAlarmKind], ...]:
    """Return what staff have to be told of a domain, the most urgent first, at most one of each kind.

    ``expires`` is the date in force: the registry's, or ours (``expiry_is_ours``) where it publishes none. ``warn_at``
    are days, largest first, as ``rules.stages.parse`` returns them. ``decided_for`` is the date that was in force when
    the decision was made, where that is known. Times are aware and UTC.
    """
    case = _RenewalCase(
        name=name,
        life=lifecycle,
        expires=expires,
        expiry_is_ours=expiry_is_ours,
        decision=decision,
        warn_at=warn_at,
        now=now,
        decided_for=decided_for,
    )
    found = [alarm for judge in _JUDGES for alarm in judge(case)]
    return tuple(sorted(found, key=lambda alarm: -alarm.urgency))


def renewed(before: datetime, after: datetime, lifecycle: Lifecycle) -> bool:
    """Say whether a date that moved is a renewal, which clears the alarms of before and begins their stages anew.

    What the registry moves by itself in the auto-renew period is none: nobody has paid for it.
    """
    return after - before >= RENEWAL and lifecycle.stage is not Stage.AUTO_RENEW_PERIOD


def _gone(case: _RenewalCase) -> Iterator[Alarm[DomainAlarmKind]]:
    if case.life.stage not in LOST or case.to_lapse:
        return
    if case.life.stage is Stage.PENDING_DELETE:
        headline = f"{case.name} is being deleted and cannot be restored"
        what = (
            f"Order it at a service that catches names as they fall: it is free {case.until('from {day} on', 'soon')}."
        )
    elif case.life.stage is Stage.AVAILABLE:
        headline = f"{case.name} is not registered any more"
        what = "Register it again at once, before somebody else does; then see how it could be lost."
    else:
        headline = f"{case.name} is not registered, and its registry keeps it back"
        what = "Ask the registry why, and what would bring it back."
    yield Alarm(kind=DomainAlarmKind.GONE, urgency=Urgency.CRITICAL, headline=headline, what_to_do=what)


def _redemption(case: _RenewalCase) -> Iterator[Alarm[DomainAlarmKind]]:
    if case.life.stage is Stage.PENDING_RESTORE:
        yield from _restoring(case)
    if case.life.stage is not Stage.REDEMPTION_PERIOD or case.to_lapse:
        return
    yield Alarm(
        kind=DomainAlarmKind.REDEMPTION,
        stage=case.deadline_stage,
        urgency=Urgency.CRITICAL,
        headline=f"{case.name} has been deleted and can be restored {case.until('until {day}', 'for a while')}",
        what_to_do="Have its registrar restore it now: it is dark, and each day counts. That usually costs a fee.",
    )


def _restoring(case: _RenewalCase) -> Iterator[Alarm[DomainAlarmKind]]:
    """Tell of a restore on its way; that has no stages, or it would look later than the redemption that it ends."""
    if case.to_lapse:
        yield Alarm(
            kind=DomainAlarmKind.RENEWED,
            urgency=Urgency.URGENT,
            headline=f"{case.name} is being restored although it is to lapse",
            what_to_do="Ask its registrar who ordered that; a restore costs a fee.",
        )
        return
    yield Alarm(
        kind=DomainAlarmKind.REDEMPTION,
        urgency=Urgency.URGENT,
        headline=f"{case.name} is being restored",
        what_to_do=f"See that its registrar confirms the restore {case.until('by {day}')}, or it is lost after all.",
    )


def _renewed(case: _RenewalCase) -> Iterator[Alarm[DomainAlarmKind]]:
    if case.life.stage is Stage.AUTO_RENEW_PERIOD:
        yield from _auto_renewing(case)
    elif case.renewed_against_decision:
        yield Alarm(
            kind=DomainAlarmKind.RENEWED,
            stage=LAPSED,
            urgency=Urgency.URGENT,
            headline=f"{case.name} was renewed until {case.life.ends:%Y-%m-%d} although it was to lapse",
            what_to_do="That costs money: ask its registrar, turn its automatic renewal off, or decide anew.",
        )


def _auto_renewing(case: _RenewalCase) -> Iterator[Alarm[DomainAlarmKind]]:
    """Tell of the auto-renew period; of what is to lapse once as it begins, and again in its last days."""
    if case.decision is RenewalDecision.AUTO:
        return
    if case.to_lapse:
        at = case.deadline_stage
        late = at is not None and at <= LATE_DAYS
        yield Alarm(
            kind=DomainAlarmKind.RENEWED,
            stage=at if late else None,
            urgency=Urgency.URGENT if late else Urgency.SOON,
            headline=f"{case.name} is to lapse, but has been renewed automatically",
            what_to_do=f"That costs money unless its registrar deletes it {case.until('by {day}')}: see to that, and"
            " turn its automatic renewal off.",
        )
        return
    yield Alarm(
        kind=DomainAlarmKind.RENEWED,
        stage=case.deadline_stage,
        urgency=Urgency.CRITICAL,
        headline=f"{case.name} has expired; its registry has moved the date, but nothing is paid",
        what_to_do=f"{_ADVICE[case.decision]} Its registrar can still delete it{case.until(' until {day}', '')}.",
    )


def _expiry(case: _RenewalCase) -> Iterator[Alarm[DomainAlarmKind]]:
    if case.to_lapse or case.expires is None or case.life.stage not in _ENDING:
        return
    at = stage(case.expires, now=case.now, stages=case.warn_at)
    if at is None or (case.decision is RenewalDecision.AUTO and case.expires - case.now > timedelta(days=LATE_DAYS)):
        return
    ours = " by our own records" if case.expiry_is_ours else ""
    verb = "expired" if at == LAPSED else "expires"
    late = ", and has not renewed by itself" if case.decision is RenewalDecision.AUTO else ""
    yield Alarm(
        kind=DomainAlarmKind.EXPIRY,
        stage=at,
        urgency=_urgency(case, at),
        headline=f"{case.name} {verb} on {case.expires:%Y-%m-%d}{ours}{late}",
        what_to_do=_ADVICE_FOR_OURS if case.expiry_is_ours and at == LAPSED else _ADVICE[case.decision],
    )


def _urgency(case: _RenewalCase, at: int) -> Urgency:
    if at == LAPSED:
        return Urgency.URGENT if case.expiry_is_ours else Urgency.CRITICAL
    return Urgency.URGENT if at <= LATE_DAYS else Urgency.SOON


def _dark(case: _RenewalCase) -> Iterator[Alarm[DomainAlarmKind]]:
    if not case.life.dark or case.to_lapse or case.life.stage not in {*_ENDING, Stage.AUTO_RENEW_PERIOD}:
        return
    yield Alarm(
        kind=DomainAlarmKind.DARK,
        urgency=Urgency.CRITICAL,
        headline=f"{case.name} is dark: {case.life.dark[0]}",
        what_to_do="Ask its registrar why, and have it taken back: website and mail do not work until then.",
    )


def _transfer(case: _RenewalCase) -> Iterator[Alarm[DomainAlarmKind]]:
    if not case.life.transfer_pending or case.to_lapse:
        return
    yield Alarm(
        kind=DomainAlarmKind.TRANSFER,
        urgency=Urgency.URGENT,
        headline=f"{case.name} is being transferred to another registrar",
        what_to_do="If nobody here or at the client asked for that, have its registrar refuse it now: after"
        f" {TRANSFER_DAYS} days of silence it usually goes through.",
    )


_ENDING = frozenset({Stage.ACTIVE, Stage.EXPIRING, Stage.EXPIRED, Stage.UNKNOWN})
"""Where the date alone says when it ends."""

_ADVICE = {
    RenewalDecision.UNDECIDED: "Renew it, or decide with the client that it may lapse, and enter what was decided.",
    RenewalDecision.AUTO: "It should have renewed by itself by now: see that its registrar renews it, and is paid.",
    RenewalDecision.MANUAL: "Renew it at its registrar.",
    RenewalDecision.UNANSWERED: "Ask the client again, and decide before it is too late; renew it where in doubt.",
}
_ADVICE_FOR_OURS = "See at its registrar whether it was renewed, and enter its new date: its registry publishes none."

_JUDGES: tuple[Callable[[_RenewalCase], Iterator[Alarm[DomainAlarmKind]]], ...] = (
    _gone,
    _redemption,
    _dark,
    _renewed,
    _expiry,
    _transfer,
)
