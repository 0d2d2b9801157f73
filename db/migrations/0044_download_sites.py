"""How many bytes of each site are kept of what authorities publish."""

from peewee import *


def up(migrator, db):
    migrator.migrate(
        migrator.add_column("download", "site", CharField(max_length=255, null=True)),
        migrator.add_column("download", "size", IntegerField(default=0), allow_not_null=True),
        migrator.add_index("download", ("site",), False),
    )
