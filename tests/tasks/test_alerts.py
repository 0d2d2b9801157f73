"""Alerts: what staff should know is a row before it is a mail, and is told once."""

import contextlib

import pytest

import settings
from db import connection
from db.ledger import jobs, runs, transitions
from db.mail import outbox
from db.portfolio import alerts as portfolio_alerts
from db.portfolio.alerts import Notice, Standing
from rules.jobs import JobState
from rules.subjects import Subject
from tasks import alerts
from tests.support import ledger as do
from tests.support.worker import Worker

BAKERY = Subject("domain", 1)
STAFF = ("ada@nolapse.test", "grace@nolapse.test")


@pytest.fixture(autouse=True)
def staff(ledger: str):
    with settings.override(staff_emails=STAFF):
        yield


def raised(
    kind: str = "domain_expiry",
    subject: Subject = BAKERY,
    *,
    stage: int | None = 30,
    headline: str = "h",
    what_to_do: str = "",
) -> int:
    facts = (("Client", "Bakery"),)
    (alert_id,) = news(
        Notice(kind=kind, stage=stage, headline=headline, facts=facts, what_to_do=what_to_do), subject=subject
    )
    return alert_id


def news(*notices: Notice, subject: Subject = BAKERY, over: frozenset[str] = frozenset()) -> list[int]:
    """Reconcile the alerts of a subject, and return what of them is news."""
    with connection.transaction():
        return portfolio_alerts.reconcile([Standing(subject=subject, notices=notices, over=over)])


def letters() -> list[tuple[str, str]]:
    """Return recipient and subject of what is in the outbox, oldest first."""
    mails = [outbox.get(one) for one in sorted(do.mails_in(outbox.MailState.QUEUED))]
    return [(one.recipient, one.subject) for one in mails]


class TestReconcile:
    def test_the_same_stage_or_an_earlier_one_is_no_news(self) -> None:
        raised(stage=14)
        assert news(Notice(kind="domain_expiry", headline="again", stage=14)) == []
        assert news(Notice(kind="domain_expiry", headline="earlier", stage=30)) == []
        (alert,) = portfolio_alerts.open_()
        assert (alert.stage, alert.headline) == (14, "h")

    def test_a_later_stage_is_news_of_the_same_alert_and_has_to_be_told(self, worker: Worker) -> None:
        alert_id = raised(stage=30)
        worker.perform(alerts.tell, alert_id=alert_id)
        assert portfolio_alerts.untold() == []
        assert raised(stage=14, headline="sooner") == alert_id
        assert portfolio_alerts.untold() == [alert_id]
        assert portfolio_alerts.get(alert_id).headline == "sooner"

    def test_a_state_without_stages_is_raised_once_until_it_is_cleared(self) -> None:
        first = raised("certificate_fault", stage=None)
        assert news(Notice(kind="certificate_fault", headline="h")) == []
        with connection.transaction():
            assert portfolio_alerts.clear("certificate_fault", BAKERY)
            assert not portfolio_alerts.clear("certificate_fault", BAKERY)
        assert raised("certificate_fault", stage=None) != first

    def test_kinds_and_subjects_do_not_stand_for_one_another(self) -> None:
        ids = {raised(), raised("certificate_fault"), raised(subject=Subject("domain", 2))}
        ids.add(raised(subject=Subject("endpoint", 1)))
        assert len(ids) == 4

    def test_the_most_pressing_come_first(self) -> None:
        for number, stage in enumerate((30, 0, 7)):
            raised(subject=Subject("domain", number), stage=stage)
        assert [one.stage for one in portfolio_alerts.open_()] == [0, 7, 30]

    def test_one_who_raises_it_at_the_same_time_does_not_open_a_second(self) -> None:
        def open_one(place: int) -> None:
            # The job that is refused is tried again, and finds it open.
            with contextlib.suppress(connection.Conflict):
                news(Notice(kind="domain_expiry", headline=f"{place}", stage=30))

        do.at_once(4, open_one)
        assert len(portfolio_alerts.open_()) == 1

    def test_what_is_over_is_closed_and_what_is_news_at_once_opened_anew(self) -> None:
        first = raised(stage=7)
        raised("certificate_fault", stage=None)
        (second,) = news(
            Notice(kind="domain_expiry", headline="another end", stage=30),
            over=frozenset({"domain_expiry", "certificate_fault", "domain_gone"}),
        )
        assert second != first
        assert [(one.id, one.stage) for one in portfolio_alerts.open_()] == [(second, 30)]

    def test_an_alert_that_does_not_exist_is_named(self) -> None:
        with pytest.raises(LookupError, match="41"):
            portfolio_alerts.get(41)


class TestTell:
    def test_each_of_the_staff_is_told_once_however_often_it_is_asked(self, worker: Worker) -> None:
        alert_id = raised(headline="bakery.test expires on 2026-03-01")
        for _ in range(2):
            assert worker.perform(alerts.tell, alert_id=alert_id).state is JobState.DONE
        assert letters() == [(one, "Domain: bakery.test expires on 2026-03-01") for one in STAFF]
        assert portfolio_alerts.get(alert_id).told
        assert len(jobs.newest(task="mail.send")) == 2

    def test_each_stage_is_a_letter_of_its_own(self, worker: Worker) -> None:
        for stage in (30, 14):
            worker.perform(alerts.tell, alert_id=raised(stage=stage, headline=f"{stage} days"))
        assert [subject for recipient, subject in letters() if recipient == STAFF[0]] == [
            *("Domain: 30 days", "Domain: 14 days"),
        ]

    def test_one_that_was_cleared_before_anybody_was_told_is_not_told(self, worker: Worker) -> None:
        alert_id = raised()
        with connection.transaction():
            portfolio_alerts.clear("domain_expiry", BAKERY)
        assert worker.perform(alerts.tell, alert_id=alert_id).state is JobState.DONE
        assert letters() == []

    def test_what_it_says_is_in_the_letter_and_what_to_do(self, worker: Worker) -> None:
        worker.perform(
            alerts.tell, alert_id=raised(headline="bakery.test expires on 2026-03-01", what_to_do="Renew the domain.")
        )
        (first, *_) = sorted(do.mails_in(outbox.MailState.QUEUED))
        text = outbox.get(first).text
        assert "Renew the domain" in text
        assert "Bakery" in text

    def test_a_telling_that_is_undone_leaves_it_untold(self) -> None:
        alert_id = raised()
        with do.undone():
            alerts.tell(alert_id=alert_id)
        assert portfolio_alerts.untold() == [alert_id]
        assert letters() == []


class TestTellAll:
    def test_what_nobody_was_told_for_whatever_reason_is_told(self, worker: Worker) -> None:
        ids = [raised(subject=Subject("domain", number)) for number in range(3)]
        worker.perform(alerts.tell, alert_id=ids[0])
        worker.perform(alerts.tell_all)
        worker.drain(alerts.tell)
        assert portfolio_alerts.untold() == []
        assert len(letters()) == 3 * len(STAFF)
        worker.perform(alerts.tell_all)
        assert jobs.newest(task="alerts.tell", state=JobState.QUEUED) == []

    def test_two_that_run_together_queue_each_telling_once(self, worker: Worker) -> None:
        raised()
        for _ in range(2):
            worker.perform(alerts.tell_all)
        assert len(jobs.newest(task="alerts.tell")) == 1


class TestTellOfRun:
    def run(self, *endings: transitions.JobOutcome) -> int:
        """Make a run of which each job ended in its way."""
        with connection.transaction():
            run_id = runs.open_("domains.check_all", then="alerts.tell_of_run")
            root = do.queue(run_id=run_id)
            runs.root(run_id, root)
        do.end(do.claimed(root))
        for ending in endings:
            do.end(do.running(run_id=run_id), ending)
        with connection.transaction():
            assert len(runs.close_finished()) == 1
        return run_id

    def test_a_run_that_went_well_is_not_news(self, worker: Worker) -> None:
        run_id = self.run(transitions.DONE, transitions.DONE)
        assert worker.perform(alerts.tell_of_run, run_id=run_id).state is JobState.DONE
        assert portfolio_alerts.open_() == []

    def test_a_run_with_jobs_that_ended_badly_is_told_once_with_their_numbers(self, worker: Worker) -> None:
        endings = [transitions.JobOutcome(state, outcome, "x") for state, outcome in BAD]
        run_id = self.run(transitions.DONE, *endings, endings[0])
        for _ in range(2):
            worker.perform(alerts.tell_of_run, run_id=run_id)
        worker.drain(alerts.tell)
        (alert,) = portfolio_alerts.open_()
        assert alert.headline == "domains.check_all: 2 failed, 1 dead, 1 unknown of 6 jobs"
        assert len(letters()) == len(STAFF)

    def test_a_run_that_is_gone_is_not_news(self, worker: Worker) -> None:
        assert worker.perform(alerts.tell_of_run, run_id=41).state is JobState.DONE
        assert portfolio_alerts.open_() == []


BAD = [
    (JobState.FAILED, jobs.AttemptOutcome.FAILED),
    (JobState.DEAD, jobs.AttemptOutcome.DEAD),
    (JobState.UNKNOWN, jobs.AttemptOutcome.UNKNOWN),
]


def test_jobs_of_a_task_that_ended_badly_are_one_alert(worker: Worker) -> None:
    for _ in range(2):
        worker.perform(alerts.ended_badly, task="mail.send", state="unknown")
    worker.drain(alerts.tell)
    (alert,) = portfolio_alerts.open_()
    assert (alert.kind, alert.headline) == ("jobs_unknown:mail.send", "Jobs of mail.send ended as unknown")
    assert len(letters()) == len(STAFF)
    (first, *_) = do.mails_in(outbox.MailState.QUEUED)
    assert "the relay's log" in outbox.get(first).text
