"""When a certificate's successor is due, and when it is late: by its CA, by habit, or by what is usual.

That 30 days are left says nothing by itself: of a 398-day certificate it is early, of a 47-day one it is most of its
life. A program renews at a share of the lifetime, and is late when that share has passed and nothing came:

    CA's window (RFC 9773)  >  the habit seen at this endpoint  >  two thirds (half, below ten days)  >  days left

Sources: Let's Encrypt asks clients to follow renewal information, or to renew at about two thirds of the lifetime
(https://letsencrypt.org/2025/12/02/from-90-to-45); Certbot renews with a third left, or with half left where a
certificate lives less than ten days (https://www.eff.org/deeplinks/2025/04/certbot-40-long-live-short-lived-certs).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from rules.certificates import authorities
from rules.certificates.ari import RenewalWindow
from rules.certificates.faults import Fault, FaultKind, fault
from rules.certificates.finding import ChainLink, Finding
from rules.certificates.history import ServedCertificate
from rules.certificates.succession import same_names, succeeds
from rules.x509.violations import Parameters

AUTOMATED_MOST = timedelta(days=100)
"""A certificate that lives no longer counts as renewed by a program: by hand it would be a chore each month."""

SHORT = timedelta(days=10)
SHARE, SHORT_SHARE = 2 / 3, 1 / 2
TOLERANCE = 0.1
"""How much of its lifetime a successor may come later than most programs ask for it: nine days of ninety."""

HABIT_TIMES = 2
HABIT_TOLERANCE = 0.08
HABIT_SPREAD = 0.1
HABIT_MOST = 0.9
"""A habit is at least two renewals whose shares of the lifetime stray from their median by no more than the spread (in
the median). A median in the last tenth of the lifetime is luck and no habit."""

GAP = timedelta(days=2)
"""Where no scan met either certificate for longer than this, the successor counts as come when it was issued."""

WINDOW_GRACE = timedelta(days=1)
WINDOW_GRACE_SHARE = 1 / 20
"""How long after its CA's window a successor may come into use: programs run daily, and servers are reloaded later."""

EARLY = 0.5
"""A window that ends before this share of the lifetime asks for more than the usual renewal: the CA wants it
replaced."""

LAST_TENTH = 0.1

BY_HAND_DUE, BY_HAND_LATE = timedelta(days=30), timedelta(days=14)
"""How much is left when a certificate that people renew is due, and late: order and installation may take days."""


class RenewalBasis(StrEnum):
    """What says when a certificate is to be renewed."""

    WINDOW = "window"  # its CA suggests it
    HABIT = "habit"  # those before it were renewed then
    LIFETIME = "lifetime"  # programs renew then
    BY_HAND = "by_hand"  # people renew it


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """When a certificate's successor is due and from when on it is late; ``late`` says whether it was late when asked.

    ``basis`` says what the dates follow from, with its ``parameters``: lengths are in seconds, moments in ISO 8601.
    Times are aware and UTC.
    """

    due_at: datetime
    late_at: datetime
    basis: RenewalBasis
    parameters: Parameters
    late: bool = False

    @property
    def by_hand(self) -> bool:
        """Whether people renew it."""
        return self.basis is RenewalBasis.BY_HAND


def of(
    leaf: ChainLink, *, served: tuple[ServedCertificate, ...], window: RenewalWindow | None, now: datetime
) -> Renewal | None:
    """Return when ``leaf`` is to be renewed; None where it has no dates, or none that make sense."""
    if leaf.not_before is None or leaf.not_after is None or leaf.not_after <= leaf.not_before:
        return None
    found = _renewal(leaf, _habit(leaf, served), window, begins=leaf.not_before, life=leaf.not_after - leaf.not_before)
    return replace(found, late=True) if now >= found.late_at else found


def late(renewal: Renewal, leaf: ChainLink, *, now: datetime) -> Fault:
    """Return the fault that the renewal of ``leaf``, which has not ended, is late."""
    left = max(leaf.not_after - now, timedelta(0)) if leaf.not_after else timedelta(0)
    parameters = (*renewal.parameters, ("left_s", _seconds(left)))
    return replace(fault(FaultKind.RENEWAL_LATE, renewal.basis.value, depth=0), parameters=parameters)


def window_of(finding: Finding | None) -> RenewalWindow | None:
    """Return the window that its CA suggested for a finding's certificate, None where it did not."""
    if finding is None or finding.renew_from is None or finding.renew_until is None:
        return None
    return RenewalWindow(start=finding.renew_from, end=finding.renew_until)


def _renewal(
    leaf: ChainLink, habit: float | None, window: RenewalWindow | None, *, begins: datetime, life: timedelta
) -> Renewal:
    if window is not None:
        return _by_window(window, habit, begins=begins, life=life)
    if habit is not None:
        return _by_habit(habit, begins=begins, life=life)
    if life <= AUTOMATED_MOST or _issues_to_programs(leaf):
        return _by_share(begins=begins, life=life)
    return Renewal(
        due_at=begins + life - BY_HAND_DUE,
        late_at=begins + life - BY_HAND_LATE,
        basis=RenewalBasis.BY_HAND,
        parameters=(("life_s", _seconds(life)), ("before_end_s", _seconds(BY_HAND_DUE))),
    )


def _by_window(window: RenewalWindow, habit: float | None, *, begins: datetime, life: timedelta) -> Renewal:
    """Return the renewal by the CA's window. A later habit puts ``late_at`` off, unless the window asks for urgency."""
    late = window.end + min(WINDOW_GRACE, life * WINDOW_GRACE_SHARE)
    if habit is not None and window.end - begins >= EARLY * life:
        late = max(late, begins + (habit + HABIT_TOLERANCE) * life)
    return Renewal(
        due_at=window.start,
        late_at=_in_time(late, begins=begins, life=life),
        basis=RenewalBasis.WINDOW,
        parameters=(("until", window.end.isoformat()),),
    )


def _by_habit(habit: float, *, begins: datetime, life: timedelta) -> Renewal:
    return Renewal(
        due_at=begins + habit * life,
        late_at=_in_time(begins + (habit + HABIT_TOLERANCE) * life, begins=begins, life=life),
        basis=RenewalBasis.HABIT,
        parameters=(("percent", round(100 * habit)),),
    )


def _by_share(*, begins: datetime, life: timedelta) -> Renewal:
    share = SHORT_SHARE if life < SHORT else SHARE
    return Renewal(
        due_at=begins + share * life,
        late_at=_in_time(begins + (SHARE + TOLERANCE) * life, begins=begins, life=life),
        basis=RenewalBasis.LIFETIME,
        parameters=(("life_s", _seconds(life)), ("after_s", _seconds(_rounded(share * life)))),
    )


def _in_time(late: datetime, *, begins: datetime, life: timedelta) -> datetime:
    """Return ``late``, or the beginning of the last tenth of the lifetime where that is sooner."""
    return min(late, begins + (1 - LAST_TENTH) * life)


def _rounded(length: timedelta) -> timedelta:
    day = timedelta(days=1)
    return round(length / day) * day if length >= day else length


def _seconds(length: timedelta) -> int:
    return length // timedelta(seconds=1)


def _issues_to_programs(leaf: ChainLink) -> bool:
    authority = authorities.of_issuer(leaf.issuer)
    return authority is not None and authority.automated


def _habit(leaf: ChainLink, served: tuple[ServedCertificate, ...]) -> float | None:
    """Return the share of their lifetimes at which certificates here were succeeded, None without a habit."""
    shares = list(_shares(leaf, served))
    if len(shares) < HABIT_TIMES:
        return None
    middle = median(shares)
    strays = median(abs(share - middle) for share in shares) > HABIT_SPREAD
    return None if strays or middle > HABIT_MOST else middle


def _shares(leaf: ChainLink, served: tuple[ServedCertificate, ...]) -> Iterator[float]:
    dated = (one for one in served if one.not_after > one.not_before and same_names(one.names, leaf.names))
    alike = sorted(dated, key=lambda one: one.not_before)
    for older in alike:
        newer = next((one for one in alike if succeeds(one, older)), None)
        if newer is None:
            continue
        share = (_came_at(newer, older) - older.not_before) / (older.not_after - older.not_before)
        if share > 0:
            yield min(share, 1.0)


def _came_at(newer: ServedCertificate, older: ServedCertificate) -> datetime:
    """Return when a successor came into use, where scans were close enough to tell; else when it was issued."""
    gap = newer.first_seen_at - older.last_seen_at
    return newer.first_seen_at if gap <= GAP else newer.not_before
