"""Reasons that are stored in words as messages and what fills them, so that pages say them in the reader's language."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("domain_state", "next_look_said", JSONField(null=True)),
        migrator.add_column("domain_dns", "remarks_said", JSONField(null=True)),
        migrator.add_column("endpoint_state", "next_scan_said", JSONField(null=True)),
        migrator.add_column("job", "waits_said", TextField(null=True)),
    )
