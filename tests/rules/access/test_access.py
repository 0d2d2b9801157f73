"""Roles, permissions, limits: the table is small enough to be said again in full."""

from pathlib import Path

import pytest

from rules import access
from rules.access import Permission, Role

MAY = {
    Role.VIEWER: "account read",
    Role.BILLING: "account read jobs mail money",
    Role.OPERATOR: "account read jobs mail work portfolio",
    Role.ADMIN: "account read jobs mail work portfolio money remove settings audit people",
    Role.OWNER: "account read jobs mail work portfolio money remove settings audit people owners",
}


@pytest.mark.parametrize("role", Role)
def test_each_role_has_its_permissions_and_no_other(role: Role) -> None:
    assert {str(one) for one in Permission if role.may(one)} == set(MAY[role].split())


@pytest.mark.parametrize("role", Role)
def test_owners_alone_manage_owners_and_admins_everybody_else(role: Role) -> None:
    managed = {Role.OWNER: set(Role), Role.ADMIN: set(Role) - {Role.OWNER}}.get(role, set())
    assert {other for other in Role if role.manages(other)} == managed


def test_who_is_limited_sees_their_clients_and_not_what_is_nobodys() -> None:
    assert access.sees(None, None)
    assert access.sees(frozenset({1}), 1)
    for client_id in (2, None):
        assert not access.sees(frozenset({1}), client_id)
    assert not access.sees(frozenset(), 1)


def test_two_limits_leave_what_is_in_both() -> None:
    one, other = frozenset({1, 2}), frozenset({2, 3})
    assert access.narrower(one, other) == {2}
    assert access.narrower(None, other) == access.narrower(other, None) == other
    assert access.narrower(None, None) is None
    assert access.narrower(one, frozenset()) == frozenset()


def test_the_table_of_the_documents_is_this_one() -> None:
    text = (Path(__file__).parents[3] / "docs" / "security.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]
    table = {row[0]: row[2:] for row in rows if row[0] in set(Permission)}
    assert {name: [cell == "yes" for cell in cells] for name, cells in table.items()} == {
        str(permission): [role.may(permission) for role in Role] for permission in Permission
    }
