"""Alerts have a life: who sees to them, until when nobody is told, how often they came back; its events; who is told.

Workers of the release before write alerts without events. What of theirs nobody was told yet becomes news here, or where
their own job asks for it to be told.
"""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Client(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client"

    class User(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "account"

    class Alert(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "alert"

    class AlertEvent(Model):
        id = BigAutoField()
        alert = ForeignKeyField(Alert, index=False, on_delete="CASCADE")
        at = Instant()
        kind = CharField(max_length=16)
        stage = IntegerField(null=True)
        urgency = SmallIntegerField()
        actor = CharField(default="", max_length=100)
        note = TextField(default="")
        until = Instant(null=True)
        news = CharField(max_length=64, null=True)
        unrouted = BooleanField(default=False)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "alert_event"
            indexes = ((("alert", "id"), False),)

    AlertEvent.add_index(AlertEvent.index(AlertEvent.id, where=SQL("unrouted"), name="alert_event_unrouted"))

    class AlertRoute(Model):
        id = BigAutoField()
        name = CharField(max_length=100, unique=True)
        clients = JSONField()
        kinds = JSONField()
        least = SmallIntegerField()
        days = JSONField()
        begins = SmallIntegerField()
        ends = SmallIntegerField()
        zone = CharField(max_length=64)
        steps = JSONField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "alert_route"

    class AlertPreference(Model):
        user = ForeignKeyField(User, on_delete="CASCADE", primary_key=True)
        digest_at = SmallIntegerField(null=True)
        quiet_from = SmallIntegerField(null=True)
        quiet_until = SmallIntegerField(null=True)
        at_once_from = SmallIntegerField()
        muted = JSONField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "alert_preference"

    class MaintenanceWindow(Model):
        id = BigAutoField()
        subject_kind = CharField(max_length=16)
        subject_id = BigIntegerField()
        client = ForeignKeyField(Client, on_delete="CASCADE")
        begins_at = Instant()
        ends_at = Instant(index=True)
        reason = TextField(default="")
        made_by = CharField(default="", max_length=100)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "maintenance_window"

    class AlertTelling(Model):
        id = BigAutoField()
        alert = ForeignKeyField(Alert, index=False, on_delete="CASCADE")
        recipient = CharField(max_length=330)
        words = CharField(max_length=64)
        due_at = Instant()
        ended_at = Instant(null=True)
        mail_id = BigIntegerField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "alert_telling"
            indexes = ((("alert", "recipient", "words"), True),)

    AlertTelling.add_index(
        AlertTelling.index(
            AlertTelling.recipient, AlertTelling.due_at, where=SQL("ended_at IS NULL"), name="alert_telling_waiting"
        )
    )
    AlertTelling.add_index(
        AlertTelling.index(
            AlertTelling.recipient, AlertTelling.ended_at, where=SQL("mail_id IS NOT NULL"), name="alert_telling_told"
        )
    )
    db.create_tables([AlertEvent, AlertRoute, AlertPreference, MaintenanceWindow, AlertTelling])

    # Old workers insert alerts without these columns: the database itself has their defaults.
    given = {
        "about": CharField(max_length=200, default="", constraints=[SQL("DEFAULT ''")]),
        "storm": CharField(max_length=100, default="", constraints=[SQL("DEFAULT ''")]),
        "urgency": SmallIntegerField(default=2, constraints=[SQL("DEFAULT 2")]),
        "acknowledged_at": Instant(null=True),
        "acknowledged_by": CharField(max_length=100, default="", constraints=[SQL("DEFAULT ''")]),
        "snoozed_until": Instant(null=True),
        "held_closed": BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")]),
        "returns": IntegerField(default=0, constraints=[SQL("DEFAULT 0")]),
    }
    migrator.migrate(
        *(migrator.add_column("alert", name, field, allow_not_null=True) for name, field in given.items()),
    )
    db.execute_sql(
        'CREATE INDEX "alert_of_storm" ON "alert" ("kind", "storm", "id") WHERE cleared_at IS NULL AND storm <> \'\''
    )
    db.execute_sql(
        "INSERT INTO alert_event (alert_id, at, kind, stage, urgency, actor, note, news, unrouted)"
        " SELECT id, opened_at, 'opened', stage, 2, '', '',"
        " CASE WHEN stage IS NULL THEN 'opened' ELSE 'stage ' || stage END, told_at IS NULL"
        " FROM alert WHERE cleared_at IS NULL ORDER BY id"
    )
