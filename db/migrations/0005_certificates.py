"""Certificates: which certificates an endpoint has served, when it is scanned next, and what authorities publish."""

from peewee import *
from db.fields import Instant


def up(migrator, db):
    class Endpoint(Model):
        id = BigAutoField()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "endpoint"

    class EndpointCertificate(Model):
        id = BigAutoField()
        endpoint = ForeignKeyField(Endpoint, on_delete="CASCADE", index=False)
        fingerprint = CharField(max_length=64)
        issuer = TextField()
        serial = TextField()
        key = TextField()
        key_id = CharField(max_length=64)
        names = JSONField(default=list)
        not_before = Instant()
        not_after = Instant()
        first_seen_at = Instant()
        last_seen_at = Instant()

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "endpoint_certificate"
            indexes = ((("endpoint", "fingerprint"), True),)

    class Download(Model):
        url = CharField(primary_key=True, max_length=2048)
        kind = CharField(max_length=16)
        body = BlobField(null=True)
        fetched_at = Instant(null=True)
        fresh_until = Instant(index=True)
        failure = TextField(null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "download"

    db.create_tables([EndpointCertificate, Download])

    # Old workers insert rows without these columns: the database itself has their defaults.
    given = {
        "endpoint": {
            "server_name": CharField(max_length=253, default="", constraints=[SQL("DEFAULT ''")]),
            "alpn": JSONField(default=list, constraints=[SQL("DEFAULT '[]'")]),
        },
        "endpoint_state": {
            "known": JSONField(null=True),
            "grade": CharField(max_length=1, null=True),
            "slow": BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")]),
            "beside": JSONField(null=True),
            "beside_at": Instant(null=True),
            "next_scan_at": Instant(null=True),
            "next_scan_because": TextField(null=True),
            "queued_until": Instant(null=True),
            "failed_at": Instant(null=True),
            "failure": TextField(null=True),
            "failures": IntegerField(default=0, constraints=[SQL("DEFAULT 0")]),
        },
        "endpoint_scan": {"grade": CharField(max_length=1, null=True)},
    }
    migrator.migrate(
        *(
            migrator.add_column(table, name, field, allow_not_null=True)
            for table, columns in given.items()
            for name, field in columns.items()
        ),
        migrator.drop_not_null("endpoint_state", "finding"),
        migrator.drop_not_null("endpoint_state", "ok"),
        migrator.drop_not_null("endpoint_state", "checked_at"),
    )
    db.execute_sql('DROP INDEX "endpoint_host_port_protocol"')
    db.execute_sql(
        'CREATE UNIQUE INDEX "endpoint_host_port_protocol_server_name" ON "endpoint"'
        ' ("host", "port", "protocol", "server_name")'
    )
    db.execute_sql(
        'CREATE INDEX "endpoint_state_next_scan_at_endpoint_id" ON "endpoint_state" ("next_scan_at", "endpoint_id")'
    )
    _convert(db)


def _convert(db):
    """Write what is known of each endpoint in the new form, so that the next scan tells only what is news."""

    class EndpointState(Model):
        endpoint_id = BigIntegerField(primary_key=True)
        finding = JSONField(null=True)
        checked_at = Instant(null=True)
        known = JSONField(null=True)
        grade = CharField(max_length=1, null=True)

        class Meta:
            database = db
            legacy_table_names = False
            table_name = "endpoint_state"

    last = 0
    while rows := list(
        EndpointState.select().where(EndpointState.endpoint_id > last).order_by(EndpointState.endpoint_id).limit(500)
    ):
        for row in rows:
            if row.finding:
                known = _known(row.finding, row.checked_at)
                EndpointState.update(known=known, grade=known["finding"]["grade"]).where(
                    EndpointState.endpoint_id == row.endpoint_id
                ).execute()
        last = rows[-1].endpoint_id


def _known(old, checked_at):
    faults = [_fault(one, old) for one in old.get("faults", ())]
    leaf = _leaf(old) if old.get("fingerprint") else None
    unseen = leaf is None and {"unreachable", "not_tls"} & {one["fault"] for one in faults}
    finding = {
        "host": old.get("host", ""),
        "port": old.get("port", 443),
        "protocol": "tls",
        "grade": "?" if unseen else "F" if faults else "A",
        "faults": faults,
        "message": old.get("message", ""),
        "leaf": leaf,
        "sights": [],
    }
    return {
        "finding": finding,
        "scanned_at": checked_at.isoformat() if checked_at else None,
        "leaf": leaf,
        "open": [one["fault"] for one in faults],
    }


def _fault(kind, old):
    """All kinds of before are critical (3); the one that no longer exists said why in the message."""
    message, faults = old.get("message", ""), old.get("faults", ())
    if kind == "unverified":
        kind = "handshake_failed" if "handshake failed" in message else "malformed"
        if "cannot be read" in message:
            kind = "unreadable"
    words = message if len(faults) == 1 else kind.replace("_", " ").capitalize() + "."
    return {"fault": kind, "words": words, "severity": 3}


def _leaf(old):
    same = ("subject", "issuer", "serial", "not_before", "not_after", "names", "key", "fingerprint")
    return {"role": "leaf", "sent": True, "key_id": "", "signature": "", **{name: old.get(name) for name in same}}
