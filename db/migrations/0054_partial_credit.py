"""Credit notes over parts: an invoice has several, no more than it is; what is asked for is a row before it is issued.

A line that a note takes back whole names it, and is taken back once. On SQLite the triggers of 0025 stay as they are:
no table is built anew.
"""

from peewee import *
from db.fields import Instant

TOO_MUCH = "credit notes take back no more than their invoice"


def up(migrator, db):
    class Invoice(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "invoice"

    class CreditOrder(Model):
        id = BigAutoField()
        invoice = ForeignKeyField(Invoice, on_delete="RESTRICT", index=False)
        key = CharField(max_length=64, unique=True)
        lines = JSONField()
        amount_minor = BigIntegerField(null=True)
        reason = CharField(max_length=200)
        state = CharField(max_length=6, default="asked")
        note = ForeignKeyField(Invoice, null=True, on_delete="RESTRICT")
        failure = TextField(null=True)
        asked_by = CharField(max_length=100)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "credit_order"
            indexes = ((("invoice", "id"), False),)

    postgres = migrator.__class__.__name__.startswith("Postgres")
    db.create_tables([CreditOrder])
    db.execute_sql(
        'CREATE UNIQUE INDEX "credit_order_under_way" ON "credit_order" ("invoice_id") WHERE state = \'asked\''
    )
    db.execute_sql('DROP INDEX "invoice_corrects_id"')
    db.execute_sql('CREATE INDEX "invoice_corrects_id" ON "invoice" ("corrects_id")')
    number = "BIGINT" if postgres else "INTEGER"
    db.execute_sql(
        f'ALTER TABLE "invoice_line" ADD COLUMN "corrects_id" {number}'
        ' REFERENCES "invoice_line" ("id") ON DELETE RESTRICT'
    )
    db.execute_sql('CREATE UNIQUE INDEX "invoice_line_corrects_id" ON "invoice_line" ("corrects_id")')
    credited = (
        'NEW.corrects_id IS NOT NULL AND (SELECT COALESCE(SUM(note.gross_minor), 0) FROM "invoice" AS note'
        " WHERE note.corrects_id = NEW.corrects_id) + NEW.gross_minor"
        ' + (SELECT whole.gross_minor FROM "invoice" AS whole WHERE whole.id = NEW.corrects_id) < 0'
    )
    (on_postgres if postgres else on_sqlite)(db, credited)


def on_postgres(db, credited):
    db.execute_sql(f"""
        CREATE FUNCTION refuse_too_much_credit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {credited} THEN
                RAISE EXCEPTION '{TOO_MUCH}' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END $$
    """)
    db.execute_sql(
        'CREATE TRIGGER "invoice_credits_no_more" BEFORE INSERT ON "invoice"'
        " FOR EACH ROW EXECUTE FUNCTION refuse_too_much_credit()"
    )


def on_sqlite(db, credited):
    db.execute_sql(
        f'CREATE TRIGGER "invoice_credits_no_more" BEFORE INSERT ON "invoice" WHEN {credited}'
        f" BEGIN SELECT RAISE(ABORT, '{TOO_MUCH}'); END"
    )
