"""Generated from the policy table: routes x roles x limits; forgery; the ids of other clients; the audit trail.

All tests of this file share one database, and each request has a session of its own, so that one may end it.
"""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import settings
from api_stub.security import api_tokens, cookies, csrf, policy, sessions
from db import connection
from db.access import audit, saved_views, signed_links, users
from db.access.signed_links import NewLink
from db.alerting import alert_deliveries, alert_routes, maintenance_windows
from db.billing import billing_items, invoices, line_changes, products, senders, subscriptions
from db.billing.billing_items import BillingItem
from db.billing.products import Product
from db.billing.senders import Sender
from db.billing.subscriptions import Subscription
from db.documents import direct_uploads, documents, previews
from db.documents.documents import NewDocument
from db.ledger import failures, jobs, queue_pauses, runs, schedules, workers
from db.ledger.failures import FailureKey
from db.ledger.transitions import JobOutcome
from db.mail import outbox
from db.mail.outbox import Mail
from db.payments import payments
from db.payments.payments import Payment
from db.portfolio import alerts, clients, domains, endpoints, events
from db.portfolio.clients import Client
from rules.access import Permission, Role, Scope
from rules.access.signed_links import SignedPurpose
from rules.alerts import alert_channels
from rules.alerts.alert_channels import ChannelMessage, DeliveryState
from rules.alerts.routing import AlertRoute, RouteStep
from rules.billing.line_changes import LineChange
from rules.billing.settlement import PaymentSource
from rules.checks.subjects import Subject
from rules.documents import DocumentState
from rules.documents import direct_uploads as direct_upload_rules
from rules.jobs import AttemptOutcome, JobState
from rules.mail.mail_outcomes import MailState
from tasks.billing import billing_due
from tasks.engine.task import find
from tasks.mail import suppressing
from tasks.portfolio import portfolio_removal
from tests.api.conftest import HOME, PASSWORD, Surface, surfaced
from tests.support.ledger import claimed, end

STREAM = ("GET", "/live")  # never ends: its own test asks it
SIGNED = ("GET", "/documents/fetch/{token}")  # answers 403 to whoever has no link: test_documents.py
ALL = sorted(policy.POLICIES.keys() - {STREAM, SIGNED})
ASKING = [key for key in ALL if policy.POLICIES[key].permission is not None]
WRITING = [key for key in ASKING if key[0] != "GET"]
THEIRS = (
    "client_id", "domain_id", "endpoint_id", "invoice_id", "mail_id", "job_id", "alert_id", "payment_id",
    "subscription_id", "item_id", "document_id", "upload_id",
)  # fmt: skip
"""The ids of paths that are about one client."""


@dataclass
class Holdings:
    """A client with one of everything, whose every text has the client's name in it."""

    name: str
    ids: dict[str, int]


def holdings(name: str) -> Holdings:
    client_id, _ = clients.add(Client(name=name.capitalize(), email=f"office@{name}.test"))
    domain_id, _ = domains.add(f"{name}.test", client_id=client_id)
    endpoint_id, _ = endpoints.add(f"www.{name}.test", 443, client_id=client_id)
    invoice = _invoice(name, client_id, domain_id)
    letter = Mail(
        dedupe_key=name, recipient=f"office@{name}.test", subject=name, text=name, html=name, client_id=client_id
    )
    mail_id, _ = outbox.add(letter, host="nolapse.test")
    for subject in (Subject("domain", domain_id, client_id), Subject("endpoint", endpoint_id, client_id)):
        notice = alerts.Notice(kind=f"{subject.kind}_expiry", headline=f"{name} ends", stage=7)
        alerts.reconcile([alerts.Standing(subject=subject, notices=(notice,))])
        events.add(subject, "registrar_changed", name, "other")
    job_id = find("domains.check").enqueue(domain_id=domain_id).job_id
    dead = claimed(find("domains.judge").enqueue(domain_id=domain_id).job_id)
    end(dead, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, f"{name} is dead"))
    audit.add("somebody", "domain change", f"domain {domain_id}", {"name": f"{name}.test"})
    (alert_id,) = connection.execute("SELECT MIN(id) FROM alert WHERE client_id = %s", client_id)[0]
    numbers = (client_id, domain_id, endpoint_id, invoice.id, mail_id, job_id, alert_id, _payment(invoice))
    numbers += _owed(name, client_id)
    numbers += (_document(name, client_id), _upload(name, client_id))
    return Holdings(name, dict(zip(THEIRS, numbers, strict=True)) | {"dead": dead.job_id})


def _payment(invoice: invoices.Invoice) -> int:
    return payments.save(
        Payment(
            client_id=invoice.client_id,
            invoice_id=invoice.id,
            source=PaymentSource.STRIPE,
            key=f"pi_{invoice.client_name}",
            reference=invoice.client_name,
            currency="EUR",
            amount_minor=100,
            received_on=invoice.issued_on,
            recorded_by="stripe",
        )
    )


def _owed(name: str, client_id: int) -> tuple[int, int]:
    (subscription,) = subscriptions.of_client(client_id)
    item = BillingItem(
        client_id=client_id, description=f"{name}.test", price_minor=1, currency="EUR", due_on=date(2026, 11, 1)
    )
    return subscription.id, billing_items.add(item)


def _invoice(name: str, client_id: int, domain_id: int) -> invoices.Invoice:
    today = date(2026, 11, 1)
    subscriptions.subscribe(
        Subscription(
            client_id=client_id,
            domain_id=domain_id,
            description=f"{name}.test",
            price_minor=2900,
            currency="EUR",
            months=12,
            tax_basis_points=0,
            anchor=today,
        )
    )
    lines = billing_due.of_client(client_id, on=today).lines
    with connection.transaction():
        return invoices.issue(client_id, lines, series=name[:3].upper(), on=today, due_days=14)


def _document(name: str, client_id: int) -> int:
    new = NewDocument(
        owner=Subject("client", client_id, client_id),
        name=f"{name}.pdf",
        content_type="application/pdf",
        size=1,
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        storage_key=f"documents/client/{client_id}/{name}",
        added_by=name,
        state=DocumentState.CLEAN,
    )
    document_id = documents.add(new)[0].id
    with connection.transaction():
        previews.save(document_id, image=b"RIFF", width=1, height=1)
    return document_id


def _upload(name: str, client_id: int) -> int:
    key = direct_upload_rules.storage_key(name)
    return direct_uploads.add(
        Subject("client", client_id, client_id), name=f"{name}.pdf", size=1, storage_key=key, added_by=name
    )


@dataclass
class World:
    """The surface, two clients with one of everything, and people of each role: free, and limited to the first."""

    surface: Surface
    mine: Holdings
    others: Holdings
    limited: dict[Role, int]

    def __post_init__(self) -> None:
        self.browser = self.surface.client()

    def cookie(self, user_id: int) -> str:
        with connection.session():
            return sessions.begin(users.get(user_id), how="test", address="192.0.2.1")

    def person(self, role: Role, *, limited: bool = False) -> int:
        return (self.limited if limited else self.surface.people)[role]

    def ask(self, user_id: int, method: str, path: str, **options: Any):
        """Send a request with a new session of somebody, and the token that a page would send along."""
        cookie = self.cookie(user_id)
        headers = {"cookie": f"{cookies.SESSION}={cookie}", csrf.HEADER: csrf.derived(cookie), "origin": HOME}
        return self.browser.request(method, path, headers={**headers, **options.pop("headers", {})}, **options)


@pytest.fixture(scope="module")
def world(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, hashed: str) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("kept")
    url = f"sqlite:///{shutil.copy(_sqlite_template, folder)}"
    connection.connect(url)
    with surfaced(url, hashed) as surface, settings.override(home=folder, alert_channels=CHANNELS):
        with connection.session():
            mine, others = holdings("bakery"), holdings("mill")
            limited = {role: users.add(f"limited {role}", role, password=hashed) for role in Role}
            for user_id in limited.values():
                users.limit_to_clients(user_id, [mine.ids["client_id"]])
        yield World(surface, mine, others, limited)
    connection.database.close()
    connection.database.obj.close_all()


CHANNELS = alert_channels.read({"pager": {"apprise": "jsons://pager.example/"}})
NOBODYS = {
    "channel": "pager",
    "job": "domains.check_all",
    "name": "domains",
    "provider": "nobody",
    "queue": "default",
    "token": "x" * 43,
}
NOBODYS["channel"] = "pager"
NOBODYS["nouns"] = "domains"
NOBODYS["number"] = "1"
NOBODYS |= {"days": "7", "task": "domains.check_all", "worker_id": "nobody"}
GROUP = {"task": "domains.check", "kind": "unnamed", "host": ""}
SETTLED = {"settlement": "arrived", "reason": "the relay's log has it"}
BODIES: dict[str, dict[str, Any]] = {
    "{subscription_id}/pause": {"begin": "2027-01-01"},
    "{subscription_id}/resume": {"begin": "2027-01-01"},
    "{subscription_id}/end": {"until": "2027-01-01"},
    "{subscription_id}/changes": {"quantity": "2"},
    "/api/subscriptions": {"client_id": 999},
    "/api/billing-items": {"client_id": 999},
    "/pause": {"because": "x"},
    "/backfill": {"due_at": "2026-01-01T00:00:00Z"},
    "/api/jobs/{job_id}": {"priority": "bulk"},
    "/api/jobs/retry": {"since": "2026-01-01T00:00:00Z", "error": "what none says"},
    "/api/failures/retry": GROUP,
    "/api/failures/discard": {**GROUP, "because": "x"},
    "/api/failures/note": GROUP,
    "/settlement": SETTLED,
    "/refunds": {"amount": "1", "reason": "x"},
    "{invoice_id}/payments": {"amount": "1", "reference": "x"},
    "{client_id}/credit": {"amount": "1", "currency": "EUR", "reason": "x"},
    "/credit-notes": {"reason": "x"},
    "/bookings": {"invoice": "INV-000001"},
    "/setting-aside": {"why": "x"},
    "/notes": {"note": "n"},
    "/snooze": {"days": 1},
    "/api/domains": {"name": "new.test", "client_id": 999},
    "/api/endpoints": {"host": "new.test", "client_id": 999},
    "/api/endpoints/{endpoint_id}": {"client_id": 999},
}
FORMS = {"/domains": {"what": "check", "item": 999}, "/endpoints/bulk": {"what": "scan", "item": 999}}
FORMS |= {
    "/invoices/{invoice_id}/payments": {
        "amount": "1",
        "reference": "x",
        "received_on": "2026-01-02",
        "key": "a" * 32,
    },
    "/invoices/{invoice_id}/credit": {"reason": "x", "key": "a" * 32},
    "/invoices/{invoice_id}/dunning-pause": {"kind": "pause", "reason": "x"},
    "/payments/{payment_id}/refunds": {"amount": "1", "reason": "x"},
    "/clients/{client_id}/credit": {"amount": "1", "currency": "EUR", "reason": "x", "key": "a" * 32},
    "/invoices/{invoice_id}/credit-use": {"key": "a" * 32},
    "/bank-entries/{entry_id}/bookings": {"invoice": "INV-000001"},
    "/bank-entries/{entry_id}/setting-aside": {"why": "x"},
}
FORMS |= {"/alerts/{alert_id}": {"what": "acknowledged"}}
FORMS |= {
    "/subscriptions/{subscription_id}/pause": {"begin": "2027-01-01"},
    "/subscriptions/{subscription_id}/resume": {"begin": "2027-01-01"},
    "/subscriptions/{subscription_id}/end": {"until": "2027-01-01"},
}
FORMS |= {"/dead/retries": {"job": 999}, "/schedules/{name}/pause": {"because": "x"}}
FORMS |= {"/mail/{mail_id}/settlement": SETTLED}
FORMS |= {
    "/queues/{queue}/pause": {"because": "x"},
    "/schedules/{name}/backfill": {"due_at": "2026-01-01T00:00:00Z"},
    "/jobs/{job_id}/priority": {"priority": "bulk"},
    "/dead/ended/retry": {"hours": "1", "error": "what none says"},
    "/dead/groups/retry": GROUP,
    "/dead/groups/discard": {**GROUP, "because": "x"},
    "/dead/groups/note": GROUP,
}


def filled(path: str, ids: Mapping[str, int | str] | None = None) -> str:
    """Return the path with these ids, or with some that nothing has."""
    return re.sub(r"\{(\w+)\}", lambda found: str((ids or {}).get(found[1], NOBODYS.get(found[1], 999))), path)


def body(method: str, path: str) -> dict[str, Any]:
    if method == "GET" or "{job}" in path:
        return {}
    if (method, path) in policy.PAGES:
        return {"data": FORMS.get(path, {"next": "/"})}
    return {"json": next((one for ending, one in BODIES.items() if path.endswith(ending)), {})}


def allowed(key: tuple[str, str], role: Role, *, limited: bool) -> bool:
    """Tell what the table says; where a request names a task or a schedule, it is one that asks for WORK."""
    asked = policy.POLICIES[key]
    assert asked.permission
    steers = asked.permission is Permission.JOBS and re.search(r"\{(job|name|task)\}|/groups/|/failures/\w+$", key[1])
    return role.may(asked.permission) and not (limited and asked.whole) and (not steers or role.may(Permission.WORK))


@pytest.mark.parametrize("limited", [False, True])
@pytest.mark.parametrize("role", Role)
def test_each_route_lets_in_whom_the_table_names_and_nobody_else(world: World, role: Role, *, limited: bool) -> None:
    user_id, wrong = world.person(role, limited=limited), list[str]()
    for method, path in ASKING:
        status = world.ask(user_id, method, filled(path), **body(method, path)).status_code
        assert status < 500, (method, path)
        if (status != 403) != allowed((method, path), role, limited=limited):
            wrong.append(f"{method} {path}: {status}")
    assert not wrong


@pytest.mark.parametrize(
    ("role", "scopes"), [*((role, tuple(Scope)) for role in Role), *((Role.OWNER, (scope,)) for scope in Scope)]
)
def test_a_token_opens_no_more_than_its_role_its_limit_and_its_scopes(
    world: World, role: Role, scopes: tuple[Scope, ...]
) -> None:
    with connection.session():
        token = api_tokens.add(world.person(role), "t", scopes=scopes, client_ids=[world.mine.ids["client_id"]])
    headers, wrong = {"authorization": f"Bearer {token}"}, list[str]()
    for method, path in ASKING:
        status = world.browser.request(method, filled(path), headers=headers, **body(method, path)).status_code
        expected = allowed((method, path), role, limited=True) and policy.POLICIES[method, path].scope in scopes
        if (status != 403) != expected:
            wrong.append(f"{method} {path}: {status}")
    assert not wrong


def test_forged_requests_are_refused_whatever_the_cookie(world: World) -> None:
    owner = world.person(Role.OWNER)
    cookie, foreign, stale = world.cookie(owner), world.cookie(world.person(Role.ADMIN)), world.cookie(owner)
    with connection.session():
        sessions.end(stale)
    token = csrf.derived(cookie)
    forged = (
        {},
        {csrf.HEADER: ""},
        {csrf.HEADER: csrf.derived(foreign)},
        {csrf.HEADER: csrf.derived(stale)},
        {csrf.HEADER: token, "origin": "https://evil.example"},
        {csrf.HEADER: token, "origin": "null"},
        {csrf.HEADER: token, "origin": HOME + ".evil.example"},
        {csrf.HEADER: token, "sec-fetch-site": "cross-site"},
    )
    before = trail()
    for method, path in WRITING:
        for headers in forged:
            own = {} if "sec-fetch-site" in headers else {"origin": HOME}
            sent = {"cookie": f"{cookies.SESSION}={cookie}", **own, **headers}
            answer = world.browser.request(method, filled(path), headers=sent, **body(method, path))
            assert answer.status_code == 403, (method, path, headers)
            assert answer.json()["type"] in ("/problems/csrf", "/problems/cross-site")
    assert trail() == before


def trail() -> int:
    with connection.session():
        return connection.execute("SELECT MAX(id) FROM audit")[0][0]


WITH_AN_ID = [key for key in ASKING if re.search(rf"\{{({'|'.join(THEIRS)})\}}", key[1])]


def test_another_clients_ids_in_a_path_are_what_does_not_exist(world: World) -> None:
    assert len(WITH_AN_ID) > 20
    before = trail()
    for method, path in WITH_AN_ID:
        owner = world.person(Role.OWNER, limited=True)
        theirs = world.ask(owner, method, filled(path, world.others.ids), **body(method, path))
        nothing = world.ask(owner, method, filled(path), **body(method, path))
        assert (theirs.status_code, nothing.status_code) == (404, 404), (method, path, theirs.text)
        number = str(next(iter(world.others.ids[name] for name in re.findall(r"\{(\w+)\}", path))))
        assert theirs.json()["detail"].replace(number, "999") == nothing.json()["detail"], path
        if method == "GET" and not path.endswith(("/document", "/e-invoice", "/file")):
            assert world.ask(owner, method, filled(path, world.mine.ids)).status_code == 200, path
    assert [one.action for one in entries(before) if one.action != "sign-in"] == []


def entries(after: int) -> list[audit.AuditEntry]:
    with connection.session():
        return [one for one in audit.LIST.page("-id", size=500).rows if one.id > after]


def test_another_clients_things_are_not_there_for_changes_of_many(world: World) -> None:
    mine, others, owner = world.mine.ids, world.others.ids, world.person(Role.OWNER, limited=True)
    before = trail()
    for nouns, changed in (("clients", {"email": "x@y.test"}), ("domains", {"decision": "lapse"})):
        number = others[f"{nouns.removesuffix('s')}_id"]
        for there in (number, 999):
            answer = world.ask(owner, "PATCH", f"/api/bulk/{nouns}", json={"items": [{"id": there, **changed}]})
            removal = world.ask(owner, "POST", f"/api/bulk/{nouns}/removal", json={"ids": [there]})
            assert [one.json()["results"][0]["status"] for one in (answer, removal)] == [404, 404], nouns
    moved = [{"id": mine["domain_id"], "client_id": others["client_id"]}]
    new = [{"name": "new.test", "client_id": others["client_id"]}]
    for method, items in (("PATCH", moved), ("POST", new)):
        answer = world.ask(owner, method, "/api/bulk/domains", json={"items": items})
        assert answer.json()["results"][0]["status"] == 404
    assert (
        world.ask(owner, "POST", "/api/bulk/clients", json={"items": [{"name": "x", "email": "x@y.test"}]}).status_code
        == 403
    )
    assert [one.action for one in entries(before) if one.action != "sign-in"] == []


def test_another_clients_ids_in_a_body_are_what_does_not_exist(world: World) -> None:
    mine, others, owner = world.mine.ids, world.others.ids, world.person(Role.OWNER, limited=True)
    client = {"client_id": others["client_id"]}
    requests = [
        ("POST", "/api/domains", {"json": {"name": "new.test", **client}}),
        ("POST", "/api/endpoints", {"json": {"host": "new.test", **client}}),
        ("PATCH", f"/api/domains/{mine['domain_id']}", {"json": client}),
        ("PATCH", f"/api/endpoints/{mine['endpoint_id']}", {"json": client}),
        ("POST", "/api/triggers/domains.check", {"json": {"domain_id": others["domain_id"]}}),
        ("POST", "/api/triggers/certificates.scan", {"json": {"endpoint_id": others["endpoint_id"]}}),
        ("POST", "/api/triggers/invoices.bill", {"json": {"client_id": others["client_id"]}}),
        ("POST", "/api/triggers/invoices.document", {"json": {"invoice_id": others["invoice_id"]}}),
        ("POST", "/api/triggers/mail.send", {"json": {"mail_id": others["mail_id"]}}),
        ("POST", "/api/triggers/alerts.tell", {"json": {"alert_id": others["alert_id"]}}),
        ("POST", "/api/triggers/virus_scans.scan", {"json": {"document_id": others["document_id"]}}),
        ("POST", "/api/triggers/direct_uploads.take", {"json": {"upload_id": others["upload_id"]}}),
        ("POST", "/api/triggers/domains.check_all", {"json": {}}),
        ("POST", "/api/triggers/domains.check_all?dry_run=true", {"json": {}}),
        ("POST", "/api/account/tokens", {"json": {"name": "t", "scopes": ["read"], "clients": [others["client_id"]]}}),
        ("POST", "/account/tokens", {"data": {"name": "t", "scope": "read", "clients": str(others["client_id"])}}),
        ("POST", "/domains", {"data": {"what": "check", "item": [mine["domain_id"], others["domain_id"]]}}),
        ("POST", "/domains", {"data": {"what": "decide", "item": [mine["domain_id"], others["domain_id"]]}}),
        ("POST", "/dead/retries", {"data": {"job": [others["dead"]]}}),
    ]
    before = trail()
    for method, path, options in requests:
        answer = world.ask(owner, method, path, **options)
        assert answer.status_code == 404, (path, options, answer.text)
    triggered = {name for name, task in tasks_about_clients()}
    asked = {path.rpartition("/")[2] for _, path, _ in requests if "/triggers/" in path}
    assert {task.about for name, task in tasks_about_clients() if name in asked} == {
        task.about for _, task in tasks_about_clients()
    }, triggered
    assert [one.action for one in entries(before) if one.action != "sign-in"] == [], "half of it was done"


def tasks_about_clients():
    from tasks.engine.task import declared

    return [(name, one) for name, one in declared().items() if one.about]


def test_a_name_that_is_taken_elsewhere_is_all_that_is_told(world: World) -> None:
    owner, client_id = world.person(Role.OWNER, limited=True), world.mine.ids["client_id"]
    for path, given in (("/api/domains", {"name": "mill.test"}), ("/api/endpoints", {"host": "www.mill.test"})):
        answer = world.ask(owner, "POST", path, json={**given, "client_id": client_id})
        assert answer.status_code == 409
        assert not re.search(r"(domain|endpoint) \d", answer.json()["detail"])


READING = [key for key in ASKING if key[0] == "GET" and not policy.POLICIES[key].whole]
QUERIES = (
    "", "?client={client_id}", "?q=mill", "?q={job_id}", "?name=mill.test", "?name=Mill", "?host=www.mill.test",
    "?to=office@mill.test", "?state=queued", "?state=dead", "?task=domains.check", "?show=newest", "?within=60",
    "?kind=domain_expiry", "?kind=endpoint_expiry", "?show=undocumented", "?subject=domain+{domain_id}",
    "?actor=somebody", "?format=jsonl", "?sort=name", "?sort=-id",
)  # fmt: skip


@pytest.mark.parametrize("role", Role)
def test_no_answer_says_anything_of_another_client(world: World, role: Role) -> None:
    user_id, seen = world.person(role, limited=True), set[str]()
    queries = [one.format(**world.others.ids) for one in QUERIES]
    for method, path in READING:
        asked = queries if role is Role.OWNER else queries[:1]
        for query in asked if not re.search(r"_id\}", path) else [""]:
            answer = world.ask(user_id, method, filled(path, world.mine.ids) + query)
            # What was asked for is shown again in the form and in links.
            said = re.sub(r'(value|href)="[^"]*"|<small>mill</small>|<code>.*?</code>', "", answer.text.lower())
            named = "mill" in query.lower()
            assert "mill" not in said or (named and said.count("mill") <= 2 and "office" not in said), (path, query)
            if "bakery" in said:
                seen.add(path)
    listed = {"/", "/clients", "/invoices", "/mail", "/alerts", "/api/domains", "/api/endpoints", "/api/clients"}
    listed |= {"/domains", "/endpoints"} if role is Role.OWNER else set()  # by themselves they list what was checked
    assert listed <= seen, f"what is theirs must be there: {listed - seen}"


def test_counts_are_of_ones_own_clients(world: World) -> None:
    owner = world.person(Role.OWNER, limited=True)
    free, own = (world.ask(one, "GET", "/").text for one in (world.person(Role.OWNER), owner))
    for what in ("invoices without a document", "jobs given up"):
        assert number_before(what, free) == 2
        assert number_before(what, own) == 1
    assert {one["id"] for one in world.ask(owner, "GET", "/api/jobs").json()["jobs"]} >= {world.mine.ids["job_id"]}
    assert world.ask(owner, "GET", "/api/runs").json()["runs"] == []
    names = {one["name"] for one in world.ask(owner, "GET", "/api/triggers").json()}
    assert "domains.check" in names
    assert "domains.check_all" not in names


def number_before(what: str, html: str) -> int:
    found = re.search(rf"<strong>(\d+)</strong> <span>{what}", html)
    assert found, f"{what} is not on the page"
    return int(found[1])


def test_metrics_are_refused_to_who_is_limited(world: World) -> None:
    for limited, expected in ((False, 200), (True, 403)):
        with connection.session():
            token = api_tokens.add(world.person(Role.OWNER, limited=limited), "m", scopes=[Scope.METRICS])
        assert world.browser.get("/metrics", headers={"authorization": f"Bearer {token}"}).status_code == expected


def test_money_is_changed_by_those_alone_who_may(world: World) -> None:
    bill = "/api/triggers/invoices.bill"
    for role in Role:
        answer = world.ask(world.person(role), "POST", bill, json={"client_id": world.mine.ids["client_id"]})
        assert (answer.status_code == 202) == role.may(Permission.MONEY), (role, answer.text)
        answer = world.ask(world.person(role), "POST", "/api/schedules/invoices/pause", json={"because": "audit"})
        assert (answer.status_code == 200) == role.may(Permission.MONEY), (role, answer.text)
    with connection.session():
        job = next(one for one in jobs.newest(task="invoices.bill"))
    assert world.ask(world.person(Role.OPERATOR), "POST", f"/jobs/{job.id}/cancel").status_code == 403
    assert world.ask(world.person(Role.BILLING), "POST", f"/jobs/{job.id}/cancel").status_code == 303
    check = f"/api/jobs/{world.mine.ids['job_id']}/cancel"
    assert world.ask(world.person(Role.BILLING), "POST", check).status_code == 403


def test_an_admin_makes_and_removes_no_owner(world: World) -> None:
    admin, owner = world.person(Role.ADMIN), world.person(Role.OWNER)
    for role in Role:
        given = {"name": f"new {role}", "email": f"{role}@new.test", "role": role}
        answer = world.ask(admin, "POST", "/api/users/invite", json=given)
        assert answer.status_code == (403 if role is Role.OWNER else 201), (role, answer.text)
        account = {"name": f"program {role}", "role": role}
        answer = world.ask(admin, "POST", "/api/service-accounts", json=account)
        assert answer.status_code == (403 if role is Role.OWNER else 201), (role, answer.text)
    assert world.ask(admin, "DELETE", f"/api/users/{owner}/second-factor").status_code == 403
    assert world.ask(admin, "POST", f"/api/users/{owner}/invite").status_code == 403
    program = world.ask(owner, "POST", "/api/service-accounts", json={"name": "root", "role": "owner"}).json()
    path = f"/api/service-accounts/{program['id']}"
    assert world.ask(admin, "POST", f"{path}/tokens", json={"name": "t", "scopes": ["read"]}).status_code == 403
    assert world.ask(admin, "DELETE", path).status_code == 403


NO_ENTRY = {
    ("POST", "/lists/page-size"): "how many rows of a list somebody sees, which is kept with the person",
    ("POST", "/theme"): "the colours of a browser, kept in its own cookie",
    (
        "POST",
        "/api/auth/signin/email",
    ): "it queues a job, for every address alike; whoever uses the link is in the trail",
    ("POST", "/sign-in/mail"): "the same",
    ("POST", "/api/auth/reset"): "the same",
    ("POST", "/reset"): "the same",
    ("POST", "/api/auth/signin/{provider}"): "it only leads to the provider; who comes back is in the trail",
    ("POST", "/sign-in/with/{provider}"): "the same",
    ("POST", "/api/account/identities/{provider}"): "the same",
    ("POST", "/account/identities/{provider}/link"): "the same",
    ("POST", "/pay/{token}"): "a client's link, whose own row says when it was used, and the attempt's who asked",
    ("POST", "/webhooks/stripe"): "the service's own word, which is kept whole",
    ("POST", "/webhooks/mail"): "the relay's own word, of which its mail keeps a notice",
    ("POST", "/webhooks/sns"): "the same of SES",
    ("POST", "/letters/{name}/preview"): "it shows words that are not saved",
    ("POST", "/api/documents/{document_id}/links"): "the link's own row says who asked and who fetched",
    ("POST", "/api/lookups"): "it asks and changes nothing; its own row says who asked",
    ("POST", "/lookups"): "the same",
    ("POST", "/api/account/second-factor"): "it shows a secret that does not count before a code of it was seen",
    ("POST", "/account/second-factor"): "the same",
    ("POST", "/api/account/passkeys/options"): "a challenge, which counts for nothing before it is answered",
    ("POST", "/api/auth/passkey/options"): "the same",
}
"""What succeeds and is not in the trail, and why."""

_PAYING = re.compile(
    r"/invoices/.*/(charges|pay|links|dun|credit-use)|/pay|/webh.*/|/bank-|/clients/.*/(credit|vat-id-checks)$|/products/.*/price-raise$"
)
_PAYING_API = re.compile(r"/api/(invoices/.*/(charges|payments|credit-use)$|payments/|bank-|clients/.*/credit$)")
TESTS = Path(__file__).parents[2]
ELSEWHERE = {
    ("PUT", "/api/auth/reset"): "api/security/test_mailed_links.py",
    ("POST", "/reset/{token}"): "api/security/test_mailed_links.py",
    ("POST", "/invitation/{token}"): "api/security/test_mailed_links.py",
    ("POST", "/sign-in/mailed/{token}"): "api/security/test_mailed_links.py",
    ("POST", "/sign-in/link/{token}"): "api/access/test_sign_in.py",
    ("POST", "/second-factor"): "api/security/test_second_factor.py",
    ("POST", "/second-factor/set-up"): "api/security/test_second_factor.py",
    ("PUT", "/api/account/second-factor"): "api/security/test_second_factor.py",
    ("POST", "/api/account/second-factor/recovery-codes"): "api/security/test_second_factor.py",
    ("POST", "/api/account/second-factor/removal"): "api/security/test_second_factor.py",
    ("DELETE", "/api/users/{user_id}/second-factor"): "api/security/test_second_factor.py",
    ("POST", "/users/{user_id}/second-factor/reset"): "api/security/test_second_factor.py",
    ("POST", "/account/second-factor/confirm"): "api/security/test_second_factor.py",
    ("POST", "/account/second-factor/recovery-codes"): "api/security/test_second_factor.py",
    ("POST", "/account/second-factor/remove"): "api/security/test_second_factor.py",
    ("DELETE", "/api/account/identities/{identity_id}"): "api/access/test_providers.py",
    ("POST", "/account/identities/{identity_id}/unlink"): "api/access/test_providers.py",
    **dict.fromkeys((key for key in ALL if key[0] != "GET" and "passkey" in key[1]), "api/access/test_passkeys.py"),
    **dict.fromkeys(
        (key for key in ALL if key[0] == "POST" and _PAYING.match(key[1])),
        "dashboard/payments/test_payments.py",
    ),
    **dict.fromkeys(
        (key for key in ALL if key[0] == "POST" and _PAYING_API.match(key[1])), "api/payments/test_payments.py"
    ),
    ("POST", "/answer/{token}"): "api/alerting/test_alerts.py",
    ("POST", "/clients/{client_id}/status-links/{link_id}/withdraw"): "dashboard/client_pages/test_client_status.py",
    ("POST", "/unsubscribe/{token}"): "api/test_client_notices.py",
    ("POST", "/api/documents"): "api/documents/test_uploads.py",
    ("POST", "/documents"): "api/documents/test_uploads.py",
    ("POST", "/api/direct-uploads"): "api/documents/test_direct_uploads.py",
    ("POST", "/first-steps/mail"): "api/security/test_first_owner.py",
    ("POST", "/first-owner/{token}"): "api/security/test_first_owner.py",
    ("POST", "/first-owner/{token}/passkey"): "api/security/test_first_owner.py",
}
"""What needs more than one request; these tests look into the trail themselves."""


def tomorrow() -> str:
    return (datetime.now(UTC) + timedelta(days=1)).isoformat()


@dataclass
class Examples:
    """A request for each route that is to succeed; what it changes or removes is made for it."""

    world: World
    number: int = 0
    missed: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    holder: int = 0
    document: int = 0

    def of(self, key: tuple[str, str]) -> tuple[str, dict[str, Any]]:
        """Return its path and its body."""
        self.number += 1
        word = f"n{self.number}"
        path, given = key[1], self._bodies(word).get(key, {})
        with connection.session():
            ids = {name: str(self._made(name, word, path)) for name in re.findall(r"\{(\w+)\}", path)}
        how = "json" if path.startswith("/api/") else "data"
        return filled(path, ids), {how: given} if given or (how == "json" and key[0] != "DELETE") else {}

    def _bodies(self, word: str) -> dict[tuple[str, str], dict[str, Any]]:
        mine, named = self.world.mine.ids, {"name": f"{word}", "role": "viewer"}
        person = {**named, "email": f"{word}@new.test"}
        token = {"name": word, "scopes": ["read"]}
        secret = {"name": "the owner", "password": PASSWORD}
        decided = {"decision": "manual"}
        route = {"name": word, "steps": [{"roles": ["owner"]}]}
        window = {"subject_kind": "client", "subject_id": mine["client_id"], "ends_at": tomorrow()}
        return {
            ("POST", "/lists/{name}/views"): {"view": word},
            ("POST", "/views/{view_id}"): {"view": f"{word} again"},
            ("POST", "/api/alerts/{alert_id}/snooze"): {"days": 1},
            ("POST", "/api/alerts/{alert_id}/notes"): {"note": word},
            ("POST", "/alerts/{alert_id}"): {"what": "noted", "note": word},
            ("POST", "/api/alert-routes"): route,
            ("PUT", "/api/alert-routes/{route_id}"): route,
            ("POST", "/alert-routes"): {"name": word, "roles": "owner"},
            ("POST", "/api/maintenance"): window,
            ("POST", "/maintenance"): {"kind": "client", "number": mine["client_id"], "hours": 2},
            ("POST", "/api/auth/signin/credentials"): secret,
            ("POST", "/api/sessions"): secret,
            ("POST", "/sign-in"): secret,
            ("PUT", "/api/account/password"): {"current": PASSWORD, "new": PASSWORD},
            ("POST", "/account/password"): {"current": PASSWORD, "new": PASSWORD, "again": PASSWORD},
            ("POST", "/api/account/tokens"): token,
            ("POST", "/account/tokens"): {"name": word, "scope": "read"},
            ("POST", "/api/users/invite"): person,
            ("POST", "/users/invite"): person,
            ("POST", "/api/service-accounts"): named,
            ("POST", "/service-accounts"): named,
            ("POST", "/api/service-accounts/{user_id}/tokens"): token,
            ("POST", "/service-accounts/{user_id}/tokens"): {"name": word, "scope": "read"},
            ("PATCH", "/api/schedules/{name}"): {"cron": "5 5 * * *"},
            ("POST", "/api/schedules/{name}/pause"): {"because": word},
            ("POST", "/schedules/{name}/pause"): {"because": word},
            ("POST", "/schedules/{name}/times"): {"cron": "6 6 * * *"},
            ("POST", "/api/schedules/{name}/backfill"): {"due_at": self._missed()},
            ("POST", "/schedules/{name}/backfill"): {"due_at": self._missed()},
            ("POST", "/invoices/{invoice_id}/credit"): {"reason": word, "key": "a" * 32},
            ("POST", "/api/invoices/{invoice_id}/credit-notes"): {"reason": word},
            ("POST", "/api/clients"): {"name": word, "email": "a@b.test"},
            ("PATCH", "/api/clients/{client_id}"): {"email": "c@d.test"},
            ("POST", "/api/domains"): {"name": f"{word}.test", "client_id": mine["client_id"]},
            ("PATCH", "/api/domains/{domain_id}"): decided,
            ("POST", "/domains/{domain_id}"): decided,
            ("POST", "/domains"): {"what": "decide", "item": [mine["domain_id"]], **decided},
            ("POST", "/domains/new"): {"name": f"new-{word}.test", "client": "Bakery"},
            ("POST", "/clients"): {"name": word, "email": "a@b.test"},
            ("POST", "/clients/{client_id}"): {"email": "c@d.test"},
            ("POST", "/endpoints"): {"host": f"page-{word}.test", "client": "Bakery"},
            ("POST", "/endpoints/{endpoint_id}"): {"client": "Bakery"},
            ("POST", "/endpoints/bulk"): {"what": "scan", "item": [mine["endpoint_id"]]},
            ("POST", "/import"): {"text": f"client,email,domain\n{word},a@b.test,csv-{word}.test\n", "sure": "true"},
            ("POST", "/api/endpoints"): {"host": f"{word}.test", "client_id": mine["client_id"]},
            ("PATCH", "/api/endpoints/{endpoint_id}"): {"client_id": mine["client_id"]},
            ("POST", "/dead/retries"): {"job": [self._dead(word)]},
            **self._failures(word),
            ("PATCH", "/api/jobs/{job_id}"): {"priority": "bulk"},
            ("POST", "/jobs/{job_id}/priority"): {"priority": "bulk"},
            ("POST", "/api/queues/{queue}/pause"): {"because": word},
            ("POST", "/queues/{queue}/pause"): {"because": word},
            ("POST", "/tasks/{task}"): {"reason": word},
            ("PUT", "/api/letters/{name}/{language}"): {"own": {"headline": word}},
            ("POST", "/letters/{name}"): {"headline": word},
            ("POST", "/api/mails/{mail_id}/settlement"): SETTLED,
            ("POST", "/mail/{mail_id}/settlement"): SETTLED,
            ("POST", "/api/suppressions"): {"address": f"{word}@new.test", "why": word},
            ("POST", "/suppressions"): {"address": f"{word}@new.test", "why": word},
            ("PATCH", "/api/account"): {"full_name": word},
            ("POST", "/account/profile"): {"zone": "UTC", "language": "en", "full_name": word},
            ("PATCH", "/api/users/{user_id}"): {"role": "operator"},
            ("POST", "/users/{user_id}/role"): {"role": "operator"},
            ("POST", "/users/{user_id}/clients"): {"limited": "true", "names": "Bakery"},
            ("POST", "/users/{user_id}/second-factor/require"): {"required": "true"},
            ("POST", "/first-steps/import"): {
                "text": f"client,email,domain\n{word},a@b.test,csv-{word}.test\n",
                "sure": "true",
            },
            ("POST", "/api/bulk/{nouns}"): {"items": [{"name": f"bulk-{word}.test", "client_id": mine["client_id"]}]},
            ("PATCH", "/api/bulk/{nouns}"): {"items": [{"id": mine["domain_id"], **decided}]},
            ("POST", "/api/bulk/{nouns}/removal"): {"ids": [self._domain(f"gone-{word}")]},
            **self._billing(word),
        }

    def _missed(self) -> str:
        """Return a moment that the schedule of ``NOBODYS`` skipped."""
        with connection.session(), connection.transaction():
            self.missed += timedelta(minutes=1)
            schedules.decide(NOBODYS["name"], self.missed, "skipped", "x")
        return self.missed.isoformat()

    def _failures(self, word: str) -> dict[tuple[str, str], dict[str, Any]]:
        """Return what is done to a group, of which there is always one."""
        because = {**GROUP, "because": word}
        return {
            ("POST", "/api/jobs/retry"): {"since": "2026-01-01T00:00:00Z"},
            ("POST", "/dead/ended/retry"): {"hours": "1"},
            ("POST", "/api/failures/retry"): GROUP,
            ("POST", "/api/failures/discard"): because,
            ("PUT", "/api/failures/note"): {**GROUP, "note": word},
            ("POST", "/dead/groups/retry"): GROUP,
            ("POST", "/dead/groups/discard"): because,
            ("POST", "/dead/groups/note"): {**GROUP, "note": word},
        }

    def _billing(self, word: str) -> dict[tuple[str, str], dict[str, Any]]:
        product, sender = {"code": word, "name": word}, {"name": word, "series": "X"}
        mine = self.world.mine.ids["client_id"]
        owed = {"description": word, "price": "1", "tax": "0"}
        subscription = {**owed, "interval": "P1M", "start": "2026-11-01"}
        given: dict[str, dict[str, Any]] = {
            "/products": product,
            "/products/{product_id}": product,
            "/products/{product_id}/prices": {"currency": "EUR", "begin": "2027-01-01", "price": "1"},
            "/coupons": {"code": word, "discount": "10%"},
            "/senders": sender,
            "/senders/{sender_id}": sender,
            "/clients/{client_id}/billing": {"country": "DE"},
            "/subscriptions/{subscription_id}/changes": {"begin": "2027-01-01", "quantity": "2"},
            "/subscriptions/{subscription_id}/periods/{number}": {"quantity": "2", "reason": word},
            "/subscriptions/{subscription_id}/pause": {"begin": "2027-01-01"},
            "/subscriptions/{subscription_id}/resume": {"begin": "2027-01-01"},
            "/subscriptions/{subscription_id}/end": {"until": "2027-01-01"},
        }
        methods = ("POST", "PUT")
        return {
            **{(method, f"/api{path}"): body for method in methods for path, body in given.items()},
            **{("POST", path): body for path, body in given.items()},
            ("POST", "/api/subscriptions"): {**subscription, "client_id": mine},
            ("POST", "/subscriptions"): {**subscription, "client": str(mine)},
            ("POST", "/api/billing-items"): {**owed, "client_id": mine},
            ("POST", "/billing-items"): {**owed, "client": str(mine)},
        }

    def _made(self, what: str, word: str, path: str) -> int | str:
        makers: dict[str, Callable[[], int | str]] = {
            "client_id": lambda: clients.add(Client(name=word, email="a@b.test"))[0],
            "domain_id": lambda: self._domain(word),
            "endpoint_id": lambda: endpoints.add(f"{word}.test", 443, client_id=self.world.mine.ids["client_id"])[0],
            "alert_id": lambda: self._alert(word),
            "route_id": lambda: (
                alert_routes.add(AlertRoute(id=0, name=word, steps=(RouteStep(roles=frozenset({Role.OWNER})),))).id
            ),
            "window_id": self._window,
            "delivery_id": self._delivery,
            "invoice_id": lambda: self._invoice(word),
            "job_id": lambda: self._job(word, path),
            "run_id": lambda: self._run(word),
            "discard_id": lambda: self._discard(word),
            "worker_id": lambda: self._worker(word),
            "queue": lambda: self._queue(path),
            "task": lambda: "domains.check_all",
            "product_id": lambda: products.add(Product(code=f"p-{word}", name=word)),
            "sender_id": lambda: senders.add(Sender(name=f"s-{word}", series="X")),
            "subscription_id": lambda: self._subscription(word, changed="restoration" in path or "/change" in path),
            "item_id": lambda: self._item(word),
            "document_id": lambda: self._document(word, deleted="restore" in path),
            "upload_id": lambda: _upload(word, self.world.mine.ids["client_id"]),
            "link_id": self._link,
            "session_id": self._session,
            "mail_id": lambda: self._unknown(word),
            "suppression_id": lambda: suppressing.suppress(f"{word}@x.test", why=word, days=None, actor="ada").id,
            "user_id": lambda: self._user(word, service="service" in path),
            "token_id": lambda: self._token(self.holder if "{user_id}" in path else self.owner, word),
            "view_id": lambda: self._view(word),
            "language": lambda: "en",
            "name": lambda: "invoice" if "letters" in path else NOBODYS["name"],
            "token": lambda: sessions.link(users.get(self.owner)).rpartition("/")[2],
        }
        return makers[what]() if what in makers else NOBODYS[what]

    @property
    def owner(self) -> int:
        return self.world.person(Role.OWNER)

    def _invoice(self, word: str) -> int:
        client_id = clients.add(Client(name=word, email="a@b.test"))[0]
        return _invoice(word, client_id, domains.add(f"{word}.test", client_id=client_id)[0]).id

    def _domain(self, word: str) -> int:
        with connection.session():
            return domains.add(f"{word}.test", client_id=self.world.mine.ids["client_id"])[0]

    def _unknown(self, word: str) -> int:
        letter = Mail(dedupe_key=word, recipient=f"{word}@new.test", subject=word, text=word, html=word)
        mail_id, _ = outbox.add(letter, host="nolapse.test")
        outbox.ended(mail_id, MailState.UNKNOWN, reply=None)
        return mail_id

    def _subscription(self, word: str, *, changed: bool) -> int:
        number = subscriptions.subscribe(
            Subscription(
                client_id=self.world.mine.ids["client_id"],
                description=word,
                price_minor=1,
                currency="EUR",
                months=1,
                anchor=date(2026, 11, 1),
            )
        )
        if changed:
            line_changes.put(LineChange(subscription_id=number, number=1, omitted=True, reason=word))
        return number

    def _item(self, word: str) -> int:
        mine = self.world.mine.ids["client_id"]
        return billing_items.add(
            BillingItem(client_id=mine, description=word, price_minor=1, currency="EUR", due_on=date(2026, 11, 1))
        )

    def _alert(self, word: str) -> int:
        subject = Subject("domain", self._domain(word), self.world.mine.ids["client_id"])
        notice = alerts.Notice(kind="domain_expiry", headline=word)
        return alerts.reconcile([alerts.Standing(subject=subject, notices=(notice,))])[0]

    def _delivery(self) -> int:
        now = datetime.now(UTC)
        made = alert_deliveries.add("pager", ChannelMessage("t", "b", "alerts.told", {}), at=now)
        alert_deliveries.ended(made, DeliveryState.FAILED, said="", at=now)
        return made

    def _window(self) -> int:
        now = datetime.now(UTC)
        return maintenance_windows.add(
            "client",
            self.world.mine.ids["client_id"],
            begins_at=now,
            ends_at=now + timedelta(days=1),
            reason="",
            made_by="",
        ).id

    def _document(self, word: str, *, deleted: bool) -> int:
        self.document = _document(word, self.world.mine.ids["client_id"])
        if deleted:
            documents.mark_deleted(self.document, by=word)
        return self.document

    def _link(self) -> int:
        subject = Subject("document", self.document)
        return signed_links.add(
            NewLink(purpose=SignedPurpose.DOCUMENT, subject=subject, holds_s=60, created_by="somebody")
        )

    def _view(self, word: str) -> int:
        saved_views.save(self.owner, "domains", word, text="", sort="")
        return next(one.id for one in saved_views.of(self.owner, "domains") if one.name == word)

    def _session(self) -> int:
        sessions.begin(users.get(self.owner), how="test", address="192.0.2.1")
        return connection.execute("SELECT MAX(id) FROM session")[0][0]

    def _user(self, word: str, *, service: bool) -> int:
        add = users.add_service if service else users.add
        self.holder = add(word, Role.VIEWER, **({} if service else {"email": f"{word}@new.test"}))
        return self.holder

    def _run(self, word: str) -> int:
        run_id = runs.open_("domains.check_all", then=None)
        connection.changed("UPDATE job SET run_id = %s WHERE id = %s", run_id, self._dead(word))
        return run_id

    def _discard(self, word: str) -> int:
        self._dead(word)
        return failures.discard(JobState.DEAD, FailureKey(**GROUP), because=word, by=word).id

    def _worker(self, word: str) -> str:
        workers.started(word, host="here", pid=1, queues=["mail"])
        return word

    def _queue(self, path: str) -> str:
        if "resume" in path:
            queue_pauses.pause("mail", because="x", by="y")
        return "mail"

    def _job(self, word: str, path: str) -> int:
        if "removals" in path:
            return portfolio_removal.ask("domain", [self._domain(word)], by=word).job_id
        return self._dead(word) if "retry" in path else self._queued(word)

    def _queued(self, word: str) -> int:
        return find("domains.check").enqueue(domain_id=self._domain(word)).job_id

    def _dead(self, word: str) -> int:
        with connection.session():
            job = claimed(self._queued(f"dead-{word}"))
            end(job, JobOutcome(JobState.DEAD, AttemptOutcome.DEAD, "dead"))
            return job.job_id

    def _token(self, user_id: int, word: str) -> int:
        api_tokens.add(user_id, word, scopes=[Scope.READ])
        return connection.execute("SELECT MAX(id) FROM api_token")[0][0]


CHANGING = [key for key in ALL if key[0] != "GET" and not {key} & (NO_ENTRY.keys() | ELSEWHERE.keys())]


def test_whatever_changes_something_is_in_the_trail_with_from_where(world: World) -> None:
    made, owner, wrong = Examples(world), world.person(Role.OWNER), list[tuple[object, ...]]()
    for key in CHANGING:
        path, options = made.of(key)
        before = trail()
        answer = world.ask(owner, key[0], path, **options)
        written = [one for one in entries(before) if one.details.get("how") != "test"]
        if answer.status_code >= 400 or not written or not all(one.address for one in written):
            wrong.append((key, answer.status_code, answer.text[:300], written))
    assert not wrong, "what succeeds writes an entry with from where, or NO_ENTRY says why not"


POSTED = [
    key for key in CHANGING if key[0] == "POST" and key[1].startswith("/api/") and policy.POLICIES[key].permission
]


def test_every_post_that_comes_twice_with_its_key_is_done_once(world: World) -> None:
    made, owner, wrong = Examples(world), world.person(Role.OWNER), list[tuple[object, ...]]()
    for number, key in enumerate(POSTED):
        path, options = made.of(key)
        headers = {"Idempotency-Key": f"sent-twice-{number}"}
        first = world.ask(owner, "POST", path, headers=headers, **options)
        before = trail()
        second = world.ask(owner, "POST", path, headers=headers, **options)
        written = [one for one in entries(before) if one.details.get("how") != "test"]
        alike = (first.status_code, first.content) == (second.status_code, second.content)
        answered = second.status_code == 409 if policy.POLICIES[key].private else alike
        if first.status_code >= 400 or written or not answered:
            wrong.append((key, first.status_code, second.status_code, second.text[:200], written))
    assert not wrong


def test_what_is_said_to_need_no_entry_is_a_route(world: World) -> None:
    assert not (NO_ENTRY.keys() | ELSEWHERE.keys()) - set(ALL)
    for key, where in ELSEWHERE.items():
        assert "audit" in (TESTS / where).read_text(), key
