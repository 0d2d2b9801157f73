"""Where a domain is in its life: from what is known of its registration to what that means, until when.

    active ──> expiring ──> expired ──────────────> redemption ──> pending delete ──> available
                       └──> auto-renew period ──┘          └──> pending restore ──> active

In the auto-renew period the registry has moved the date a year on by itself. Nobody has paid for that: the registrar
can still delete the name and is given its fee back (RFC 3915, section 1).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.domains import terms
from rules.domains.records import Answer
from rules.domains.terms import RESTORE_REPORT_DAYS, Terms
from rules.stages import STAGES

MOST_YEARS = 10
"""Registries take money for ten years at the most."""


class Stage(StrEnum):
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


LOST = frozenset({Stage.PENDING_DELETE, Stage.AVAILABLE, Stage.RESERVED})
"""Where no registrar can bring the name back."""

_OF_STATUS = {
    "pendingrestore": Stage.PENDING_RESTORE,
    "redemptionperiod": Stage.REDEMPTION_PERIOD,
    "pendingdelete": Stage.PENDING_DELETE,
    "autorenewperiod": Stage.AUTO_RENEW_PERIOD,
    # What registries without EPP's words call the same.
    "quarantine": Stage.REDEMPTION_PERIOD,
    "inquarantine": Stage.REDEMPTION_PERIOD,
    "redemption": Stage.REDEMPTION_PERIOD,
    "redemptionnoprovider": Stage.REDEMPTION_PERIOD,
    "autorenewgraceperiod": Stage.AUTO_RENEW_PERIOD,
}
_STRONGEST_FIRST = (*(Stage.PENDING_RESTORE, Stage.REDEMPTION_PERIOD, Stage.PENDING_DELETE, Stage.AUTO_RENEW_PERIOD),)
"""EPP says pendingDelete during all of the redemption; only alone does it mean that the name is past saving."""

_DARK = {
    "clienthold": "its registrar has set clientHold",
    "serverhold": "its registry has set serverHold",
    "inactive": "it has no name servers at its registry",
    "dnshold": "its registry has set dnsHold",
    "suspended": "its registry has suspended it",
    "deactivated": "its registry has deactivated it",
}
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
    """The date was entered by hand or comes from a subscription: the registry publishes none."""
    since: datetime | None = None
    """When the status that decides the stage was first seen; it was set before that."""
    doubted: bool = False
    """One answer says that the name is gone, and no second one has confirmed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """What a registration means at one moment. Times are aware and UTC."""

    stage: Stage
    words: str
    """For staff: a sentence or a few."""
    ends: datetime | None = None
    """Until when it is paid for, as far as that can be told; what the registry moved by itself does not count."""
    deadline: datetime | None = None
    means: str = ""
    """What has to happen until the deadline, or happens then: completes "until DATE" or "from DATE"."""
    estimated: bool = False
    """The stage's beginning is not published: the deadline is the earliest that fits what was seen."""
    dark: tuple[str, ...] = ()
    """Why it does not resolve now; empty where nothing says so."""
    transfer_pending: bool = False
    locked: bool = False
    """A transfer to another registrar is refused."""
    doubted: bool = False
    source: str = ""
    """Where the durations come from; empty where none is known of this registry."""


def assess(known: Registration, *, now: datetime, within_days: int = STAGES[0]) -> Lifecycle:
    """Return where a registration is in its life. ``within_days`` before its end a domain counts as expiring."""
    rules = terms.of(known.name)
    marks = frozenset(_marks(known.statuses))
    stage = _stage(known, marks, rules, now=now, within_days=within_days)
    ends = _paid_until(known, stage, now=now)
    span = _span(known, stage, rules, ends, now=now)
    dark = tuple(_dark(stage, marks, rules, ends, now=now))
    transfer = "pendingtransfer" in marks
    sentences = (
        _WORDS[stage](_Look(known, rules, ends, span, now)),
        f"It is dark now: {dark[0]}." if dark and stage not in {Stage.REDEMPTION_PERIOD, *LOST} else "",
        "A transfer to another registrar is pending." if transfer else "",
        "One answer says that it is not registered any more; a second look has to confirm that."
        if known.doubted
        else "",
    )
    return Lifecycle(
        stage=stage,
        words=" ".join(filter(None, sentences)),
        ends=ends,
        deadline=span.end,
        means=span.means,
        estimated=span.estimated,
        dark=dark,
        transfer_pending=transfer,
        locked=bool(marks & {"clienttransferprohibited", "servertransferprohibited"}),
        doubted=known.doubted,
        source=rules.source,
    )


@dataclass(frozen=True, slots=True)
class _Span:
    end: datetime | None = None
    means: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """What the words are made of."""

    known: Registration
    rules: Terms
    ends: datetime | None
    span: _Span
    now: datetime

    @property
    def end(self) -> str:
        about = "about " if self.span.estimated else ""
        return f"{about}{self.span.end:%Y-%m-%d}" if self.span.end else ""


def _marks(statuses: tuple[str, ...]) -> Iterator[str]:
    """Fold statuses to letters: "pendingDelete / redemptionPeriod" is two, and "pending delete" one of EPP's."""
    for status in statuses:
        for part in re.split(r"[/,]", status):
            yield "".join(filter(str.isalnum, part.lower()))


def _stage(known: Registration, marks: frozenset[str], rules: Terms, *, now: datetime, within_days: int) -> Stage:
    answered = _of_answer(known)
    if answered is not None:
        return answered
    said = {_OF_STATUS[mark] for mark in marks if mark in _OF_STATUS}
    for stage in _STRONGEST_FIRST:
        if stage in said:
            restorable = stage is Stage.PENDING_DELETE and rules.pending_delete_is_restorable
            return Stage.REDEMPTION_PERIOD if restorable else stage
    if known.expires is None or known.expires - now > timedelta(days=within_days):
        return Stage.ACTIVE
    return Stage.EXPIRING if known.expires > now else Stage.EXPIRED


def _of_answer(known: Registration) -> Stage | None:
    """Return the stage that the answer alone decides; a doubted "not registered" decides nothing."""
    if known.answer in _SAYS_NOTHING:
        return Stage.UNKNOWN
    if known.doubted:
        return None
    return {Answer.AVAILABLE: Stage.AVAILABLE, Answer.RESERVED: Stage.RESERVED}.get(known.answer)


def _paid_until(known: Registration, stage: Stage, *, now: datetime) -> datetime | None:
    """Return the registry's date; in the auto-renew period the newest one a whole number of years back that is over."""
    if known.expires is None or stage is not Stage.AUTO_RENEW_PERIOD:
        return known.expires
    years = (_years_back(known.expires, years) for years in range(MOST_YEARS + 1))
    return next((moment for moment in years if moment <= now), known.expires)


def _years_back(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year - years, day=28)


def _span(known: Registration, stage: Stage, rules: Terms, ends: datetime | None, *, now: datetime) -> _Span:
    """Return when the stage ends, and what ends with it."""
    match stage:
        case Stage.ACTIVE | Stage.EXPIRING:
            return _Span(ends, "it has to be renewed") if ends else _Span()
        case Stage.EXPIRED | Stage.AUTO_RENEW_PERIOD:
            return _after_expiry(known, stage, rules, ends, now=now)
        case Stage.REDEMPTION_PERIOD:
            return _estimate(known, rules.restorable, "its registrar can restore it", now=now)
        case Stage.PENDING_RESTORE:
            return _estimate(known, RESTORE_REPORT_DAYS, "its registrar has to confirm the restore", now=now)
        case Stage.PENDING_DELETE:
            return _estimate(known, rules.pending, "anybody can register it", now=now)
        case Stage.AVAILABLE | Stage.RESERVED | Stage.UNKNOWN:
            return _Span()


def _after_expiry(known: Registration, stage: Stage, rules: Terms, ends: datetime | None, *, now: datetime) -> _Span:
    renewing = stage is Stage.AUTO_RENEW_PERIOD
    means = "its registrar can delete it and get its fee back" if renewing else "it can be renewed"
    if rules.renewable is None:
        return _Span()
    length = timedelta(days=rules.renewable)
    if ends is None or ends > now or (renewing and ends + length <= now):  # the date is not when this began
        return _estimate(known, rules.renewable, means, now=now)
    return _Span(ends + length, means)


def _estimate(known: Registration, days: int | None, means: str, *, now: datetime) -> _Span:
    """Return the earliest end that fits: the stage began no later than it was seen, and lasts until now at least.

    The registry's own change is when it began, unless it changed something since; it is passed over where the stage
    would be over by it.
    """
    if not days:
        return _Span()
    length = timedelta(days=days)
    began = [moment for moment in (known.updated, known.since) if moment and moment <= now < moment + length]
    return _Span(min(began) + length, means, estimated=True) if began else _Span()


def _dark(stage: Stage, marks: frozenset[str], rules: Terms, ends: datetime | None, *, now: datetime) -> Iterator[str]:
    yield from (why for mark, why in _DARK.items() if mark in marks)
    if stage in {Stage.REDEMPTION_PERIOD, Stage.PENDING_DELETE}:
        yield "it has been deleted"
    dark_after = rules.dark_after
    if stage is Stage.EXPIRED and dark_after is not None and ends and now >= ends + timedelta(days=dark_after):
        yield f"its registry takes names out of the DNS {_days(dark_after)} after their end"


def _of_the_active(look: _Look) -> str:
    if look.known.expires is None:
        return "It is registered; until when is not known."
    return f"It is registered until {look.known.expires:%Y-%m-%d}{_ours(look)}."


def _of_the_expiring(look: _Look) -> str:
    if look.known.expires is None:
        return _of_the_active(look)
    left = _days((look.known.expires - look.now).days)
    return f"It expires on {look.known.expires:%Y-%m-%d}{_ours(look)}, in {left}."


def _ours(look: _Look) -> str:
    return " by our own records" if look.known.expiry_is_ours else ""


def _of_the_expired(look: _Look) -> str:
    when = f"{look.known.expires:%Y-%m-%d}" if look.known.expires else "a day that is not known"
    if look.known.expiry_is_ours:
        words = f"By our own records it was paid for until {when}; the registry publishes no date."
        return f"{words} {look.rules.note}".strip()
    if not look.end:
        return f"It expired on {when}; how long its registry keeps it is not known here."
    restorable = f", then restored for a fee for {_days(look.rules.restorable)}" if look.rules.restorable else ""
    return (
        f"It expired on {when}. It can be renewed until {look.end}{restorable}, if its registrar does not give it up"
        " sooner."
    )


def _of_the_auto_renewed(look: _Look) -> str:
    until = f"until {look.end} its registrar" if look.end else "its registrar"
    expires, ends = look.known.expires, look.ends
    if expires and ends and expires > ends:
        moved = f"The registry has moved its end from {ends:%Y-%m-%d} to {expires:%Y-%m-%d} by itself"
    else:
        moved = "Its end has come, and the registry keeps it by itself"
    return f"{moved}, which pays for nothing: {until} can still delete it."


def _of_the_deleted(look: _Look) -> str:
    if not look.rules.restorable:
        return (
            "It has been deleted and is dark; its registrar may be able to restore it, usually for a fee, for a time"
            " that is not known here."
        )
    until = f"until {look.end}" if look.end else f"for {_days(look.rules.restorable)} from its deletion"
    pending = f" come {_days(look.rules.pending)} of pendingDelete, then" if look.rules.pending else ""
    return (
        f"It has been deleted and is dark. Its registrar can restore it {until}, usually for a fee; after"
        f" that{pending} anybody can register it."
    )


def _of_the_restored(look: _Look) -> str:
    until = f"by {look.end}" if look.end else f"within {_days(RESTORE_REPORT_DAYS)}"
    return (
        f"Its registrar has asked for it back, and usually has to confirm that {until}; otherwise it falls back into"
        " its redemption period."
    )


def _of_the_lost(look: _Look) -> str:
    when = f"from {look.end} on" if look.end else "within days"
    return f"It is being deleted and nobody can restore it; {when} anybody can register it."


_WORDS: dict[Stage, Callable[[_Look], str]] = {
    Stage.ACTIVE: _of_the_active,
    Stage.EXPIRING: _of_the_expiring,
    Stage.EXPIRED: _of_the_expired,
    Stage.AUTO_RENEW_PERIOD: _of_the_auto_renewed,
    Stage.REDEMPTION_PERIOD: _of_the_deleted,
    Stage.PENDING_RESTORE: _of_the_restored,
    Stage.PENDING_DELETE: _of_the_lost,
    Stage.AVAILABLE: lambda _: "It is not registered: anybody can register it.",
    Stage.RESERVED: lambda _: "It is not registered, and the registry gives it to nobody.",
    Stage.UNKNOWN: lambda _: "No registry has told anything of it yet.",
}


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
