"""Any part of a name is found, whoever wrote it, by an index; of jobs, all that ended badly."""

import logging
import re

import pytest

from db import connection, text_search
from db.ledger import job_search
from db.ledger.transitions import JobOutcome
from db.mail import outbox
from db.mail.outbox import Mail
from db.portfolio import certificates, clients, domain_lists, domains, endpoint_lists, endpoints, registrar_names
from db.portfolio import models as tables
from db.portfolio.clients import Client
from rules.access import Within
from rules.jobs import AttemptOutcome, JobState
from tests.db.test_listing import NOW
from tests.support.ledger import claimed, end, queue

pytestmark = pytest.mark.usefixtures("ledger")


@pytest.fixture
def portfolio(ledger: str) -> None:
    with connection.transaction():
        for number, name in enumerate(("Amber Bakery", "Blue 50% off_", "Café Özil"), start=1):
            clients.add(Client(name=name, email=f"post@c{number}.test"))
        for number, name in enumerate(("amber-bakery.test", "bakers.test", "cafe.test"), start=1):
            domain_id, _ = domains.add(name, client_id=number)
            endpoints.add(f"www.{name}", 443, client_id=number)
            tables.DomainState.create(
                domain=domain_id, answer="registered", source="rdap", server="", registrar=f"Registrar {number % 2}"
            )
            mail = Mail(dedupe_key=name, recipient=f"post@{name}", subject="", text="", html="")
            outbox.add(mail, host="h")


def names(text: str, within: Within = None) -> list[str]:
    return [one.name for one in domain_lists.LIST.page("name", containing=text, within=within).rows]


@pytest.mark.usefixtures("portfolio")
def test_any_part_of_a_name_is_found_in_any_case_of_letters() -> None:
    assert names("AKER") == ["amber-bakery.test", "bakers.test"]
    assert names("test mber") == ["amber-bakery.test"]
    assert names("aker s") == ["amber-bakery.test", "bakers.test"], "a short word counts where another is long"
    assert names("aker y-") == []
    assert names("ba") == ["bakers.test"], "two letters are the beginning"
    assert names("no such") == []
    assert [one.host for one in endpoint_lists.LIST.page("host", containing=".bak").rows] == ["www.bakers.test"]
    assert [one.name for one in clients.LIST.page("name", containing="c1.test").rows] == ["Amber Bakery"]
    assert [one.name for one in clients.LIST.page("name", containing="50% OFF_").rows] == ["Blue 50% off_"]
    assert [one.name for one in clients.LIST.page("name", containing="özil").rows] == ["Café Özil"]
    assert [one.recipient for one in outbox.LIST.page("-id", containing="@cafe").rows] == ["post@cafe.test"]


@pytest.mark.usefixtures("portfolio")
@pytest.mark.parametrize("typed", ['"', "a'b\"c", "%%%", "___", "\\\\\\", "ber* OR", "NEAR(a b)", "-ker", "col:umn"])
def test_what_is_typed_is_text_and_no_language(typed: str) -> None:
    assert names(typed) == []
    assert job_search.found(typed, limit=5) == []


@pytest.mark.usefixtures("portfolio")
def test_what_is_changed_or_removed_is_found_as_it_is_now() -> None:
    with connection.transaction():
        tables.Domain.update(name="florist.test").where(tables.Domain.name == "bakers.test").execute()
    assert names("aker") == ["amber-bakery.test"]
    assert names("floris") == ["florist.test"]
    clients.remove(1)
    assert names("aker") == []
    assert [one.host for one in endpoint_lists.LIST.page("host", containing="aker").rows] == ["www.bakers.test"]


@pytest.mark.usefixtures("portfolio")
def test_who_is_limited_finds_what_is_theirs() -> None:
    theirs = frozenset({2})
    assert names("aker", within=theirs) == ["bakers.test"]
    assert [one.name for one in registrar_names.containing("REGISTRAR", limit=5)] == ["Registrar 0", "Registrar 1"]
    assert [one.domains.number for one in registrar_names.containing("registrar", limit=5)] == [1, 2]
    assert [one.name for one in registrar_names.containing("registrar", within=theirs, limit=5)] == ["Registrar 0"]
    assert registrar_names.containing("registrar", within=frozenset(), limit=5) == []


@pytest.mark.usefixtures("portfolio")
def test_a_certificate_is_found_by_how_its_serial_or_fingerprint_begins() -> None:
    with connection.transaction():
        for endpoint in (1, 2):
            tables.EndpointCertificate.create(
                endpoint=endpoint,
                fingerprint="f00d" * 16,
                serial=f"0a{endpoint}f",
                issuer="",
                key="",
                key_id="",
                not_before=NOW,
                not_after=NOW,
                first_seen_at=NOW,
                last_seen_at=NOW,
            )
    assert [one.endpoint_id for one in certificates.beginning("f00d", limit=5)] == [1, 2]
    assert [one.endpoint_id for one in certificates.beginning("0a2", limit=5)] == [2]
    assert [one.host for one in certificates.beginning("f00d", within=frozenset({2}), limit=5)] == ["www.bakers.test"]
    assert certificates.beginning("f0d", limit=5) == []


def ended(state: JobState, error: str, **args: object) -> int:
    claim = claimed(queue(task="tasks.write", args=args))
    end(claim, JobOutcome(state, AttemptOutcome(state), error))
    return claim.job_id


def ids(text: str, within: Within = None) -> list[int]:
    return [one.id for one in job_search.found(text, limit=5, within=within)]


def test_jobs_that_ended_badly_are_found_by_argument_and_error_however_old_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dead = ended(JobState.DEAD, "registry.test: Connection refused", name="amber")
    failed = ended(JobState.FAILED, "550 no such user", name="blue")
    done = claimed(queue(task="tasks.write", args={"name": "amber"}))
    end(done, JobOutcome(JobState.DONE, AttemptOutcome.DONE, None))
    queued = queue(task="tasks.write", key="tasks.write:17", args={"name": "violet"})
    assert ids("connection REFUSED") == [dead]
    assert ids("no such") == [failed]
    assert ids("tasks.write:17") == [queued]
    assert ids("violet") == [queued], "it is among the newest"
    monkeypatch.setattr(job_search, "NEWEST", 1)
    assert ids("amber") == [dead]
    assert ids("amber", within=frozenset({7})) == []
    with connection.transaction():
        connection.execute("UPDATE job SET state = 'queued' WHERE id = %s", dead)
    assert ids("refused") == [], "one that is tried again is found as the others are"
    with connection.transaction():
        connection.execute("DELETE FROM job WHERE id = %s", failed)
    assert ids("no such") == []


@pytest.mark.usefixtures("portfolio")
def test_nothing_is_looked_for_row_by_row(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "peewee")
    postgres = connection.dialect().name == "postgresql"
    with connection.transaction():
        if postgres:
            connection.execute("SET LOCAL enable_seqscan = off")
        for listing, sort in ((domain_lists.LIST, "name"), (endpoint_lists.LIST, "id"), (outbox.LIST, "-id")):
            caplog.clear()
            listing.page(sort, containing="baker")
            assert_indexed(caplog)
        caplog.clear()
        job_search.found("tasks.write:17", limit=5)
        registrar_names.containing("Reg", limit=5)
        certificates.beginning("f00d", limit=5)
        assert_indexed(caplog)


@pytest.mark.usefixtures("portfolio")
def test_a_text_that_many_rows_hold_is_found_along_the_order_of_the_list() -> None:
    """Whether a text is common is told by a sample, then by the index; either way the same rows come."""
    owner, _ = clients.add(Client(name="Chain", email="chain@clients.test"))
    with connection.transaction():
        for number in range(text_search.SAMPLE // 2):
            domains.add(f"chain-{number}.test", client_id=owner)
    expected = sorted(f"chain-{number}.test" for number in range(text_search.SAMPLE // 2))
    assert [one.name for one in domain_lists.LIST.page("name", size=5000, containing="chain-").rows] == expected
    assert [one.name for one in domain_lists.LIST.page("-name", size=3, containing="chain-").rows] == expected[:-4:-1]
    assert domain_lists.LIST.count(containing="chain-").number == len(expected)
    assert domain_lists.LIST.count(containing="chain-", client=owner + 1).number == 0
    assert [one.name for one in domain_lists.LIST.page("name", containing="chain-77").rows] == [
        name for name in expected if "chain-77" in name
    ]


def assert_indexed(caplog: pytest.LogCaptureFixture) -> None:
    stated = [record.msg for record in caplog.records if str(record.msg).startswith(("('SELECT", "('WITH", '("'))]
    assert stated
    how = "EXPLAIN QUERY PLAN " if connection.dialect().name == "sqlite" else "EXPLAIN "
    for words, params in stated:
        if words.startswith(("EXPLAIN", "WITH newest")) or f"LIMIT {text_search.SAMPLE})" in words:
            continue  # the newest, and a sample, are walked through, and are no more than so many
        plan = "\n".join(str(row[-1]) for row in connection.database.execute_sql(how + words, params).fetchall())
        own = "listed|picked|held|newest|known|json_each|CONSTANT|given|counted"
        assert not re.search(rf"Seq Scan|SCAN (?!{own}|\w+_text VIRTUAL|\w+ USING)", plan), (words, plan)


def test_a_text_of_short_words_is_no_word_of_a_job() -> None:
    with pytest.raises(ValueError, match="no word"):
        text_search.in_job("a bc")
