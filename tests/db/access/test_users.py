"""People: their roles, and the clients to which they are limited."""

import pytest

from db import connection
from db.access import api_tokens, sessions, users
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role, Scope

pytestmark = pytest.mark.usefixtures("ledger")


def client(name: str = "Bakery") -> int:
    return clients.add(Client(name=name, email="a@b.test"))[0]


def test_another_role_ends_sessions_and_tokens_and_holds_at_once() -> None:
    users.add("owner", Role.OWNER)
    ada = users.add("ada", Role.OPERATOR)
    sessions.begin(ada, "s", max_s=60)
    api_tokens.add(ada, "t", "t", scopes=[Scope.READ], holds_s=60)
    users.set_role(ada, Role.OPERATOR)
    assert sessions.find("s", idle_s=60), "nothing changed"
    users.set_role(ada, Role.VIEWER)
    assert users.get(ada).role is Role.VIEWER
    assert sessions.find("s", idle_s=60) is None
    assert api_tokens.find("t") is None


def test_a_person_is_limited_to_clients_and_to_none_and_set_free_again() -> None:
    ada, bakery, mill = users.add("ada", Role.OPERATOR), client(), client("Mill")
    assert users.within(ada) is None
    users.limit_to_clients(ada, [bakery, mill, mill])
    assert users.within(ada) == {bakery, mill}
    assert users.limits() == {ada: ("Bakery", "Mill")}
    users.limit_to_clients(ada, [])
    assert users.within(ada) == frozenset(), "limited to nothing is not the same as not limited"
    assert users.limits() == {ada: ()}
    users.limit_to_clients(ada, None)
    assert users.within(ada) is None
    assert users.limits() == {}


def test_who_loses_their_last_client_sees_nothing_rather_than_everything() -> None:
    ada, bakery = users.add("ada", Role.OPERATOR), client()
    users.limit_to_clients(ada, [bakery])
    clients.remove(bakery)
    assert users.within(ada) == frozenset()


def test_a_client_that_there_is_not_is_named_and_nothing_changes() -> None:
    ada, bakery = users.add("ada", Role.OPERATOR), client()
    users.limit_to_clients(ada, [bakery])
    with pytest.raises(LookupError, match="no client has the id 999"):
        users.limit_to_clients(ada, [bakery, 999])
    assert users.within(ada) == {bakery}
    with pytest.raises(LookupError, match="no user has the id 999"):
        users.limit_to_clients(999, None)


def test_an_owner_who_sees_everything_is_always_left() -> None:
    one, two = users.add("one", Role.OWNER), users.add("two", Role.OWNER)
    users.limit_to_clients(two, [client()])
    with pytest.raises(users.LastOwner):
        users.set_role(one, Role.ADMIN)
    with pytest.raises(users.LastOwner):
        users.limit_to_clients(one, [])
    users.limit_to_clients(two, None)
    users.set_role(one, Role.ADMIN)
    assert users.get(one).role is Role.ADMIN
    with connection.transaction(), pytest.raises(users.LastOwner):
        users.require_other_owner(two)
