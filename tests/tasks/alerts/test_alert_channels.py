"""Alerts told through channels: a signed webhook, and what apprise knows; where they fail, a mail goes out."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from standardwebhooks.webhooks import Webhook

import settings
from db import connection
from db.alerting import alert_deliveries, alert_routes
from db.alerting.alert_deliveries import AlertDelivery
from db.fields import stored
from db.ledger import jobs
from db.mail import outbox
from db.portfolio import alerts as portfolio_alerts
from db.portfolio.alerts import Notice, Standing
from rules.alerts import alert_channels as rules
from rules.alerts.alert_channels import PATIENCE, DeliveryState
from rules.alerts.routing import AlertRoute, RouteStep
from rules.checks.subjects import Subject
from rules.jobs import JobState
from rules.mail.mail_outcomes import MailState
from sandbox.behaviour import Behaviour
from sandbox.channels import ChannelServer
from tasks import alerts, outside
from tasks.alerts import alert_channels
from tasks.outside import probes
from tests.faults.marks import on_sqlite
from tests.support import ledger as do
from tests.support.tellings import tell
from tests.support.worker import Worker

SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
LAST_RESORT = "ada@nolapse.test"
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def server() -> Iterator[ChannelServer]:
    with ChannelServer() as running:
        yield running


@pytest.fixture
def told_there(ledger: str, server: ChannelServer) -> Iterator[None]:
    """Every alert is told through both kinds of channels, and the last resort is one address."""
    given = {
        "pager": {"webhook": f"http://{server.address}/pager", "secret": SECRET},
        "chat": {"apprise": f"json://{server.address}/chat"},
    }
    with connection.transaction():
        step = RouteStep(channels=frozenset({"pager", "chat"}))
        alert_routes.add(AlertRoute(id=0, name="all", steps=(step,)))
    with settings.override(alert_channels=rules.read(given), allowed_networks=LOOPBACK, staff_emails=(LAST_RESORT,)):
        outside.guard.cache_clear()
        yield
        outside.guard.cache_clear()


def news(*headlines: str) -> None:
    with connection.transaction():
        portfolio_alerts.reconcile(
            [
                Standing(subject=Subject("domain", number), notices=(Notice(kind="domain_expiry", headline=headline),))
                for number, headline in enumerate(headlines, start=1)
            ]
        )


def delivery(channel: str) -> AlertDelivery:
    (found,) = alert_deliveries.newest(channel)
    return found


def posted_mails() -> list[str]:
    return [outbox.get(one).recipient for one in sorted(do.mails_in(MailState.QUEUED))]


@pytest.mark.usefixtures("told_there")
class TestTold:
    def test_a_webhook_is_signed_and_a_service_reads_words(self, server: ChannelServer, worker: Worker) -> None:
        news("bakery.test lapses", "mill.test lapses")
        tell(worker)
        worker.drain(alert_channels.deliver)
        (hook,), (chat,) = server.at("/pager"), server.at("/chat")
        read = Webhook(SECRET).verify(hook.body, dict(hook.headers))
        assert read["type"] == "alerts.told"
        assert {one["headline"] for one in read["data"]["alerts"]} == {"bakery.test lapses", "mill.test lapses"}
        assert all("/alerts/" in one["url"] for one in read["data"]["alerts"])
        words = json.loads(chat.body)
        assert words["title"] == "2 alerts: bakery.test lapses"
        assert "mill.test lapses\nhttp" in words["message"]
        assert {delivery("pager").state, delivery("chat").state} == {DeliveryState.DELIVERED}
        assert posted_mails() == [], "who reads a channel gets no mail besides"
        assert portfolio_alerts.get(1).told

    @on_sqlite
    def test_it_is_tried_again_under_the_same_id(self, server: ChannelServer, worker: Worker) -> None:
        server.conduct.by_name["/pager"] = Behaviour.GARBAGE
        news("bakery.test lapses")
        tell(worker)
        assert {one.state for one in worker.drain(alert_channels.deliver)} == {JobState.QUEUED, JobState.DONE}
        server.conduct.by_name.clear()
        worker.drain(alert_channels.deliver)
        (hook,) = server.at("/pager")
        assert hook.headers["webhook-id"] == delivery("pager").message_id

    def test_what_a_channel_wants_no_more_the_last_resort_is_told(self, server: ChannelServer, worker: Worker) -> None:
        server.gone.add("/pager")
        news("bakery.test lapses")
        tell(worker)
        worker.drain(alert_channels.deliver)
        failed = delivery("pager")
        assert (failed.state, "wants no more" in (failed.said or "")) == (DeliveryState.FAILED, True)
        tell(worker)
        assert posted_mails() == [LAST_RESORT]
        assert "bakery.test lapses" in outbox.get(1).text
        kinds = {one.kind for one in portfolio_alerts.open_()}
        assert "alert_channel_failed:pager" in kinds
        server.gone.clear()
        with connection.transaction():
            assert alert_channels.send_again(failed.id)
        worker.drain(alert_channels.deliver)
        assert "alert_channel_failed:pager" not in {one.kind for one in portfolio_alerts.open_()}
        assert server.at("/pager")[-1].headers["webhook-id"] == failed.message_id

    def test_one_that_is_to_be_asked_much_later_is_given_up_at_once(
        self, server: ChannelServer, worker: Worker
    ) -> None:
        server.conduct.by_name["/pager"] = Behaviour.THROTTLE
        with connection.transaction():
            delivery_id = alert_channels.post_test("pager", asked_by="ada")
        worker.drain(alert_channels.deliver)
        assert alert_deliveries.get(delivery_id).state is DeliveryState.QUEUED
        almost = datetime.now(UTC) - PATIENCE + timedelta(seconds=20)
        connection.changed("UPDATE alert_delivery SET asked_at = %s", stored(almost))
        worker.drain(alert_channels.deliver)
        assert alert_deliveries.get(delivery_id).state is DeliveryState.FAILED

    @on_sqlite
    def test_one_that_takes_nothing_for_long_is_given_up_and_tells_of_itself_once(
        self, server: ChannelServer, worker: Worker
    ) -> None:
        server.conduct.by_name["/pager"] = Behaviour.GARBAGE
        for round_ in range(3):
            news(*(f"{name} lapses" for name in ("bakery.test", "mill.test", "dairy.test")[: round_ + 1]))
            tell(worker)
            connection.changed(
                "UPDATE alert_delivery SET asked_at = '2000-01-01 00:00:00+00:00' WHERE state = 'queued'"
            )
            worker.drain(alert_channels.deliver)
        failures = [one for one in portfolio_alerts.open_() if one.kind == "alert_channel_failed:pager"]
        assert len(failures) == 1
        assert len(alert_deliveries.newest("pager", limit=50)) <= 4, "its own failure does not feed it for ever"

    @on_sqlite
    def test_a_channel_that_the_settings_name_no_more_hands_over_to_the_last_resort(self, worker: Worker) -> None:
        news("bakery.test lapses")
        assert worker.perform(alerts.tell_all).state is JobState.DONE
        with settings.override(alert_channels={}):
            tell(worker)
            tell(worker)
        assert posted_mails() == [LAST_RESORT]

    @on_sqlite
    @pytest.mark.parametrize(
        ("behaviour", "said"),
        [
            (Behaviour.HANG_UP, ""),
            (Behaviour.HUGE, "larger than"),
            (Behaviour.PRIVATE, "302"),
            (Behaviour.THROTTLE, "too often"),
        ],
    )
    def test_a_webhook_that_misbehaves_is_tried_later(
        self, server: ChannelServer, worker: Worker, behaviour: Behaviour, said: str
    ) -> None:
        server.conduct.by_name["/pager"] = behaviour
        with connection.transaction():
            delivery_id = alert_channels.post_test("pager", asked_by="ada")
        (job,) = worker.drain(alert_channels.deliver)
        assert job.state is JobState.QUEUED
        assert said in (job.error or job.waits_for or "")
        assert alert_deliveries.get(delivery_id).state is DeliveryState.QUEUED

    @on_sqlite
    @pytest.mark.parametrize("channel", ["pager", "chat"])
    def test_addresses_that_are_not_public_are_not_called(
        self, server: ChannelServer, worker: Worker, channel: str
    ) -> None:
        with settings.override(allowed_networks=()):
            outside.guard.cache_clear()
            with connection.transaction():
                delivery_id = alert_channels.post_test(channel, asked_by="ada")
            (job,) = worker.drain(alert_channels.deliver)
            assert "not a public address" in (job.error or "")
        assert server.posted == []
        assert not server.requests
        assert SECRET not in (alert_deliveries.get(delivery_id).said or "")

    @on_sqlite
    def test_doctor_tries_each_and_tells_it_nothing(self, server: ChannelServer) -> None:
        found = {one.name: one.wrong for one in probes.probe_all() if one.name.startswith("channel ")}
        assert found == {"channel pager": None, "channel chat": None}
        assert server.posted == []
        odd = rules.read({"odd": {"apprise": "nosuchservice://x"}})
        with settings.override(alert_channels=odd):
            (wrong,) = (one.wrong for one in probes.probe_all() if one.name == "channel odd")
        assert "not a URL that apprise reads" in (wrong or "")

    @on_sqlite
    def test_a_test_of_a_channel_that_there_is_not_is_refused(self) -> None:
        with pytest.raises(LookupError, match="no channel 'x'"):
            alert_channels.post_test("x", asked_by="ada")
        assert jobs.newest(task="alert_channels.deliver") == []
