"""Sign-in: where a session was begun and with what; second factors; mailed links; identities of others."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class User(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "account"

    class Mail(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mail"

    class MailedLink(Model):
        mail = ForeignKeyField(Mail, on_delete="CASCADE", primary_key=True)
        user = ForeignKeyField(User, on_delete="CASCADE")
        purpose = CharField(max_length=16)
        token_hash = CharField(max_length=64, null=True, unique=True)
        expires_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "mailed_link"

    class PendingSignIn(Model):
        token_hash = CharField(primary_key=True, max_length=64)
        user = ForeignKeyField(User, on_delete="CASCADE")
        how = CharField(max_length=32)
        expires_at = Instant(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "pending_sign_in"

    class SecondFactor(Model):
        user = ForeignKeyField(User, on_delete="CASCADE", primary_key=True)
        secret = CharField(max_length=64)
        last_step = BigIntegerField(default=0)
        created_at = Instant()
        confirmed_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "second_factor"

    class RecoveryCode(Model):
        code_hash = CharField(primary_key=True, max_length=64)
        user = ForeignKeyField(User, on_delete="CASCADE")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "recovery_code"

    class ExternalIdentity(Model):
        id = BigAutoField()
        user = ForeignKeyField(User, on_delete="CASCADE")
        issuer = CharField(max_length=500)
        subject = CharField(max_length=255)
        provider = CharField(max_length=32)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "external_identity"
            indexes = ((("issuer", "subject"), True),)

    class ProviderSignIn(Model):
        id = BigAutoField()
        state_hash = CharField(max_length=64, unique=True)
        browser_hash = CharField(max_length=64)
        provider = CharField(max_length=32)
        nonce = CharField(max_length=64)
        verifier = CharField(max_length=64)
        next = CharField(max_length=2000)
        user = ForeignKeyField(User, null=True, on_delete="CASCADE")
        expires_at = Instant(index=True)
        code = TextField(null=True)
        came_back = BooleanField(default=False)
        identity = JSONField(null=True)
        failure = TextField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "provider_sign_in"

    db.create_tables([MailedLink, PendingSignIn, SecondFactor, RecoveryCode, ExternalIdentity, ProviderSignIn])

    # Old workers insert rows without these columns: the database itself has their defaults.
    given = {
        "account": {
            "email": CharField(max_length=254, null=True, unique=True),
            "language": CharField(max_length=8, default="en", constraints=[SQL("DEFAULT 'en'")]),
            "session_version": IntegerField(default=0, constraints=[SQL("DEFAULT 0")]),
        },
        "session": {
            "device": CharField(max_length=80, default="", constraints=[SQL("DEFAULT ''")]),
            "place": CharField(max_length=64, default="", constraints=[SQL("DEFAULT ''")]),
        },
    }
    migrator.migrate(
        *(
            migrator.add_column(table, name, field, allow_not_null=True)
            for table, columns in given.items()
            for name, field in columns.items()
        ),
    )
    db.execute_sql('CREATE INDEX "session_user_id_expires_at" ON "session" ("user_id", "expires_at")')
