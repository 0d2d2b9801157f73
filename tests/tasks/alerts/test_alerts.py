"""Alerts: what staff should know is a row before it is a mail, and is told once."""

import contextlib
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import settings
from db import connection
from db.access import users
from db.alerting import alert_preferences, alert_routes, alerting_rules
from db.ledger import jobs, runs, transitions
from db.mail import outbox
from db.portfolio import alerts as portfolio_alerts
from db.portfolio.alerts import Notice, Standing
from rules.access import Role
from rules.alerts import routing
from rules.alerts.life import AlertEventKind
from rules.checks.subjects import Subject
from rules.jobs import JobState
from rules.translatable import Translatable
from tasks import alerts
from tasks.alerts import alert_letters
from tasks.alerts.alert_letters import LetterAddress
from tests.support import ledger as do
from tests.support.tellings import settle, tell
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

    def test_a_later_stage_is_news_of_the_same_alert(self) -> None:
        alert_id = raised(stage=30)
        assert raised(stage=14, headline="sooner") == alert_id
        assert portfolio_alerts.get(alert_id).headline == "sooner"

    def test_a_state_without_stages_is_raised_once_until_it_is_cleared(self) -> None:
        first = raised("certificate_fault", stage=None)
        assert news(Notice(kind="certificate_fault", headline="h")) == []
        with connection.transaction():
            assert portfolio_alerts.clear("certificate_fault", BAKERY)
            assert not portfolio_alerts.clear("certificate_fault", BAKERY)
        assert news(Notice(kind="certificate_fault", headline="h")) == [], "it was hardly gone"
        assert [one.id for one in portfolio_alerts.open_()] == [first]

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
            tell(worker)
        assert letters() == [(one, "Domain: bakery.test expires on 2026-03-01") for one in STAFF]
        assert portfolio_alerts.get(alert_id).told
        assert len(jobs.newest(task="mail.send")) == 2

    def test_each_stage_is_a_letter_of_its_own(self, worker: Worker) -> None:
        for stage in (30, 14):
            raised(stage=stage, headline=f"{stage} days")
            tell(worker)
        assert [subject for recipient, subject in letters() if recipient == STAFF[0]] == [
            "Domain: 30 days", "Domain: 14 days",
        ]  # fmt: skip

    def test_several_are_one_letter_and_each_can_be_reached_from_it(self, worker: Worker) -> None:
        ids = [raised("certificate_fault", Subject("endpoint", number), stage=None) for number in range(7)]
        raised(headline="bakery.test expires")
        tell(worker)
        (first, _) = sorted(do.mails_in(outbox.MailState.QUEUED))
        letter = outbox.get(first)
        assert letter.subject == "8 alerts: 7 endpoints with a fault"
        for body in (letter.text, letter.html):
            assert f"/alerts/{ids[0]}" in body
            assert "/alerts?kind=certificate_fault" in body
            assert "bakery.test expires" in body

    def test_what_comes_within_five_minutes_waits_for_the_next_mail(self, worker: Worker) -> None:
        raised()
        tell(worker)
        second = raised(subject=Subject("domain", 2))
        worker.perform(alerts.tell_all)
        settle(worker)
        assert len(letters()) == len(STAFF)
        (again,) = jobs.newest(task="alerts.tell_all", state=JobState.QUEUED)
        assert timedelta(minutes=4) < again.run_at - datetime.now(UTC) <= timedelta(minutes=5)
        tell(worker)
        assert len(letters()) == 2 * len(STAFF)
        assert portfolio_alerts.get(second).told

    def test_what_comes_all_at_once_is_waited_for(self, worker: Worker) -> None:
        raised()
        worker.perform(alerts.tell_all)
        assert letters() == []
        (again,) = jobs.newest(task="alerts.tell_all", state=JobState.QUEUED)
        assert timedelta() < again.run_at - datetime.now(UTC) <= timedelta(seconds=11)

    def test_one_that_was_resolved_before_anybody_was_told_is_not_told(self, worker: Worker) -> None:
        raised()
        with connection.transaction():
            portfolio_alerts.clear("domain_expiry", BAKERY)
        tell(worker)
        assert letters() == []
        assert jobs.newest(task="alerts.tell_all", state=JobState.QUEUED) == []

    def test_what_it_says_is_in_the_letter_and_what_to_do(self, worker: Worker) -> None:
        raised(headline="bakery.test expires on 2026-03-01", what_to_do="Renew the domain.")
        tell(worker)
        (first, *_) = sorted(do.mails_in(outbox.MailState.QUEUED))
        text = outbox.get(first).text
        assert "Renew the domain" in text
        assert "Bakery" in text

    @pytest.mark.parametrize("number", [1, 2])
    def test_whoever_reads_german_is_told_in_german_and_others_in_english(self, number: int) -> None:
        notice = Notice(
            kind="domain_expiry",
            headline=Translatable("{name} is being restored", name="bakery.test"),
            what_to_do=Translatable("Renew it at its registrar."),
            facts=(("Registrar", Translatable("not stated")),),
        )
        found = [
            portfolio_alerts.get(one) for id_ in range(number) for one in news(notice, subject=Subject("domain", id_))
        ]
        german, english = (
            alert_letters.compose(found, LetterAddress("ada@nolapse.test", one), dedupe="x", answer="").text
            for one in ("de", "pl")
        )
        assert "bakery.test wird wiederhergestellt" in german
        assert "bakery.test is being restored" in english
        if number == 1:
            assert "Verlängern Sie sie beim Registrar." in german
            assert "nicht angegeben" in german
            assert "not stated" in english

    def test_a_telling_that_is_undone_leaves_it_untold(self, worker: Worker) -> None:
        raised()
        with do.undone():
            alerts.tell_all()
        assert letters() == []
        tell(worker)
        assert len(letters()) == len(STAFF)

    def test_what_a_worker_of_the_release_before_opened_is_told_too(self, worker: Worker) -> None:
        alert_id = raised()
        connection.changed("DELETE FROM alert_event")
        worker.perform(alerts.tell_all)
        assert letters() == []
        worker.perform(alerts.tell, alert_id=alert_id)
        tell(worker)
        assert len(letters()) == len(STAFF)

    def test_that_a_mail_to_somebody_fails_is_told_to_the_others_alone(self, worker: Worker) -> None:
        with connection.transaction():
            mail_id, _ = outbox.add(
                outbox.Mail(dedupe_key="x", recipient=f"Ada <{STAFF[0]}>", subject="s", text="t", html="h"), host="h"
            )
        raised("mail_failed", Subject("mail", mail_id), stage=None)
        tell(worker)
        assert [recipient for recipient, subject in letters() if subject != "s"] == [STAFF[1]]


@pytest.fixture
def ada() -> routing.Person:
    """Somebody of the staff who is told of everything."""
    with connection.transaction():
        user_id = users.add("ada", Role.OPERATOR, email="ada@people.test")
        step = routing.RouteStep(people=frozenset({user_id}))
        alert_routes.add(routing.AlertRoute(id=0, name="all", steps=(step,)))
    return alerting_rules.people()[user_id]


class TestPeople:
    def test_a_route_tells_a_person_in_place_of_the_last_resort(self, worker: Worker, ada: routing.Person) -> None:
        raised()
        tell(worker)
        assert [recipient for recipient, _ in letters()] == [ada.email]

    def test_what_is_acknowledged_before_it_is_told_and_what_is_snoozed_is_not_told(
        self, worker: Worker, ada: routing.Person
    ) -> None:
        one, other = raised(), raised("certificate_fault", stage=None)
        with connection.transaction():
            portfolio_alerts.act([one], AlertEventKind.ACKNOWLEDGED, actor="grace")
            until = datetime.now(UTC) + timedelta(hours=2)
            portfolio_alerts.act([other], AlertEventKind.SNOOZED, actor="grace", until=until)
        tell(worker)
        assert letters() == []
        (again,) = jobs.newest(task="alerts.tell_all", state=JobState.QUEUED)
        assert abs(again.run_at - until) < timedelta(minutes=1)

    def test_a_digest_waits_for_its_morning_and_what_was_resolved_drops_out(
        self, worker: Worker, ada: routing.Person
    ) -> None:
        minute = (datetime.now(UTC) + timedelta(hours=3)).hour * 60
        alert_preferences.keep(ada.id, routing.Preference(digest_at=minute))
        for number in range(4):
            raised(subject=Subject("domain", number), headline=f"domain {number}")
        tell(worker)
        assert letters() == []
        with connection.transaction():
            portfolio_alerts.clear("domain_expiry", Subject("domain", 2))
        connection.changed("UPDATE alert_telling SET due_at = {later(-1)}")
        tell(worker)
        ((_, subject),) = letters()
        assert subject == "3 alerts: 3 domains lapse within 60 days"
        (mail_id,) = do.mails_in(outbox.MailState.QUEUED)
        assert "domain 2" not in outbox.get(mail_id).text

    def test_who_was_disabled_or_limited_since_is_not_told_but_the_last_resort_is(
        self, worker: Worker, ada: routing.Person
    ) -> None:
        grace = users.add("grace", Role.OWNER, email="grace@people.test")
        assert grace
        raised()
        worker.perform(alerts.tell_all)
        for change in (lambda: users.limit_to_clients(ada.id, ()), lambda: users.disable(ada.id)):
            connection.changed("DELETE FROM mail")
            connection.changed(
                "UPDATE alert_telling SET ended_at = NULL, mail_id = NULL WHERE recipient LIKE 'person:%%'"
            )
            connection.changed("DELETE FROM alert_telling WHERE recipient LIKE 'address:%%'")
            change()
            for _ in range(2):
                tell(worker)
            assert sorted(recipient for recipient, _ in letters()) == sorted(STAFF)

    def test_whoever_is_next_is_told_where_nobody_acknowledges(self, worker: Worker, ada: routing.Person) -> None:
        grace = users.add("grace", Role.ADMIN, email="grace@people.test")
        (route,) = alert_routes.all_()
        later = routing.RouteStep(after_minutes=30, people=frozenset({grace}))
        alert_routes.change(replace(route, steps=(*route.steps, later)))
        one, _ = raised(), raised("certificate_fault", stage=None, headline="expired")
        tell(worker)
        with connection.transaction():
            portfolio_alerts.act([one], AlertEventKind.ACKNOWLEDGED, actor="ada")
        connection.changed("UPDATE alert_telling SET due_at = {later(-1)}")
        tell(worker)
        assert [(recipient, subject) for recipient, subject in letters() if recipient != ada.email] == [
            ("grace@people.test", "Domain: expired")
        ]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_histories_in_any_order_of_batches_make_the_same_mails(worker: Worker, order: tuple[int, ...]) -> None:
    def batch(number: int) -> None:
        subject = Subject("domain", number)
        for stage in (30, 7):
            news(Notice(kind="domain_expiry", stage=stage, headline=f"{number}: {stage} days"), subject=subject)
        if number == 1:
            news(subject=subject, over=frozenset({"domain_expiry"}))

    for number in order:
        batch(number)
        worker.perform(alerts.tell_all) if number == 1 else None
    tell(worker)
    told = [
        outbox.get(one).text for one in do.mails_in(outbox.MailState.QUEUED) if outbox.get(one).recipient == STAFF[0]
    ]
    text = "\n".join(told)
    assert [text.count(words) for words in ("0: 7 days", "2: 7 days", "1: ", "0: 30 days")] == [1, 1, 0, 0]


def test_a_storm_is_one_mail_for_each_and_takes_few_statements(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "peewee")

    def storm(number: int) -> int:
        """Raise so many alerts at once, and return how many statements that took."""
        caplog.clear()
        standings = [
            Standing(
                subject=Subject("endpoint", one),
                notices=(Notice(kind="certificate_fault", headline=f"{one} expired", group="Example CA"),),
            )
            for one in range(number)
        ]
        with connection.transaction():
            portfolio_alerts.reconcile(standings)
        return len([record for record in caplog.records if "alert" in str(record.msg)])

    assert storm(3) == storm(1000)
    caplog.set_level(logging.WARNING, "peewee")
    tell(worker)
    assert letters() == [(one, "1000 alerts: 1,000 endpoints with a fault (Example CA)") for one in STAFF]


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
        tell(worker)
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
    tell(worker)
    (alert,) = portfolio_alerts.open_()
    assert (alert.kind, alert.headline) == ("jobs_unknown:mail.send", "Jobs of mail.send ended as unknown")
    assert len(letters()) == len(STAFF)
    (first, *_) = do.mails_in(outbox.MailState.QUEUED)
    assert "the relay's log" in outbox.get(first).text
