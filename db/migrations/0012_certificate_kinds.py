"""Endpoints: when to ask again for the certificate of the other kind of key."""

from db.fields import Instant


def up(migrator, db):
    migrator.migrate(migrator.add_column("endpoint_state", "ask_kinds_at", Instant(null=True)))
