"""People: who manages whom, what ends when a right does, and the owner who is always left."""

import pytest

from api_stub.security import csrf
from db import connection
from db.access import audit, users
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role
from tests.api.access.test_passkeys import register
from tests.api.conftest import Surface
from tests.api.security.test_second_factor import by_form, by_password, enrol
from tests.faults.marks import on_sqlite
from tests.support.crowds import at_once


def path(surface: Surface, role: Role, tail: str = "") -> str:
    return f"/api/users/{surface.people[role]}{tail}"


def owners(surface: Surface, number: int) -> list[int]:
    with connection.session():
        return [users.add(f"owner {one}", Role.OWNER) for one in range(number)]


def test_a_role_changes_and_ends_what_had_the_old_one(surface: Surface) -> None:
    owner, theirs = surface.signed_in(Role.OWNER), surface.signed_in(Role.OPERATOR)
    program = surface.with_token(Role.OPERATOR)
    changed = owner.patch(path(surface, Role.OPERATOR), json={"role": "viewer"})
    assert (changed.status_code, changed.json()["role"]) == (200, "viewer")
    assert {one.get("/api/jobs").status_code for one in (theirs, program)} == {401}
    with connection.session():
        entry = audit.LIST.page("-id", size=1).rows[0]
        assert (entry.action, entry.before, entry.after) == ("user role", {"role": "operator"}, {"role": "viewer"})


def test_a_limit_is_given_and_taken_away(surface: Surface) -> None:
    with connection.session():
        bakery, _ = clients.add(Client(name="Bakery", email="a@b.test"))
    owner, viewer = surface.signed_in(Role.OWNER), path(surface, Role.VIEWER)
    theirs = surface.signed_in(Role.VIEWER)
    assert owner.patch(viewer, json={"client_ids": [bakery]}).json()["clients"] == ["Bakery"]
    assert theirs.get("/api/jobs").status_code == 401, "signed out"
    assert owner.patch(viewer, json={"client_ids": [999]}).status_code == 404
    assert owner.get(viewer).json()["clients"] == ["Bakery"]
    assert owner.patch(viewer, json={"role": "viewer"}).json()["clients"] == ["Bakery"], "what is not named stays"
    assert owner.patch(viewer, json={"client_ids": None}).json()["clients"] is None
    owner.headers["accept"] = "text/html"
    page = path(surface, Role.VIEWER).removeprefix("/api")
    refused = owner.post(f"{page}/clients", data={"limited": "true", "names": "Bakery\r\nForge\r\n"})
    assert (refused.status_code, "no client is called &#39;Forge&#39;" in refused.text) == (422, True)
    owner.post(f"{page}/clients", data={"limited": "true", "names": "Bakery\r\n"})
    with connection.session():
        assert users.within(surface.people[Role.VIEWER]) == {bakery}


def test_two_owners_cannot_disable_one_another_at_once(surface: Surface) -> None:
    (other,) = owners(surface, 1)
    both = (other, surface.people[Role.OWNER])
    browser = surface.signed_in(Role.OWNER)
    cookies, headers = dict(browser.cookies), dict(browser.headers)

    twins = [surface.client(cookies=cookies, headers=headers) for _ in both]
    said = at_once(2, lambda one: twins[one].post(f"/api/users/{both[one]}/disable").status_code)
    with connection.session():
        left = [one for one in users.all_() if one.role is Role.OWNER and one.disabled_at is None]
    assert len(left) == 1, said


@on_sqlite
class TestLastOwner:
    @pytest.mark.parametrize("change", [{"role": "admin"}, {"client_ids": []}])
    def test_they_are_not_made_less(self, surface: Surface, change: dict[str, object]) -> None:
        owner, me = surface.signed_in(Role.OWNER), path(surface, Role.OWNER)
        assert owner.patch(me, json=change).status_code == 409
        assert owner.post(f"{me}/disable").status_code == 409
        assert owner.get(me).json()["role"] == "owner"
        owners(surface, 1)
        assert owner.patch(me, json=change).status_code == 200
        assert owner.get(me).status_code == 401, "and is signed out by the change"

    def test_several_changes_are_made_together_or_not_at_all(self, surface: Surface) -> None:
        owner, me = surface.signed_in(Role.OWNER), path(surface, Role.OWNER)
        assert owner.patch(me, json={"factor_required": True, "role": "viewer"}).status_code == 409
        assert owner.get(me).json()["factor_required"] is False


@on_sqlite
class TestAdmins:
    def test_they_manage_everybody_but_owners(self, surface: Surface) -> None:
        admin = surface.signed_in(Role.ADMIN)
        assert admin.patch(path(surface, Role.VIEWER), json={"role": "billing"}).status_code == 200
        for role in ("admin", "viewer"):
            assert admin.patch(path(surface, Role.OPERATOR), json={"role": role}).status_code == 200
        owner = path(surface, Role.OWNER)
        refused = (
            admin.patch(owner, json={"role": "viewer"}),
            admin.patch(owner, json={"factor_required": False}),
            admin.patch(path(surface, Role.OPERATOR), json={"role": "owner"}),
            admin.patch(path(surface, Role.ADMIN), json={"role": "owner"}),
            admin.post(f"{owner}/disable"),
            admin.post(f"{owner}/enable"),
            admin.post(f"{owner}/invite"),
            admin.delete(f"{owner}/sessions"),
            admin.get(f"{owner}/tokens"),
            admin.delete(f"{owner}/tokens/1"),
            admin.delete(f"{owner}/second-factor"),
            admin.post("/api/users/invite", json={"name": "eve", "email": "e@a.test", "role": "owner"}),
            admin.post(f"{owner.removeprefix('/api')}/role", data={"role": "viewer"}),
            admin.post("/users/invite", data={"name": "eve", "email": "e@a.test", "role": "owner"}),
        )
        assert [one.status_code for one in refused] == [403] * len(refused)
        with connection.session():
            assert users.get(surface.people[Role.OWNER]).role is Role.OWNER
            assert users.named("eve") is None
        admin.headers["accept"] = "text/html"
        page = admin.get(owner.removeprefix("/api")).text
        assert "Owners are changed by owners alone" in page
        assert "<option>owner</option>" not in admin.get("/users").text


@on_sqlite
class TestComingAndGoing:
    def test_who_is_disabled_and_enabled_signs_in_again_and_nothing_else_comes_back(self, surface: Surface) -> None:
        owner, viewer = surface.signed_in(Role.OWNER), path(surface, Role.VIEWER)
        theirs, program = surface.signed_in(Role.VIEWER), surface.with_token(Role.VIEWER)
        assert owner.post(f"{viewer}/disable").status_code == 204
        assert by_password(surface.client(), "the viewer").status_code == 401
        assert owner.post(f"{viewer}/enable").status_code == 204
        assert by_password(surface.client(), "the viewer").status_code == 303
        assert {one.get("/api/jobs").status_code for one in (theirs, program)} == {401}

    def test_all_sessions_of_somebody_are_ended_and_their_tokens_stay(self, surface: Surface) -> None:
        owner, theirs = surface.signed_in(Role.OWNER), surface.signed_in(Role.VIEWER)
        program = surface.with_token(Role.VIEWER)
        assert owner.delete(path(surface, Role.VIEWER, "/sessions")).status_code == 204
        assert theirs.get("/api/jobs").status_code == 401
        assert program.get("/api/jobs").status_code == 200

    def test_a_token_of_somebody_is_seen_and_revoked(self, surface: Surface) -> None:
        owner, program = surface.signed_in(Role.OWNER), surface.with_token(Role.VIEWER)
        listed = owner.get(path(surface, Role.VIEWER, "/tokens"))
        (one,) = listed.json()["tokens"]
        assert "nlp_" not in listed.text
        wrong = path(surface, Role.OPERATOR, f"/tokens/{one['id']}")
        assert owner.delete(wrong).status_code == 404, "it is another person's"
        assert program.get("/api/jobs").status_code == 200
        assert owner.delete(path(surface, Role.VIEWER, f"/tokens/{one['id']}")).status_code == 204
        assert program.get("/api/jobs").status_code == 401

    def test_a_second_factor_that_is_asked_of_one_person_is_set_up_at_the_next_sign_in(self, surface: Surface) -> None:
        owner, viewer = surface.signed_in(Role.OWNER), path(surface, Role.VIEWER)
        assert owner.patch(viewer, json={"factor_required": True}).json()["factor_required"] is True
        browser = surface.client()
        assert by_password(browser, "the viewer").headers["location"].startswith("/second-factor/set-up")
        assert by_password(surface.client(), "the operator").headers["location"] == "/jobs"
        register(surface, Role.VIEWER)
        mine = surface.signed_in(Role.VIEWER)
        (one,) = mine.get("/api/account/passkeys").json()
        assert mine.delete(f"/api/account/passkeys/{one['id']}").status_code == 409, "it is the last"
        assert owner.patch(viewer, json={"factor_required": False}).status_code == 200
        assert mine.delete(f"/api/account/passkeys/{one['id']}").status_code == 204
        assert by_password(surface.client(), "the viewer").headers["location"] == "/jobs"

    def test_the_pages_do_what_the_api_does(self, surface: Surface) -> None:
        owner = surface.signed_in(Role.OWNER)
        owner.headers["accept"] = "text/html"
        page = path(surface, Role.VIEWER).removeprefix("/api")
        enrol(surface, Role.VIEWER)
        surface.with_token(Role.VIEWER)
        with connection.session():
            (token_id,) = connection.execute("SELECT id FROM api_token")[0]
        said = []
        for tail, data in (
            ("/second-factor/require", {"required": "true"}),
            ("/second-factor/reset", {}),
            ("/sessions/end", {}),
            (f"/tokens/{token_id}/revoke", {}),
            ("/role", {"role": "billing"}),
            ("/disable", {}),
            ("/enable", {}),
        ):
            answer = owner.post(f"{page}{tail}", data=data)
            said.append((answer.status_code, answer.headers.get("location")))
            assert owner.get(page).status_code == 200
        assert said == [(303, page)] * 7
        with connection.session():
            user = users.get(surface.people[Role.VIEWER])
            assert (user.role, user.factor_required, user.disabled_at) == (Role.BILLING, True, None)

    def test_a_form_of_another_site_changes_nobody(self, surface: Surface) -> None:
        owner = surface.signed_in(Role.OWNER)
        del owner.headers[csrf.HEADER]
        page = path(surface, Role.VIEWER).removeprefix("/api")
        assert owner.post(f"{page}/role", data={"role": "owner"}).status_code == 403
        assert by_form(surface.client(), f"{page}/role", role="owner").status_code == 401
