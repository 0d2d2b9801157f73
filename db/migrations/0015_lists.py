"""Indexes for lists: the alerts about one subject; domains by their end whatever their answer is, and by answer."""

from peewee import *


def up(migrator, db):
    db.execute_sql('CREATE INDEX "alert_subject_kind_subject_id_id" ON "alert" ("subject_kind", "subject_id", "id")')
    db.execute_sql('CREATE INDEX "domain_state_expires_domain_id" ON "domain_state" ("expires", "domain_id")')
    db.execute_sql('CREATE INDEX "domain_state_answer_domain_id" ON "domain_state" ("answer", "domain_id")')
