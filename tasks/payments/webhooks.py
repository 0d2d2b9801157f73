"""Stripe's events: kept as they come, then folded into what is known; events that did not come are asked for.

    POST /webhooks/stripe ──verified──> a row ──fold──> objects, payments, alerts
    Stripe's list of events ──poll────────^

Promise: folding is local, and the same whatever the order and the number of times; polling is convergent. What Stripe
knows of payments otherwise than it is booked here is told to staff, and not mended (``_compare``).
"""

import json
from datetime import UTC, datetime, timedelta

import settings
from db.ledger.endings import EndedJob
from db.payments import attempts, payments, webhooks
from db.payments.webhooks import WebhookState
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from integrations.errors import Rejected
from integrations.stripe import KEY
from rules.access import Permission
from rules.billing import provider_units
from rules.checks.subjects import Subject
from rules.stripe import fold as folding
from rules.stripe import stripe_events
from rules.stripe.snapshots import NotStripes, StripeIntent
from rules.stripe.stripe_events import NotOurs, StripeEvent
from rules.translatable import Translatable
from settings.failpoints import failpoint
from tasks import alerts as telling
from tasks.engine.context import completing
from tasks.engine.task import Queue, task
from tasks.outside import stripe
from tasks.payments import booking

_MISSED = "webhooks_missed"
_ALL = Subject("stripe", 0)

_OVERLAP = timedelta(hours=2)
"""How far before the newest event we ask again: an older event may come later than a newer one."""

_OLDEST = timedelta(days=29)
"""Stripe keeps events for 30 days."""

_GRACE = timedelta(minutes=10)
"""A payment that is younger may be on its way here."""


def receive(event: StripeEvent, body: str, *, polled: bool = False) -> bool:
    """Keep an event and have it folded, in the caller's transaction; returns whether it is new."""
    webhook_id = webhooks.add(event, body, polled=polled)
    if webhook_id is None:
        return False
    fold.enqueue(webhook_id=webhook_id)
    return True


def _not_folded(job: EndedJob) -> None:
    webhooks.failed(job.args.get("webhook_id"), job.error)


@task(
    Queue.BILLING,
    attempts=8,
    backoff_s=5,
    unique=("webhook_id",),
    in_batches=True,
    on_ended=_not_folded,
    permission=Permission.MONEY,
)
def fold(*, webhook_id: int) -> None:
    """Fold one event of the inbox into what is known of payments."""
    kept = webhooks.require(webhook_id)
    try:
        event = stripe_events.read(kept.body.encode())
    except NotStripes as error:
        raise Rejected(str(error)) from error
    with completing():
        if kept.state is not WebhookState.FOLDED and event.about is not None:
            booking.book(folding.of_event(event.about, event))
        failpoint("webhooks.booked")
        webhooks.folded(webhook_id)


@task(Queue.BILLING, attempts=5, backoff_s=30, unique=(), permission=Permission.MONEY)
def poll() -> None:
    """Ask Stripe for events that did not come, and compare its payments with ours."""
    config = settings.current()
    if config.stripe_key is None:
        return
    account, now = stripe.account(), datetime.now(UTC)
    since = max((webhooks.newest_made_at() or now) - _OVERLAP, now - _OLDEST)
    found = account.events_since(since)
    payments_there = account.payments_since(since)
    with completing():
        missed = 0
        for raw in reversed(found):
            try:
                event = stripe_events.of(raw)
                stripe_events.require_ours(event, livemode=config.stripe_is_live, account=config.stripe_account)
            except (NotStripes, NotOurs):
                continue
            missed += receive(event, json.dumps(raw), polled=True)
        _tell_missed(missed)
        if not missed:
            _compare([one for one in payments_there if one.created < now - _GRACE])


def _tell_missed(missed: int) -> None:
    if not missed:
        alerts.clear(_MISSED, _ALL)
        return
    notice = Notice(
        kind=_MISSED,
        headline=Translatable.counted(
            "{number} event of Stripe did not come by itself",
            "{number} events of Stripe did not come by themselves",
            missed,
        ),
        what_to_do=Translatable(
            "They were asked for and are folded. See in Stripe's dashboard whether the webhook endpoint fails."
        ),
        facts=(("Events", str(missed)),),
    )
    telling.reconcile([Standing(subject=_ALL, notices=(notice,))])


def _compare(there: list[StripeIntent]) -> None:
    """Tell staff of payments that are booked otherwise here than Stripe has them."""
    wrong = [one.id for one in there if KEY in one.metadata and one.received and not _is_booked(one)]
    if not wrong:
        alerts.clear(booking.MISMATCH, _ALL)
        return
    notice = Notice(
        kind=booking.MISMATCH,
        headline=Translatable.counted(
            "{number} payment at Stripe is not booked as it is there",
            "{number} payments at Stripe are not booked as they are there",
            len(wrong),
        ),
        what_to_do=Translatable(
            "Compare them in Stripe's dashboard; fold their events again in the inbox where they were not."
        ),
        facts=tuple(("Payment", one) for one in wrong[:20]),
    )
    telling.reconcile([Standing(subject=_ALL, notices=(notice,))])


def _is_booked(intent: StripeIntent) -> bool:
    booked = payments.with_key(intent.id)
    received = provider_units.from_provider(intent.received, intent.currency, provider_units.STRIPE)
    return booked is not None and booked.amount == received and attempts.with_key(intent.metadata[KEY]) is not None


def refold(webhook_id: int) -> int:
    """Have an event folded once more, in the caller's transaction; returns the job's number."""
    webhooks.again(webhook_id)
    return fold.enqueue(webhook_id=webhook_id).job_id
