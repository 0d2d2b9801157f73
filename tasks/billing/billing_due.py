"""What a client owes by a day: their subscriptions' charges and one-off items, taxed, or held back with the reason.

Promise: local. It only reads; the task that bills records what it says, in the transaction that issues the invoices.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from db.billing import billing_items, billing_profiles, line_changes, products, subscriptions
from db.billing.billing_items import BillingItem
from db.billing.products import Product
from db.billing.subscriptions import Subscription
from db.portfolio import alerts, clients, domains
from db.portfolio.alerts import Notice, Standing
from rules import translatable
from rules.billing import billables, charges, tax_decision
from rules.billing.billables import Billable, HeldLine, HeldReason
from rules.billing.charges import PriceTerms
from rules.billing.line_changes import DuePeriods, LineChange, divide
from rules.billing.tax_decision import TaxDecision, TaxedBuyer, TaxedSeller, Undecided
from rules.billing.vat_rates import UnknownRate
from rules.checks.subjects import Subject
from rules.domains.domain import Domain
from rules.translatable import Translatable
from tasks import alerts as telling
from tasks import senders
from wording.billing import billing_lines

HELD_BACK = "billing_held_back"
"""The kind of the alert about something that is due and not billed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingProgress:
    """The period up to which these lines bill a subscription; free and paused periods count, too."""

    subscription_id: int
    billed: int
    next_due: date


@dataclass(slots=True)
class Due:
    """What is due of a client. Lines are in the order of their subscriptions and items, periods the oldest first.

    ``held`` is told to staff; ``left_out`` is what they decided themselves.
    """

    lines: list[Billable] = field(default_factory=list[Billable])
    held: list[HeldLine] = field(default_factory=list[HeldLine])
    left_out: list[HeldLine] = field(default_factory=list[HeldLine])
    progress: list[BillingProgress] = field(default_factory=list[BillingProgress])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """All that the lines of one client depend on."""

    client_id: int
    language: str
    on: date
    seller: TaxedSeller
    buyer: TaxedBuyer
    products: dict[int, Product]
    domains: dict[int, Domain]

    def tax(self, product_id: int | None, basis_points: int, day: date) -> TaxDecision:
        """Decide the tax of what is supplied on a day. Raises ``Undecided`` or ``UnknownRate``."""
        if product_id is None:
            return tax_decision.of_basis_points(basis_points)
        return tax_decision.decide(self.seller, self.buyer, self.products[product_id].taxed, day)

    def unit(self, product_id: int | None) -> str:
        return self.products[product_id].unit if product_id is not None else "C62"


def of_client(client_id: int, *, on: date) -> Due:
    """Return what is due of a client on a day in their zone. Call it with the client locked."""
    found = subscriptions.due(client_id, on=on)
    items = billing_items.waiting(client_id, on=on)
    account = _account(client_id, on, [*found, *items])
    terms, changes = subscriptions.terms_of(found), line_changes.of(found)
    due = Due()
    for one in found:
        _add_subscription(due, account, one, terms[one.id], changes[one.id])
    for item in items:
        _add_item(due, account, item)
    return due


def tell_held(client_id: int, due: Due) -> None:
    """Open an alert for each thing that is held back, close those of what is billed; in the caller's transaction."""
    held = {("subscription", one.subscription_id) if one.subscription_id else ("billing_item", one.item_id): one
            for one in due.held}  # fmt: skip
    free = {("subscription", one.subscription_id) for one in [*due.progress, *due.left_out]}
    free |= {("billing_item", one.item_id) for one in due.lines if one.item_id}
    for kind in ("subscription", "billing_item"):
        telling.reconcile([
            Standing(
                subject=Subject(kind, number, client_id),
                notices=(_notice(held[kind, number]),) if (kind, number) in held else (),
                over=frozenset() if (kind, number) in held else frozenset({HELD_BACK}),
            )
            for each, number in sorted({*held, *free}, key=str) if each == kind and number is not None
        ])  # fmt: skip


def released(subscription_id: int, client_id: int) -> None:
    """Close the held-back alert of a subscription that owes nothing any more, in the caller's transaction."""
    alerts.clear(HELD_BACK, Subject("subscription", subscription_id, client_id))


def _account(client_id: int, on: date, owed: Sequence[Subscription | BillingItem]) -> _Account:
    return _Account(
        client_id=client_id,
        language=clients.get(client_id).language,
        on=on,
        seller=senders.of_client(client_id).taxed,
        buyer=billing_profiles.get(client_id).taxed,
        products={one.id: one for one in products.many([one.product_id for one in owed if one.product_id])},
        domains={one.id: one for one in domains.many([one.domain_id for one in owed if one.domain_id])},
    )


def _add_subscription(
    due: Due, account: _Account, one: Subscription, terms: Sequence[PriceTerms], changes: Mapping[int, LineChange]
) -> None:
    """Add the lines of the periods that are due; where one period cannot be billed, add none."""
    begun = dict(enumerate(one.cycle.due(one.billed, on=account.on), one.billed))
    periods = divide(begun, changes, on=account.on)
    domain = account.domains.get(one.domain_id) if one.domain_id else None
    due.left_out += _left_out(one, periods, changes)
    if one.domain_name is not None and periods.charged:
        first = next(iter(periods.charged.values()))
        reason = billables.held_for_domain(domain, one.client_id, first.start)
        if reason is not None:
            due.held.append(_held_line(one, reason))
            return
    try:
        lines = [
            line
            for number in periods.charged
            for line in _lines(account, one, terms, domain, number=number, change=changes.get(number))
        ]
    except (Undecided, UnknownRate) as missing:
        due.held.append(_held_line(one, HeldReason.TAX_UNDECIDED, _missing(missing)))
        return
    due.lines += lines
    if periods.decided:
        last = max(periods.decided)
        due.progress.append(
            BillingProgress(subscription_id=one.id, billed=last + 1, next_due=one.cycle.period(last).end)
        )


def _missing(error: Undecided | UnknownRate) -> str:
    """Return a text, which can be translated, that says what is missing to decide a tax."""
    return error.said if isinstance(error, Undecided) else translatable.of_error(error)


def _left_out(one: Subscription, periods: DuePeriods, changes: Mapping[int, LineChange]) -> Iterator[HeldLine]:
    """Yield the periods that somebody decided not to bill, or to bill later."""
    for number in periods.omitted:
        yield _held_line(one, HeldReason.OMITTED, changes[number].reason, number=number)
    if periods.waiting is not None:
        until = Translatable(
            "not before {day}: {reason}", day=str(periods.waiting.not_before), reason=periods.waiting.reason
        )
        yield _held_line(one, HeldReason.DEFERRED, until, number=periods.waiting.number)


def _lines(
    account: _Account,
    one: Subscription,
    terms: Sequence[PriceTerms],
    domain: Domain | None,
    *,
    number: int,
    change: LineChange | None,
) -> Iterator[Billable]:
    evidence = billables.evidence(domain) if domain else None
    period = one.cycle.period(number)
    for charge in charges.charges(period, change.terms(terms) if change else terms):
        decision = account.tax(one.product_id, one.tax_basis_points, period.start)
        yield Billable(
            subscription_id=one.id,
            number=number,
            domain_id=one.domain_id,
            currency=one.currency,
            line=billables.priced(
                charge,
                decision,
                name=(change.description if change else None) or one.description,
                unit=account.unit(one.product_id),
                note=billing_lines.note(charge, evidence, account.language),
            ),
            decision=decision,
            period=charge.period,
        )


def _add_item(due: Due, account: _Account, item: BillingItem) -> None:
    try:
        decision = account.tax(item.product_id, item.tax_basis_points, item.due_on)
    except (Undecided, UnknownRate) as missing:
        due.held.append(
            HeldLine(
                item_id=item.id,
                description=item.description,
                reason=HeldReason.TAX_UNDECIDED,
                detail=_missing(missing),
            )
        )
        return
    line = billables.priced_item(
        item.price, item.quantity, decision, name=item.description, unit=item.unit, period=item.period
    )
    due.lines.append(
        Billable(
            item_id=item.id,
            domain_id=item.domain_id,
            currency=item.currency,
            line=line,
            decision=decision,
            period=item.period,
        )
    )


def _held_line(one: Subscription, reason: HeldReason, detail: str = "", *, number: int | None = None) -> HeldLine:
    return HeldLine(
        subscription_id=one.id,
        number=number,
        domain_name=one.domain_name,
        description=one.description,
        reason=reason,
        detail=detail,
    )


def _notice(line: HeldLine) -> Notice:
    why = billing_lines.held(line)
    return Notice(
        kind=HELD_BACK,
        headline=Translatable("Not billed: {what}", what=line.description),
        facts=(("Why", why),),
    )
