"""Alerts, and who is told: routes, what people prefer, when nobody is told, what is owed to whom."""

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    SmallIntegerField,
    TextField,
)

from db.access.models import User
from db.base import Row, Table, now
from db.fields import Instant
from db.portfolio.models import Client


class Alert(Row):
    """A state that staff should know of; open until it is cleared. What it is now follows from its events."""

    client_id: int
    kind = CharField(100)
    subject_kind = CharField(16)
    subject_id = BigIntegerField()
    client = ForeignKeyField(Client, null=True, on_delete="CASCADE")
    stage = IntegerField(null=True)  # days before the end
    headline = TextField()
    facts = JSONField(default=list)  # [[label, value], ...]
    what_to_do = TextField(default="")
    opened_at = Instant(default=now)
    told_at = Instant(null=True)  # when the last mail about it was put into the outbox
    cleared_at = Instant(null=True)
    about = CharField(200, default="", constraints=[SQL("DEFAULT ''")])  # which cause of its kind
    storm = CharField(100, default="", constraints=[SQL("DEFAULT ''")])  # what many of its kind share, as an issuer
    urgency = SmallIntegerField(default=2, constraints=[SQL("DEFAULT 2")])  # rules.checks.alarms.Urgency
    acknowledged_at = Instant(null=True)
    acknowledged_by = CharField(100, default="", constraints=[SQL("DEFAULT ''")])
    snoozed_until = Instant(null=True)
    held_closed = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # by a person, while its cause holds
    returns = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # how often it came back without a calm day
    said = JSONField(null=True)  # headline, what_to_do and facts, to be translated; null: English alone

    class Meta:
        indexes = ((("subject_kind", "subject_id", "id"), False), (("kind", "id"), False))


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
Alert.add_index(Alert.index(Alert.id, where=SQL("cleared_at IS NULL"), name="alert_standing"))
Alert.add_index(Alert.index(Alert.cleared_at, where=SQL("cleared_at IS NOT NULL"), name="alert_over"))
Alert.add_index(Alert.index(Alert.stage, Alert.id, where=SQL("cleared_at IS NULL"), name="alert_pressing"))
Alert.add_index(Alert.index(Alert.kind, Alert.stage, Alert.id, where=SQL("cleared_at IS NULL"), name="alert_listed"))
Alert.add_index(
    Alert.index(
        Alert.kind, Alert.storm, Alert.id, where=SQL("cleared_at IS NULL AND storm <> ''"), name="alert_of_storm"
    )
)


class AlertEvent(Row):
    """One thing that happened to an alert: rules.alerts.life. ``unrouted`` marks news that is not routed yet."""

    alert = ForeignKeyField(Alert, on_delete="CASCADE", index=False)
    at = Instant()
    kind = CharField(16)
    stage = IntegerField(null=True)
    urgency = SmallIntegerField()
    actor = CharField(100, default="")
    note = TextField(default="")
    until = Instant(null=True)
    news = CharField(64, null=True)  # its words, where it is news
    unrouted = BooleanField(default=False)

    class Meta:
        indexes = ((("alert", "id"), False),)


AlertEvent.add_index(AlertEvent.index(AlertEvent.id, where=SQL("unrouted"), name="alert_event_unrouted"))


class AlertRoute(Row):
    """A line of the routes: rules.alerts.routing.AlertRoute. Times of the day are minutes after midnight."""

    name = CharField(100, unique=True)
    clients = JSONField(default=list)
    kinds = JSONField(default=list)
    least = SmallIntegerField()
    days = JSONField(default=list)
    begins = SmallIntegerField()
    ends = SmallIntegerField()
    zone = CharField(64)
    steps = JSONField(default=list)  # [{"after_minutes", "people", "roles", "channels"}, ...]


class AlertPreference(Table):
    """How a person wants to be told: rules.alerts.routing.Preference. Times of the day are minutes after midnight."""

    user = ForeignKeyField(User, on_delete="CASCADE", primary_key=True)
    digest_at = SmallIntegerField(null=True)
    quiet_from = SmallIntegerField(null=True)
    quiet_until = SmallIntegerField(null=True)
    at_once_from = SmallIntegerField()
    muted = JSONField(default=list)


class MaintenanceWindow(Row):
    """When nobody is told of a client, a domain or an endpoint: rules.alerts.maintenance.MaintenanceWindow."""

    subject_kind = CharField(16)
    subject_id = BigIntegerField()
    client_id: int
    client = ForeignKeyField(Client, on_delete="CASCADE")
    begins_at = Instant()
    ends_at = Instant(index=True)
    reason = TextField(default="")
    made_by = CharField(100, default="")


class AlertTelling(Row):
    """What one recipient is owed of an alert: rules.alerts.tellings.Telling.

    Told with a mail, or with a delivery to a channel; dropped without either.
    """

    alert = ForeignKeyField(Alert, on_delete="CASCADE", index=False)
    recipient = CharField(330)
    words = CharField(64)
    due_at = Instant()
    ended_at = Instant(null=True)
    mail_id = BigIntegerField(null=True)
    delivery_id = BigIntegerField(null=True)

    class Meta:
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
AlertTelling.add_index(
    AlertTelling.index(AlertTelling.mail_id, where=SQL("mail_id IS NOT NULL"), name="alert_telling_mail")
)
AlertTelling.add_index(
    AlertTelling.index(
        AlertTelling.recipient,
        AlertTelling.ended_at,
        where=SQL("delivery_id IS NOT NULL"),
        name="alert_telling_delivered",
    )
)
AlertTelling.add_index(
    AlertTelling.index(AlertTelling.delivery_id, where=SQL("delivery_id IS NOT NULL"), name="alert_telling_delivery")
)
AlertTelling.add_index(
    AlertTelling.index(AlertTelling.ended_at, where=SQL("ended_at IS NOT NULL"), name="alert_telling_over")
)


class AlertDelivery(Row):
    """A message to a channel. ``message_id`` stays the same whenever it is sent: it shows the receiver a repetition."""

    channel = CharField(32)
    message_id = CharField(64, unique=True)
    title = TextField()
    body = TextField()
    kind = CharField(32)
    data = TextField()  # JSON
    state = CharField(16)  # rules.alerts.alert_channels.DeliveryState
    said = TextField(null=True)
    made_at = Instant()
    asked_at = Instant()  # since when it is tried: when it was made, or sent again
    ended_at = Instant(null=True)

    class Meta:
        indexes = ((("channel", "id"), False),)


AlertDelivery.add_index(
    AlertDelivery.index(AlertDelivery.made_at, where=SQL("state <> 'queued'"), name="alert_delivery_made")
)
