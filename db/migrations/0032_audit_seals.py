"""The chain of seals over the audit trail, and a trail that not even INSERT OR REPLACE rewrites."""

from peewee import *
from db.fields import Instant

REFUSED = "the audit trail is append-only"


def up(migrator, db):
    class AuditSeal(Model):
        number = BigIntegerField(primary_key=True)
        audit_id = BigIntegerField(unique=True)
        seal = CharField(max_length=64)
        sealed_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "audit_seal"

    db.create_tables([AuditSeal])
    if isinstance(db, SqliteDatabase):
        for change in ("UPDATE", "DELETE"):
            db.execute_sql(
                f"CREATE TRIGGER audit_seal_no_{change.lower()} BEFORE {change} ON audit_seal"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        for table, key in (("audit", "id"), ("audit_seal", "number")):
            db.execute_sql(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
                f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        return
    db.execute_sql(
        "CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    )
