"""The chain over the audit trail: what was changed, removed or sealed anew is found, on both databases."""

import peewee
import pytest

from db import connection
from db.access import audit, audit_seals

pytestmark = pytest.mark.usefixtures("ledger")


def done(*subjects: str) -> None:
    for one in subjects:
        audit.add("ada", "domain change", one, {"name": "bäckerei.test"}, before={"a": 1}, after={"a": None})


def forced(statement: str) -> None:
    """Write what the database refuses, as its owner can: without the triggers."""
    on_sqlite = connection.dialect().name == "sqlite"
    with connection.transaction():
        if on_sqlite:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                connection.execute(f"DROP TRIGGER {name}")
        else:
            connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(statement)


def wrong(*, known: str | None = None) -> list[str]:
    return list(audit_seals.verify(known=known).wrong)


def test_what_is_sealed_holds_and_what_comes_later_waits_for_its_seal() -> None:
    done("domain 1", "domain 2")
    assert audit_seals.seal_next() == 2
    assert audit_seals.seal_next() == 0
    done("domain 3")
    found = audit_seals.verify()
    assert (found.sealed, found.unsealed, found.wrong) == (2, 1, ())
    head = audit_seals.head()
    assert head
    assert head.number == 2
    audit_seals.seal_next()
    assert wrong(known=head.seal) == []


def test_an_empty_trail_holds() -> None:
    assert audit_seals.head() is None
    assert audit_seals.verify() == audit_seals.SealCheck(0, 0, ())


def test_a_long_trail_is_sealed_and_walked_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_seals, "BATCH", 3)
    done(*(f"domain {number}" for number in range(8)))
    assert [audit_seals.seal_next() for _ in range(4)] == [3, 3, 2, 0]
    assert audit_seals.verify() == audit_seals.SealCheck(8, 0, ())
    assert audit_seals.verify(newest=5) == audit_seals.SealCheck(5, 0, ())
    assert audit_seals.verify(newest=50) == audit_seals.SealCheck(8, 0, ())


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE id = 2", "entry 2 is not what seal 2 was made of"),
        ("UPDATE audit SET details = '{}' WHERE id = 3", "entry 3 is not what seal 3 was made of"),
        ("DELETE FROM audit WHERE id = 2", "entry 2 was removed; its seal 2 is there"),
        ("DELETE FROM audit_seal WHERE number = 2", "seals 2 to 2 are missing"),
        (f"UPDATE audit_seal SET seal = '{'f' * 64}' WHERE number = 1", "entry 1 is not what seal 1 was made of"),
    ],
)
def test_what_was_changed_behind_our_back_is_named(statement: str, says: str) -> None:
    done("domain 1", "domain 2", "domain 3")
    audit_seals.seal_next()
    forced(statement)
    assert wrong()[0] == says


def test_a_chain_that_was_sealed_anew_does_not_hold_a_seal_that_was_written_down() -> None:
    done("domain 1", "domain 2")
    audit_seals.seal_next()
    head = audit_seals.head()
    assert head
    forced("DELETE FROM audit WHERE id = 2")
    forced("DELETE FROM audit_seal")
    audit_seals.seal_next()
    assert wrong() == []
    assert wrong(known=head.seal) == [
        f"the seal {head.seal} is not in the chain: what was sealed up to it was removed, or sealed anew"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_seal SET seal = ''",
        "DELETE FROM audit_seal",
        "UPDATE audit SET actor = 'eve'",
        "INSERT OR REPLACE INTO audit (id, at, actor, action, subject, details) VALUES (1, 'x', 'eve', 'a', 'b', '{}')",
        "INSERT OR REPLACE INTO audit_seal (number, audit_id, seal, sealed_at) VALUES (1, 1, 'x', 'x')",
    ],
)
def test_the_database_refuses_to_rewrite_either(statement: str) -> None:
    if "REPLACE" in statement and connection.dialect().name != "sqlite":
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    done("domain 1")
    audit_seals.seal_next()
    with pytest.raises(peewee.DatabaseError, match="append-only"), connection.transaction():
        connection.execute(statement)
    assert wrong() == []
