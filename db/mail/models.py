"""The outbox, what came back about mails, and which notices and monthly reports clients were sent."""

from peewee import SQL, BigIntegerField, CharField, DateField, ForeignKeyField, JSONField, SmallIntegerField, TextField

from db.base import Row, now
from db.fields import Instant
from db.portfolio.models import Client


class Mail(Row):
    """The outbox: a mail is a row before it is a message. ``dedupe_key`` makes asking twice harmless."""

    dedupe_key = CharField(200, unique=True)
    message_id = CharField(200)
    recipient = CharField(320)
    subject = TextField()
    text = TextField()
    html = TextField()
    attachments = JSONField(default=list)  # [[file name, content type, storage key], ...]
    state = CharField(16, default="queued")  # rules.mail.mail_outcomes.MailState
    reply = TextField(null=True)
    created_at = Instant(default=now)
    ended_at = Instant(null=True)
    client_id = BigIntegerField(null=True)  # whom it is about; null: nobody, or many
    bounce_token = CharField(32, null=True)  # in its return path, so that a bounce finds it
    provider = CharField(100, null=True)  # who took it
    provider_id = CharField(200, null=True)  # the provider's id of it
    from_name = CharField(200, null=True)  # in whose name it is sent; null: as the settings say
    reply_to = CharField(320, null=True)
    unsubscribe = CharField(500, null=True)  # the address, or a link's placeholder, by which its reader gets no more
    logo_of = BigIntegerField(null=True)  # the sender whose logo its HTML shows

    class Meta:
        indexes = ((("state", "id"), False), (("recipient", "id"), False))


Mail.add_index(Mail.index(Mail.client_id, Mail.id, where=SQL("client_id IS NOT NULL"), name="mail_of_client"))
Mail.add_index(Mail.index(Mail.message_id, name="mail_of_message_id"))
Mail.add_index(Mail.index(Mail.bounce_token, where=SQL("bounce_token IS NOT NULL"), name="mail_of_bounce_token"))
Mail.add_index(Mail.index(Mail.provider_id, where=SQL("provider_id IS NOT NULL"), name="mail_of_provider_id"))


class MailNotice(Row):
    """What came back about a mail: that it arrived, bounced, was called spam. ``key``: the same news is told once."""

    mail = ForeignKeyField(Mail, on_delete="CASCADE")
    key = CharField(64, unique=True)
    kind = CharField(24)
    recipient = CharField(320)
    status = CharField(16, null=True)
    said = TextField()
    source = CharField(16)
    at = Instant()


MailNotice.add_index(
    MailNotice.index(MailNotice.recipient, MailNotice.kind, MailNotice.at, name="mail_notice_of_recipient")
)


class Suppression(Row):
    """An address that gets no mail, until ``expires_at`` or, where that is null, until somebody lifts it."""

    address = CharField(320, unique=True)
    reason = CharField(24)
    said = TextField()
    mail_id = BigIntegerField(null=True)
    created_by = CharField(100)
    created_at = Instant()
    expires_at = Instant(null=True)


class LetterText(Row):
    """A part of a letter in words of the staff: ``tasks.mail.letters.parts.PARTS``."""

    letter = CharField(32)
    language = CharField(8)
    part = CharField(16)
    source = TextField()
    changed_by = CharField(100)
    changed_at = Instant()

    class Meta:
        indexes = ((("letter", "language", "part"), True),)


class ClientNotice(Row):
    """A notice that a client was sent about something that ends: each stage of an end once."""

    client = ForeignKeyField(Client, on_delete="CASCADE")
    kind = CharField(24)  # rules.clients.client_notices.ClientNoticeKind
    subject_id = BigIntegerField()
    ends_on = DateField()
    days = SmallIntegerField()
    mail_id = BigIntegerField()
    at = Instant()

    class Meta:
        indexes = ((("kind", "subject_id", "ends_on", "days"), True),)


class ClientReport(Row):
    """A report of a month that was made for a client; of each month one."""

    client = ForeignKeyField(Client, on_delete="CASCADE", index=False)
    month = DateField()  # its first day
    document_id = BigIntegerField()
    mail_id = BigIntegerField(null=True)  # none where the client has no address
    at = Instant()

    class Meta:
        indexes = ((("client", "month"), True),)
