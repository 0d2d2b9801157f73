"""The commands that let people in, run as an operator would."""

import json
import subprocess
import sys

import pytest

import settings
from api_stub.security import passwords, tokens
from db import connection
from db.access import audit, second_factors, users
from rules.access import Role
from tests.api.conftest import PASSWORD
from tests.faults.marks import on_sqlite
from tests.support.system import ROOT, System

pytestmark = pytest.mark.usefixtures("system")


def nolapse(system: System, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=ROOT,
        env=system._environment({}),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_person_is_let_in_gets_a_new_password_and_is_kept_out(system: System) -> None:
    added = nolapse(system, "user", "add", "Ada", "--role", "operator", "--password-stdin", typed=f"{PASSWORD}\n")
    assert added.returncode == 0, added.stderr
    with connection.session():
        ada = users.require("ada")
    assert ada.role is Role.OPERATOR
    assert passwords.matches(ada.password, PASSWORD)
    assert nolapse(system, "user", "add", "ADA", "--link-only").returncode == 2
    weak = nolapse(system, "user", "password", "ada", "--password-stdin", typed="password1234\n")
    assert weak.returncode == 2
    assert "guessed" in weak.stderr
    assert nolapse(system, "user", "password", "ada", "--password-stdin", typed="another four words\n").returncode == 0
    assert nolapse(system, "user", "disable", "ada").returncode == 0
    listed = json.loads(nolapse(system, "user", "list", "--json").stdout)
    assert listed[0]["disabled_at"]
    assert "argon2" not in str(listed)
    assert nolapse(system, "user", "disable", "nobody").returncode == 2
    with connection.session():
        actions = [one.action for one in reversed(audit.page())]
        assert not passwords.matches(users.require("ada").password, PASSWORD)
    assert actions == ["user add", "user password", "user disable"]


def test_a_token_is_shown_once_and_revoked(system: System) -> None:
    nolapse(system, "user", "add", "ci", "--role", "operator", "--link-only")
    made = nolapse(system, "token", "add", "ci", "deploy", "--scope", "work", "--scope", "read", "--days", "30")
    token = made.stdout.strip()
    assert token.startswith(tokens.PREFIX)
    with connection.session():
        who = tokens.principal_of(token)
    assert who is not None
    assert who.scopes == {"work", "read"}
    listed = nolapse(system, "token", "list", "--json").stdout
    assert token.removeprefix(tokens.PREFIX) not in listed
    assert nolapse(system, "token", "revoke", str(json.loads(listed)[0]["id"])).returncode == 0
    with connection.session():
        assert tokens.principal_of(token) is None
    assert nolapse(system, "token", "revoke", "1").returncode == 2


def test_a_link_is_printed_as_an_address(system: System) -> None:
    nolapse(system, "user", "add", "ada", "--link-only")
    said = json.loads(nolapse(system, "user", "link", "ada", "--json").stdout)["sign_in"]
    assert said.startswith(f"{settings.current().web_url}/sign-in/")


@on_sqlite
def test_an_address_and_a_second_factor_are_set_and_taken_away(system: System) -> None:
    assert nolapse(system, "user", "add", "ada", "--link-only", "--email", "Ada@agency.test").returncode == 0
    taken = nolapse(system, "user", "add", "bob", "--link-only", "--email", "ada@agency.test")
    assert taken.returncode == 2
    assert "ada@agency.test" in taken.stderr
    assert nolapse(system, "user", "email", "ada", "a@b.test\r\nBcc: c@d.test").returncode == 2
    assert nolapse(system, "user", "reset-factor", "ada").returncode == 2, "there is none"
    with connection.session():
        ada = users.require("ada")
        assert ada.email == "ada@agency.test"
        second_factors.propose(ada.id, "JBSWY3DPEHPK3PXP")
    assert nolapse(system, "user", "reset-factor", "ada").returncode == 0
    assert nolapse(system, "user", "email", "ada", "").returncode == 0
    with connection.session():
        assert users.require("ada").email is None
        assert [one.action for one in reversed(audit.page())] == ["user add", "second factor reset", "user email"]
