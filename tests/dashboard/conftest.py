"""The dashboard over a small ledger in which each thing that a page can show is there once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from db import connection
from db.access import audit, lookups, users
from db.access.lookups import FailureKind
from db.billing import invoices, subscriptions
from db.billing.subscriptions import Subscription
from db.ledger import runs, schedules, workers
from db.ledger.transitions import JobOutcome
from db.mail import outbox
from db.mail.outbox import Mail, MailState
from db.outside import measurements
from db.portfolio import alerts, checks, clients, domains, endpoints, events, ownership
from db.portfolio.clients import Client
from rules import lookups as lookup_rules
from rules.access import Role
from rules.certificates.faults import FaultKind
from rules.certificates.finding import AddressFinding, ChainLink, Finding, Grade
from rules.certificates.finding import ChainRole as InChain
from rules.certificates.observation import Protocol
from rules.checks.subjects import Subject
from rules.domains import check_outcome
from rules.domains import ownership as ownership_rules
from rules.domains.ownership import OwnershipMethod, Sighting, SightingKind
from rules.domains.records import Answer, RegistryRecord
from rules.jobs import AttemptOutcome, JobState
from rules.translatable import Translatable
from tasks.billing import billing_due
from tests.api.browser import TestClient
from tests.api.conftest import Surface, hashed, surface  # noqa: F401 - fixtures
from tests.support import ledger as words
from tests.support import scans as stored_scans
from tests.support.ledger import claimed, end, queue
from wording import lookup_documents


@pytest.fixture
def browser(surface: Surface) -> TestClient:  # noqa: F811
    """An owner's browser."""
    made = surface.signed_in(Role.OWNER)
    made.headers["accept"] = "text/html"
    return made


def found(text: str, now: datetime, *, serial: str) -> Finding:
    """Return a finding with a bit of everything: addresses that differ, faults of each weight, a chain that is broken.

    ``text`` stands wherever a stranger may write.
    """
    leaf = ChainLink(
        role=InChain.LEAF,
        sent=True,
        subject=text,
        issuer=text,
        serial=serial,
        not_before=now - timedelta(days=9),
        not_after=now + timedelta(days=9),
        names=(text,),
        key="EC-256",
        key_id="ab",
        signature="ECDSA-SHA256",
        fingerprint=serial * 3,
    )
    middle = replace(leaf, role=InChain.INTERMEDIATE, sent=False, fingerprint="cd")
    stray = replace(leaf, role=InChain.STRAY, not_before=None, not_after=None, fingerprint="ef")
    depths = {FaultKind.INCOMPLETE_CHAIN: 1, FaultKind.WRONG_ORDER: None, FaultKind.CAA_MISMATCH: None}
    faults = tuple(replace(stored_scans.stored_fault(one, text), depth=depth) for one, depth in depths.items())
    silent = stored_scans.stored_fault(FaultKind.UNREACHABLE, text)
    return Finding(
        host="www.bakery.test",
        port=443,
        protocol=Protocol.TLS,
        grade=Grade.REFUSED,
        faults=(silent, *faults),
        leaf=leaf,
        addresses=(
            AddressFinding(
                address="192.0.2.1", faults=faults, chain=(leaf, middle, stray), tls_version=text, cipher=text, hsts=""
            ),
            AddressFinding(address="192.0.2.2", faults=(), chain=(leaf,), alpn=text, hsts=text, stapled=True),
            AddressFinding(address="2001:db8::1", faults=(silent,)),
        ),
        left_out=("2001:db8::7",),
        caa=(text,),
        tlsa=(text,),
        renew_from=now - timedelta(days=2),
        renew_until=now - timedelta(days=1),
    )


class Filled:
    """Fills the ledger; ``text`` is what strangers say: names, subjects, answers, errors."""

    def __init__(self, text: str = "Bakery") -> None:
        now = datetime.now(UTC)
        with connection.session(), connection.transaction():
            self.client, _ = clients.add(Client(name=f"{text} 1", email="billing@bakery.test"))
            self.domain, _ = domains.add("bakery.test", client_id=self.client)
            self.endpoint, _ = endpoints.add("www.bakery.test", 443, client_id=self.client)
            self.mail_host, _ = endpoints.add("www.bakery.test", 25, client_id=self.client, protocol="smtp")
            self._lookup(text, now)
            self._money(text, now.date())
            self._work(text)
            self._asked(text, now)

    def _lookup(self, text: str, now: datetime) -> None:
        record = RegistryRecord(
            name="bakery.test",
            answer=Answer.REGISTERED,
            source="whois",
            server="whois.test",
            expires=now + timedelta(days=5),
            registrar=text,
            nameservers=(text,),
            statuses=("ok",),
            raw=f"Registrar: {text}\r\n",
        )
        checks.save(check_outcome.answered(domains.get(self.domain), [record], at=now), because="it ends in 5 days")
        self._scan(text, now)
        events.add(Subject("domain", self.domain, self.client), "registrar_changed", text, "Other")
        self._alert(Subject("domain", self.domain, self.client), "domain_expiry", f"{text} expires", stage=7)
        self._alert(Subject("endpoint", self.endpoint, self.client), "certificate_fault", text)
        self._alert(
            Subject("task", 0),
            "jobs_dead:tasks.write",
            Translatable("Jobs of {task} ended as {state}", task="tasks.write", state=Translatable("dead")),
        )

    def _asked(self, text: str, now: datetime) -> None:
        """Have the owner look a domain and two endpoints up, one of them in vain; and lose a verification."""
        owner = users.require("the owner").id
        about = (
            lookup_rules.about_domain("bakery.test"),
            *(lookup_rules.about_endpoint("www.bakery.test", port=port) for port in (443, 25)),
        )
        self.lookups = [lookups.add(owner, one) for one in about]
        record = RegistryRecord(
            name="bakery.test",
            answer=Answer.REGISTERED,
            source="whois",
            server=text,
            registrar=text,
            nameservers=(text,),
            expires=now,
        )
        lookups.answer(about[0], lookup_documents.domain(*lookup_rules.amount([record], now=now)))
        lookups.answer(about[1], lookup_documents.endpoint(found(text, now, serial="0d" * 10)))
        lookups.fail(about[2], FailureKind.UNAVAILABLE, text)
        begun = ownership.begin(self.domain, client_id=self.client, token="ab", at=now)
        unseen = Sighting(OwnershipMethod.FILE, SightingKind.UNSEEN, text)
        ownership.save(self.domain, ownership_rules.assess(begun, [unseen], jitter=0.0, now=now).ownership)

    def _alert(self, subject: Subject, kind: str, headline: str, *, stage: int | None = None) -> None:
        notice = alerts.Notice(kind=kind, headline=headline, stage=stage)
        alerts.reconcile([alerts.Standing(subject=subject, notices=(notice,))])

    def _scan(self, text: str, now: datetime) -> None:
        first = found(text, now - timedelta(days=70), serial="0a" * 10)
        stored_scans.save(endpoints.get(self.endpoint), first, at=now - timedelta(days=60))
        stored_scans.save(endpoints.get(self.endpoint), found(text, now, serial="0b" * 10), at=now)
        mail = replace(found(text, now, serial="0c" * 10), port=25, protocol=Protocol.SMTP)
        stored_scans.save(endpoints.get(self.mail_host), mail, at=now)
        stored_scans.fail(endpoints.get(self.mail_host), text, at=now)

    def _money(self, text: str, today: date) -> None:
        subscription = Subscription(
            client_id=self.client,
            domain_id=self.domain,
            description=text[:200],
            price_minor=2900,
            currency="EUR",
            months=12,
            tax_basis_points=1900,
            anchor=today,
        )
        subscriptions.subscribe(subscription)
        lines = billing_due.of_client(self.client, on=today).lines
        self.invoice = invoices.issue(self.client, lines, series="INV", on=today, due_days=14).id
        self.mail, _ = outbox.add(
            Mail(dedupe_key="a", recipient="billing@bakery.test", subject=text, text=text, html=text),
            host="nolapse.test",
        )
        outbox.ended(self.mail, MailState.FAILED, reply=text)

    def _work(self, text: str) -> None:
        workers.started("worker-1", host="here", pid=17, queues=["default", "lookup"])
        self.run = runs.open_("domains.check_all", then=None)
        self.queued = queue(args={"domain_id": self.domain}, task="domains.check", run_id=self.run)
        runs.root(self.run, self.queued)
        self.running = words.running(run_id=self.run).job_id
        self.dead = claimed(queue(run_id=self.run)).job_id
        self.dead = self._ended(JobState.DEAD, AttemptOutcome.DEAD, text)
        self.unknown = self._ended(JobState.UNKNOWN, AttemptOutcome.UNKNOWN, text)
        self.done = self._ended(JobState.DONE, AttemptOutcome.DONE, None)
        schedules.enter("domains")
        schedules.decide("domains", schedules.now(), "fired", text)
        schedules.enter("alerts")
        schedules.pause("alerts", because=text, by="ada")
        measurements.add("rdap", "ok", calls=3, seconds=1.5)
        measurements.add("rdap", "unavailable", calls=1, seconds=9.0)
        audit.add("ada", "retry", "job 1", {"why": text})

    def _ended(self, state: JobState, outcome: AttemptOutcome, error: str | None) -> int:
        claim = claimed(queue(task="tasks.write", args={"name": "a"}, run_id=self.run))
        end(claim, JobOutcome(state, outcome, error))
        return claim.job_id

    def more(self, number: int) -> None:
        """Add one more of what lists show."""
        with connection.session(), connection.transaction():
            client, _ = clients.add(Client(name=f"Bakery {number}", email="billing@bakery.test"))
            domains.add(f"bakery-{number}.test", client_id=client)
            endpoints.add(f"www.bakery-{number}.test", 443, client_id=client)
            self._alert(Subject("domain", 1000 + number, client), "domain_expiry", "expires", stage=7)
            events.add(Subject("domain", self.domain, self.client), "registrar_changed", "one", "other")
            outbox.add(
                Mail(dedupe_key=f"{number}", recipient="a@b.test", subject="", text="", html=""), host="nolapse.test"
            )
            queue(task="domains.check", run_id=self.run)
            workers.started(f"worker-{number}", host="here", pid=number, queues=["default"])
            audit.add("ada", "retry", f"job {number}", {})

    @property
    def paths(self) -> list[str]:
        """Every page there is."""
        return [
            "/", "/alerts", "/alerts?kind=domain_expiry", "/services", "/queues", "/queues/default", "/workers",
            "/trends", "/trends?window=week", "/trends?window=year", "/settings", "/schedules?show=paused",
            "/calendar", f"/calendar/{datetime.now(UTC) + timedelta(days=5):%Y-%m-%d}",
            "/runs", "/runs?show=open", "/runs?task=domains.check_all", f"/runs/{self.run}", "/jobs",
            "/jobs?state=dead", "/jobs?task=tasks.write&state=done", f"/jobs?run={self.run}&state=queued",
            *(f"/jobs/{one}" for one in (self.queued, self.running, self.dead, self.unknown, self.done)),
            "/dead", "/dead?state=unknown", "/dead?state=failed&task=tasks.write",
            "/schedules", "/schedules/domains", "/schedules/alerts", "/alerts/1",
            "/alert-routes", "/alert-channels", "/maintenance",
            "/domains", "/domains?within=7", "/domains?q=bak", f"/domains?client={self.client}",
            "/lookups", *(f"/lookups/{one}" for one in self.lookups),
            *(f"/domains?show={one}" for one in ("failing", "newest", "unstated", "available", "reserved")),
            f"/domains/{self.domain}", "/endpoints", "/endpoints?within=30", "/endpoints?show=faulty",
            "/endpoints?show=newest", "/endpoints?q=www", f"/endpoints?client={self.client}",
            f"/endpoints/{self.endpoint}", f"/endpoints/{self.mail_host}", "/clients", "/clients?q=BAK",
            f"/clients/{self.client}", f"/clients/{self.client}/report",
            "/search", "/search?q=bakery", f"/search?q={self.done}", "/invoices", "/invoices?show=undocumented",
            f"/invoices?client={self.client}", f"/invoices/{self.invoice}", "/mail", "/mail?state=failed",
            "/mail?to=billing@bakery.test", f"/mail/{self.mail}", "/audit", "/sign-in", "/account", "/users",
        ]  # fmt: skip


@pytest.fixture
def fill(surface: Surface) -> Callable[..., Filled]:  # noqa: F811
    """Fills the ledger, with what strangers say."""
    return Filled
