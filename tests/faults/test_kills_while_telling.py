"""Kill -9 between routing and telling, and between a telling and the next: each is told once."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import settings
from db import connection
from db.fields import stored
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from rules.alerts import alert_channels
from rules.checks.subjects import Subject
from sandbox.channels import ChannelServer
from sandbox.smtp import SmtpServer
from tasks import alerts as telling
from tasks.alerts import alert_channels as deliveries
from tests.faults.marks import postgres_first
from tests.support.eventually import WITHIN_S, eventually
from tests.support.system import System

pytestmark = pytest.mark.fault

SECRET = "whsec_" + b64encode(bytes(32)).decode()


@pytest.fixture
def relay() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@postgres_first
@pytest.mark.parametrize("point", ["alerts.routed", "alerts.told"])
def test_a_telling_that_is_killed_leaves_one_mail_for_each_of_the_staff(
    point: str, system: System, relay: SmtpServer
) -> None:
    armed = {"NOLAPSE_FAILPOINTS": f"{point}=kill@{system.folder / 'killed'}", "NOLAPSE_SMTP_URL": relay.url}
    with connection.session(), connection.transaction():
        notice = Notice(kind="domain_expiry", stage=7, headline="bakery.test expires")
        long_ago = datetime.now(UTC) - timedelta(minutes=5)  # it has settled
        alerts.reconcile([Standing(subject=Subject("domain", 1), notices=(notice,))], now=long_ago)
        connection.changed("UPDATE alert_event SET at = %s", stored(long_ago))
    system.start(**armed, NOLAPSE_STAFF_EMAILS="ada@there.test,grace@there.test")
    telling.tell_all.enqueue()
    relay.wait_for(2, timeout_s=WITHIN_S)
    eventually((system.folder / "killed").exists, what="it was killed")
    eventually(lambda: system.rows("SELECT 1 FROM alert WHERE told_at IS NOT NULL"), what="the alert was told")
    assert sorted(one.recipients[0] for one in relay.mailbox) == ["ada@there.test", "grace@there.test"]


@postgres_first
def test_a_message_that_is_killed_after_it_was_sent_comes_again_under_its_id(system: System) -> None:
    with ChannelServer() as server:
        channels = {"pager": {"webhook": f"http://{server.address}/pager", "secret": SECRET}}
        with settings.override(alert_channels=alert_channels.read(channels)):
            delivery_id = deliveries.post_test("pager", asked_by="ada")
        system.start(
            NOLAPSE_FAILPOINTS=f"alert_channels.sent=kill@{system.folder / 'killed'}",
            NOLAPSE_ALERT_CHANNELS=json.dumps(channels),
            NOLAPSE_ALLOWED_NETWORKS="127.0.0.0/8",
        )
        eventually(lambda: len(server.at("/pager")) > 1, what="it was sent again")
        eventually(
            lambda: system.rows("SELECT 1 FROM alert_delivery WHERE state = 'delivered'"), what="it was delivered"
        )
        assert (system.folder / "killed").exists()
        assert delivery_id == 1
        assert len({one.headers["webhook-id"] for one in server.at("/pager")}) == 1
