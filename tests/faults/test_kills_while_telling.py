"""Kill -9 between routing and telling, and between a telling and the next: each is told once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from db import connection
from db.fields import stored
from db.portfolio import alerts
from db.portfolio.alerts import Notice, Standing
from rules.subjects import Subject
from sandbox.smtp import SmtpServer
from tasks import alerts as telling
from tests.faults.marks import postgres_first
from tests.support.eventually import WITHIN_S, eventually
from tests.support.system import System

pytestmark = pytest.mark.fault


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
