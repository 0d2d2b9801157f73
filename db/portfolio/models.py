"""Clients and what is looked after for them, what is known of it, and what happened to it.

A subject's history has a (subject, time) index, its newest state a row of its own.
"""

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    TextField,
)

from db.base import Row, Table, now
from db.fields import Instant


class Client(Row):
    name = CharField(200, unique=True)
    email = CharField(254)
    contacts = JSONField(default=list)  # [{"name", "email", "role"}]
    address = JSONField(default=list)  # lines
    language = CharField(8, default="en")
    currency = CharField(3, default="EUR")
    zone = CharField(64, default="UTC")
    alert_days = JSONField(null=True)  # days before an end at which staff are told; null: as by default
    created_at = Instant(default=now)
    notices = CharField(64, default="", constraints=[SQL("DEFAULT ''")])  # kinds that the client is told of, by commas
    monthly_report = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])


class Domain(Row):
    client_id: int
    client = ForeignKeyField(Client, backref="domains", on_delete="CASCADE")
    name = CharField(253, unique=True)
    decision = CharField(12, default="undecided")  # rules.domains.renewals.RenewalDecision
    decided_for = Instant(null=True)  # the end that was in force when that was decided
    expires_by_hand = DateField(null=True)  # for registries that publish no expiry
    alert_days = JSONField(null=True)  # null: as the client's
    created_at = Instant(default=now)


class DomainState(Table):
    """What is known of a domain now. ``checked_at`` is the last answer, ``failed_at`` the last try without one.

    ``said`` tells for each field which server said it when; ``expires`` is the end that counts, also where it was
    entered by hand or follows from what is paid.
    """

    domain = ForeignKeyField(Domain, primary_key=True, on_delete="CASCADE")
    answer = CharField(16)
    source = CharField(16)
    server = CharField(255)
    created = Instant(null=True)
    updated = Instant(null=True)
    expires = Instant(null=True)
    registrar = TextField(null=True)
    nameservers = JSONField(default=list)
    statuses = JSONField(default=list)
    said = JSONField(default=dict)
    stage = CharField(24, null=True)  # rules.domains.lifecycle.LifecycleStage
    stage_since = Instant(null=True)  # when that was first seen
    changed_at = Instant(null=True)  # when there was news last
    next_look_at = Instant(null=True)
    next_look_because = TextField(null=True)
    checked_at = Instant(null=True)
    failed_at = Instant(null=True)
    failure = TextField(null=True)
    failures = IntegerField(default=0)  # checks in a row that nobody answered
    looks = JSONField(null=True)  # rules.domains.recent_checks, as it writes them
    next_look_said = JSONField(null=True)  # next_look_because, as rules.translatable keeps it

    class Meta:
        indexes = (
            (("answer", "expires", "domain"), False),
            (("answer", "domain"), False),
            (("expires", "domain"), False),
            (("next_look_at", "domain"), False),
            (("registrar", "domain"), False),
            (("stage", "domain"), False),
        )


DomainState.add_index(
    DomainState.index(DomainState.failed_at, where=SQL("failed_at IS NOT NULL"), name="domain_state_failing")
)
DomainState.add_index(
    DomainState.index(
        DomainState.stage, DomainState.domain, where=SQL("stage NOT IN ('active', 'expiring')"), name="domain_state_odd"
    )
)


class DomainDns(Table):
    """What name servers say of a domain now, and what is odd about it."""

    domain = ForeignKeyField(Domain, primary_key=True, on_delete="CASCADE")
    facts = JSONField()
    remarks = JSONField(default=list)
    checked_at = Instant()
    remarks_said = JSONField(null=True)  # the words of remarks, as rules.translatable keeps them


class DomainOwnership(Table):
    """How far a domain's verification has come: rules.domains.ownership.Ownership.

    It was begun for one client; where the domain is another's now, it says nothing.
    """

    domain = ForeignKeyField(Domain, primary_key=True, on_delete="CASCADE")
    client_id: int
    client = ForeignKeyField(Client, on_delete="CASCADE")
    token = CharField(64)
    begun_at = Instant()
    state = CharField(12, default="pending")  # rules.domains.ownership.OwnershipState
    method = CharField(12, null=True)  # rules.domains.ownership.OwnershipMethod
    verified_at = Instant(null=True)
    seen_at = Instant(null=True)
    lost_at = Instant(null=True)
    misses = IntegerField(default=0)
    missed_at = Instant(null=True)
    checked_at = Instant(null=True)
    next_check_at = Instant(null=True)
    sightings = TextField(default="[]")  # [[method, kind, detail], ...] as JSON in ASCII: strangers' words are in it

    class Meta:
        indexes = ((("next_check_at", "domain"), False),)


class DomainAnswer(Row):
    """One answer of a registry, with its raw text until retention takes it."""

    domain = ForeignKeyField(Domain, on_delete="CASCADE", index=False)
    at = Instant(default=now)
    answer = CharField(16)
    source = CharField(16)
    server = CharField(255)
    expires = Instant(null=True)
    raw_text = TextField(null=True)

    class Meta:
        indexes = ((("domain", "at"), False), (("at",), False))


DomainAnswer.add_index(
    DomainAnswer.index(DomainAnswer.at, where=SQL("raw_text IS NOT NULL"), name="domain_answer_raw"),
)


class Endpoint(Row):
    client_id: int
    client = ForeignKeyField(Client, backref="endpoints", on_delete="CASCADE")
    host = CharField(253)
    port = IntegerField(default=443)
    protocol = CharField(16, default="tls")  # rules.certificates.observation.Protocol
    created_at = Instant(default=now)
    server_name = CharField(253, default="", constraints=[SQL("DEFAULT ''")])  # SNI in place of the host
    alpn = JSONField(default=list, constraints=[SQL("DEFAULT '[]'")])  # protocols to offer

    class Meta:
        indexes = ((("host", "port", "protocol", "server_name"), True),)


class EndpointState(Table):
    """What is known of an endpoint now. ``checked_at`` is the last scan, ``failed_at`` the last that we could not make.

    ``known`` is a rules.certificates.history.EndpointHistory as finding_json writes it, but for the served
    certificates, which have their own table; null before the first scan. ``finding`` is not read; an older release
    wrote it.
    """

    endpoint = ForeignKeyField(Endpoint, primary_key=True, on_delete="CASCADE")
    finding = JSONField(null=True)
    ok = BooleanField(null=True)
    not_after = Instant(null=True, index=True)
    checked_at = Instant(null=True)
    known = JSONField(null=True)
    grade = CharField(1, null=True)  # rules.certificates.finding.Grade
    slow = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # it made its last scan wait
    beside = JSONField(null=True)  # what the DNS says: rules.certificates.dns_policy.DnsPolicy
    beside_at = Instant(null=True)  # when it was asked last
    next_scan_at = Instant(null=True)
    next_scan_because = TextField(null=True)
    queued_until = Instant(null=True)  # until when a scan that is queued counts
    failed_at = Instant(null=True)
    failure = TextField(null=True)
    failures = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # scans in a row that we could not make
    ask_kinds_at = Instant(null=True)  # when to ask again for a certificate of the other kind of key
    next_scan_said = JSONField(null=True)  # next_scan_because, as rules.translatable keeps it

    class Meta:
        indexes = ((("next_scan_at", "endpoint"), False),)


EndpointState.add_index(EndpointState.index(EndpointState.endpoint, where=SQL("NOT ok"), name="endpoint_state_faulty"))


class EndpointCertificate(Row):
    """A certificate that some address of an endpoint served, once or still: ``ServedCertificate`` of the rules."""

    endpoint_id: int
    endpoint = ForeignKeyField(Endpoint, on_delete="CASCADE", index=False)
    fingerprint = CharField(64)
    issuer = TextField()
    serial = TextField()
    key = TextField()
    key_id = CharField(64)
    names = JSONField(default=list)
    not_before = Instant()
    not_after = Instant()
    first_seen_at = Instant()
    last_seen_at = Instant()

    class Meta:
        indexes = ((("endpoint", "fingerprint"), True), (("serial",), False), (("fingerprint",), False))


class EndpointScan(Row):
    """One scan of an endpoint."""

    endpoint = ForeignKeyField(Endpoint, on_delete="CASCADE", index=False)
    at = Instant(default=now)
    ok = BooleanField()
    faults = JSONField(default=list)
    not_after = Instant(null=True)
    fingerprint = CharField(64, null=True)
    message = TextField(default="")
    grade = CharField(1, null=True)

    class Meta:
        indexes = ((("endpoint", "at"), False), (("at",), False))


class Event(Row):
    """Something that changed about a subject: a domain, an endpoint, an invoice."""

    at = Instant(default=now)
    kind = CharField(32)
    subject_kind = CharField(16)
    subject_id = BigIntegerField()
    client = ForeignKeyField(Client, null=True, on_delete="CASCADE", index=False)
    before = TextField(null=True)
    after = TextField(null=True)
    written_in = BigIntegerField(constraints=[SQL("DEFAULT 0")])  # the transaction, filled by PostgreSQL; 0 on SQLite

    class Meta:
        indexes = (
            (("subject_kind", "subject_id", "at"), False),
            (("client", "id"), False),
            (("written_in", "id"), False),
            (("client", "written_in", "id"), False),
            (("kind", "written_in", "id"), False),
        )
