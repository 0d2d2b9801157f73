"""Invoices by the day on which they are due, for the calendar."""


def up(migrator, db):
    db.execute_sql('CREATE INDEX "invoice_due" ON "invoice" ("due_on", "id")')
