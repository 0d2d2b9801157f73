"""Where a domain is in its life: what its registration, as far as it is known, means, and until when.

    active ──> expiring ──> expired ──────────────> redemption ──> pending delete ──> available
                       └──> auto-renew period ──┘          └──> pending restore ──> active

In the auto-renew period the registry has moved the date a year on by itself. Nobody has paid for that: the registrar
can still delete the name and is given its fee back (RFC 3915, section 1).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from rules.checks.stages import STAGES
from rules.domains import terms
from rules.domains.records import Answer
from rules.domains.terms import RESTORE_REPORT_DAYS, Terms

MOST_YEARS = 10
"""Registries take money for ten years at the most."""


class LifecycleStage(StrEnum):
    """A part of a domain's life."""

    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    AUTO_RENEW_PERIOD = "auto_renew_period"
    REDEMPTION_PERIOD = "redemption_period"
    PENDING_RESTORE = "pending_restore"
    PENDING_DELETE = "pending_delete"
    AVAILABLE = "available"
    RESERVED = "reserved"
    UNKNOWN = "unknown"


LOST = frozenset({LifecycleStage.PENDING_DELETE, LifecycleStage.AVAILABLE, LifecycleStage.RESERVED})
"""Where no registrar can bring the name back."""

_OF_STATUS = {
    "pendingrestore": LifecycleStage.PENDING_RESTORE,
    "redemptionperiod": LifecycleStage.REDEMPTION_PERIOD,
    "pendingdelete": LifecycleStage.PENDING_DELETE,
    "autorenewperiod": LifecycleStage.AUTO_RENEW_PERIOD,
    # What registries without EPP's words call the same.
    "quarantine": LifecycleStage.REDEMPTION_PERIOD,
    "inquarantine": LifecycleStage.REDEMPTION_PERIOD,
    "redemption": LifecycleStage.REDEMPTION_PERIOD,
    "redemptionnoprovider": LifecycleStage.REDEMPTION_PERIOD,
    "autorenewgraceperiod": LifecycleStage.AUTO_RENEW_PERIOD,
}
_STRONGEST_FIRST = (
    LifecycleStage.PENDING_RESTORE, LifecycleStage.REDEMPTION_PERIOD, LifecycleStage.PENDING_DELETE,
    LifecycleStage.AUTO_RENEW_PERIOD,
)  # fmt: skip
"""EPP says pendingDelete during the whole redemption; only where it stands alone is the name past saving."""


class DarkReason(StrEnum):
    """Why a domain does not resolve."""

    CLIENT_HOLD = "client_hold"
    SERVER_HOLD = "server_hold"
    INACTIVE = "inactive"  # it has no name servers at its registry
    DNS_HOLD = "dns_hold"
    SUSPENDED = "suspended"
    DEACTIVATED = "deactivated"
    DELETED = "deleted"
    EXPIRED = "expired"  # for longer than its registry leaves names in the DNS: ``Terms.dark_after``


_DARK = {
    "clienthold": DarkReason.CLIENT_HOLD,
    "serverhold": DarkReason.SERVER_HOLD,
    "inactive": DarkReason.INACTIVE,
    "dnshold": DarkReason.DNS_HOLD,
    "suspended": DarkReason.SUSPENDED,
    "deactivated": DarkReason.DEACTIVATED,
}
_LOCKS = frozenset({"clienttransferprohibited", "servertransferprohibited", "transferprohibited", "locked"})
"""The latter two are RDAP's own (RFC 9083, section 10.2.2); they do not say who set the lock."""

_SAYS_NOTHING = frozenset({Answer.THROTTLED, Answer.UNAVAILABLE, Answer.UNPARSABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What is known of a name's registration. Times are aware and UTC."""

    name: str
    answer: Answer
    statuses: tuple[str, ...] = ()
    updated: datetime | None = None
    expires: datetime | None = None
    expiry_is_ours: bool = False
    """The registry states no date that counts: it was entered by hand, comes from a subscription, or is missing."""
    expiry_is_stale: bool = False
    """The date's source has ceased to state it: once the date has passed, nobody knows whether it was moved."""
    since: datetime | None = None
    """When the stage was first observed; it began before that."""
    doubted: bool = False
    """One answer says that the name is gone, and no second one has confirmed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """What a registration means at one moment. Times are aware and UTC."""

    registration: Registration
    terms: Terms
    """Those of its registry."""
    at: datetime
    stage: LifecycleStage
    ends: datetime | None = None
    """Until when it is paid for, as far as known; a date that the registry moved by itself does not count."""
    deadline: datetime | None = None
    """When the stage ends."""
    estimated: bool = False
    """The stage's beginning is not published: the deadline is the earliest that fits what was observed."""
    dark: tuple[DarkReason, ...] = ()
    """Why it does not resolve now; empty where nothing says so."""
    transfer_pending: bool = False
    locked: bool = False
    """A transfer to another registrar is refused."""

    @property
    def doubted(self) -> bool:
        return self.registration.doubted

    @property
    def source(self) -> str:
        """Where the durations come from; empty where none is known of this registry."""
        return self.terms.source


def stage(known: Registration, *, now: datetime, within_days: int = STAGES[0]) -> LifecycleStage:
    """Return the stage of a registration. ``within_days`` before its end a domain counts as expiring."""
    answered = _of_answer(known)
    if answered is not None:
        return answered
    stated = {_OF_STATUS[mark] for mark in _marks(known.statuses) if mark in _OF_STATUS}
    strongest = next((stage for stage in _STRONGEST_FIRST if stage in stated), None)
    if strongest is LifecycleStage.PENDING_DELETE and terms.of(known.name).pending_delete_is_restorable:
        return LifecycleStage.REDEMPTION_PERIOD
    if strongest is not None:
        return strongest
    if known.expires is None or known.expires - now > timedelta(days=within_days):
        return LifecycleStage.ACTIVE
    if known.expires > now:
        return LifecycleStage.EXPIRING
    return LifecycleStage.UNKNOWN if known.expiry_is_stale else LifecycleStage.EXPIRED


def assess(known: Registration, *, now: datetime, within_days: int = STAGES[0]) -> Lifecycle:
    """Return where a registration is in its life. ``within_days`` before its end a domain counts as expiring."""
    rules = terms.of(known.name)
    marks = _marks(known.statuses)
    reached = stage(known, now=now, within_days=within_days)
    ends = _paid_until(known, reached, now=now)
    span = _span(known, reached, rules, ends, now=now)
    return Lifecycle(
        registration=known,
        terms=rules,
        at=now,
        stage=reached,
        ends=ends,
        deadline=span.end,
        estimated=span.estimated,
        dark=tuple(_dark(reached, marks, rules, ends, now=now)),
        transfer_pending="pendingtransfer" in marks,
        locked=bool(marks & _LOCKS),
    )


@dataclass(frozen=True, slots=True)
class _Span:
    end: datetime | None = None
    estimated: bool = False


@lru_cache(maxsize=1024)
def _marks(statuses: tuple[str, ...]) -> frozenset[str]:
    """Return statuses as lower-case letters and digits: "pendingDelete / redemptionPeriod" is two of them.

    The result is cached: nearly all of a thousand domains have one of a few sets of statuses.
    """
    parts = (part for status in statuses for part in re.split(r"[/,]", status))
    return frozenset("".join(filter(str.isalnum, part.lower())) for part in parts)


def _of_answer(known: Registration) -> LifecycleStage | None:
    """Return the stage that the answer alone decides; a doubted "not registered" decides nothing."""
    if known.answer in _SAYS_NOTHING:
        return LifecycleStage.UNKNOWN
    if known.doubted:
        return None
    return {Answer.AVAILABLE: LifecycleStage.AVAILABLE, Answer.RESERVED: LifecycleStage.RESERVED}.get(known.answer)


def _paid_until(known: Registration, stage: LifecycleStage, *, now: datetime) -> datetime | None:
    """Return the registry's date; in the auto-renew period, the newest past date a whole number of years before it."""
    if known.expires is None or stage is not LifecycleStage.AUTO_RENEW_PERIOD:
        return known.expires
    years = (_years_back(known.expires, years) for years in range(MOST_YEARS + 1))
    return next((moment for moment in years if moment <= now), known.expires)


def _years_back(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year - years, day=28)


def _span(known: Registration, stage: LifecycleStage, rules: Terms, ends: datetime | None, *, now: datetime) -> _Span:
    """Return when the stage ends."""
    match stage:
        case LifecycleStage.ACTIVE | LifecycleStage.EXPIRING:
            return _Span(ends)
        case LifecycleStage.EXPIRED | LifecycleStage.AUTO_RENEW_PERIOD:
            return _after_expiry(known, stage, rules, ends, now=now)
        case LifecycleStage.REDEMPTION_PERIOD:
            return _estimate(known, rules.restorable, now=now)
        case LifecycleStage.PENDING_RESTORE:
            return _estimate(known, RESTORE_REPORT_DAYS, now=now)
        case LifecycleStage.PENDING_DELETE:
            return _estimate(known, rules.pending, now=now)
        case LifecycleStage.AVAILABLE | LifecycleStage.RESERVED | LifecycleStage.UNKNOWN:
            return _Span()


def _after_expiry(
    known: Registration, stage: LifecycleStage, rules: Terms, ends: datetime | None, *, now: datetime
) -> _Span:
    renewing = stage is LifecycleStage.AUTO_RENEW_PERIOD
    if rules.renewable is None:
        return _Span()
    length = timedelta(days=rules.renewable)
    if ends is None or ends > now or (renewing and ends + length <= now):  # the date is not when this began
        return _estimate(known, rules.renewable, now=now)
    return _Span(ends + length)


def _estimate(known: Registration, days: int | None, *, now: datetime) -> _Span:
    """Return the earliest end that fits: the stage began no later than it was first observed, and it still lasts.

    It may have begun with the registry's last change, which is passed over where the stage would have ended by now.
    """
    if not days:
        return _Span()
    length = timedelta(days=days)
    began = [moment for moment in (known.updated, known.since) if moment and moment <= now < moment + length]
    return _Span(min(began) + length, estimated=True) if began else _Span()


def _dark(
    stage: LifecycleStage, marks: frozenset[str], rules: Terms, ends: datetime | None, *, now: datetime
) -> Iterator[DarkReason]:
    yield from (reason for mark, reason in _DARK.items() if mark in marks)
    if stage in {LifecycleStage.REDEMPTION_PERIOD, LifecycleStage.PENDING_DELETE}:
        yield DarkReason.DELETED
    dark_after = rules.dark_after
    if stage is LifecycleStage.EXPIRED and dark_after is not None and ends and now >= ends + timedelta(days=dark_after):
        yield DarkReason.EXPIRED
