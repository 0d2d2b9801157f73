"""Saved views and page sizes of people; indexes for what lists are sorted by and narrowed to."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class User(Model):
        id = BigAutoField()

        class Meta:
            database = db
            table_name = "account"

    class SavedView(Model):
        id = BigAutoField()
        user = ForeignKeyField(User, on_delete="CASCADE", index=False)
        page = CharField(max_length=16)
        name = CharField(max_length=60)
        text = CharField(max_length=500)
        sort = CharField(max_length=32)
        created_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "saved_view"
            indexes = ((("user", "page", "name"), True),)

    db.create_tables([SavedView])
    db.execute_sql('ALTER TABLE "account" ADD COLUMN "page_size" INTEGER NOT NULL DEFAULT 50')
    db.execute_sql('CREATE INDEX "alert_pressing" ON "alert" ("stage", "id") WHERE cleared_at IS NULL')
    db.execute_sql('CREATE INDEX "domain_state_stage_domain_id" ON "domain_state" ("stage", "domain_id")')
