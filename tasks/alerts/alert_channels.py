"""Channels beside mail: a message is a row before it is sent.

    tellings that are due ──> a message ──tried for half an hour──> delivered, or the last resort is told in its place

Promise: a webhook is keyed, since its receiver recognises a message by its id. A channel of apprise is told at least
once: where an answer was lost, a message may come twice. An alert that comes twice is better than one that does not.
"""

from datetime import UTC, datetime, timedelta

import settings
from db.alerting import alert_deliveries, alert_tellings
from db.alerting.alert_deliveries import AlertDelivery
from db.ledger.endings import EndedJob
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from integrations.errors import Rejected
from rules.access import Permission
from rules.alerts import tellings
from rules.alerts.alert_channels import PATIENCE, ChannelMessage, DeliveryState
from rules.alerts.routing import Recipient
from rules.alerts.tellings import Telling
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject
from rules.translatable import Translatable
from settings.failpoints import failpoint
from tasks.alerts import channel_messages
from tasks.engine.context import completing
from tasks.engine.errors import Parked
from tasks.engine.task import Queue, find, task
from tasks.outside import alert_channels as channels

_NO_SUBJECT = Subject("task", 0)


def post(channel: str, message: ChannelMessage) -> int:
    """Have a message sent through a channel, in the caller's transaction; returns its delivery's id."""
    delivery_id = alert_deliveries.add(channel, message, at=datetime.now(UTC))
    deliver.enqueue(delivery_id=delivery_id)
    return delivery_id


def post_test(channel: str, *, asked_by: str) -> int:
    """Queue a test message to a channel, in the caller's transaction. Raises ``LookupError`` for an unknown channel."""
    if channel not in settings.current().alert_channels:
        raise LookupError(f"NOLAPSE_ALERT_CHANNELS names no channel {channel!r}")
    return post(channel, channel_messages.test(channel, asked_by=asked_by, at=datetime.now(UTC)))


def send_again(delivery_id: int) -> bool:
    """Have a message sent once more under its id, in the caller's transaction; False where it still waits."""
    if not alert_deliveries.again(delivery_id, at=datetime.now(UTC)):
        return False
    deliver.enqueue(delivery_id=delivery_id)
    return True


def _not_delivered(job: EndedJob) -> None:
    """Tell the last resort what a channel did not take, and tell staff that the channel fails."""
    delivery = alert_deliveries.get(int(str(job.args["delivery_id"])))
    now = datetime.now(UTC)
    if not alert_deliveries.ended(delivery.id, DeliveryState.FAILED, said=settings.scrub(job.error), at=now):
        return
    alert_tellings.owe([], _handed_over(delivery, now))
    notice = Notice(
        kind=_kind(delivery.channel),
        urgency=Urgency.URGENT,
        headline=Translatable("The channel {channel} did not take a message", channel=delivery.channel),
        facts=(("Message", delivery.title), ("Why", settings.scrub(job.error))),
    )
    alerts.reconcile([Standing(subject=_NO_SUBJECT, notices=(notice,))])
    find("alerts.tell_all").enqueue()


def _handed_over(delivery: AlertDelivery, now: datetime) -> list[Telling]:
    """Return the tellings that the last resort is owed in the channel's place: those that still stand."""
    owed = alert_tellings.of_delivery(delivery.id)
    states = {one.id: one.state for one in alerts.many(list({telling.alert_id for telling in owed}))}
    return [
        Telling(alert_id=one.alert_id, recipient=Recipient("address", address), words=one.words, due_at=now)
        for one in owed
        if one.alert_id in states and tellings.stands(one, states[one.alert_id], now=now)
        for address in settings.current().staff_emails
    ]


@task(
    Queue.MAIL,
    attempts=20,
    backoff_s=15,
    unique=("delivery_id",),
    internal=True,
    on_ended=_not_delivered,
    permission=Permission.MAIL,
)
def deliver(*, delivery_id: int) -> None:
    """Send one message through its channel."""
    delivery = alert_deliveries.get(delivery_id)
    if delivery.state is not DeliveryState.QUEUED:
        with completing():
            return
    if datetime.now(UTC) - delivery.asked_at > PATIENCE:
        raise Rejected(f"it was not taken within {PATIENCE.total_seconds() / 60:g} minutes")
    said = _sent(delivery)
    failpoint("alert_channels.sent")
    with completing():
        alert_deliveries.ended(delivery.id, DeliveryState.DELIVERED, said=said, at=datetime.now(UTC))
        alerts.clear(_kind(delivery.channel), _NO_SUBJECT)


def _sent(delivery: AlertDelivery) -> str:
    """Send a message and return the channel's answer. Raises ``Rejected`` where it would have to wait for too long."""
    try:
        return channels.send(
            delivery.channel, delivery.message, message_id=delivery.message_id, made_at=delivery.made_at
        )
    except Parked as wait:
        if datetime.now(UTC) + timedelta(seconds=wait.delay_s) - delivery.asked_at > PATIENCE:
            raise Rejected(f"it cannot be asked in time: {wait.reason}") from wait
        raise


def _kind(channel: str) -> str:
    return f"alert_channel_failed:{channel}"
