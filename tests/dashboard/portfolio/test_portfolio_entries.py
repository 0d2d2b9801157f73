"""Clients, domains and endpoints are entered, changed, imported and removed on pages; mistakes keep the form open."""

from pathlib import Path

import pytest

from db import connection
from db.access import audit
from db.ledger import jobs
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules.access import Role
from rules.jobs import JobState
from schedules import clock
from schedules.table import TIMETABLE
from tasks.portfolio import portfolio_removal
from tests.api.browser import TestClient
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite
from tests.support.worker import Worker


@pytest.fixture
def owner(surface: Surface) -> TestClient:
    with connection.session():
        clients.add(Client(name="Bakery", email="bakery@clients.test"))
    made = surface.signed_in(Role.OWNER)
    made.headers["accept"] = "text/html"
    return made


def send(browser: TestClient, path: str, **form: object) -> str:
    answer = browser.post(path, data=form, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def refused(browser: TestClient, path: str, **form: str) -> str:
    answer = browser.post(path, data=form)
    assert answer.status_code in (409, 422)
    assert all(f'value="{value}"' in answer.text or f">{value}<" in answer.text for value in form.values())
    return answer.text


def test_a_client_is_entered_changed_and_found(owner: TestClient) -> None:
    page = send(
        owner, "/clients", name="Mill", email="office@mill.test", alert_days="30,7", address="1 Mill Lane\nMill"
    )
    assert "Mill is a client now" in page
    assert 'value="30,7"' in owner.get("/clients/2/edit").text
    send(owner, "/clients/2", name="Mill", email="new@mill.test", language="de", currency="EUR", zone="Europe/Berlin")
    with connection.session():
        mill = clients.get(2)
        assert (mill.email, mill.zone, mill.address, mill.alert_days) == ("new@mill.test", "Europe/Berlin", (), None)
        assert [one.action for one in audit.LIST.page("-id", size=2).rows] == ["client change", "client add"]


@on_sqlite
def test_what_is_wrong_about_a_client_is_said_at_its_field(owner: TestClient) -> None:
    page = refused(owner, "/clients", name="Mill", email="nowhere", zone="Mars/Base", alert_days="30,7")
    assert "is no mail address" in page.split('id="wrong-field-email"')[1][:200]
    assert "is no IANA time zone" in page.split('id="wrong-field-zone"')[1][:200]
    assert "is no stage" in refused(owner, "/clients", name="Mill", email="a@b.test", alert_days="soon")
    assert "has this name already" in refused(owner, "/clients", name="Bakery", email="a@b.test")
    for odd in ("eur", "ZZZ", "EURO"):
        assert "is no currency of ISO 4217" in refused(owner, "/clients", name="Mill", email="a@b.test", currency=odd)
    assert "is no whole number" in refused(owner, "/tasks/domains.check", domain_id="seven")
    with connection.session():
        assert clients.LIST.count().number == 1


def test_a_domain_is_entered_looked_at_at_once_and_given_to_another(owner: TestClient) -> None:
    assert "its registry is being asked" in send(
        owner, "/domains/new", name="https://www.bakery.test/x", client="Bakery"
    )
    send(owner, "/clients", name="Mill", email="office@mill.test")
    send(owner, "/domains/1", client="2", decision="manual")
    with connection.session():
        found = domains.get(1)
        assert (found.name, found.client_name, found.decision) == ("bakery.test", "Mill", "manual")
        assert [one.args for one in jobs.newest(task="domains.check")] == [{"domain_id": 1}]


@on_sqlite
def test_what_is_wrong_about_a_domain_is_said_at_its_field(owner: TestClient) -> None:
    page = refused(owner, "/domains/new", name="co.uk", client="Bakery")
    assert "co.uk" in page.split('id="wrong-field-name"')[1][:300]
    page = refused(owner, "/domains/new", name="bakery.test", client="Baker")
    assert "no client is called" in page.split('id="wrong-field-client"')[1][:200]
    send(owner, "/domains/new", name="bakery.test", client="Bakery")
    assert "is domain 1 already" in refused(owner, "/domains/new", name="bakery.test", client="Bakery")


def test_an_endpoint_is_entered_and_scanned_at_once(owner: TestClient) -> None:
    page = send(owner, "/endpoints", host="mail.bakery.test", protocol="smtp", client="1")
    assert "mail.bakery.test:25 is added" in page
    with connection.session():
        assert [one.args for one in jobs.newest(task="certificates.scan")] == [{"endpoint_id": 1}]
    wrong = refused(owner, "/endpoints", host="mail bakery", protocol="tls", port="99999", client="1")
    assert "65535" in wrong.split('id="wrong-field-port"')[1][:200]


def test_a_removal_can_be_undone_until_it_is_due_and_is_in_the_trail(owner: TestClient, tmp_path: Path) -> None:
    send(owner, "/domains/new", name="bakery.test", client="Bakery")
    assert "This will be gone" in send(owner, "/domains/1/removal")
    with connection.session():
        (removal,) = portfolio_removal.pending()
    assert "Undone: 1 stays." in send(owner, f"/removals/{removal.id}/undo", next="/domains")
    assert owner.post(f"/removals/{removal.id}/undo").status_code == 409
    send(owner, "/domains/1/removal")
    with connection.session():
        (removal,) = portfolio_removal.pending()
        assert Worker(tmp_path).run(removal.id).state is JobState.DONE
    assert owner.get("/domains/1").status_code == 404
    with connection.session():
        entry = audit.LIST.page("-id", size=1).rows[0]
        assert (entry.actor, entry.action, entry.subject) == ("the owner", "domain remove", "domain 1")


@on_sqlite
def test_what_is_done_to_a_whole_list_is_done_to_all_of_its_filter_and_no_more(owner: TestClient) -> None:
    for name in ("a.test", "ab.test", "b.test"):
        send(owner, "/domains/new", name=name, client="Bakery")
    page = send(owner, "/domains", what="decide", decision="lapse", whole="true", q="a", next="/domains")
    assert "2 domains: we let it lapse." in page
    with connection.session():
        assert [domains.get(one).decision for one in (1, 2, 3)] == ["lapse", "lapse", "undecided"]
    page = send(owner, "/domains", what="remove", whole="true", next="/domains")
    assert "3 domains will be gone in 10 minutes" in page
    assert "tick the domains" in send(owner, "/domains", what="check", next="/domains")
    assert "no client is called" in send(owner, "/domains", what="move", client="Nobody", item="1", next="/domains")


@on_sqlite
def test_a_list_shows_everything_and_says_when_the_first_look_is(owner: TestClient) -> None:
    assert "No domain yet." in owner.get("/domains").text
    send(owner, "/domains/new", name="bakery.test", client="Bakery")
    page = owner.get("/domains").text
    assert "bakery.test" in page
    assert "first look in" in page
    with connection.session():
        clock.pause(clock.line_named(TIMETABLE, "domains"), because="x", by="ada")
    assert "first look waits: its schedule is paused" in owner.get("/domains").text


@on_sqlite
def test_a_dry_run_shows_the_fate_of_each_line_and_an_import_does_it(owner: TestClient) -> None:
    text = "client,email,domain,decision\nBakery,,bakery.test,\nMill,office@mill.test,mill.test,maybe\n"
    answer = owner.post("/import", files={"file": ("a.csv", text.encode(), "text/csv")})
    assert answer.status_code == 422
    assert "Nothing was imported: 1 line cannot be used" in answer.text
    assert "decision: " in answer.text
    text = text.replace("maybe", "auto")
    page = send(owner, "/import", text=text)
    assert page.count("new domain") == 2
    assert "1 client, 2 domains" in page
    assert "New: 1 client, 2 domains" in send(owner, "/import", text=text, sure="true")
    changed = "client,domain,decision\nBakery,bakery.test,lapse\n"
    assert owner.post("/import", data={"text": changed}).status_code == 422
    assert "decision of bakery.test: undecided becomes lapse" in send(owner, "/import", text=changed, update="true")
    assert "is there already" in send(owner, "/import", text="client,domain\nBakery,bakery.test\n")


@on_sqlite
def test_a_viewer_is_offered_nothing_of_this(surface: Surface, owner: TestClient) -> None:
    send(owner, "/domains/new", name="bakery.test", client="Bakery")
    viewer = surface.signed_in(Role.VIEWER)
    viewer.headers["accept"] = "text/html"
    for path in ("/domains", "/domains/1", "/clients", "/clients/1", "/endpoints"):
        page = viewer.get(path).text
        assert "/new" not in page, path
        assert "/edit" not in page, path
        assert "removal" not in page.split("<main")[1], path
