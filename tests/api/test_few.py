"""People, API tokens and schedules: few, and listed as everything else is, with cursor, order and filters."""

from typing import Any

import pytest

from api_stub.security import api_tokens
from db import connection
from db.access import users
from rules.access import Role, Scope
from schedules.table import TIMETABLE
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite


def walked(browser: TestClient, path: str, noun: str, **asked: Any) -> list[str]:
    """Read a list to its end, two at a time, and return the names."""
    names: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = browser.get(path, params={"limit": 2, **asked, **cursor}).json()
        assert 0 < len(page[noun]) <= 2
        names += [one["name"] for one in page[noun]]
        if page["next"] is None:
            return names
        cursor = {"cursor": page["next"]}


@pytest.fixture
def owner(surface: Surface) -> TestClient:
    return surface.signed_in(Role.OWNER)


def test_people_are_paged_sorted_and_narrowed(surface: Surface, owner: TestClient) -> None:
    with connection.session():
        users.add_service("panel", Role.VIEWER)
        users.disable(users.add("zoe", Role.VIEWER))
    everybody = sorted([*(f"the {role}" for role in Role), "panel", "zoe"])
    assert walked(owner, "/api/users", "users") == everybody
    assert walked(owner, "/api/users", "users", sort="-name") == everybody[::-1]
    assert walked(owner, "/api/users", "users", sort="id")[-2:] == ["panel", "zoe"]
    assert walked(owner, "/api/users", "users", role="viewer") == ["panel", "the viewer", "zoe"]
    assert walked(owner, "/api/users", "users", service=True) == ["panel"]
    assert walked(owner, "/api/users", "users", disabled=True) == ["zoe"]
    assert walked(owner, "/api/users", "users", name="the o") == ["the operator", "the owner"]
    for odd in ("role=king", "sort=password", "cursor=x!", "limit=0", "naem=x"):
        assert owner.get(f"/api/users?{odd}").status_code == 422, odd


def test_tokens_are_paged_sorted_and_narrowed_and_one_sees_ones_own(surface: Surface, owner: TestClient) -> None:
    me, other = surface.people[Role.OWNER], surface.people[Role.VIEWER]
    with connection.session():
        for number, name in enumerate(("c", "a", "b")):
            api_tokens.add(me, name, scopes=[Scope.READ], days=9 - number)
        api_tokens.add(other, "theirs", scopes=[Scope.READ])
        api_tokens.add(me, "late", scopes=[Scope.READ])
        connection.execute("UPDATE api_token SET expires_at = {later(-1)} WHERE name = 'late'")
    path = "/api/account/tokens"
    assert walked(owner, path, "tokens") == ["b", "a", "c"]
    assert walked(owner, path, "tokens", sort="name") == ["a", "b", "c"]
    assert walked(owner, path, "tokens", sort="-expires_at") == ["c", "a", "b"]
    assert walked(owner, path, "tokens", holds=False) == ["late"]
    assert walked(owner, path, "tokens", name="a") == ["a"]
    assert walked(owner, f"/api/users/{other}/tokens", "tokens") == ["theirs"]
    assert owner.get(f"{path}?user={other}").status_code == 422, "whose they are is no filter"


@on_sqlite
def test_schedules_are_paged_sorted_and_narrowed(surface: Surface, owner: TestClient) -> None:
    names = sorted(one.name for one in TIMETABLE)
    assert walked(owner, "/api/schedules", "schedules") == names
    assert walked(owner, "/api/schedules", "schedules", sort="-name") == names[::-1]
    assert walked(owner, "/api/schedules", "schedules", task="invoices.bill_all") == ["invoices"]
    owner.post("/api/schedules/domains/pause", json={"because": "the registry moves"})
    assert walked(owner, "/api/schedules", "schedules", paused=True) == ["domains"]
    assert walked(owner, "/api/schedules", "schedules", paused=False) == [one for one in names if one != "domains"]
    assert owner.get("/api/schedules?task=no.such").json() == {"schedules": [], "next": None}
    for odd in ("cursor=x", "cursor=17", "sort=next", "limit=201"):
        assert owner.get(f"/api/schedules?{odd}").status_code == 422, odd
