"""What needs a person, as Today counts it: each number is the count of the very list that its link opens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from api_stub.security.principal import Principal
from dashboard.rendering import links
from db.billing import invoices
from db.ledger import job_counts, schedules
from db.mail import outbox
from db.paging import Count
from db.portfolio import alert_lists, domain_lists
from rules.jobs import JobState
from wording import kinds
from wording.messages import _


class NeedLevel(StrEnum):
    """How urgent a need is, the most urgent first."""

    LAPSED = "lapsed"  # some of its things have passed their end, or are lost
    URGENT = "urgent"
    SOON = "soon"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person, and where it is listed."""

    count: Count
    what: str
    where: str
    level: NeedLevel = NeedLevel.SOON
    over: Count | None = None
    """How many of these have passed their end already."""
    over_where: str = ""


_LOST: Final = ("domain_gone", "domain_redemption")
_ENDING: Final = ("domain_expiry", "certificate_expiry")
_BAD_MAIL: Final = ("failed", "unknown")


def of(who: Principal, open_alerts: Sequence[tuple[str, Count]]) -> list[Need]:
    """Return the needs among the things that the caller may see, the gravest alerts first."""
    return [need for need in [*_alerts(who, open_alerts), *_work(who), *_portfolio(who)] if need.count]


def _alerts(who: Principal, open_alerts: Sequence[tuple[str, Count]]) -> list[Need]:
    """Return the needs of alerts, without those about jobs and mails: jobs and mails are counted themselves."""
    shown = [(kind, number) for kind, number in open_alerts if not kind.startswith(("jobs_", "mail_"))]
    return [_of_kind(who, kind, number) for kind, number in sorted(shown, key=lambda one: _rank(one[0]))]


def _of_kind(who: Principal, kind: str, number: Count) -> Need:
    over = alert_lists.LIST.count(kind=kind, lapsed=True, open=True, within=who.within) if kind in _ENDING else None
    return Need(
        number,
        kinds.alerts(kind),
        links.address("/alerts", kind=kind),
        NeedLevel.LAPSED if over or kind in _LOST else NeedLevel.URGENT,
        over,
        links.address("/alerts", kind=kind, show="lapsed"),
    )


def _rank(kind: str) -> int:
    known = list(kinds.ALERTS)
    return known.index(kind) if kind in known else len(known)


def _work(who: Principal) -> list[Need]:
    ended, mails = job_counts.counts(within=who.within), outbox.unsent(within=who.within)
    return [
        Need(ended[JobState.DEAD], _("jobs given up"), "/dead?state=dead", NeedLevel.URGENT),
        Need(ended[JobState.UNKNOWN], _("jobs with an unknown effect"), "/dead?state=unknown", NeedLevel.URGENT),
        Need(ended[JobState.FAILED], _("jobs refused for good"), "/dead?state=failed"),
        *(
            Need(number, _("mails {state}", state=state), links.address("/mail", state=state))
            for state, number in mails.items()
            if state in _BAD_MAIL
        ),
    ]


def _portfolio(who: Principal) -> list[Need]:
    rows = schedules.overrides() if who.within is None else {}
    paused = [name for name, row in rows.items() if row.pauses(datetime.now(UTC))]
    return [
        Need(
            domain_lists.LIST.count(failing=True, within=who.within),
            _("domains whose registry did not answer"),
            "/domains?show=failing",
        ),
        Need(
            invoices.LIST.count(documented=False, within=who.within),
            _("invoices without a document"),
            "/invoices?show=undocumented",
        ),
        Need(Count(len(paused)), _("schedules paused"), "/schedules?show=paused"),
    ]
