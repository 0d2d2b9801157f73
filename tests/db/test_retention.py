"""Retention: what is old enough goes, batch by batch; what is young, unfinished or still needed stays."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from db import connection, retention
from db.access import lookups, signed_links, users
from db.access.signed_links import NewLink
from db.alerting import alert_deliveries
from db.ledger import effects, jobs, runs, workers
from db.outside import downloads, measurements, shared_texts
from db.portfolio import alerts, checks, clients, domains, endpoints
from db.portfolio import models as portfolio
from db.portfolio.alerts import Notice, Standing
from db.portfolio.clients import Client
from rules.access import Role
from rules.access.signed_links import SignedPurpose
from rules.alerts.alert_channels import ChannelMessage, DeliveryState
from rules.checks.subjects import Subject
from rules.domains import check_outcome
from rules.domains.records import Answer, RegistryRecord
from rules.lookups import LookupKind, LookupQuestion
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")

DAYS = 30


def age(table: str, column: str, days: float, *, where: str = "TRUE") -> None:
    """Make rows older than they are."""
    with connection.transaction():
        connection.changed(f"UPDATE {table} SET {column} = {{later(%s)}} WHERE {where}", -86400.0 * days)


def count(table: str) -> int:
    return connection.execute(f"SELECT COUNT(*) FROM {table}")[0][0]


def a_job() -> None:
    do.end(do.running())


def a_run() -> None:
    with connection.transaction():
        runs.open_("domains.check_all", then=None)
        connection.changed("UPDATE run SET root_id = 1, finished_at = {now} WHERE root_id IS NULL")


def a_measurement() -> None:
    measurements.add("whois", f"outcome-{count('measurement')}", calls=1, seconds=1.0)


def a_worker() -> None:
    workers.started(f"worker-{count('worker')}", host="here", pid=1, queues=["default"])


def a_scan() -> None:
    with connection.transaction():
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        endpoint_id, _ = endpoints.add("www.bakery.test", 443, client_id=client_id)
        portfolio.EndpointScan.create(endpoint=endpoint_id, ok=True)


def a_download() -> None:
    now = datetime.now(UTC)
    downloads.keep(f"http://ca.test/{count('download')}.crl", "crl", b"", at=now, fresh_until=now)


def a_lookup() -> None:
    question = LookupQuestion(kind=LookupKind.DOMAIN, name="bakery.test")
    lookups.add(users.add(f"ada {count('requested_lookup')}", Role.VIEWER), question)


def a_signed_link() -> None:
    subject = Subject("document", 5, 3)
    signed_links.add(NewLink(purpose=SignedPurpose.DOCUMENT, subject=subject, holds_s=0, created_by="ada"))


def an_effect() -> None:
    key = f"mail:{count('effect')}"
    effects.begin(key, "smtp.data", job_id=None)
    effects.record_outcome(key, "done")


def an_alert() -> None:
    """Open an alert, told to somebody, and resolve it."""
    subject = Subject("domain", count("alert") + 1)
    with connection.transaction():
        alerts.reconcile([Standing(subject=subject, notices=(Notice(kind="domain_expiry", headline="h"),))])
        alerts.clear("domain_expiry", subject)


def a_telling() -> None:
    an_alert()
    connection.changed(
        "INSERT INTO alert_telling (alert_id, recipient, words, due_at, ended_at)"
        " SELECT MAX(id), 'address:a@b.test', 'opened', {now}, {now} FROM alert"
    )


def a_delivery() -> None:
    made = alert_deliveries.add("pager", ChannelMessage("t", "b", "alerts.told", {}), at=datetime.now(UTC))
    alert_deliveries.ended(made, DeliveryState.DELIVERED, said="200", at=datetime.now(UTC))


KINDS = [
    ("alerts", "alert", "cleared_at", an_alert),
    ("alert_tellings", "alert_telling", "ended_at", a_telling),
    ("alert_deliveries", "alert_delivery", "made_at", a_delivery),
    ("lookups", "requested_lookup", "created_at", a_lookup),
    ("jobs", "job", "finished_at", a_job),
    ("runs", "run", "finished_at", a_run),
    ("measurements", "measurement", "minute", a_measurement),
    ("workers", "worker", "beat_at", a_worker),
    ("effects", "effect", "settled_at", an_effect),
    ("scans", "endpoint_scan", "at", a_scan),
    ("downloads", "download", "fresh_until", a_download),
    ("signed_links", "signed_link", "expires_at", a_signed_link),
]


@pytest.mark.parametrize(("what", "table", "column", "make"), KINDS, ids=[kind[0] for kind in KINDS])
def test_the_old_go_and_the_young_stay(what: str, table: str, column: str, make: Callable[[], None]) -> None:
    make()
    age(table, column, DAYS + 0.01)
    make()
    age(table, column, DAYS - 0.01, where=f"{column} > {{later(-86400.0)}}")
    assert count(table) == 2
    assert retention.prune(what, older_than_days=DAYS) == 1
    assert retention.prune(what, older_than_days=DAYS) == 0
    assert count(table) == 1


@pytest.mark.parametrize(("what", "table", "column", "make"), KINDS, ids=[kind[0] for kind in KINDS])
def test_it_goes_by_batches(what: str, table: str, column: str, make: Callable[[], None]) -> None:
    for _ in range(5):
        make()
    age(table, column, DAYS + 1)
    assert [retention.prune(what, older_than_days=DAYS, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_jobs_attempts_go_with_it() -> None:
    a_job()
    age("job", "finished_at", DAYS + 1)
    assert count("attempt") == 1
    retention.prune("jobs", older_than_days=DAYS)
    assert count("attempt") == 0


def test_a_job_that_has_not_ended_stays_however_old_it_is() -> None:
    waiting, running = do.queue(), do.running().job_id
    for column in ("created_at", "run_at", "announce_at"):
        age("job", column, 1000)
    assert retention.prune("jobs", older_than_days=DAYS) == 0
    assert jobs.get(waiting)
    assert jobs.get(running)


def test_a_run_stays_while_it_is_open_or_one_of_its_jobs_is_kept() -> None:
    with connection.transaction():
        run_id = runs.open_("domains.check_all", then=None)
        claim = do.claimed(do.queue(run_id=run_id))
        runs.root(run_id, claim.job_id)
    age("run", "created_at", 1000)
    assert retention.prune("runs", older_than_days=DAYS) == 0
    do.end(claim)
    with connection.transaction():
        runs.close_finished()
    age("run", "finished_at", DAYS + 1)
    assert retention.prune("runs", older_than_days=DAYS) == 0
    age("job", "finished_at", DAYS + 1)
    assert retention.prune("jobs", older_than_days=DAYS) == 1
    assert retention.prune("runs", older_than_days=DAYS) == 1


def test_an_effect_of_which_nobody_knows_the_outcome_stays() -> None:
    effects.begin("mail:1", "smtp.data", job_id=None)
    age("effect", "begun_at", 1000)
    assert retention.prune("effects", older_than_days=DAYS) == 0
    assert not effects.begin("mail:1", "smtp.data", job_id=None)


def test_an_answers_raw_text_goes_and_what_it_said_stays() -> None:
    client_id, _ = clients.add(Client(name="Bakery", email="bakery@bakery.test"))
    domain_id, _ = domains.add("bakery.test", client_id=client_id)
    for number in range(3):
        answer = RegistryRecord(
            name="bakery.test", answer=Answer.REGISTERED, source="whois", server="w", raw=f"Registrar: {number}"
        )
        with connection.transaction():
            outcome = check_outcome.answered(domains.get(domain_id), [answer], at=datetime.now(UTC))
            checks.save(outcome, because="it is quiet")
    newest = connection.execute("SELECT MAX(id) FROM domain_answer")[0][0]
    age("domain_answer", "at", DAYS + 1, where=f"id <> {newest}")
    assert retention.prune("raw_answers", older_than_days=DAYS, limit=1) == 1
    assert [retention.prune("raw_answers", older_than_days=DAYS) for _ in range(2)] == [1, 0]
    assert connection.execute("SELECT raw_text FROM domain_answer ORDER BY id") == [(None,), (None,), ("Registrar: 2",)]
    assert {row[0] for row in connection.execute("SELECT answer FROM domain_answer")} == {"registered"}


def test_what_is_not_pruned_is_refused_by_name() -> None:
    with pytest.raises(KeyError, match="invoices"):
        retention.prune("invoices", older_than_days=1)


def test_a_document_is_kept_in_its_newest_version() -> None:
    assert shared_texts.kept("rdap-bootstrap") is None
    shared_texts.keep("rdap-bootstrap", "one")
    shared_texts.keep("rdap-bootstrap", "two")
    assert shared_texts.kept("rdap-bootstrap") == "two"
    assert count("document") == 1


def test_what_an_open_alert_told_stays_so_that_it_is_not_told_again() -> None:
    a_telling()
    age("alert_telling", "ended_at", DAYS + 1)
    connection.changed("UPDATE alert SET cleared_at = NULL")
    assert retention.prune("alert_tellings", older_than_days=DAYS) == 0


def test_alerts_that_a_person_closed_while_they_hold_stay() -> None:
    an_alert()
    age("alert", "cleared_at", DAYS + 1)
    connection.changed("UPDATE alert SET held_closed = TRUE")
    assert retention.prune("alerts", older_than_days=DAYS) == 0
