"""Of what clients are told: staff tick it, the API says it, and a client says no by the link in a mail."""

from db import connection
from db.access import audit
from db.access import signed_links as stored_links
from db.access.signed_links import NewLink
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role
from rules.access.signed_links import SignedPurpose
from rules.checks.subjects import Subject
from rules.clients.client_notices import ClientNoticeKind
from tasks import signed_links
from tests.api.conftest import Surface
from tests.api.security.test_mailed_links import by_form
from tests.faults.marks import on_sqlite
from wording.clients.unsubscribing import WORDS

pytestmark = on_sqlite


def test_a_client_is_told_of_what_is_ticked_and_says_no_by_the_link_in_a_mail(surface: Surface) -> None:
    with connection.session():
        client_id, _ = clients.add(Client(name="Bakery", email="office@bakery.test", language="pl"))
    operator = surface.signed_in(Role.OPERATOR)
    by_form(operator, f"/clients/{client_id}/notices", kinds="domain_expiry")
    with connection.session():
        assert clients.get(client_id).notices == (ClientNoticeKind.DOMAINS,)
        link = stored_links.find(
            stored_links.add(
                NewLink(
                    purpose=SignedPurpose.NOTICES,
                    subject=Subject("client", client_id, client_id),
                    holds_s=60,
                    created_by="test",
                    method="POST",
                )
            )
        )
    assert link
    path = f"/{signed_links.path(link)}"
    stranger = surface.client()
    asked = stranger.get(path).text
    assert '<html lang="pl">' in asked
    assert WORDS["pl"].asks in asked
    assert WORDS["pl"].about.format(client="Bakery") in asked
    with connection.session():
        assert clients.get(client_id).notices, "opening it does nothing"
    for _ in range(2):
        clicked = surface.client().post(path, data={"List-Unsubscribe": "One-Click"})
        assert (clicked.status_code, WORDS["pl"].done in clicked.text) == (200, True)
    with connection.session():
        assert clients.get(client_id).notices == ()
        newest = audit.LIST.page("-id").rows[0]
        assert (newest.actor, bool(newest.address)) == ("by the link in a mail", True)
    assert stranger.post(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 403


def test_the_api_says_of_what_a_client_is_told_and_refuses_what_there_is_not(surface: Surface) -> None:
    operator = surface.signed_in(Role.ADMIN)
    made = operator.post(
        "/api/clients", json={"name": "Mill", "email": "a@mill.example", "notices": ["certificate_expiry"]}
    ).json()
    assert made["notices"] == ["certificate_expiry"]
    path = f"/api/clients/{made['id']}"
    assert operator.patch(path, json={"notices": []}).json()["notices"] == []
    assert operator.patch(path, json={"notices": ["invoices"]}).status_code == 422
