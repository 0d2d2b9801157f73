"""Why an invoice has no document, where the job that makes it has ended badly; indexes by age, for retention."""


def up(migrator, db):
    db.execute_sql('ALTER TABLE "invoice" ADD COLUMN "document_error" TEXT')
    db.execute_sql('CREATE INDEX "effect_settled" ON "effect" ("settled_at") WHERE settled_at IS NOT NULL')
    db.execute_sql('CREATE INDEX "domain_answer_raw" ON "domain_answer" ("at") WHERE raw_text IS NOT NULL')
