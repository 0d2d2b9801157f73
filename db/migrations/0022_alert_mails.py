"""Which alerts a mail told: whoever answers it sees to those."""

from peewee import *


def up(migrator, db):
    db.execute_sql('CREATE INDEX "alert_telling_mail" ON "alert_telling" ("mail_id") WHERE mail_id IS NOT NULL')
