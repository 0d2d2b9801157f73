"""Results that follow from the sandbox's truth, computed without the product: alarms, their stages, and bills."""

from collections import Counter
from datetime import date, datetime, timedelta

from sandbox.truth import Client, Domain, Endpoint, Portfolio, RegistryState

_STAGES = (1, 3, 7, 14, 30, 60)  # days, as promised to staff; 0 is after the end
_LATE_AFTER = 2 / 3 + 1 / 10  # of a lifetime, without a successor: as promised to staff


def is_late(endpoint: Endpoint, now: datetime) -> bool:
    """Tell whether a certificate should have its successor by now; programs renew all certificates of the sandbox."""
    return now - endpoint.not_before >= _LATE_AFTER * (endpoint.not_after - endpoint.not_before)


def alarm(domain: Domain, now: datetime) -> tuple[str, int | None] | None:
    """Return a domain's alarm: its kind, and its stage in days where it has one. A domain that is to lapse has none."""
    if domain.to_lapse:
        return None
    if domain.registration is RegistryState.AVAILABLE or domain.statuses == ("pendingDelete",):
        return "domain_gone", None
    late = next((kind for status, kind in _LATE.items() if status in domain.statuses), None)
    if late:
        return late, None
    days = stage(domain.expires, now) if domain.expires else None
    return None if days is None else ("domain_expiry", days)


_LATE = {
    "redemptionPeriod": "domain_redemption",
    "autoRenewPeriod": "domain_renewed",
    "clientHold": "domain_dark",
}


def stage(end: datetime, now: datetime) -> int | None:
    if end <= now:
        return 0
    return next((days for days in _STAGES if end - now <= timedelta(days=days)), None)


def due(portfolio: Portfolio, today: date) -> list[Client]:
    return [one for one in portfolio.clients if any(sub.next_due <= today for sub in one.subscriptions)]


def gross(client: Client, today: date) -> tuple[int, str]:
    """Return what a client owes, in minor units, and the currency: all periods so far, tax by rate rounded half up."""
    net: Counter[int] = Counter()
    for sub in client.subscriptions:
        start = sub.next_due
        while start <= today:
            net[sub.tax_basis_points] += sub.price_minor
            months = start.year * 12 + start.month - 1 + sub.months
            start = _same_day(months // 12, months % 12 + 1, sub.next_due.day)
    return sum(net.values()) + sum((minor * rate + 5000) // 10000 for rate, minor in net.items()), client.currency


def _same_day(year: int, month: int, day: int) -> date:
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day, (first_of_next - timedelta(days=1)).day))
