"""What staff do about alerts: through the API, on the page, and by the link of the mail that told them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

import settings
from db import connection
from db.access import audit, users
from db.alerting import alert_routes
from db.fields import stored
from db.ledger import jobs
from db.mail import outbox
from db.portfolio import alerts, clients
from db.portfolio.alerts import Notice, Standing
from db.portfolio.clients import Client
from rules.access import Role
from rules.alerts.routing import AlertRoute, RouteStep
from rules.checks.subjects import Subject
from tasks import alerts as telling
from tasks import signed_links
from tests.api.conftest import Surface
from tests.api.security.test_mailed_links import by_form
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def alert(surface: Surface) -> int:
    """An open alert about a domain of a client."""
    with connection.session():
        client_id, _ = clients.add(Client(name="Bakery", email="a@b.test"))
        return raised(Subject("domain", 5, client_id))


def raised(subject: Subject, *, stage: int = 30) -> int:
    notice = Notice(kind="domain_expiry", stage=stage, headline="bakery.test expires on 2026-12-05", about="2026-12-05")
    (alert_id,) = alerts.reconcile([Standing(subject=subject, notices=(notice,))])
    return alert_id


def limited(surface: Surface, *client_ids: int) -> None:
    with connection.session():
        users.limit_to_clients(surface.people[Role.OPERATOR], client_ids)


def test_whoever_sees_to_it_stands_in_the_answer_the_history_and_the_trail(surface: Surface, alert: int) -> None:
    operator = surface.signed_in(Role.OPERATOR)
    answer = operator.post(f"/api/alerts/{alert}/ack", json={"note": "ordered"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["acknowledged_by"], answer.json()["cleared_at"]) == ("the operator", None)
    events = operator.get(f"/api/alerts/{alert}/history").json()["events"]
    assert [(one["kind"], one["actor"], one["note"]) for one in events] == [
        ("opened", "", ""), ("acknowledged", "the operator", "ordered"),
    ]  # fmt: skip
    with connection.session():
        entry = audit.LIST.page("-id").rows[0]
    assert (entry.action, entry.subject, entry.details["note"]) == ("alert ack", f"alert {alert}", "ordered")


def test_a_snooze_of_days_ends_in_the_morning_and_is_told_then(surface: Surface, alert: int) -> None:
    operator = surface.signed_in(Role.OPERATOR)
    until = datetime.fromisoformat(
        operator.post(f"/api/alerts/{alert}/snooze", json={"days": 2}).json()["snoozed_until"]
    )
    assert (until.hour, until.minute) == (8, 0)
    assert timedelta(days=1) < until - datetime.now(UTC) < timedelta(days=3)
    with connection.session():
        assert jobs.newest(task="alerts.tell_all"), "its end is news"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"days": 2, "until": "2099-01-01T00:00:00Z"}, 422),
        ({"until": "2020-01-01T00:00:00Z"}, 422),
        ({"until": "2099-01-01T00:00:00Z"}, 422),
        ({"until": "2027-01-01T00:00:00"}, 422),
        ({"days": 0}, 422),
        ({"days": 1, "note": "x" * 1001}, 422),
        ({"days": 1, "note": "a\nb"}, 422),
    ],
)
def test_a_snooze_that_cannot_be_is_refused(surface: Surface, alert: int, body: dict[str, object], status: int) -> None:
    assert surface.signed_in(Role.OPERATOR).post(f"/api/alerts/{alert}/snooze", json=body).status_code == status


def test_what_is_closed_is_not_seen_to_but_noted(surface: Surface, alert: int) -> None:
    operator = surface.signed_in(Role.OPERATOR)
    assert operator.post(f"/api/alerts/{alert}/close", json={"note": "known"}).json()["closed_by_staff"]
    assert operator.post(f"/api/alerts/{alert}/ack", json={}).status_code == 409
    assert operator.post(f"/api/alerts/{alert}/notes", json={"note": "later"}).status_code == 200
    assert operator.post(f"/api/alerts/{alert}/notes", json={"note": ""}).status_code == 422
    with connection.session():
        assert alerts.reconcile([]) == []
        found = alerts.get(alert)
        notice = Notice(kind="domain_expiry", stage=30, headline="h", about="2026-12-05")
        assert alerts.reconcile([Standing(subject=found.subject, notices=(notice,))]) == [], "its cause has held"


def test_nobody_acts_on_an_alert_of_another_client(surface: Surface, alert: int) -> None:
    limited(surface)
    operator = surface.signed_in(Role.OPERATOR)
    for what, body in (("ack", {}), ("snooze", {"days": 1}), ("notes", {"note": "n"}), ("close", {})):
        assert operator.post(f"/api/alerts/{alert}/{what}", json=body).status_code == 404
    assert operator.get(f"/api/alerts/{alert}/history").status_code == 404
    assert by_form(operator, f"/alerts/{alert}", what="acknowledged").status_code == 404
    with connection.session():
        assert alerts.get(alert).state.acknowledged_at is None


def test_the_page_acts_and_says_what_was_done(surface: Surface, alert: int) -> None:
    operator = surface.signed_in(Role.OPERATOR)
    assert "See to it" in operator.get(f"/alerts/{alert}").text
    for what, said in (
        ("acknowledged", "see to it now"),
        ("snoozed", "Put off until"),
        ("noted", "Noted"),
        ("closed", "Closed"),
    ):
        answer = by_form(operator, f"/alerts/{alert}", what=what, note="why")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/alerts/{alert}")
        assert said in operator.get(f"/alerts/{alert}").text
    assert by_form(operator, f"/alerts/{alert}", what="resolved").status_code == 422
    assert "See to it" not in surface.signed_in(Role.VIEWER).get(f"/alerts/{alert}").text


@pytest.fixture
def link(surface: Surface, alert: int) -> str:
    """The path of the link in the mail that told the operator of two alerts."""
    with connection.session():
        user_id = surface.people[Role.OPERATOR]
        users.set_email(user_id, "operator@agency.test")
        alert_routes.add(AlertRoute(id=0, name="all", steps=(RouteStep(people=frozenset({user_id})),)))
        client_id = alerts.get(alert).subject.client_id
        raised(Subject("domain", 6, client_id))
        telling.tell_all()
        connection.changed("UPDATE alert_telling SET due_at = %s", stored(datetime.now(UTC) - timedelta(minutes=2)))
        telling.tell_all()
        ((mail_id,),) = connection.execute("SELECT id FROM mail")
        sent = signed_links.completed(outbox.get(mail_id))
        assert "/answer/" not in outbox.get(mail_id).text, "it stands in no row"
    found = re.search(re.escape(settings.current().link_url) + r"(/answer/\S+)", sent.text)
    assert found
    assert found[1] in sent.html
    return found[1]


def acknowledged() -> list[str]:
    with connection.session():
        return [one.state.acknowledged_by for one in alerts.open_()]


def test_opening_the_mails_link_does_nothing_and_its_form_sees_to_all_of_the_mail(surface: Surface, link: str) -> None:
    browser = surface.client()
    for _ in range(3):
        assert "2 open alerts" in browser.get(link).text
    assert acknowledged() == ["", ""]
    answer = by_form(browser, link, what="acknowledged", note="on it")
    assert "2 alerts seen to" in answer.text
    assert acknowledged() == ["the operator"] * 2
    with connection.session():
        assert {one.actor for one in audit.LIST.page("-id").rows[:2]} == {"the operator"}


def test_the_mails_link_puts_off(surface: Surface, link: str) -> None:
    assert "2 alerts put off" in by_form(surface.client(), link, what="snoozed", days="3").text
    with connection.session():
        assert all(one.state.is_snoozed(datetime.now(UTC) + timedelta(days=1)) for one in alerts.open_())
    assert by_form(surface.client(), link, what="closed").status_code == 422


@pytest.mark.parametrize("end", ["disabled", "viewer", "forged"])
def test_who_may_not_act_any_more_does_not_by_a_link_of_before(surface: Surface, link: str, end: str) -> None:
    with connection.session():
        user_id = surface.people[Role.OPERATOR]
        if end == "disabled":
            users.disable(user_id)
        if end == "viewer":
            users.set_role(user_id, Role.VIEWER)
    if end == "forged":
        link = f"{link[:-4]}AAAA"
    assert surface.client().get(link).status_code == 403
    assert by_form(surface.client(), link, what="acknowledged").status_code == 403
    assert acknowledged() == ["", ""]


def test_who_was_limited_since_acts_on_nothing_of_others(surface: Surface, link: str) -> None:
    limited(surface)
    assert "Nothing is open" in surface.client().get(link).text
    assert "0 alerts" in by_form(surface.client(), link, what="acknowledged").text
    assert acknowledged() == ["", ""]
