"""``nolapse audit``: whether the trail is as it was written, and its head."""

from db import connection
from db.access import audit, audit_seals
from tests.cli.test_commands import Shell, shell  # noqa: F401 - a fixture
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def test_a_trail_is_verified_against_a_head_that_was_written_down(shell: Shell) -> None:  # noqa: F811
    assert "nothing has been sealed" in shell("audit", "head").out
    audit.add("ada", "sign in", "session 1", {})
    audit_seals.seal_next()
    head = shell("audit", "head", "--json").json
    verified = shell("audit", "verify", "--head", head["seal"], "--json")
    assert (verified.code, verified.json) == (0, {"sealed": 1, "unsealed": 0, "wrong": [], "holds": True})
    assert shell("audit", "verify", "--head", "f" * 64).code == 1


def test_an_entry_that_was_changed_is_named(shell: Shell) -> None:  # noqa: F811
    audit.add("ada", "sign in", "session 1", {})
    audit_seals.seal_next()
    with connection.transaction():
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET actor = 'eve'")
    said = shell("audit", "verify")
    assert said.code == 1
    assert "entry 1 is not what seal 1 was made of" in said.out
    assert "the chain is broken" in said.out
