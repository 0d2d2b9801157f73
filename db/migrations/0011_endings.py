"""Why an invoice has no document, where the job that makes it has ended badly."""


def up(migrator, db):
    db.execute_sql('ALTER TABLE "invoice" ADD COLUMN "document_error" TEXT')
