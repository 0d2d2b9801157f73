"""The commands that let people in, run as an operator would."""

import json
from pathlib import Path

import pytest

import settings
from api_stub.security import api_tokens, passwords
from db import connection
from db.access import audit, second_factors, users
from rules.access import Role
from tests.api.conftest import PASSWORD
from tests.faults.marks import on_sqlite
from tests.support.shell import Shell
from tests.support.system import System

pytestmark = on_sqlite


@pytest.fixture
def nolapse(system: System, tmp_path: Path) -> Shell:
    return Shell(tmp_path, **system._environment({}))


def test_a_person_is_let_in_gets_a_new_password_and_is_kept_out(nolapse: Shell) -> None:
    added = nolapse("user", "add", "Ada", "--role", "operator", "--password-stdin", given=f"{PASSWORD}\n")
    assert added.code == 0, added.error
    with connection.session():
        ada = users.require("ada")
    assert ada.role is Role.OPERATOR
    assert passwords.matches(ada.password, PASSWORD)
    assert nolapse("user", "add", "ADA", "--link-only").code == 2
    weak = nolapse("user", "password", "ada", "--password-stdin", given="password1234\n")
    assert weak.code == 2
    assert "guessed" in weak.error
    assert nolapse("user", "password", "ada", "--password-stdin", given="another four words\n").code == 0
    assert nolapse("user", "disable", "ada").code == 0
    listed = json.loads(nolapse("user", "list", "--json").out)
    assert listed[0]["disabled_at"]
    assert "argon2" not in str(listed)
    assert nolapse("user", "disable", "nobody").code == 2
    with connection.session():
        actions = [one.action for one in reversed(audit.LIST.page("-id").rows)]
        assert not passwords.matches(users.require("ada").password, PASSWORD)
    assert actions == ["user add", "user password", "user disable"]


def test_who_is_disabled_gets_no_link_and_the_last_owner_stays_one(nolapse: Shell) -> None:
    with connection.session():
        users.disable(users.add("ada", Role.VIEWER))
    refused = nolapse("user", "link", "ada")
    assert refused.code == 2
    assert "disabled" in refused.error
    assert nolapse("user", "enable", "ada").code == 0
    assert nolapse("user", "role", "ada", "owner").code == 0
    last = nolapse("user", "role", "ada", "viewer")
    assert last.code == 2
    assert "last owner" in last.error
    with connection.session():
        assert [one.action for one in reversed(audit.LIST.page("-id").rows)] == ["user enable", "user role"]


def test_a_token_is_shown_once_and_revoked(nolapse: Shell) -> None:
    nolapse("user", "add", "ci", "--role", "operator", "--link-only")
    made = nolapse("token", "add", "ci", "deploy", "--scope", "work", "--scope", "read", "--days", "30")
    token = made.out.strip()
    assert token.startswith(api_tokens.PREFIX)
    with connection.session():
        who = api_tokens.principal_of(token)
    assert who is not None
    assert who.scopes == {"work", "read"}
    listed = nolapse("token", "list", "--json").out
    assert token.removeprefix(api_tokens.PREFIX) not in listed
    assert nolapse("token", "revoke", str(json.loads(listed)[0]["id"])).code == 0
    with connection.session():
        assert api_tokens.principal_of(token) is None
    assert nolapse("token", "revoke", "1").code == 2


def test_a_link_is_printed_as_an_address(nolapse: Shell) -> None:
    nolapse("user", "add", "ada", "--link-only")
    said = json.loads(nolapse("user", "link", "ada", "--json").out)["sign_in"]
    assert said.startswith(f"{settings.current().web_url}/sign-in/link/")


def test_an_address_and_a_second_factor_are_set_and_taken_away(nolapse: Shell) -> None:
    assert nolapse("user", "add", "ada", "--link-only", "--email", "Ada@agency.test").code == 0
    taken = nolapse("user", "add", "bob", "--link-only", "--email", "ada@agency.test")
    assert taken.code == 2
    assert "ada@agency.test" in taken.error
    assert nolapse("user", "email", "ada", "a@b.test\r\nBcc: c@d.test").code == 2
    assert nolapse("user", "reset-factor", "ada").code == 2, "there is none"
    with connection.session():
        ada = users.require("ada")
        assert ada.email == "ada@agency.test"
        second_factors.propose(ada.id, "JBSWY3DPEHPK3PXP")
    assert nolapse("user", "reset-factor", "ada").code == 0
    assert nolapse("user", "email", "ada", "").code == 0
    with connection.session():
        assert users.require("ada").email is None
        assert [one.action for one in reversed(audit.LIST.page("-id").rows)] == [
            "user add",
            "second factor reset",
            "user email",
        ]
