"""Whose a thing is, and that jobs know it from their first moment on."""

from typing import Any

import pytest

from db import change_tokens, client_of, connection
from db.ledger import job_counts, job_lists, jobs, transitions
from db.mail import outbox
from db.portfolio import alerts, clients, domains, endpoints
from db.portfolio.clients import Client
from rules.checks.subjects import Subject
from rules.jobs import JobState
from tasks.engine import catalogue
from tasks.engine.task import find

pytestmark = pytest.mark.usefixtures("ledger")


def client(name: str = "Bakery") -> int:
    return clients.add(Client(name=name, email="a@b.test"))[0]


def job_client(task: str, **args: Any) -> int | None:
    catalogue.load()
    return jobs.require(find(task).enqueue(**args).job_id).client_id


def test_a_job_is_about_the_client_of_what_its_argument_names() -> None:
    bakery, mill = client(), client("Mill")
    domain, _ = domains.add("mill.test", client_id=mill)
    endpoint, _ = endpoints.add("mill.test", 443, client_id=mill)
    assert job_client("invoices.bill", client_id=bakery) == bakery
    assert job_client("domains.check", domain_id=domain) == mill
    assert job_client("certificates.scan", endpoint_id=endpoint) == mill
    assert job_client("domains.check", domain_id=999) is None
    assert job_client("domains.check_all") is None
    assert job_client("certificates.scan_batch", endpoint_ids=[endpoint]) is None


def test_a_fan_out_makes_jobs_that_know_their_clients() -> None:
    both = [client(), client("Mill")]
    ids = [domains.add(f"{number}.test", client_id=one)[0] for number, one in enumerate(both)]
    spec = transitions.JobSpec("domains.check", "lookup", about="domain")
    asked = [transitions.JobRequest({"domain_id": one}, about=one) for one in [*ids, 999]]
    with connection.transaction():
        made = transitions.insert(spec, asked)
    assert [jobs.require(one).client_id for one in made] == [*both, None]


def test_a_client_that_goes_leaves_its_jobs_and_mails_to_nobody() -> None:
    bakery = client()
    job_id = find("invoices.bill").enqueue(client_id=bakery).job_id
    letter = outbox.Mail(dedupe_key="a", recipient="a@b.test", subject="", text="", html="", client_id=bakery)
    mail_id, _ = outbox.add(letter, host="nolapse.test")
    clients.remove(bakery)
    assert jobs.require(job_id).client_id is None
    assert outbox.get(mail_id).client_id is None


def test_open_alerts_go_with_what_they_are_about_to_another_client() -> None:
    bakery, mill = client(), client("Mill")
    domain, _ = domains.add("a.test", client_id=bakery)
    endpoint, _ = endpoints.add("a.test", 443, client_id=bakery)
    for subject in (Subject("domain", domain, bakery), Subject("endpoint", endpoint, bakery)):
        notice = alerts.Notice(kind="x", headline="x")
        alerts.reconcile([alerts.Standing(subject=subject, notices=(notice,))])
    domains.change(domain, {"client_id": mill})
    endpoints.move(endpoint, client_id=mill)
    assert {one.subject.client_id for one in alerts.open_()} == {mill}


def test_lists_and_counts_of_jobs_are_limited_to_clients() -> None:
    bakery, mill = client(), client("Mill")
    catalogue.load()
    mine = [find("invoices.bill").enqueue(client_id=bakery).job_id]
    find("invoices.bill").enqueue(client_id=mill)
    find("domains.check_all").enqueue()
    within = frozenset({bakery})
    asked: list[dict[str, Any]] = [
        {},
        {"state": JobState.QUEUED},
        {"task": "invoices.bill"},
        {"task": "invoices.bill", "state": JobState.QUEUED},
        {"queue": "billing", "client": bakery},
    ]
    for wanted in asked:
        assert [one.id for one in job_lists.LIST.page("-id", within=within, **wanted).rows] == mine, wanted
    assert job_lists.LIST.page(within=frozenset()).rows == ()
    assert job_lists.LIST.page(within=within, client=mill).rows == ()
    assert job_counts.counts(within=within)[JobState.QUEUED].number == 1
    assert jobs.get(mine[0], within=frozenset({mill})) is None


def test_pages_of_a_limited_list_go_on_where_they_ended() -> None:
    bakery, mill = client(), client("Mill")
    catalogue.load()
    ids = [
        find("domains.check").enqueue(domain_id=domains.add(f"{number}.test", client_id=one)[0]).job_id
        for number in range(6)
        for one in ((bakery, mill)[number % 2],)
    ]
    found, after = list[int](), None
    while True:
        page = job_lists.LIST.page("-id", within=frozenset({bakery}), after=after, size=1)
        found += [one.id for one in page.rows]
        if (after := page.after) is None:
            break
    assert found == ids[0::2][::-1]


def test_what_changes_for_others_moves_no_number_of_ones_own() -> None:
    bakery, mill = client(), client("Mill")
    catalogue.load()
    within = frozenset({bakery})
    before = change_tokens.take_within(within)
    find("invoices.bill").enqueue(client_id=mill)
    alerts.reconcile(
        [alerts.Standing(subject=Subject("domain", 1, mill), notices=(alerts.Notice(kind="x", headline="x"),))]
    )
    assert change_tokens.take_within(within) == before
    find("invoices.bill").enqueue(client_id=bakery)
    moved = change_tokens.take_within(within)
    assert {name for name in moved if moved[name] != before[name]} == {"jobs", "running"}
    assert set(before) <= {name for names in change_tokens.TOPICS.values() for name in names}
    assert set(change_tokens.take_within(frozenset()).values()) == {0}


def test_every_kind_of_thing_is_found_and_an_unknown_one_is_nobodys() -> None:
    bakery = client()
    domain, _ = domains.add("a.test", client_id=bakery)
    assert client_of.find("client", bakery) == bakery
    assert client_of.find("domain", domain) == bakery
    assert client_of.find("domain", 999) is None
    assert client_of.find("run", 1) is None
    for kind in client_of.KINDS:
        assert client_of.find(kind, 999) is None
