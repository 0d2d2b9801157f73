"""Authority: people and tokens that are limited to clients, service accounts, whom jobs and mails are about, the audit."""

from peewee import *


def up(migrator, db):
    class Client(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "client"

    class User(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "account"

    class ApiToken(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "api_token"

    class UserClient(Model):
        user = ForeignKeyField(User, on_delete="CASCADE", index=False)
        client = ForeignKeyField(Client, on_delete="CASCADE")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "account_client"
            primary_key = CompositeKey("user", "client")

    class ApiTokenClient(Model):
        token = ForeignKeyField(ApiToken, on_delete="CASCADE", index=False)
        client = ForeignKeyField(Client, on_delete="CASCADE")

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "api_token_client"
            primary_key = CompositeKey("token", "client")

    db.create_tables([UserClient, ApiTokenClient])

    # Old workers insert rows without these columns: the database itself has their defaults.
    given = {
        "account": {
            "service": BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")]),
            "limited": BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")]),
        },
        "api_token": {"limited": BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])},
        "audit": {
            "before": JSONField(null=True),
            "after": JSONField(null=True),
            "address": CharField(max_length=64, default="", constraints=[SQL("DEFAULT ''")]),
            "via": CharField(max_length=100, default="", constraints=[SQL("DEFAULT ''")]),
            "reason": TextField(default="", constraints=[SQL("DEFAULT ''")]),
            "client_id": BigIntegerField(null=True),
        },
        "job": {"client_id": BigIntegerField(null=True)},
        "mail": {"client_id": BigIntegerField(null=True)},
    }
    migrator.migrate(
        *(
            migrator.add_column(table, name, field, allow_not_null=True)
            for table, columns in given.items()
            for name, field in columns.items()
        ),
    )
    for table, columns in (("audit", '"id"'), ("job", '"state", "id"'), ("mail", '"id"')):
        db.execute_sql(
            f'CREATE INDEX "{table}_of_client" ON "{table}" ("client_id", {columns}) WHERE client_id IS NOT NULL'
        )
    for column in ("action", "subject"):
        db.execute_sql(f'CREATE INDEX "audit_{column}_id" ON "audit" ("{column}", "id")')
