"""People: passkeys, their profile, a second factor asked of one person, and the link that makes the first owner."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class User(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "account"

    class Passkey(Model):
        id = BigAutoField()
        user = ForeignKeyField(User, on_delete="CASCADE")
        name = CharField(max_length=64)
        credential_id = CharField(max_length=1400, unique=True)
        public_key = TextField()
        sign_count = BigIntegerField()
        created_at = Instant()
        used_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "passkey"

    class PasskeyChallenge(Model):
        challenge_hash = CharField(primary_key=True, max_length=64)
        purpose = CharField(max_length=16)
        browser_hash = CharField(max_length=64, index=True)
        expires_at = Instant(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "passkey_challenge"

    class FirstOwnerLink(Model):
        token_hash = CharField(primary_key=True, max_length=64)
        expires_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "first_owner_link"

    db.create_tables([Passkey, PasskeyChallenge, FirstOwnerLink])

    # Old workers insert rows without these columns: the database itself has their defaults.
    given = {
        "passkey_handle": CharField(max_length=64, null=True),
        "full_name": CharField(max_length=100, default="", constraints=[SQL("DEFAULT ''")]),
        "zone": CharField(max_length=64, default="UTC", constraints=[SQL("DEFAULT 'UTC'")]),
        "factor_required": BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")]),
    }
    migrator.migrate(
        *(migrator.add_column("account", name, field, allow_not_null=True) for name, field in given.items()),
    )
