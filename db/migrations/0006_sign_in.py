"""Sign-in: where a session was begun and with what."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    # Old workers insert rows without these columns: the database itself has their defaults.
    given = {
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
