"""Browsers that have signed in before, which strangers' guesses do not keep out."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class User(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "account"

    class KnownDevice(Model):
        id = BigAutoField()
        user = ForeignKeyField(User, on_delete="CASCADE")
        token_hash = CharField(max_length=64)
        expires_at = Instant(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "known_device"
            indexes = ((("user", "token_hash"), True),)

    db.create_tables([KnownDevice])
