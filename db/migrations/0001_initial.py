"""The first schema. A frozen copy: what the models become later is for later migrations."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Client(Model):
        id = BigAutoField()
        name = CharField(unique=True, max_length=200)
        email = CharField(max_length=254)
        contacts = JSONField(default=list)
        address = JSONField(default=list)
        language = CharField(max_length=8, default="en")
        currency = CharField(max_length=3, default="EUR")
        zone = CharField(max_length=64, default="UTC")
        alert_days = JSONField(null=True)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client"

    db.create_tables([Client])

    class Alert(Model):
        id = BigAutoField()
        kind = CharField(max_length=100)
        subject_kind = CharField(max_length=16)
        subject_id = BigIntegerField()
        client = ForeignKeyField(Client, null=True, on_delete="CASCADE")
        stage = IntegerField(null=True)
        headline = TextField()
        facts = JSONField(default=list)
        what_to_do = TextField(default="")
        opened_at = Instant()
        told_at = Instant(null=True)
        cleared_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "alert"

    db.create_tables([Alert])

    class Run(Model):
        id = BigAutoField()
        task = CharField(max_length=64)
        root_id = BigIntegerField(null=True)
        cursor = BigIntegerField(default=0)
        then = CharField(null=True, max_length=64)
        retry_of = ForeignKeyField("self", null=True, on_delete="SET NULL")
        created_at = Instant()
        finished_at = Instant(index=True, null=True)
        counts = JSONField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "run"
            indexes = ((("task", "id"), False),)

    db.create_tables([Run])

    class Job(Model):
        id = BigAutoField()
        task = CharField(max_length=64)
        args = TextField()
        queue = CharField(max_length=16)
        priority = SmallIntegerField()
        key = CharField(null=True, max_length=200)
        run = ForeignKeyField(Run, null=True, on_delete="SET NULL", index=False)
        cause_id = BigIntegerField(null=True)
        state = CharField(max_length=10)
        waits_for = TextField(null=True)
        run_at = Instant()
        announce_at = Instant()
        announcements = SmallIntegerField(default=0)
        attempts = SmallIntegerField(default=0)
        failures = SmallIntegerField(default=0)
        crashes = SmallIntegerField(default=0)
        suspect = BooleanField(default=False)
        cancelled = BooleanField(default=False)
        token = CharField(null=True, max_length=32)
        worker_id = CharField(null=True, max_length=32)
        claimed_at = Instant(null=True)
        claim_expires_at = Instant(null=True)
        error = TextField(null=True)
        created_at = Instant()
        finished_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "job"

    db.create_tables([Job])

    class Attempt(Model):
        id = BigAutoField()
        job = ForeignKeyField(Job, on_delete="CASCADE")
        number = SmallIntegerField()
        worker_id = CharField(null=True, max_length=32)
        started_at = Instant(null=True)
        ended_at = Instant()
        outcome = CharField(max_length=10)
        error = TextField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "attempt"

    db.create_tables([Attempt])

    class Audit(Model):
        id = BigAutoField()
        at = Instant()
        actor = CharField(max_length=100)
        action = CharField(max_length=64)
        subject = CharField(max_length=200)
        details = JSONField(default=dict)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "audit"

    db.create_tables([Audit])

    class Counter(Model):
        series = CharField(primary_key=True, max_length=32)
        next = BigIntegerField(default=1)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "counter"

    db.create_tables([Counter])

    class Document(Model):
        name = CharField(primary_key=True, max_length=64)
        text = TextField()
        kept_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "document"

    db.create_tables([Document])

    class Domain(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="CASCADE")
        name = CharField(unique=True, max_length=253)
        decision = CharField(max_length=12, default="undecided")
        decided_for = Instant(null=True)
        expires_by_hand = DateField(null=True)
        alert_days = JSONField(null=True)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "domain"

    db.create_tables([Domain])

    class DomainAnswer(Model):
        id = BigAutoField()
        domain = ForeignKeyField(Domain, on_delete="CASCADE", index=False)
        at = Instant()
        answer = CharField(max_length=16)
        source = CharField(max_length=16)
        server = CharField()
        expires = Instant(null=True)
        raw_text = TextField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "domain_answer"
            indexes = ((("domain", "at"), False), (("at",), False))

    db.create_tables([DomainAnswer])

    class DomainState(Model):
        domain = ForeignKeyField(Domain, primary_key=True, on_delete="CASCADE")
        answer = CharField(max_length=16)
        source = CharField(max_length=16)
        server = CharField()
        created = Instant(null=True)
        updated = Instant(null=True)
        expires = Instant(index=True, null=True)
        registrar = TextField(null=True)
        nameservers = JSONField(default=list)
        statuses = JSONField(default=list)
        said = JSONField(default=dict)
        stage = CharField(null=True, max_length=24)
        stage_since = Instant(null=True)
        changed_at = Instant(null=True)
        next_look_at = Instant(null=True)
        next_look_because = TextField(null=True)
        checked_at = Instant(null=True)
        failed_at = Instant(null=True)
        failure = TextField(null=True)
        failures = IntegerField(default=0)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "domain_state"
            indexes = ((("next_look_at", "domain"), False),)

    DomainState.add_index(
        DomainState.index(
            DomainState.stage,
            DomainState.domain,
            where=SQL("stage NOT IN ('active', 'expiring')"),
            name="domain_state_odd",
        )
    )

    db.create_tables([DomainState])

    class DomainDns(Model):
        domain = ForeignKeyField(Domain, primary_key=True, on_delete="CASCADE")
        facts = JSONField()
        remarks = JSONField(default=list)
        checked_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "domain_dns"

    db.create_tables([DomainDns])

    class Effect(Model):
        key = CharField(primary_key=True, max_length=200)
        step = CharField(max_length=64)
        job_id = BigIntegerField(null=True)
        begun_at = Instant()
        outcome = CharField(null=True, max_length=16)
        settled_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "effect"

    db.create_tables([Effect])

    class Endpoint(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="CASCADE")
        host = CharField(max_length=253)
        port = IntegerField(default=443)
        protocol = CharField(max_length=16, default="tls")
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "endpoint"
            indexes = ((("host", "port", "protocol"), True),)

    db.create_tables([Endpoint])

    class EndpointScan(Model):
        id = BigAutoField()
        endpoint = ForeignKeyField(Endpoint, on_delete="CASCADE", index=False)
        at = Instant()
        ok = BooleanField()
        faults = JSONField(default=list)
        not_after = Instant(null=True)
        fingerprint = CharField(null=True, max_length=64)
        message = TextField(default="")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "endpoint_scan"
            indexes = ((("endpoint", "at"), False), (("at",), False))

    db.create_tables([EndpointScan])

    class EndpointState(Model):
        endpoint = ForeignKeyField(Endpoint, primary_key=True, on_delete="CASCADE")
        finding = JSONField()
        ok = BooleanField()
        not_after = Instant(index=True, null=True)
        checked_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "endpoint_state"

    db.create_tables([EndpointState])

    class Event(Model):
        id = BigAutoField()
        at = Instant()
        kind = CharField(max_length=32)
        subject_kind = CharField(max_length=16)
        subject_id = BigIntegerField()
        client = ForeignKeyField(Client, null=True, on_delete="CASCADE")
        before = TextField(null=True)
        after = TextField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "event"
            indexes = ((("subject_kind", "subject_id", "at"), False),)

    db.create_tables([Event])

    class Firing(Model):
        id = BigAutoField()
        schedule = CharField(max_length=64)
        due_at = Instant()
        decided_at = Instant()
        outcome = CharField(max_length=16)
        reason = TextField(null=True)
        job_id = BigIntegerField(null=True)
        run = ForeignKeyField(Run, null=True, on_delete="SET NULL", index=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "firing"
            indexes = ((("schedule", "due_at"), True),)

    db.create_tables([Firing])

    class Invoice(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="RESTRICT")
        series = CharField(max_length=32)
        number = BigIntegerField()
        issued_on = DateField()
        due_on = DateField()
        currency = CharField(max_length=3)
        net_minor = BigIntegerField()
        tax_minor = BigIntegerField()
        gross_minor = BigIntegerField()
        document_key = CharField(null=True, max_length=200)
        document_sha256 = CharField(null=True, max_length=64)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "invoice"
            indexes = ((("series", "number"), True),)

    db.create_tables([Invoice])

    class Subscription(Model):
        id = BigAutoField()
        client = ForeignKeyField(Client, on_delete="CASCADE")
        domain = ForeignKeyField(Domain, null=True, on_delete="SET NULL")
        description = CharField(max_length=200)
        price_minor = BigIntegerField()
        currency = CharField(max_length=3)
        months = SmallIntegerField()
        tax_basis_points = IntegerField(default=0)
        anchor = DateField()
        until = DateField(null=True)
        billed = IntegerField(default=0)
        next_due = DateField(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "subscription"

    db.create_tables([Subscription])

    class InvoiceLine(Model):
        id = BigAutoField()
        invoice = ForeignKeyField(Invoice, on_delete="RESTRICT")
        subscription = ForeignKeyField(Subscription, on_delete="RESTRICT", index=False)
        period_start = DateField()
        period_end = DateField()
        description = CharField(max_length=200)
        net_minor = BigIntegerField()
        tax_basis_points = IntegerField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "invoice_line"
            indexes = ((("subscription", "period_start"), True),)

    db.create_tables([InvoiceLine])

    class Lease(Model):
        name = CharField(primary_key=True, max_length=64)
        holder = CharField(max_length=64)
        expires_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "lease"

    db.create_tables([Lease])

    class Mail(Model):
        id = BigAutoField()
        dedupe_key = CharField(unique=True, max_length=200)
        message_id = CharField(max_length=200)
        recipient = CharField(max_length=320)
        subject = TextField()
        text = TextField()
        html = TextField()
        attachments = JSONField(default=list)
        state = CharField(max_length=16, default="queued")
        reply = TextField(null=True)
        created_at = Instant()
        ended_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail"
            indexes = ((("state", "id"), False),)

    db.create_tables([Mail])

    class Measurement(Model):
        id = BigAutoField()
        minute = Instant(index=True)
        service = CharField(max_length=32)
        outcome = CharField(max_length=32)
        calls = IntegerField()
        seconds = FloatField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "measurement"
            indexes = ((("service", "minute", "outcome"), True),)

    db.create_tables([Measurement])

    class Schedule(Model):
        name = CharField(primary_key=True, max_length=64)
        cron = CharField(null=True, max_length=100)
        zone = CharField(null=True, max_length=64)
        paused_at = Instant(null=True)
        paused_because = TextField(null=True)
        paused_by = CharField(null=True, max_length=100)
        decided_until = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "schedule"

    db.create_tables([Schedule])

    class Worker(Model):
        id = CharField(primary_key=True, max_length=32)
        host = CharField()
        pid = IntegerField()
        queues = JSONField()
        started_at = Instant()
        beat_at = Instant()
        ended_at = Instant(null=True)
        ended_how = CharField(null=True, max_length=64)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "worker"

    db.create_tables([Worker])
    db.execute_sql(
        'CREATE UNIQUE INDEX "alert_open" ON "alert" ("kind", "subject_kind", "subject_id") WHERE cleared_at IS NULL'
    )
    db.execute_sql("""CREATE INDEX "job_due" ON "job" ("queue", "priority", "announce_at") WHERE state = 'queued'""")
    db.execute_sql(
        """CREATE UNIQUE INDEX "job_unique_work" ON "job" ("key") WHERE state = 'queued' AND key IS NOT NULL"""
    )
    db.execute_sql("""CREATE INDEX "job_running_work" ON "job" ("key") WHERE state = 'running' AND key IS NOT NULL""")
    db.execute_sql("""CREATE INDEX "job_claims" ON "job" ("claim_expires_at") WHERE state = 'running'""")
    db.execute_sql(
        """CREATE INDEX "job_suspects" ON "job" ("run_at") WHERE suspect AND state IN ('queued', 'running')"""
    )
    db.execute_sql('CREATE INDEX "job_of_run" ON "job" ("run_id", "state") WHERE run_id IS NOT NULL')
    db.execute_sql('CREATE INDEX "job_finished" ON "job" ("finished_at") WHERE finished_at IS NOT NULL')
