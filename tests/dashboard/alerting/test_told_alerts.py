"""An alert says "staff told" once its mail has left, and what became of it before and otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from db import connection
from db.alerting.models import Alert, AlertTelling
from db.mail import outbox
from db.mail.outbox import MailState
from db.portfolio import alerts
from tests.api.browser import TestClient
from tests.dashboard.conftest import Filled
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (MailState.QUEUED, "mail to staff is queued"),
        (MailState.SENT, "staff told"),
        (MailState.FAILED, "telling staff failed"),
        (MailState.UNKNOWN, "unsure whether staff was told"),
    ],
)
def test_what_is_said_of_an_alert_is_what_became_of_its_mail(
    browser: TestClient, fill: Callable[..., Filled], state: MailState, said: str
) -> None:
    fill()
    page = "/alerts?kind=domain_expiry"
    assert "not told yet" in browser.get(page).text
    now = datetime.now(UTC)
    with connection.session(), connection.transaction():
        (alert,) = Alert.select().where(Alert.kind == "domain_expiry")
        mail, _ = outbox.add(
            outbox.Mail(dedupe_key="told", recipient="staff@agency.test", subject="", text="", html=""), host="h"
        )
        words = {"recipient": "staff@agency.test", "words": "opened", "due_at": now, "ended_at": now}
        AlertTelling.create(alert=alert.id, mail_id=mail, **words)
        alerts.mark_told([alert.id], at=now)
        if state is not MailState.QUEUED:
            outbox.ended(mail, state, reply=None)
    assert f"{said}</span>" in browser.get(page).text
