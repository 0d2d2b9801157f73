"""What the lists of the API go along: events in the order in which they can be read, alerts by kind and by whether open.

``written_in`` is the transaction that wrote an event, so that a reader can tell what may still come before it. On SQLite,
which has one writer, the order of the ids is that of the commits.
"""

from peewee import *


def up(migrator, db):
    postgres = isinstance(db, PostgresqlDatabase)
    kind = "BIGINT" if postgres else "INTEGER"
    db.execute_sql(f'ALTER TABLE "event" ADD COLUMN "written_in" {kind} DEFAULT 0 NOT NULL')
    if postgres:  # by a trigger, so that workers of the release before fill it, too
        db.execute_sql(
            "CREATE FUNCTION event_written() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN NEW.written_in := pg_current_xact_id()::text::bigint; RETURN NEW; END $$"
        )
        db.execute_sql(
            "CREATE TRIGGER event_written BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION event_written()"
        )
    db.execute_sql('CREATE INDEX "event_written_in_id" ON "event" ("written_in", "id")')
    db.execute_sql('CREATE INDEX "event_client_id_written_in_id" ON "event" ("client_id", "written_in", "id")')
    db.execute_sql('CREATE INDEX "event_kind_written_in_id" ON "event" ("kind", "written_in", "id")')
    db.execute_sql('CREATE INDEX "alert_kind_id" ON "alert" ("kind", "id")')
    db.execute_sql('CREATE INDEX "alert_standing" ON "alert" ("id") WHERE cleared_at IS NULL')
