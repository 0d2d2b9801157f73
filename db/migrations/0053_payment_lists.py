"""Payments are listed by the day they came."""


def up(migrator, db):
    db.execute_sql('CREATE INDEX "payment_received_on_id" ON "payment" ("received_on", "id")')
