"""Who is told of alerts, as staff configure it: routes, what each person prefers, and maintenance windows."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import settings
from db import connection
from db.access import audit, users
from db.alerting import alert_deliveries, alert_preferences, alert_routes, alerting_rules
from db.portfolio import clients, domains
from db.portfolio.clients import Client
from rules.access import Role
from rules.alerts import alert_channels
from rules.alerts.alert_channels import DeliveryState
from rules.alerts.routing import Preference
from rules.checks.alarms import Urgency
from tests.api.conftest import Surface
from tests.api.security.test_mailed_links import by_form
from tests.faults.marks import on_sqlite

pytestmark = on_sqlite


def test_a_route_is_added_read_changed_and_removed_and_stands_in_the_trail(surface: Surface) -> None:
    admin, person = surface.signed_in(Role.ADMIN), surface.people[Role.OPERATOR]
    given = {
        "name": "night",
        "kinds": ["domain_*"],
        "least": "urgent",
        "hours": {"days": ["sat", "sun"], "begin": "22:00", "end": "7:00", "zone": "Europe/Berlin"},
        "steps": [{"people": [person]}, {"after_minutes": 15, "roles": ["admin", "owner"]}],
    }
    made = admin.post("/api/alert-routes", json=given)
    assert made.status_code == 201, made.text
    read = admin.get(f"/api/alert-routes/{made.json()['id']}").json()
    assert read["hours"] == {"days": ["sat", "sun"], "begin": "22:00", "end": "07:00", "zone": "Europe/Berlin"}
    assert [one["after_minutes"] for one in read["steps"]] == [0, 15]
    assert admin.post("/api/alert-routes", json=given).status_code == 409
    changed = admin.put(f"/api/alert-routes/{read['id']}", json={**given, "least": "note"})
    assert changed.json()["least"] == "note"
    assert admin.delete(f"/api/alert-routes/{read['id']}").status_code == 204
    assert admin.get("/api/alert-routes").json() == {"routes": []}
    with connection.session():
        assert [one.action for one in audit.LIST.page("-id").rows[:3]] == [
            "alert route remove", "alert route change", "alert route add",
        ]  # fmt: skip


@pytest.mark.parametrize(
    "odd",
    [
        {"steps": []},
        {"steps": [{}]},
        {"steps": [{"people": [999]}]},
        {"clients": [999]},
        {"kinds": ["Domain *"]},
        {"least": "huge"},
        {"name": ""},
        {"name": "a\nb"},
        {"hours": {"begin": "24:00"}},
        {"hours": {"days": []}},
        {"hours": {"zone": "Europe/Atlantis"}},
        {"steps": [{"roles": ["owner"], "after_minutes": 99_999}]},
        {"steps": [{"roles": ["owner"]}] * 6},
    ],
    ids=str,
)
def test_a_route_that_cannot_be_is_refused(surface: Surface, odd: dict[str, object]) -> None:
    given = {"name": "n", "steps": [{"roles": ["owner"]}], **odd}
    assert surface.signed_in(Role.ADMIN).post("/api/alert-routes", json=given).status_code == 422


def test_the_page_adds_and_changes_a_route_and_says_what_is_wrong(surface: Surface) -> None:
    admin, person = surface.signed_in(Role.ADMIN), surface.people[Role.OPERATOR]
    by_form(admin, "/alert-routes", name="all", people=str(person), next_roles="owner", next_minutes="20")
    page = admin.get("/alert-routes").text
    assert "the operator" in page
    assert "After 20 min" in page
    with connection.session():
        (route,) = alert_routes.all_()
    by_form(admin, "/alert-routes", route_id=str(route.id), name="some", roles="admin", kinds="domain_*, mail_failed")
    with connection.session():
        (changed,) = alert_routes.all_()
    assert (changed.name, changed.kinds, len(changed.steps)) == ("some", ("domain_*", "mail_failed"), 1)
    assert "name people, a role or a channel" in by_form(admin, "/alert-routes", name="nobody").text
    away = by_form(admin, "/alert-routes", name="away", roles="admin", next_people="9999").json()["errors"]
    assert [one["at"] for one in away] == ["body.steps.1.next_people"]
    assert "there is a route" in by_form(admin, "/alert-routes", name="some", roles="admin").text
    assert "Add a route" not in surface.signed_in(Role.VIEWER).get("/alert-routes").text


def test_the_page_keeps_the_steps_that_its_form_does_not_show(surface: Surface) -> None:
    admin = surface.signed_in(Role.ADMIN)
    steps = [
        {"roles": ["operator"]},
        {"after_minutes": 30, "roles": ["admin"]},
        {"after_minutes": 90, "roles": ["owner"]},
    ]
    made = admin.post("/api/alert-routes", json={"name": "n", "steps": steps}).json()
    by_form(admin, "/alert-routes", route_id=str(made["id"]), name="m", roles="operator", next_roles="admin")
    read = admin.get(f"/api/alert-routes/{made['id']}").json()
    assert (read["name"], read["steps"]) == ("m", made["steps"])


def test_each_says_how_they_are_told_and_their_zone_counts(surface: Surface) -> None:
    operator = surface.signed_in(Role.OPERATOR)
    given = {"digest_at": "07:30", "quiet_from": "22:00", "quiet_until": "06:00", "at_once_from": "urgent", "muted": []}
    assert operator.put("/api/account/alerts", json=given).json() == given
    assert operator.get("/api/account/alerts").json() == given
    by_form(operator, "/account/alerts", quiet_from="21:00", quiet_until="05:30", muted="domain_*")
    with connection.session():
        user_id = surface.people[Role.OPERATOR]
        expected = Preference(quiet=(21 * 60, 330), at_once_from=Urgency.CRITICAL, muted=("domain_*",))
        assert alert_preferences.of(user_id) == expected
        users.set_email(user_id, "o@agency.test")
        users.set_profile(user_id, full_name="", zone="Asia/Kathmandu", language="de")
        person = alerting_rules.people()[user_id]
    assert (person.zone.key, person.language, person.preference) == ("Asia/Kathmandu", "de", expected)
    assert "21:00 bis 05:30" in operator.get("/account").text


@pytest.mark.parametrize(
    "odd",
    [
        {"quiet_from": "22:00"},
        {"quiet_from": "22:00", "quiet_until": "22:00"},
        {"digest_at": "25:00"},
        {"at_once_from": "never"},
        {"muted": ["x" * 101]},
    ],
    ids=str,
)
def test_a_preference_that_cannot_be_is_refused(surface: Surface, odd: dict[str, object]) -> None:
    assert surface.signed_in(Role.OPERATOR).put("/api/account/alerts", json=odd).status_code == 422


def test_a_window_is_added_listed_and_ended_and_holds_to_the_clients_of_who_is_limited(surface: Surface) -> None:
    with connection.session():
        mine, others = (clients.add(Client(name=name, email="a@b.test"))[0] for name in ("Mine", "Other"))
        domain_id, _ = domains.add("mine.test", client_id=mine)
        users.limit_to_clients(surface.people[Role.OPERATOR], [mine])
    operator, owner = surface.signed_in(Role.OPERATOR), surface.signed_in(Role.OWNER)
    ends = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    made = operator.post("/api/maintenance", json={"subject_kind": "domain", "subject_id": domain_id, "ends_at": ends})
    assert made.status_code == 201, made.text
    of_others = {"subject_kind": "client", "subject_id": others, "ends_at": ends}
    assert operator.post("/api/maintenance", json=of_others).status_code == 404
    theirs = owner.post("/api/maintenance", json=of_others).json()
    assert [one["subject_id"] for one in operator.get("/api/maintenance").json()["windows"]] == [domain_id]
    assert len(owner.get("/api/maintenance").json()["windows"]) == 2
    assert operator.post(f"/api/maintenance/{theirs['id']}/end").status_code == 404
    assert operator.post(f"/api/maintenance/{made.json()['id']}/end").status_code == 200
    assert operator.get("/api/maintenance").json() == {"windows": []}
    by_form(operator, "/maintenance", kind="domain", number=str(domain_id), hours="3", reason="they move")
    assert "they move" in operator.get("/maintenance").text


@pytest.mark.parametrize("hours", [(0, -1), (2, 1), (0, 32 * 24)])
def test_a_window_that_ends_before_it_begins_or_never_is_refused(surface: Surface, hours: tuple[int, int]) -> None:
    with connection.session():
        client_id, _ = clients.add(Client(name="Mine", email="a@b.test"))
    begins, ends = ((datetime.now(UTC) + timedelta(hours=one)).isoformat() for one in hours)
    given = {"subject_kind": "client", "subject_id": client_id, "begins_at": begins, "ends_at": ends}
    assert surface.signed_in(Role.OPERATOR).post("/api/maintenance", json=given).status_code == 422


HOOK = "whsec_" + b64encode(bytes(32)).decode()
CHANNELS = alert_channels.read(
    {
        "pager": {"webhook": "https://pager.example/in/hidden-token", "secret": HOOK},
        "chat": {"apprise": "slack://TOKENTOKEN/B/C"},
    }
)


class TestChannels:
    @pytest.fixture(autouse=True)
    def channels(self) -> Iterator[None]:
        with settings.override(alert_channels=CHANNELS):
            yield

    def test_a_route_names_channels_that_there_are(self, surface: Surface) -> None:
        admin = surface.signed_in(Role.ADMIN)
        made = admin.post("/api/alert-routes", json={"name": "n", "steps": [{"channels": ["pager"]}]})
        assert made.status_code == 201, made.text
        assert made.json()["steps"][0]["channels"] == ["pager"]
        odd = admin.post("/api/alert-routes", json={"name": "m", "steps": [{"channels": ["fax"]}]})
        assert (odd.status_code, "no channel 'fax'" in odd.text) == (422, True)
        by_form(admin, "/alert-routes", name="page", channels="chat", next_channels="pager", next_minutes="5")
        with connection.session():
            (_, route) = alert_routes.all_()
        assert [one.channels for one in route.steps] == [{"chat"}, {"pager"}]
        assert "channel chat" in admin.get("/alert-routes").text

    def test_a_test_is_sent_and_sent_again_and_stands_in_the_trail(self, surface: Surface) -> None:
        operator = surface.signed_in(Role.OPERATOR)
        sent = operator.post("/api/alert-channels/pager/tests").json()
        assert (sent["state"], sent["kind"]) == ("queued", "channel.test")
        assert operator.post(f"/api/alert-deliveries/{sent['id']}/replays").status_code == 409
        with connection.session(), connection.transaction():
            alert_deliveries.ended(sent["id"], DeliveryState.FAILED, said="it answered 500", at=datetime.now(UTC))
        again = operator.post(f"/api/alert-deliveries/{sent['id']}/replays").json()
        assert (again["state"], again["message_id"]) == ("queued", sent["message_id"])
        assert operator.get(f"/api/alert-deliveries/{sent['id']}").json() == again
        assert operator.post("/api/alert-channels/fax/tests").status_code == 404
        with connection.session():
            assert [one.action for one in audit.LIST.page("-id").rows[:2]] == [
                "alert delivery replay", "alert channel test",
            ]  # fmt: skip

    def test_the_page_and_the_list_show_no_secret(self, surface: Surface) -> None:
        operator = surface.signed_in(Role.OPERATOR)
        by_form(operator, "/alert-channels/chat/test")
        page = operator.get("/alert-channels").text
        assert "A signed webhook at pager.example" in page
        assert "Nolapse: a test" in page
        listed = operator.get("/api/alert-channels").text
        for secret in ("hidden-token", "TOKENTOKEN", HOOK):
            assert secret not in page
            assert secret not in listed
        assert "Send a test" not in surface.signed_in(Role.VIEWER).get("/alert-channels").text
