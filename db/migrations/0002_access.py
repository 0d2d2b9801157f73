"""Users, sessions, tokens; an audit trail that cannot be rewritten; indexes for those who look at jobs."""

from peewee import *
from db.fields import Instant

REFUSED = "the audit trail is append-only"


def up(migrator, db):
    class User(Model):
        id = BigAutoField()
        name = CharField(unique=True, max_length=100)
        role = CharField(max_length=16)
        password = TextField(null=True)
        created_at = Instant()
        disabled_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "account"

    class Session(Model):
        id = BigAutoField()
        user = ForeignKeyField(User, on_delete="CASCADE")
        token_hash = CharField(unique=True, max_length=64)
        created_at = Instant()
        seen_at = Instant()
        expires_at = Instant(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "session"

    class SignInLink(Model):
        token_hash = CharField(primary_key=True, max_length=64)
        user = ForeignKeyField(User, on_delete="CASCADE")
        expires_at = Instant(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "sign_in_link"

    class ApiToken(Model):
        id = BigAutoField()
        user = ForeignKeyField(User, on_delete="CASCADE")
        name = CharField(max_length=64)
        token_hash = CharField(unique=True, max_length=64)
        scopes = JSONField()
        created_at = Instant()
        expires_at = Instant()
        used_at = Instant(null=True)
        revoked_at = Instant(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "api_token"

    class Throttle(Model):
        key = CharField(primary_key=True, max_length=80)
        taken = IntegerField()
        ends_at = Instant(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "throttle"

    class IdempotencyKey(Model):
        id = BigAutoField()
        principal = CharField(max_length=80)
        key = CharField(max_length=200)
        fingerprint = CharField(max_length=64)
        status = SmallIntegerField(null=True)
        answer = TextField(null=True)
        created_at = Instant(index=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "idempotency_key"
            indexes = ((("principal", "key"), True),)

    db.create_tables([User, Session, SignInLink, ApiToken, Throttle, IdempotencyKey])
    db.execute_sql("""CREATE INDEX "job_not_done" ON "job" ("state", "id") WHERE state <> 'done'""")
    db.execute_sql("""CREATE INDEX "job_waiting" ON "job" ("queue", "run_at") WHERE state = 'queued'""")
    db.execute_sql('CREATE INDEX "audit_actor_id" ON "audit" ("actor", "id")')
    if isinstance(db, SqliteDatabase):
        for change in ("UPDATE", "DELETE"):
            db.execute_sql(
                f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit"
                f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            )
        return
    db.execute_sql(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    db.execute_sql(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    )
