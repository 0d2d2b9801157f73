"""Lookups that people asked for: one answer for all who wait for it, shown to each alone."""

import pytest

from db import connection
from db.access import lookups, users
from db.access.lookups import FailureKind
from rules.access import Role
from rules.jobs import JobState
from rules.lookups import LookupKind, LookupQuestion
from tests.support import ledger as do

pytestmark = pytest.mark.usefixtures("ledger")

BAKERY = LookupQuestion(kind=LookupKind.DOMAIN, name="bakery.test")
SHOP = LookupQuestion(kind=LookupKind.ENDPOINT, name="www.bakery.test", port=443, protocol="tls", server_name="")


def person(name: str = "ada") -> int:
    return users.add(name, Role.OPERATOR)


def asked(user_id: int, question: LookupQuestion = BAKERY) -> int:
    """Ask, with a job that is queued."""
    lookup_id = lookups.add(user_id, question)
    lookups.answered_by(lookup_id, do.queue(task="lookups.domain"))
    return lookup_id


def test_one_answer_is_for_all_who_wait_for_it() -> None:
    ada, ben = person(), person("ben")
    first, second, other = asked(ada), asked(ben), asked(ada, SHOP)
    assert lookups.is_wanted(BAKERY)
    lookups.answer(BAKERY, {"name": "b\0\ud800"})
    found = lookups.get(first, user_id=ada)
    assert (found.answer, found.is_open, found.question) == ({"name": "b\0\ud800"}, False, BAKERY)
    assert lookups.get(second, user_id=ben).answer == found.answer
    assert lookups.get(other, user_id=ada).is_open
    assert lookups.get(other, user_id=ada).question == SHOP
    assert not lookups.is_wanted(BAKERY)


def test_what_is_answered_stays_as_it_is() -> None:
    ada = person()
    before = asked(ada)
    lookups.answer(BAKERY, {"answer": "first"})
    after = asked(ada)
    lookups.fail(BAKERY, FailureKind.UNAVAILABLE, "away\0" + "x" * 1000)
    assert lookups.get(before, user_id=ada).answer == {"answer": "first"}
    failed = lookups.get(after, user_id=ada)
    assert (failed.failure_kind, failed.answer, len(failed.failure or "")) == (FailureKind.UNAVAILABLE, None, 500)
    assert [one.id for one in lookups.newest(ada)] == [after, before]


def test_somebody_elses_is_not_found() -> None:
    lookup_id = asked(person())
    with pytest.raises(LookupError):
        lookups.get(lookup_id, user_id=person("ben"))


@pytest.mark.parametrize("state", [JobState.DEAD, JobState.CANCELLED])
def test_one_whose_job_ended_without_an_answer_is_not_waited_for(state: JobState) -> None:
    ada = person()
    lookup_id = asked(ada)
    with connection.transaction():
        connection.changed("UPDATE job SET state = %s", state)
    found = lookups.get(lookup_id, user_id=ada)
    assert (found.is_open, found.failure_kind) == (False, FailureKind.ENDED)
    assert str(state) in (found.failure or "")


def test_an_answer_that_is_too_large_is_not_kept() -> None:
    ada = person()
    lookup_id = asked(ada)
    lookups.answer(BAKERY, {"name": "x" * (1024 * 1024)})
    found = lookups.get(lookup_id, user_id=ada)
    assert (found.answer, found.failure_kind) == (None, FailureKind.REFUSED)
