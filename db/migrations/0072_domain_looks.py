"""What the last looks at a domain brought, kept beside what is known of it, so that lists ask for nothing more."""

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.add_column("domain_state", "looks", JSONField(null=True)))
