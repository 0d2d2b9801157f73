"""Every table, as Peewee models. They never leave ``db``: what goes out are ids and frozen dataclasses.

Four groups: the portfolio (clients and what they own), the money (subscriptions, invoices, the outbox),
the ledger (jobs, attempts, runs, schedules, firings, workers), and access (users, sessions, tokens). Times are
``Instant``; money is an integer in minor units beside a currency. A subject's history has a (subject, time) index,
its newest state a row of its own.
"""

from datetime import UTC, datetime

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    DateField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    SmallIntegerField,
    TextField,
)

from db.connection import database
from db.fields import Instant


def _now() -> datetime:
    return datetime.now(UTC)


class Row(Model):
    """A table of Nolapse."""

    id = BigAutoField()

    class Meta:
        database = database
        legacy_table_names = False


# The portfolio.


class Client(Row):
    name = CharField(200, unique=True)
    email = CharField(254)
    contacts = JSONField(default=list)  # [{"name", "email", "role"}]
    address = JSONField(default=list)  # lines
    language = CharField(8, default="en")
    currency = CharField(3, default="EUR")
    zone = CharField(64, default="UTC")
    alert_days = JSONField(null=True)  # days before an end at which staff are told; null: as by default
    created_at = Instant(default=_now)


class Domain(Row):
    client_id: int
    client = ForeignKeyField(Client, backref="domains", on_delete="CASCADE")
    name = CharField(253, unique=True)
    decision = CharField(12, default="undecided")  # rules.renewals.Decision
    decided_for = Instant(null=True)  # the end that was in force when that was decided
    expires_by_hand = DateField(null=True)  # for registries that publish no expiry
    alert_days = JSONField(null=True)  # null: as the client's
    created_at = Instant(default=_now)


class DomainState(Model):
    """What is known of a domain now. ``checked_at`` is the last answer, ``failed_at`` the last try without one.

    ``said`` tells for each field which server said it when; ``expires`` is the end that counts, also where it was
    entered by hand or follows from what is paid.
    """

    domain = ForeignKeyField(Domain, primary_key=True, on_delete="CASCADE")
    answer = CharField(16)
    source = CharField(16)
    server = CharField(255)
    created = Instant(null=True)
    updated = Instant(null=True)
    expires = Instant(null=True)
    registrar = TextField(null=True)
    nameservers = JSONField(default=list)
    statuses = JSONField(default=list)
    said = JSONField(default=dict)
    stage = CharField(24, null=True)  # rules.lifecycle.Stage
    stage_since = Instant(null=True)  # when that was first seen
    changed_at = Instant(null=True)  # when there was news last
    next_look_at = Instant(null=True)
    next_look_because = TextField(null=True)
    checked_at = Instant(null=True)
    failed_at = Instant(null=True)
    failure = TextField(null=True)
    failures = IntegerField(default=0)  # looks in a row that nobody answered

    class Meta:
        database = database
        legacy_table_names = False
        indexes = ((("answer", "expires", "domain"), False), (("next_look_at", "domain"), False))


DomainState.add_index(
    DomainState.index(DomainState.failed_at, where=SQL("failed_at IS NOT NULL"), name="domain_state_failing")
)
DomainState.add_index(
    DomainState.index(
        DomainState.stage, DomainState.domain, where=SQL("stage NOT IN ('active', 'expiring')"), name="domain_state_odd"
    )
)


class DomainDns(Model):
    """What name servers say of a domain now, and what is odd about it."""

    domain = ForeignKeyField(Domain, primary_key=True, on_delete="CASCADE")
    facts = JSONField()
    remarks = JSONField(default=list)
    checked_at = Instant()

    class Meta:
        database = database
        legacy_table_names = False


class DomainAnswer(Row):
    """One answer of a registry, with its raw text until retention takes it."""

    domain = ForeignKeyField(Domain, on_delete="CASCADE", index=False)
    at = Instant(default=_now)
    answer = CharField(16)
    source = CharField(16)
    server = CharField(255)
    expires = Instant(null=True)
    raw_text = TextField(null=True)

    class Meta:
        indexes = ((("domain", "at"), False), (("at",), False))


class Endpoint(Row):
    client_id: int
    client = ForeignKeyField(Client, backref="endpoints", on_delete="CASCADE")
    host = CharField(253)
    port = IntegerField(default=443)
    protocol = CharField(16, default="tls")  # rules.certificates.seen.Protocol
    created_at = Instant(default=_now)
    server_name = CharField(253, default="", constraints=[SQL("DEFAULT ''")])  # SNI in place of the host
    alpn = JSONField(default=list, constraints=[SQL("DEFAULT '[]'")])  # protocols to offer

    class Meta:
        indexes = ((("host", "port", "protocol", "server_name"), True),)


class EndpointState(Model):
    """What is known of an endpoint now. ``checked_at`` is the last scan, ``failed_at`` the last that we could not make.

    ``known`` is a rules.certificates.past.Past as rules.certificates.stored writes it, but for the certificates of
    before, which have their own table; null before the first scan. ``finding`` is what the release before wrote in its
    place; nobody reads it.
    """

    endpoint = ForeignKeyField(Endpoint, primary_key=True, on_delete="CASCADE")
    finding = JSONField(null=True)
    ok = BooleanField(null=True)
    not_after = Instant(null=True, index=True)
    checked_at = Instant(null=True)
    known = JSONField(null=True)
    grade = CharField(1, null=True)  # rules.certificates.finding.Grade
    slow = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # it made its last scan wait
    beside = JSONField(null=True)  # what the DNS says: rules.certificates.beside.Beside
    beside_at = Instant(null=True)  # when it was asked last
    next_scan_at = Instant(null=True)
    next_scan_because = TextField(null=True)
    queued_until = Instant(null=True)  # until when a scan that is queued counts
    failed_at = Instant(null=True)
    failure = TextField(null=True)
    failures = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # scans in a row that we could not make

    class Meta:
        database = database
        legacy_table_names = False
        indexes = ((("next_scan_at", "endpoint"), False),)


EndpointState.add_index(EndpointState.index(EndpointState.endpoint, where=SQL("NOT ok"), name="endpoint_state_faulty"))


class EndpointCertificate(Row):
    """A certificate that some address of an endpoint served, once or still: rules.certificates.past.Held."""

    endpoint_id: int
    endpoint = ForeignKeyField(Endpoint, on_delete="CASCADE", index=False)
    fingerprint = CharField(64)
    issuer = TextField()
    serial = TextField()
    key = TextField()
    key_id = CharField(64)
    names = JSONField(default=list)
    not_before = Instant()
    not_after = Instant()
    first_seen_at = Instant()
    last_seen_at = Instant()

    class Meta:
        indexes = ((("endpoint", "fingerprint"), True),)


class EndpointScan(Row):
    """One scan of an endpoint."""

    endpoint = ForeignKeyField(Endpoint, on_delete="CASCADE", index=False)
    at = Instant(default=_now)
    ok = BooleanField()
    faults = JSONField(default=list)
    not_after = Instant(null=True)
    fingerprint = CharField(64, null=True)
    message = TextField(default="")
    grade = CharField(1, null=True)

    class Meta:
        indexes = ((("endpoint", "at"), False), (("at",), False))


class Download(Model):
    """What all processes share of what authorities publish: CRLs, issuers' certificates, renewal windows.

    ``body`` is the last that came, at ``fetched_at``; ``failure`` why the last try brought none. It is asked for again
    after ``fresh_until``.
    """

    url = CharField(2048, primary_key=True)
    kind = CharField(16)
    body = BlobField(null=True)
    fetched_at = Instant(null=True)
    fresh_until = Instant(index=True)
    failure = TextField(null=True)

    class Meta:
        database = database
        legacy_table_names = False


class Event(Row):
    """Something that changed about a subject: a domain, an endpoint, an invoice."""

    at = Instant(default=_now)
    kind = CharField(32)
    subject_kind = CharField(16)
    subject_id = BigIntegerField()
    client = ForeignKeyField(Client, null=True, on_delete="CASCADE", index=False)
    before = TextField(null=True)
    after = TextField(null=True)

    class Meta:
        indexes = ((("subject_kind", "subject_id", "at"), False), (("client", "id"), False))


class Alert(Row):
    """A state that staff should know of; open until it is cleared, told once."""

    client_id: int
    kind = CharField(100)
    subject_kind = CharField(16)
    subject_id = BigIntegerField()
    client = ForeignKeyField(Client, null=True, on_delete="CASCADE")
    stage = IntegerField(null=True)  # days before the end
    headline = TextField()
    facts = JSONField(default=list)  # [[label, value], ...]
    what_to_do = TextField(default="")
    opened_at = Instant(default=_now)
    told_at = Instant(null=True)
    cleared_at = Instant(null=True)


Alert.add_index(
    Alert.index(
        Alert.kind,
        Alert.subject_kind,
        Alert.subject_id,
        unique=True,
        where=SQL("cleared_at IS NULL"),
        name="alert_open",
    )
)
Alert.add_index(Alert.index(Alert.kind, Alert.stage, Alert.id, where=SQL("cleared_at IS NULL"), name="alert_listed"))


# The money.


class Subscription(Row):
    client_id: int
    client = ForeignKeyField(Client, backref="subscriptions", on_delete="CASCADE")
    domain = ForeignKeyField(Domain, null=True, on_delete="SET NULL")
    description = CharField(200)
    price_minor = BigIntegerField()
    currency = CharField(3)
    months = SmallIntegerField()
    tax_basis_points = IntegerField(default=0)
    anchor = DateField()  # the first period's first day
    until = DateField(null=True)
    billed = IntegerField(default=0)  # periods
    next_due = DateField(index=True)


class Counter(Model):
    """A gapless series of numbers: the next one is taken in the transaction that uses it."""

    series = CharField(32, primary_key=True)
    next = BigIntegerField(default=1)

    class Meta:
        database = database
        legacy_table_names = False


class Invoice(Row):
    client_id: int
    client = ForeignKeyField(Client, backref="invoices", on_delete="RESTRICT", index=False)
    series = CharField(32)
    number = BigIntegerField()
    issued_on = DateField()
    due_on = DateField()
    currency = CharField(3)
    net_minor = BigIntegerField()
    tax_minor = BigIntegerField()
    gross_minor = BigIntegerField()
    document_key = CharField(200, null=True)
    document_sha256 = CharField(64, null=True)
    created_at = Instant(default=_now)

    class Meta:
        indexes = ((("series", "number"), True), (("client", "id"), False))


Invoice.add_index(Invoice.index(Invoice.id, where=SQL("document_key IS NULL"), name="invoice_undocumented"))


class InvoiceLine(Row):
    """One subscription's one period; its uniqueness is what makes an invoice run safe to repeat."""

    subscription_id: int
    invoice = ForeignKeyField(Invoice, backref="lines", on_delete="RESTRICT")
    subscription = ForeignKeyField(Subscription, on_delete="RESTRICT", index=False)
    period_start = DateField()
    period_end = DateField()
    description = CharField(200)
    net_minor = BigIntegerField()
    tax_basis_points = IntegerField()

    class Meta:
        indexes = ((("subscription", "period_start"), True),)


class Mail(Row):
    """The outbox: a mail is a row before it is a message. ``dedupe_key`` makes asking twice harmless."""

    dedupe_key = CharField(200, unique=True)
    message_id = CharField(200)
    recipient = CharField(320)
    subject = TextField()
    text = TextField()
    html = TextField()
    attachments = JSONField(default=list)  # [[file name, content type, storage key], ...]
    state = CharField(16, default="queued")  # queued, sent, failed, unknown
    reply = TextField(null=True)
    created_at = Instant(default=_now)
    ended_at = Instant(null=True)

    class Meta:
        indexes = ((("state", "id"), False), (("recipient", "id"), False))


# The ledger.


class Run(Row):
    """A fan-out: its root job and the jobs that the root inserted. Closed when none of them is unfinished."""

    task = CharField(64)
    root_id = BigIntegerField(null=True)
    cursor = BigIntegerField(default=0)  # the last id that the root fanned out
    then = CharField(64, null=True)  # the finishing task
    retry_of = ForeignKeyField("self", null=True, on_delete="SET NULL")
    created_at = Instant(default=_now)
    finished_at = Instant(null=True, index=True)
    counts = JSONField(null=True)  # state -> jobs, kept when the run is closed
    plan = JSONField(null=True)  # rules.plans.Plan: which lanes its jobs go through

    class Meta:
        indexes = ((("task", "id"), False),)


class Job(Row):
    """A unit of work. The states are in ``rules.jobs.State``; only ``db.ledger`` changes a row."""

    task = CharField(64)
    args = TextField()  # JSON object
    queue = CharField(16)
    priority = SmallIntegerField()
    key = CharField(200, null=True)
    run = ForeignKeyField(Run, null=True, on_delete="SET NULL", index=False)
    cause_id = BigIntegerField(null=True)  # the job that enqueued this one
    state = CharField(10)
    waits_for = TextField(null=True)  # why a queued job does not run yet, in words
    run_at = Instant()
    announce_at = Instant()
    announcements = SmallIntegerField(default=0)
    attempts = SmallIntegerField(default=0)  # claims that began
    failures = SmallIntegerField(default=0)  # what counts against the task's own limit
    crashes = SmallIntegerField(default=0)  # deaths of a process in which it ran alone
    suspect = BooleanField(default=False)
    cancelled = BooleanField(default=False)  # asked to end; honoured when it would be queued again
    token = CharField(32, null=True)
    worker_id = CharField(32, null=True)
    claimed_at = Instant(null=True)
    claim_expires_at = Instant(null=True)
    error = TextField(null=True)
    created_at = Instant()
    finished_at = Instant(null=True)


_QUEUED = "state = 'queued'"
Job.add_index(
    Job.index(Job.queue, Job.priority, Job.announce_at, where=SQL(_QUEUED), name="job_due"),
)
Job.add_index(Job.index(Job.key, unique=True, where=SQL(f"{_QUEUED} AND key IS NOT NULL"), name="job_unique_work"))
Job.add_index(
    Job.index(Job.key, where=SQL("state = 'running' AND key IS NOT NULL"), name="job_running_work"),
)
Job.add_index(Job.index(Job.claim_expires_at, where=SQL("state = 'running'"), name="job_claims"))
Job.add_index(
    Job.index(Job.run_at, where=SQL("suspect AND state IN ('queued', 'running')"), name="job_suspects"),
)
Job.add_index(Job.index(Job.run, Job.state, Job.id, where=SQL("run_id IS NOT NULL"), name="job_of_run"))
Job.add_index(Job.index(Job.finished_at, where=SQL("finished_at IS NOT NULL"), name="job_finished"))
# For those who look. Finished well is what most jobs are, and their index is the primary key.
Job.add_index(Job.index(Job.state, Job.id, where=SQL("state <> 'done'"), name="job_not_done"))
Job.add_index(Job.index(Job.task, Job.state, Job.id, name="job_of_task_state"))
Job.add_index(Job.index(Job.queue, Job.run_at, where=SQL(_QUEUED), name="job_waiting"))


class Attempt(Row):
    """One try of a job that ended. A try that still runs is seen in the job's own row."""

    job = ForeignKeyField(Job, on_delete="CASCADE", backref="tries")
    number = SmallIntegerField()
    worker_id = CharField(32, null=True)
    started_at = Instant(null=True)
    ended_at = Instant()
    outcome = CharField(10)
    error = TextField(null=True)


class Effect(Model):
    """A remote effect's intent, written before the call, and its outcome, written after."""

    key = CharField(200, primary_key=True)
    step = CharField(64)
    job_id = BigIntegerField(null=True)
    begun_at = Instant()
    outcome = CharField(16, null=True)
    settled_at = Instant(null=True)

    class Meta:
        database = database
        legacy_table_names = False


class Schedule(Model):
    """What staff changed about a line of the timetable, and how far it has been decided."""

    name = CharField(64, primary_key=True)
    cron = CharField(100, null=True)  # null: as the timetable says
    zone = CharField(64, null=True)
    paused_at = Instant(null=True)
    paused_because = TextField(null=True)
    paused_by = CharField(100, null=True)
    decided_until = Instant()  # every due moment up to here has its firing

    class Meta:
        database = database
        legacy_table_names = False


class Firing(Row):
    """What became of one due moment of a schedule: fired, coalesced, skipped or parked, and why."""

    schedule = CharField(64)
    due_at = Instant()
    decided_at = Instant(default=_now)
    outcome = CharField(16)
    reason = TextField(null=True)
    job_id = BigIntegerField(null=True)
    run = ForeignKeyField(Run, null=True, on_delete="SET NULL", index=False)

    class Meta:
        indexes = ((("schedule", "due_at"), True),)


class Worker(Model):
    """A process that claims jobs."""

    id = CharField(32, primary_key=True)
    host = CharField(255)
    pid = IntegerField()
    queues = JSONField()
    started_at = Instant()
    beat_at = Instant()
    ended_at = Instant(null=True)
    ended_how = CharField(64, null=True)

    class Meta:
        database = database
        legacy_table_names = False


class Lease(Model):
    """Something that only one process does at a time, or remembers for all: the leading scheduler, Redis' epoch."""

    name = CharField(64, primary_key=True)
    holder = CharField(64)
    expires_at = Instant()

    class Meta:
        database = database
        legacy_table_names = False


class Lane(Model):
    """What is remembered of a server that is asked at a pace: see rules.closures, rules.plans and rules.lanes."""

    name = CharField(255, primary_key=True)
    slowness = FloatField(default=1.0)
    slowed_at = Instant(null=True)
    throttles = IntegerField(default=0)
    failures = IntegerField(default=0)
    openings = IntegerField(default=0)
    shut_until = Instant(null=True)
    probe_until = Instant(null=True)
    planned_until = Instant(null=True)  # where the line of its planned jobs ends
    tat = Instant(null=True)  # GCRA's, for when Redis is away
    changed_at = Instant()

    class Meta:
        database = database
        legacy_table_names = False


class Measurement(Row):
    """Calls of one outside service in one minute, by outcome."""

    minute = Instant(index=True)
    service = CharField(32)
    outcome = CharField(32)
    calls = IntegerField()
    seconds = FloatField()

    class Meta:
        indexes = ((("service", "minute", "outcome"), True),)


class Document(Model):
    """A text that all processes share, such as IANA's list of RDAP servers."""

    name = CharField(64, primary_key=True)
    text = TextField()
    kept_at = Instant()

    class Meta:
        database = database
        legacy_table_names = False


class Audit(Row):
    """What a person did. Rows are added; the database itself refuses to change one."""

    at = Instant(default=_now)
    actor = CharField(100)
    action = CharField(64)
    subject = CharField(200)
    details = JSONField(default=dict)

    class Meta:
        indexes = ((("actor", "id"), False),)


# Access: who may come in, and with what. Of secrets only hashes are kept.


class User(Row):
    name = CharField(100, unique=True)
    role = CharField(16)
    password = TextField(null=True)  # argon2id in its own notation; null: signs in by link alone
    created_at = Instant()
    disabled_at = Instant(null=True)

    class Meta:
        table_name = "account"  # "user" is a word of SQL


class Session(Row):
    """A signed-in browser. Gone means signed out."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    token_hash = CharField(64, unique=True)
    created_at = Instant()
    seen_at = Instant()
    expires_at = Instant(index=True)


class SignInLink(Model):
    """Signs its user in once."""

    token_hash = CharField(64, primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    expires_at = Instant(index=True)

    class Meta:
        database = database
        legacy_table_names = False


class ApiToken(Row):
    user = ForeignKeyField(User, on_delete="CASCADE")
    name = CharField(64)
    token_hash = CharField(64, unique=True)
    scopes = JSONField()
    created_at = Instant()
    expires_at = Instant()
    used_at = Instant(null=True)
    revoked_at = Instant(null=True)


class Throttle(Model):
    """How many tries were taken in a window that is still open."""

    key = CharField(80, primary_key=True)
    taken = IntegerField()
    ends_at = Instant(index=True)

    class Meta:
        database = database
        legacy_table_names = False


class IdempotencyKey(Row):
    """What was answered to a request that may come again."""

    principal = CharField(80)
    key = CharField(200)
    fingerprint = CharField(64)
    status = SmallIntegerField(null=True)
    answer = TextField(null=True)
    created_at = Instant(index=True)

    class Meta:
        indexes = ((("principal", "key"), True),)


TABLES: tuple[type[Model], ...] = (
    Client, Domain, DomainState, DomainDns, DomainAnswer, Endpoint, EndpointState,
    EndpointCertificate, EndpointScan, Download, Event, Alert,
    Subscription, Counter, Invoice, InvoiceLine, Mail,
    Run, Job, Attempt, Effect, Schedule, Firing, Worker, Lease, Lane, Measurement, Document, Audit,
    User, Session, SignInLink, ApiToken, Throttle, IdempotencyKey,
)  # fmt: skip
"""All tables, in an order in which they can be created."""
