"""Alerts: every change of state that staff should know of goes to them by mail, once.

Promise: local. The alert's mail is put into the outbox in the transaction that marks the alert as told.
"""

from collections.abc import Sequence

import settings
from db.ledger import runs
from db.mail import outbox
from db.portfolio import alerts as store
from rules.jobs import JobState
from rules.subjects import Subject
from tasks import mail
from tasks.engine.context import completing
from tasks.engine.task import Queue, task
from tasks.mail import letters

_ADVICE = {
    "domain_dns": "Mend the zone or its delegation at the provider who hosts the domain's DNS.",
    "certificate_expiry": "Renew the certificate and check that the server serves the new one.",
    "certificate_fault": "Look at what the server sends; visitors may see a warning now.",
    "mail_failed": "Mend the client's address, then retry the job; the relay's reply says what is wrong.",
    "jobs_unknown:mail.send": "Ask the recipient, or the relay's log, before the mail is sent again.",
}
_OTHERWISE = "Look at the jobs' errors; retry them when the cause is gone."


def reconcile(standings: Sequence[store.Standing]) -> None:
    """Open, advance and close the alerts of subjects of one kind, in the caller's transaction; have news told."""
    for alert_id in store.reconcile(standings):
        tell.enqueue(alert_id=alert_id)


@task(Queue.DEFAULT, attempts=5, unique=("alert_id",))
def tell(*, alert_id: int) -> None:
    """Put an alert's mail to staff into the outbox, if it is still open and has not been told."""
    alert = store.get(alert_id)
    with completing():
        if alert.open and not alert.told:
            for recipient in settings.current().staff_emails:
                mail.post(_letter(alert, recipient))
            store.told(alert_id)


@task(Queue.DEFAULT, attempts=3, unique=())
def tell_all() -> None:
    """Tell what nobody has been told, for whatever reason."""
    waiting = store.untold()
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
            words = ", ".join(f"{number} {state}" for state, number in bad.items())
            alert_id = store.raise_(
                "run_failures",
                Subject("run", run_id),
                headline=f"{run.task}: {words} of {sum(run.counts.values())} jobs",
                facts=(("Run", str(run_id)),),
            )
            if alert_id:
                tell.enqueue(alert_id=alert_id)


@task(Queue.DEFAULT, attempts=3, unique=("task", "state"))
def ended_badly(*, task: str, state: str) -> None:
    """Open an alert for jobs of a task that are dead, or whose effect is unknown."""
    with completing():
        alert_id = store.raise_(
            f"jobs_{state}:{task}",
            Subject("task", 0),
            headline=f"Jobs of {task} ended as {state}",
            facts=(("Task", task), ("State", state)),
        )
        if alert_id:
            tell.enqueue(alert_id=alert_id)


def _letter(alert: store.Alert, recipient: str) -> outbox.Mail:
    letter = letters.render(
        "alert",
        language="en",
        headline=alert.headline,
        subject_name=alert.subject.kind.capitalize(),
        client_name=alert.client_name or "",
        facts=list(alert.facts),
        what_to_do=alert.what_to_do or _ADVICE.get(alert.kind, _OTHERWISE),
    )
    return outbox.Mail(
        dedupe_key=f"alert:{alert.id}:{alert.stage}:{recipient}",
        recipient=recipient,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )
