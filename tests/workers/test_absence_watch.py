"""What does not happen is an alert once it was seen twice; where nobody is left to tell it, it is told straight."""

from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

import settings
from db import connection
from db.ledger import leases, workers
from db.portfolio import alerts, clients, endpoints
from db.portfolio.clients import Client
from sandbox.smtp import SmtpServer
from tasks import outside
from tests.faults.marks import on_sqlite
from tests.support import ledger as do
from workers.absence_watch import AbsenceWatch

LAST_RESORT = "ada@nolapse.test"


@pytest.fixture
def relay(ledger: str) -> Iterator[SmtpServer]:
    with (
        SmtpServer() as server,
        settings.override(
            smtp_url=SecretStr(server.url), mail_from="nolapse@nolapse.test", staff_emails=(LAST_RESORT,)
        ),
    ):
        outside.mail_providers.cache_clear()
        yield server
        for provider in outside.mail_providers():
            provider.close()
        outside.mail_providers.cache_clear()


@pytest.fixture
def look(relay: SmtpServer) -> Callable[[], list[str]]:
    """Looks once more and returns the kinds of alerts that are open."""
    watch = AbsenceWatch()

    def once() -> list[str]:
        watch.look()
        return sorted(one.kind for one in alerts.open_())

    return once


def led() -> None:
    assert leases.take("scheduler", "here", for_s=3600)


def an_old_job() -> int:
    job_id = do.queue()
    do.move(job_id, "run_at", -3600)
    return job_id


def test_a_scheduler_alone_tells_that_nobody_works_and_says_when_somebody_does(
    look: Callable[[], list[str]], relay: SmtpServer
) -> None:
    led()
    an_old_job()
    assert look() == [], "seen once"
    assert look() == ["absent_workers"]
    (told,) = relay.mailbox
    assert told.recipients == (LAST_RESORT,)
    assert "no worker is alive" in str(told.message["Subject"])
    assert look() == ["absent_workers"]
    assert len(relay.mailbox) == 1, "once an hour"
    workers.started("w" * 32, host="here", pid=1, queues=["default"])
    assert "absent_workers" not in look()


@on_sqlite
def test_what_nobody_took_is_told_at_the_next_look(look: Callable[[], list[str]], relay: SmtpServer) -> None:
    led()
    an_old_job()
    relay.replies[LAST_RESORT] = "451 4.3.0 not now"
    look()
    assert look() == ["absent_workers"]
    assert relay.mailbox == []
    del relay.replies[LAST_RESORT]
    look()
    assert [one.recipients for one in relay.mailbox] == [(LAST_RESORT,)]


@on_sqlite
def test_a_worker_alone_tells_that_nobody_schedules(look: Callable[[], list[str]], relay: SmtpServer) -> None:
    workers.started("w" * 32, host="here", pid=1, queues=["default"])
    look()
    assert look() == ["absent_scheduler"]
    assert relay.mailbox == [], "a worker that is left mails as always"
    led()
    assert look() == []
    watch = AbsenceWatch()
    watch.look_alone()
    watch.look_alone()
    assert alerts.open_() == []


def test_a_client_of_whose_endpoints_none_was_scanned_is_an_alert_until_one_is(look: Callable[[], list[str]]) -> None:
    led()
    with connection.transaction():
        client_id, _ = clients.add(Client(name="Bakery", email="a@bakery.test"))
        endpoint_id, _ = endpoints.add("www.bakery.test", 443, client_id=client_id)
    look()
    assert look() == []
    connection.changed("UPDATE endpoint SET created_at = '2020-01-01 00:00:00+00:00'")
    look()
    assert look() == ["absent_scans"]
    (alert,) = alerts.open_()
    assert (alert.subject.client_id, alert.client_name) == (client_id, "Bakery")
    connection.changed("UPDATE endpoint SET created_at = {now} WHERE id = %s", endpoint_id)
    assert look() == []


@on_sqlite
def test_two_that_watch_do_not_both_look(look: Callable[[], list[str]]) -> None:
    led()
    an_old_job()
    look()
    other = AbsenceWatch()
    other.look()
    other.look()
    assert alerts.open_() == []
