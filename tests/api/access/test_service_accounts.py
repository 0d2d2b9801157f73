"""Service accounts: programs that hold tokens; and the limits of tokens, a program's and a person's own."""

import pytest

from api_stub.security import api_tokens, cookies, sessions
from db import connection
from db.access import api_tokens as stored_tokens
from db.access import users
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role, Scope
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def two(surface: Surface) -> tuple[int, int]:
    """The ids of two clients."""
    with connection.session():
        first, second = (clients.add(Client(name=name, email="a@b.test"))[0] for name in ("Bakery", "Mill"))
    return first, second


def account(surface: Surface, **given: object) -> dict:
    answer = surface.signed_in(Role.OWNER).post("/api/service-accounts", json={"name": "deploy", **given})
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearer(surface: Surface, token: str):
    return surface.client(headers={"authorization": f"Bearer {token}"})


def seen(surface: Surface, token: str) -> list[str]:
    answer = bearer(surface, token).get("/api/clients")
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["clients"]]


def made(surface: Surface, user_id: int, **given: object) -> str:
    body = {"name": "t", "scopes": ["read"], **given}
    answer = surface.signed_in(Role.OWNER).post(f"/api/service-accounts/{user_id}/tokens", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


def test_a_program_does_what_its_token_says_and_never_signs_in(surface: Surface) -> None:
    made_account = account(surface, role="operator")
    token = made(surface, made_account["id"])
    assert token.startswith("nlp_")
    assert seen(surface, token) == []
    assert bearer(surface, token).post("/api/triggers/domains.check_all").status_code == 403, "a scope that it lacks"
    with connection.session():
        program = users.get(made_account["id"])
        cookie = sessions.begin(program, how="test", address="192.0.2.1")
        with pytest.raises(LookupError, match="never signs in"):
            sessions.link(program)
    assert surface.client(cookies={cookies.SESSION: cookie}).get("/api/jobs").status_code == 401
    given = {"name": "deploy", "password": "four words in a row"}
    assert surface.client().post("/api/sessions", json=given).status_code == 401


def test_the_tokens_of_a_disabled_program_end_at_once(surface: Surface) -> None:
    user_id = account(surface)["id"]
    token = made(surface, user_id)
    owner = surface.signed_in(Role.OWNER)
    assert owner.delete(f"/api/service-accounts/{user_id}").status_code == 204
    assert bearer(surface, token).get("/api/jobs").status_code == 401
    answer = owner.post(f"/api/service-accounts/{user_id}/tokens", json={"name": "t", "scopes": ["read"]})
    assert answer.status_code == 409
    assert owner.get("/api/service-accounts").json()[0]["disabled"] is True


def test_a_programs_token_is_revoked_and_no_other_by_its_address(surface: Surface) -> None:
    user_id = account(surface)["id"]
    token, owner = made(surface, user_id), surface.signed_in(Role.OWNER)
    with connection.session():
        api_tokens.add(surface.people[Role.OWNER], "own", scopes=[Scope.READ])
        own = stored_tokens.of_user(surface.people[Role.OWNER])[0].id
    assert owner.delete(f"/api/service-accounts/{user_id}/tokens/{own}").status_code == 404
    assert owner.delete(f"/api/service-accounts/{surface.people[Role.OWNER]}/tokens/{own}").status_code == 404
    listed = owner.get("/api/service-accounts").json()[0]["tokens"]
    assert owner.delete(f"/api/service-accounts/{user_id}/tokens/{listed[0]['id']}").status_code == 204
    assert bearer(surface, token).get("/api/jobs").status_code == 401


def test_people_are_no_service_accounts(surface: Surface) -> None:
    owner, viewer = surface.signed_in(Role.OWNER), surface.people[Role.VIEWER]
    assert owner.get("/api/service-accounts").json() == []
    assert owner.delete(f"/api/service-accounts/{viewer}").status_code == 404
    given = {"name": "t", "scopes": ["read"]}
    assert owner.post(f"/api/service-accounts/{viewer}/tokens", json=given).status_code == 404


def test_a_name_that_somebody_has_and_a_client_that_is_not_there_are_refused(surface: Surface) -> None:
    owner = surface.signed_in(Role.OWNER)
    assert owner.post("/api/service-accounts", json={"name": "the viewer"}).status_code == 409
    assert owner.post("/api/service-accounts", json={"name": "a", "clients": [999]}).status_code == 404
    assert owner.get("/api/service-accounts").json() == [], "nothing half done"


def test_the_limits_of_program_and_token_hold_together(surface: Surface, two: tuple[int, int]) -> None:
    bakery, mill = two
    limited = account(surface, clients=[bakery])
    assert limited["clients"] == ["Bakery"]
    assert seen(surface, made(surface, limited["id"])) == ["Bakery"]
    assert seen(surface, made(surface, account(surface, name="free")["id"], clients=[mill])) == ["Mill"]
    body = {"name": "t", "scopes": ["read"], "clients": [mill]}
    answer = surface.signed_in(Role.OWNER).post(f"/api/service-accounts/{limited['id']}/tokens", json=body)
    assert answer.status_code == 404, "no token for a client that its owner does not see"


def test_a_persons_own_token_is_limited_and_says_so(surface: Surface, two: tuple[int, int]) -> None:
    viewer = surface.signed_in(Role.VIEWER)
    body = {"name": "t", "scopes": ["read"], "clients": [two[0]]}
    token = viewer.post("/api/account/tokens", json=body).json()["token"]
    assert seen(surface, token) == ["Bakery"]
    assert viewer.get("/api/account/tokens").json()["tokens"][0]["clients"] == ["Bakery"]
    with connection.session():
        users.limit_to_clients(surface.people[Role.VIEWER], [two[1]])
    assert seen(surface, token) == [], "what is left of both limits"
    assert bearer(surface, token).get(f"/api/clients/{two[0]}").status_code == 404


def test_a_token_of_the_release_before_goes_on_as_it_was(surface: Surface, two: tuple[int, int]) -> None:
    """Its row has none of the new columns: the database's defaults stand in."""
    with connection.session(), connection.transaction():
        connection.execute(
            "INSERT INTO api_token (user_id, name, token_hash, scopes, created_at, expires_at)"
            " VALUES (%s, 'old', %s, '[\"read\"]', {now}, {later(60)})",
            surface.people[Role.VIEWER],
            api_tokens.hashed("nlp_old"),
        )
    assert seen(surface, "nlp_old") == ["Bakery", "Mill"]


def test_the_last_use_of_a_token_is_noted_at_most_once_a_minute(surface: Surface) -> None:
    program = surface.with_token(Role.VIEWER)
    with connection.session():
        writes = "SELECT used_at FROM api_token"
        program.get("/api/jobs")
        first = connection.execute(writes)
        program.get("/api/jobs")
        assert connection.execute(writes) == first
        connection.execute("UPDATE api_token SET used_at = {later(-61)}")
        program.get("/api/jobs")
        assert connection.execute(writes)[0][0] >= first[0][0]


def test_the_page_shows_programs_and_a_new_token_once(surface: Surface) -> None:
    owner = surface.signed_in(Role.OWNER)
    owner.headers["accept"] = "text/html"
    assert owner.post("/service-accounts", data={"name": "<b>x", "role": "viewer"}).status_code == 303
    with connection.session():
        user_id = users.require("<b>x").id
    shown = owner.post(f"/service-accounts/{user_id}/tokens", data={"name": "t", "scope": "read"}).text
    assert "nlp_" in shown
    assert "<b>x" not in shown
    assert "nlp_" not in owner.get("/service-accounts").text
