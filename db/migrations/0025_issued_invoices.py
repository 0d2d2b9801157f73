"""Invoices keep what they say as data, credit notes name what they correct, and what is issued changes no more.

What is refused here is refused whoever asks: an UPDATE of what an invoice says, and any DELETE. A later migration that
builds one of the two tables anew on SQLite has to make its triggers again.
"""

from peewee import *

SAID = (
    *("client_id", "series", "number", "issued_on", "due_on", "currency", "net_minor", "tax_minor", "gross_minor"),
    *("kind", "corrects_id", "description", "created_at"),
)
LINE = ("invoice_id", "subscription_id", "period_start", "period_end", "description", "net_minor", "tax_basis_points")


def up(migrator, db):
    postgres = migrator.__class__.__name__.startswith("Postgres")
    migrator.migrate(
        migrator.add_column(
            "invoice",
            "kind",
            CharField(max_length=12, default="invoice", constraints=[SQL("DEFAULT 'invoice'")]),
            allow_not_null=True,
        )
    )
    number = "BIGINT" if postgres else "INTEGER"
    db.execute_sql(
        f'ALTER TABLE "invoice" ADD COLUMN "corrects_id" {number} REFERENCES "invoice" ("id") ON DELETE RESTRICT'
    )
    db.execute_sql('CREATE UNIQUE INDEX "invoice_corrects_id" ON "invoice" ("corrects_id")')
    db.execute_sql('ALTER TABLE "invoice" ADD COLUMN "description" TEXT')
    (on_postgres if postgres else on_sqlite)(db)


def on_postgres(db):
    db.execute_sql("""
        CREATE FUNCTION refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'an issued invoice does not change: correct it by a credit note'
                USING ERRCODE = 'restrict_violation';
        END $$
    """)
    for table, columns in (("invoice", SAID), ("invoice_line", LINE)):
        changed = ", ".join(f'"{one}"' for one in columns)
        differs = " OR ".join(f'OLD."{one}" IS DISTINCT FROM NEW."{one}"' for one in columns)
        db.execute_sql(
            f'CREATE TRIGGER "{table}_is_final" BEFORE UPDATE OF {changed} ON "{table}"'
            f" FOR EACH ROW WHEN ({differs}) EXECUTE FUNCTION refuse_change_of_issued()"
        )
        db.execute_sql(
            f'CREATE TRIGGER "{table}_is_kept" BEFORE DELETE ON "{table}"'
            " FOR EACH ROW EXECUTE FUNCTION refuse_change_of_issued()"
        )


def on_sqlite(db):
    refuse = "SELECT RAISE(ABORT, 'an issued invoice does not change: correct it by a credit note')"
    for table, columns in (("invoice", SAID), ("invoice_line", LINE)):
        changed = ", ".join(f'"{one}"' for one in columns)
        differs = " OR ".join(f'OLD."{one}" IS NOT NEW."{one}"' for one in columns)
        db.execute_sql(
            f'CREATE TRIGGER "{table}_is_final" BEFORE UPDATE OF {changed} ON "{table}"'
            f" WHEN {differs} BEGIN {refuse}; END"
        )
        db.execute_sql(f'CREATE TRIGGER "{table}_is_kept" BEFORE DELETE ON "{table}" BEGIN {refuse}; END')
