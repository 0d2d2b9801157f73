"""Alerts: every change of state that staff should know of goes to them by mail, once.

Promise: local. The alert's mail is put into the outbox in the transaction that marks the alert as told.
"""

from collections.abc import Sequence

import settings
from db.ledger import runs
from db.mail import outbox
from db.portfolio import alerts
from db.portfolio.alerts import Alert, Notice, Standing
from rules.jobs import JobState
from rules.subjects import Subject
from tasks import mail
from tasks.engine.context import completing
from tasks.engine.task import Queue, task
from tasks.mail import letters
from wording import alert_advice


def reconcile(standings: Sequence[Standing]) -> None:
    """Open, advance and close the alerts of subjects of one kind, in the caller's transaction.

    What is news is told by jobs of their own, enqueued in the order of ``tell_all``: the two may not lock each other.
    """
    for alert_id in sorted(alerts.reconcile(standings)):
        tell.enqueue(alert_id=alert_id)


@task(Queue.DEFAULT, attempts=5, unique=("alert_id",))
def tell(*, alert_id: int) -> None:
    """Put an alert's mail to staff into the outbox, if it is still open and has not been told."""
    alert = alerts.get(alert_id)
    with completing():
        if alert.open and not alert.told:
            for recipient in settings.current().staff_emails:
                mail.post(_letter(alert, recipient))
            alerts.mark_told(alert_id)


@task(Queue.DEFAULT, attempts=3, unique=())
def tell_all() -> None:
    """Tell what nobody has been told, for whatever reason."""
    waiting = alerts.untold()
    with completing():
        for alert_id in waiting:
            tell.enqueue(alert_id=alert_id)


@task(Queue.DEFAULT, attempts=3, unique=("run_id",))
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
            ended = ", ".join(f"{number} {state}" for state, number in bad.items())
            notice = Notice(
                kind="run_failures",
                headline=f"{run.task}: {ended} of {sum(run.counts.values())} jobs",
                facts=(("Run", str(run_id)),),
            )
            reconcile([Standing(subject=Subject("run", run_id), notices=(notice,))])


@task(Queue.DEFAULT, attempts=3, unique=("task", "state"))
def ended_badly(*, task: str, state: str) -> None:
    """Open an alert for jobs of a task that are dead, or whose effect is unknown."""
    with completing():
        notice = Notice(
            kind=f"jobs_{state}:{task}",
            headline=f"Jobs of {task} ended as {state}",
            facts=(("Task", task), ("State", state)),
        )
        reconcile([Standing(subject=Subject("task", 0), notices=(notice,))])


def _letter(alert: Alert, recipient: str) -> outbox.Mail:
    letter = letters.render(
        "alert",
        language="en",
        headline=alert.headline,
        subject_name=alert.subject.kind.capitalize(),
        client_name=alert.client_name or "",
        facts=alert.facts,
        what_to_do=alert.what_to_do or alert_advice.advice(alert.kind),
    )
    return outbox.Mail(
        dedupe_key=f"alert:{alert.id}:{alert.stage}:{recipient}",
        recipient=recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        client_id=alert.subject.client_id,
    )
