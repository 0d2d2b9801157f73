"""Checks of domains: what follows from one is stored whole, and those that end together do not lose one another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from db import connection
from db.portfolio import checks, clients, domain_lists, domains
from db.portfolio.clients import Client
from rules.checks.next_check import NextCheck
from rules.domains import check_outcome
from rules.domains.check_outcome import CheckOutcome
from rules.domains.domain import Domain
from rules.domains.records import Answer, RegistryRecord
from rules.domains.renewals import RenewalDecision
from tests.support import ledger as do
from tests.support import stored_events

pytestmark = pytest.mark.usefixtures("ledger")
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
DAY = timedelta(days=1)
RECORD = RegistryRecord(
    name="bakery.test",
    answer=Answer.REGISTERED,
    source="rdap",
    server="rdap.test",
    created=NOW - 900 * DAY,
    updated=NOW - 90 * DAY,
    expires=NOW + 5 * DAY,
    registrar="Names Ltd",
    registrar_id="9999",
    nameservers=("ns1.dns.test", "ns2.dns.test"),
    statuses=("ok",),
    dnssec=True,
    registrant="Bakery",
    raw="{}",
    evidence={"expires": "expiration: 2026-11-28"},
)


def entered() -> int:
    with connection.transaction():
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        return domains.add("bakery.test", client_id=client_id)[0]


def save(outcome: CheckOutcome, *, because: str = "it ends in 5 days") -> Domain:
    """Store what follows from a check, and return the domain as it is after that."""
    with connection.transaction():
        checks.save(outcome, because=because)
    return replace(outcome.domain, next_check=NextCheck(outcome.next_check.at, because))


def test_a_domain_is_read_as_the_outcome_of_its_check_has_it() -> None:
    domain_id = entered()
    saved = save(check_outcome.answered(domains.get(domain_id), [RECORD], at=NOW))
    assert domains.get(domain_id) == saved
    saved = save(check_outcome.unanswered(domains.get(domain_id), "it hung up", at=NOW + DAY))
    assert domains.get(domain_id) == saved
    gone = [replace(RECORD, answer=Answer.AVAILABLE, source=source) for source in ("rdap", "whois")]
    saved = save(check_outcome.answered(domains.get(domain_id), gone, at=NOW + 2 * DAY))
    assert domains.get(domain_id) == saved


def test_what_nobody_answered_yet_is_read_as_it_was_stored() -> None:
    domain_id = entered()
    saved = save(check_outcome.unanswered(domains.get(domain_id), "it hung up", at=NOW))
    assert (domains.get(domain_id), saved.is_checked) == (saved, True)


def test_each_record_is_history_and_each_change_an_event() -> None:
    domain_id = entered()
    save(check_outcome.answered(domains.get(domain_id), [RECORD], at=NOW))
    moved = [replace(RECORD, nameservers=("ns.b.test",)), replace(RECORD, source="whois", raw="a\0b")]
    save(check_outcome.answered(domains.get(domain_id), moved, at=NOW + DAY))
    assert sorted(one.source for one in domain_lists.answers(domain_id)) == ["rdap", "rdap", "whois"]
    assert [(one.kind, one.before, one.after) for one in stored_events.of("domain", domain_id)] == [
        ("nameservers_changed", "ns1.dns.test, ns2.dns.test", "ns.b.test")
    ]


def test_a_reason_that_is_long_or_holds_nul_is_cut() -> None:
    domain_id = entered()
    save(check_outcome.unanswered(domains.get(domain_id), "a\0b" * 400, at=NOW))
    assert domains.get(domain_id).failure == ("ab" * 400)[:500]


def test_of_a_domains_large_texts_the_newest_are_kept_and_all_of_the_usual_ones() -> None:
    domain_id, large = entered(), "x" * 64 * 1024
    for day, raw in enumerate(["usual", *[large] * 20]):
        save(check_outcome.answered(domains.get(domain_id), [replace(RECORD, raw=raw)], at=NOW + day * DAY))
    rows = connection.execute("SELECT raw_text FROM domain_answer WHERE domain_id = %s ORDER BY id", domain_id)
    held = [len(raw or "") for (raw,) in rows]
    most = checks.MOST_LARGE_RAW // len(large)
    assert held == [len("usual"), *[0] * (20 - most), *[len(large)] * most]


def test_checks_that_end_at_once_each_count() -> None:
    domain_id = entered()

    def fail(_place: int) -> None:
        with connection.transaction():
            checks.save(check_outcome.unanswered(domains.locked(domain_id), "it hung up", at=NOW), because="it failed")

    do.at_once(4, fail)
    assert domains.get(domain_id).failures == 4


def test_a_decision_is_made_for_the_end_that_is_in_force() -> None:
    domain_id = entered()
    save(check_outcome.answered(domains.get(domain_id), [RECORD], at=NOW))
    assert domains.change(domain_id, {"decision": RenewalDecision.LAPSE}).decided_for == RECORD.expires


def test_a_domain_that_does_not_exist_cannot_be_locked() -> None:
    with connection.transaction(), pytest.raises(LookupError, match="no domain has the id 41"):
        domains.locked(41)


def test_what_is_due_comes_in_pages() -> None:
    with connection.transaction():
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        ids = [domains.add(f"d{number}.test", client_id=client_id)[0] for number in range(4)]
    save(check_outcome.answered(domains.get(ids[1]), [replace(RECORD, name="d1.test")], at=NOW))
    assert domains.ids_after(ids[0], 2) == ids[1:3]
    assert domains.due_after(0, 10, now=NOW) == [ids[0], *ids[2:]]
    assert domains.due_after(0, 10, now=NOW + DAY) == ids
    assert domains.names(ids[:2]) == {ids[0]: "d0.test", ids[1]: "d1.test"}
