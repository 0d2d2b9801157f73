"""Indexes for the pages: each filter and each order that they offer."""

from peewee import *


def up(migrator, db):
    db.execute_sql('DROP INDEX "domain_state_expires"')
    db.execute_sql(
        'CREATE INDEX "domain_state_answer_expires_domain_id" ON "domain_state" ("answer", "expires", "domain_id")'
    )
    db.execute_sql('CREATE INDEX "domain_state_failing" ON "domain_state" ("failed_at") WHERE failed_at IS NOT NULL')
    db.execute_sql('CREATE INDEX "endpoint_state_faulty" ON "endpoint_state" ("endpoint_id") WHERE NOT ok')
    db.execute_sql('DROP INDEX "event_client_id"')
    db.execute_sql('CREATE INDEX "event_client_id_id" ON "event" ("client_id", "id")')
    db.execute_sql('CREATE INDEX "alert_listed" ON "alert" ("kind", "stage", "id") WHERE cleared_at IS NULL')
    db.execute_sql('DROP INDEX "invoice_client_id"')
    db.execute_sql('CREATE INDEX "invoice_client_id_id" ON "invoice" ("client_id", "id")')
    db.execute_sql('CREATE INDEX "invoice_undocumented" ON "invoice" ("id") WHERE document_key IS NULL')
    db.execute_sql('CREATE INDEX "mail_recipient_id" ON "mail" ("recipient", "id")')
    db.execute_sql('DROP INDEX "job_of_run"')
    db.execute_sql('CREATE INDEX "job_of_run" ON "job" ("run_id", "state", "id") WHERE run_id IS NOT NULL')
    db.execute_sql('CREATE INDEX "job_of_task_state" ON "job" ("task", "state", "id")')
