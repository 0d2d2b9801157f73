"""Alerts: what staff should know is a state; which recipients are told of it, when and how, follows from its events.

    reconcile ──events, some news──> tell_all ──routes, people, hours──> tellings ──> one mail for each recipient

Promise: local. One transaction routes news and records that; one puts a mail into the outbox and records which tellings
were told with it. So no stage is told twice, and the outbox and the tellings always agree.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import settings
from db.access import signed_links as stored_links
from db.access.signed_links import NewLink
from db.alerting import alert_tellings, alerting_rules
from db.alerting.alert_tellings import WaitingRecipient
from db.ledger import runs
from db.portfolio import alerts
from db.portfolio.alerts import Alert, Notice, Standing
from rules.access import sees
from rules.access.signed_links import SignedPurpose
from rules.alerts import mail_groups, tellings
from rules.alerts.routing import Recipient
from rules.alerts.tellings import AlertingRules, Telling
from rules.checks.alarms import Urgency
from rules.checks.subjects import Subject
from rules.jobs import JobState
from rules.translatable import Translatable
from settings.failpoints import failpoint
from tasks import mail, signed_links
from tasks.alerts import alert_channels, alert_letters, channel_messages
from tasks.engine.context import completing, fenced
from tasks.engine.task import Queue, task

_ANSWER_HOLDS_S = 7 * 86400


def reconcile(standings: Sequence[Standing]) -> None:
    """Open, advance and resolve the alerts of subjects of one kind, in the caller's transaction; news is told soon."""
    if alerts.reconcile(standings):
        tell_soon()


def tell_soon() -> None:
    """Enqueue the telling of news after a short delay, so that what comes with it goes out with it.

    The job is enqueued in the caller's transaction.
    """
    tell_all.enqueue(delay_s=mail_groups.SETTLES.total_seconds())


@task(Queue.DEFAULT, attempts=5, unique=("alert_id",))
def tell(*, alert_id: int) -> None:
    """Tell an alert that a worker of an older release opened; that release queues a job for each alert."""
    with completing():
        alerts.adopt(alert_id)
        tell_all.enqueue()


@task(Queue.DEFAULT, attempts=5, deadline_s=600, unique=(), of_no_run=True)
def tell_all() -> None:
    """Route all news, tell everybody what is due to them, and come back when more is."""
    config = settings.current()
    alerting = alerting_rules.current(last_resort=config.staff_emails, channels=frozenset(config.alert_channels))
    while news := alert_tellings.unrouted():
        with fenced():
            owed = [telling for _, one in news for telling in tellings.owed(one, alerting)]
            alert_tellings.owe([event_id for event_id, _ in news], owed)
        failpoint("alerts.routed")
    now = datetime.now(UTC)
    for one in alert_tellings.waiting(now=now):
        if _next_mail_at(one) <= now:
            with fenced():
                _tell(one.recipient, alerting, now)
            failpoint("alerts.told")
    with completing():
        _come_back(now)


def _next_mail_at(one: WaitingRecipient) -> datetime:
    between = timedelta(seconds=settings.current().alert_mails_apart_s)
    return mail_groups.next_mail_at(one.first_due, one.last_due, last_mail_at=one.last_mail_at, between=between)


def _tell(recipient: Recipient, alerting: AlertingRules, now: datetime) -> None:
    """Put one mail, or one message to a channel, with all that is due to a recipient into its outbox.

    A telling that does not stand any more is dropped. One that may not reach the recipient any more, because they were
    disabled or limited since, or because the settings do not name the channel, goes to the last resort.
    """
    due = alert_tellings.due(recipient, now=now)
    found = {one.id: one for one in alerts.many(list({telling.alert_id for _, telling in due}))}
    told: dict[int, Alert] = {}
    dropped: list[int] = []
    handed_over: list[Telling] = []
    for number, telling in due:
        alert = found.get(telling.alert_id)
        if alert is None or not tellings.stands(telling, alert.state, now=now):
            dropped.append(number)
        elif not _reaches(recipient, alert, alerting):
            dropped.append(number)
            handed_over += [replace(telling, recipient=Recipient("address", one)) for one in alerting.last_resort]
        else:
            told[number] = alert
    alert_tellings.dropped(dropped, at=now)
    alert_tellings.owe([], handed_over)
    if told:
        about = sorted({one.id: one for one in told.values()}.values(), key=lambda one: one.id)
        if recipient.kind == "channel":
            delivery_id = alert_channels.post(recipient.name, channel_messages.compose(about))
            alert_tellings.told(list(told), [one.id for one in about], delivery_id=delivery_id, at=now)
        else:
            mail_id = _post(about, recipient, alerting, dedupe=f"{min(told)}:{recipient.key}")
            alert_tellings.told(list(told), [one.id for one in about], mail_id=mail_id, at=now)


def _reaches(recipient: Recipient, alert: Alert, alerting: AlertingRules) -> bool:
    """Tell whether a recipient can, and may, be told of an alert."""
    if recipient.kind == "channel":
        return recipient.name in alerting.channels
    address = alert_letters.address(recipient, alerting.people)
    return address is not None and sees(address.within, alert.subject.client_id)


def _post(about: Sequence[Alert], recipient: Recipient, alerting: AlertingRules, *, dedupe: str) -> int:
    """Put a mail about alerts into the outbox, with the link by which they are answered, and return its id."""
    address = alert_letters.address(recipient, alerting.people)
    assert address is not None  # noqa: S101 - or nothing would be told to them
    link_id = stored_links.add(_answer(about))
    letter = alert_letters.compose(about, address, dedupe=dedupe, answer=signed_links.placeholder(link_id))
    return mail.post(letter, links=[link_id])


def _answer(about: Sequence[Alert]) -> NewLink:
    """Return the link by which the recipient answers. The mail that carries it says which alerts it is about."""
    clients = {one.subject.client_id for one in about}
    return NewLink(
        purpose=SignedPurpose.ALERTS,
        subject=Subject("alert", about[0].id, clients.pop() if len(clients) == 1 else None),
        holds_s=_ANSWER_HOLDS_S,
        created_by="alerts.tell_all",
        method="POST",
    )


def _come_back(now: datetime) -> None:
    """Enqueue the next telling for when the next waiting recipient may be told, in the caller's transaction."""
    ahead = [max(_next_mail_at(one) - now, timedelta(seconds=1)) for one in alert_tellings.waiting(now=now)]
    if ahead:
        tell_all.enqueue(delay_s=min(ahead).total_seconds())


@task(Queue.DEFAULT, attempts=3, unique=("run_id",), internal=True)
def tell_of_run(*, run_id: int) -> None:
    """Finish a run: tell staff if some of its jobs ended badly."""
    run = runs.get(run_id)
    bad = {
        state: run.counts[state]
        for state in (JobState.FAILED, JobState.DEAD, JobState.UNKNOWN)
        if run and run.counts.get(state)
    }
    with completing():
        if run and bad:
            total = sum(run.counts.values())
            notice = Notice(
                kind="run_failures",
                headline=Translatable.reading(
                    f"{run.task}: {', '.join(f'{number} {state}' for state, number in bad.items())} of {total} jobs",
                    "{task}: {number} of {total} jobs ended badly",
                    task=run.task,
                    number=str(sum(bad.values())),
                    total=str(total),
                ),
                facts=(("Run", str(run_id)),),
                momentary=True,
            )
            reconcile([Standing(subject=Subject("run", run_id), notices=(notice,))])


@task(Queue.DEFAULT, attempts=3, unique=("task", "state"), internal=True)
def ended_badly(*, task: str, state: str) -> None:
    """Open an alert for jobs of a task that are dead, or whose effect is unknown."""
    with completing():
        notice = Notice(
            kind=f"jobs_{state}:{task}",
            urgency=Urgency.URGENT,
            headline=Translatable("Jobs of {task} ended as {state}", task=task, state=Translatable(state)),
            facts=(("Task", task), ("State", Translatable(state))),
            momentary=True,
        )
        reconcile([Standing(subject=Subject("task", 0), notices=(notice,))])
