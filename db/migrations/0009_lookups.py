"""Lookups that people ask for at once, and the verification that a domain is its client's."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class User(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "account"

    class Client(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client"

    class Domain(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "domain"

    class RequestedLookup(Model):
        id = BigAutoField()
        user = ForeignKeyField(User, on_delete="CASCADE")
        question = TextField()
        job_id = BigIntegerField(null=True)
        created_at = Instant(index=True)
        finished_at = Instant(null=True)
        answer = TextField(null=True)
        failure_kind = CharField(max_length=16, null=True)
        failure = TextField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "requested_lookup"

    class DomainOwnership(Model):
        domain = ForeignKeyField(Domain, primary_key=True, on_delete="CASCADE")
        client = ForeignKeyField(Client, on_delete="CASCADE")
        token = CharField(max_length=64)
        begun_at = Instant()
        state = CharField(default="pending", max_length=12)
        method = CharField(max_length=12, null=True)
        verified_at = Instant(null=True)
        seen_at = Instant(null=True)
        lost_at = Instant(null=True)
        misses = IntegerField(default=0)
        missed_at = Instant(null=True)
        checked_at = Instant(null=True)
        next_check_at = Instant(null=True)
        sightings = TextField(default="[]")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "domain_ownership"
            indexes = ((("next_check_at", "domain"), False),)

    db.create_tables([RequestedLookup, DomainOwnership])
    db.execute_sql('CREATE INDEX "requested_lookup_open" ON "requested_lookup" ("question") WHERE finished_at IS NULL')
