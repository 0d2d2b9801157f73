"""The outbox."""

from peewee import SQL, BigIntegerField, CharField, JSONField, TextField

from db.base import Row, now
from db.fields import Instant


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
    created_at = Instant(default=now)
    ended_at = Instant(null=True)
    client_id = BigIntegerField(null=True)  # whom it is about; null: nobody, or many

    class Meta:
        indexes = ((("state", "id"), False), (("recipient", "id"), False))


Mail.add_index(Mail.index(Mail.client_id, Mail.id, where=SQL("client_id IS NOT NULL"), name="mail_of_client"))


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
