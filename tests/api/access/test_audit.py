"""The audit trail: who, what, on what, before and after, from where, why; its filters; its exports."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator

import pytest

from db import connection
from db.access import audit, users
from db.portfolio import clients
from db.portfolio.clients import Client
from rules.access import Role
from tests.api.conftest import Surface
from tests.faults.marks import on_sqlite

FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def bakery(surface: Surface) -> int:
    with connection.session():
        return clients.add(Client(name="Bakery", email="a@b.test"))[0]


def newest() -> audit.AuditEntry:
    with connection.session():
        return audit.LIST.page("-id", size=1).rows[0]


def test_a_change_says_how_it_was_and_is_from_where_with_what_and_why(surface: Surface, bakery: int) -> None:
    owner = surface.signed_in(Role.OWNER)
    owner.patch(f"/api/clients/{bakery}", json={"email": "c@d.test"}, headers={"X-Reason": "they\tmoved"})
    entry = newest()
    assert (entry.actor, entry.action, entry.subject) == ("the owner", "client change", f"client {bakery}")
    assert (entry.before, entry.after) == ({"email": "a@b.test"}, {"email": "c@d.test"})
    assert entry.via.startswith("session ")
    assert entry.reason == "they moved"
    assert entry.client_id == bakery
    surface.with_token(Role.OWNER).patch(f"/api/clients/{bakery}", json={"email": "e@f.test"})
    assert newest().via.startswith("token ")
    assert newest().address == "testclient"


def test_what_is_removed_is_still_its_clients_and_says_what_it_was(surface: Surface, bakery: int) -> None:
    owner = surface.signed_in(Role.OWNER)
    domain = owner.post("/api/domains", json={"name": "bakery.test", "client_id": bakery}).json()
    assert newest().client_id == bakery
    owner.delete(f"/api/domains/{domain['id']}")
    assert newest().client_id == bakery
    assert (newest().before or {})["name"] == "bakery.test"


def test_a_pause_gives_its_reason(surface: Surface) -> None:
    surface.signed_in(Role.OPERATOR).post("/api/schedules/domains/pause", json={"because": "the registry moves"})
    assert newest().reason == "the registry moves"


def test_secrets_reach_no_entry(surface: Surface) -> None:
    with connection.session():
        audit.add("ada", "x", "y", {"password": "hunter2"}, before={"a": "nlp_" + "hunter2" * 5}, reason="z")
        (row,) = connection.execute("SELECT details, before FROM audit ORDER BY id DESC LIMIT 1")
    assert "hunter2" not in str(row)


def test_the_database_still_refuses_to_change_an_entry(surface: Surface) -> None:
    surface.signed_in(Role.OWNER)
    with pytest.raises(Exception, match="audit"), connection.session(), connection.transaction():
        connection.execute("UPDATE audit SET before = NULL")


def test_the_trail_is_narrowed_by_each_filter(surface: Surface, bakery: int) -> None:
    with connection.session():
        audit.add("ada", "client change", f"client {bakery}", {})
        audit.add("bob", "retry", "job 1", {})
    owner = surface.signed_in(Role.OWNER)
    everything = owner.get("/api/audit").json()["entries"]
    for query, expected in (
        ("actor=ada", ["client change"]),
        ("action=retry", ["retry"]),
        (f"subject=client+{bakery}", ["client change"]),
        (f"client={bakery}", ["client change"]),
        ("actor=ada&action=retry", []),
        ("until=2020-01-01T00:00:00Z", []),
        ("since=2020-01-01T00:00:00Z", [one["action"] for one in everything]),
    ):
        answer = owner.get(f"/api/audit?{query}")
        assert [one["action"] for one in answer.json()["entries"]] == expected, query
    assert owner.get("/api/audit?since=2020-01-01").status_code == 422, "a moment needs a zone"
    page = owner.get("/audit?actor=ada", headers={"accept": "text/html"}).text
    assert "client change" in page
    assert "retry" not in page
    assert "is no day of the calendar" in owner.get("/audit?since=2020-13-01").text


def test_a_client_with_the_number_of_one_that_is_gone_has_none_of_its_trail(surface: Surface, bakery: int) -> None:
    with connection.session():
        audit.add("ada", "client change", f"client {bakery}", {"secret of": "the bakery"})
        clients.remove(bakery)
        connection.execute(
            "INSERT INTO client (id, name, email, contacts, address, language, currency, zone, created_at)"
            " VALUES (%s, 'Mill', 'm@m.test', '[]', '[]', 'en', 'EUR', 'UTC', {later(1)})",
            bakery,
        )
        within = frozenset({bakery})
        assert audit.LIST.page("-id", **audit.limit(within)).rows == ()
        assert len(audit.LIST.page(client=bakery).rows) == 1


@pytest.mark.parametrize("path", ["/api/audit/export", "/audit/export"])
def test_an_export_is_inert_whole_and_in_the_trail_itself(surface: Surface, path: str) -> None:
    with connection.session():
        for number in range(1, 4):
            audit.add(FORMULA, "retry", "@cmd", {"number": number}, after={"a": "\tb"}, reason="-1")
    owner = surface.signed_in(Role.OWNER)
    answer = owner.get(f"{path}?action=retry")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [json.loads(one["details"])["number"] for one in rows] == [3, 2, 1]
    assert rows[0]["actor"] == f"'{FORMULA}"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t"))]
    lines = owner.get(f"{path}?action=retry&format=jsonl").text.splitlines()
    assert [json.loads(one)["actor"] for one in lines] == [FORMULA] * 3
    assert newest().action == "audit export"
    assert newest().details == {"format": "jsonl", "action": "retry"}


@on_sqlite
def test_an_export_holds_a_part_of_the_trail_at_once(surface: Surface) -> None:
    with connection.session(), connection.transaction():
        connection.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
            " INSERT INTO audit (at, actor, action, subject, details)"
            " SELECT {now}, 'ada', 'retry', 'job', '{{\"x\": \"' || hex(randomblob(500)) || '\"}}' FROM n".replace(
                "{{", "{"
            ).replace("}}", "}")
        )
    tracemalloc.start()
    number = sum(1 for _ in _every())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert number == 5000
    assert peak < 4_000_000, "of some 6 MB"


def _every() -> Iterator[audit.AuditEntry]:
    return audit.every(actor="ada")


def test_who_is_limited_reads_and_exports_the_trail_of_their_clients(surface: Surface, bakery: int) -> None:
    with connection.session():
        mill, _ = clients.add(Client(name="Mill", email="m@m.test"))
        for client_id in (bakery, mill):
            audit.add("ada", "client change", f"client {client_id}", {})
        users.limit_to_clients(surface.people[Role.ADMIN], [bakery])
    admin = surface.signed_in(Role.ADMIN)
    assert [one["subject"] for one in admin.get("/api/audit").json()["entries"]] == [f"client {bakery}"]
    assert admin.get(f"/api/audit?client={mill}").json()["entries"] == []
    exported = admin.get("/api/audit/export?format=jsonl").text.splitlines()
    assert [json.loads(one)["subject"] for one in exported] == [f"client {bakery}"]
