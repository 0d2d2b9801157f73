"""What is due, as lines of an invoice: charges of periods and one-off items, each taxed, or held back with the reason.

charges, items ──domain──> held back: it has left, was removed, is another client's
     └──────────tax──────> held back: something is missing that the tax depends on
          └──> Billable: a priced line of EN 16931, what it is for, and why it is taxed so
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from rules.billing.charges import PeriodCharge
from rules.billing.money import Money, minor_digits
from rules.billing.periods import Period
from rules.billing.priced_lines import AllowanceCharge, PricedLine, ServicePeriod
from rules.billing.tax_decision import TaxDecision
from rules.domains.domain import Domain
from rules.domains.lifecycle import LOST, LifecycleStage
from rules.domains.renewals import RenewalDecision

_DISCOUNT = "95"
"""The code of a discount in UNTDID 5189."""

_LEFT = LOST | {LifecycleStage.REDEMPTION_PERIOD}
"""Stages in which the holder has let the domain go, or somebody else has it.

Where that can be undone, staff bill by hand.
"""

_LET_GO = {RenewalDecision.LAPSE, RenewalDecision.DECLINED}


class HeldReason(StrEnum):
    """Why a line that is due is not billed. The last two were decided by a person."""

    DOMAIN_LEFT = "domain_left"
    DOMAIN_REMOVED = "domain_removed"
    DOMAIN_MOVED = "domain_moved"
    DOMAIN_LAPSES = "domain_lapses"
    TAX_UNDECIDED = "tax_undecided"
    DEFERRED = "deferred"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalEvidence:
    """The lookup that shows until when a domain is registered. Times are aware and UTC."""

    expires: datetime
    server: str
    looked_up_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Billable:
    """A line that is due: of a subscription's period, or of a one-off item."""

    subscription_id: int | None = None
    number: int | None = None
    """The number of the subscription's period, from 0."""
    item_id: int | None = None
    domain_id: int | None = None
    currency: str
    line: PricedLine
    decision: TaxDecision
    period: Period | None = None

    @property
    def net(self) -> Money:
        """What it costs without tax."""
        digits = minor_digits(self.currency)
        return Money(int(self.line.net(digits).scaleb(digits)), self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """A line that is due and held back. ``detail`` says what is missing."""

    subscription_id: int | None = None
    number: int | None = None
    """The number of the subscription's period, from 0, where the line is of one."""
    item_id: int | None = None
    domain_name: str | None = None
    description: str
    reason: HeldReason
    detail: str = ""


def held_for_domain(domain: Domain | None, client_id: int, start: date | None) -> HeldReason | None:
    """Return why a charge for a domain is not billed from the day ``start`` on; None where it is billed.

    ``domain`` is None where it was removed. A domain that could not be looked up is billed: a missing answer shows
    nothing.
    """
    if domain is None:
        return HeldReason.DOMAIN_REMOVED
    if domain.client_id != client_id:
        return HeldReason.DOMAIN_MOVED
    if domain.stage in _LEFT:
        return HeldReason.DOMAIN_LEFT
    lapses = domain.decision in _LET_GO and domain.expires is not None and start is not None
    if lapses and domain.expires is not None and start is not None and start >= domain.expires.date():
        return HeldReason.DOMAIN_LAPSES
    return None


def evidence(domain: Domain) -> RenewalEvidence | None:
    """Return the lookup that shows a domain's expiry; None where a person entered it, or nothing says it."""
    expiry = domain.expiry
    if expiry is None or expiry.statement.source in {"hand", "subscription"} or expiry.statement.at is None:
        return None
    return RenewalEvidence(expires=expiry.at, server=expiry.statement.server, looked_up_at=expiry.statement.at)


def priced(charge: PeriodCharge, decision: TaxDecision, *, name: str, unit: str, note: str = "") -> PricedLine:
    """Return a charge as a line of EN 16931."""
    return PricedLine(
        name=name,
        note=note or None,
        quantity=charge.quantity,
        unit="C62" if charge.is_part else unit,
        unit_price=charge.unit_price.amount,
        allowances=(AllowanceCharge(amount=charge.discount.amount, reason_code=_DISCOUNT),)
        if charge.discount.minor
        else (),
        tax=decision.treatment,
        period=service_period(charge.period),
    )


def priced_item(
    unit_price: Money, quantity: Decimal, decision: TaxDecision, *, name: str, unit: str, period: Period | None
) -> PricedLine:
    """Return a one-off item as a line of EN 16931; a refund has a negative quantity, because no price is negative."""
    return PricedLine(
        name=name,
        quantity=-quantity if unit_price.minor < 0 else quantity,
        unit=unit,
        unit_price=abs(unit_price.amount),
        tax=decision.treatment,
        period=service_period(period) if period else None,
    )


def service_period(period: Period) -> ServicePeriod:
    """Return a period as an invoice states it: with its last day."""
    return ServicePeriod(first_day=period.start, last_day=period.end - timedelta(days=1))


def affordable(billables: Sequence[Billable]) -> list[Billable]:
    """Return the lines of one currency that an invoice can have: refunds wait until the other lines cover them.

    Refunds are set off in their order. One that is not covered waits as a whole, and the next is tried.
    """
    taken = [one for one in billables if one.net.minor >= 0]
    left = sum(one.net.minor for one in taken)
    for one in billables:
        if one.net.minor < 0 and left + one.net.minor >= 0 and taken:
            taken.append(one)
            left += one.net.minor
    return [one for one in billables if one in taken]
