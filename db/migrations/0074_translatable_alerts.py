"""What alerts say as messages and what fills them, so that pages say it in the reader's language."""

from peewee import *


def up(migrator, db):
    migrator.migrate(migrator.add_column("alert", "said", JSONField(null=True)))
