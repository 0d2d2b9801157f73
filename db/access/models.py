"""Staff, how they get in, and what they did."""

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    CompositeKey,
    ForeignKeyField,
    IntegerField,
    JSONField,
    SmallIntegerField,
    TextField,
)

from db.base import Row, Table, now
from db.fields import Instant
from db.mail.models import Mail
from db.portfolio.models import Client


class Audit(Row):
    """What a person did. Rows are added; the database itself refuses to change one."""

    at = Instant(default=now)
    actor = CharField(100)
    action = CharField(64)
    subject = CharField(200)
    details = JSONField(default=dict)
    before = JSONField(null=True)
    after = JSONField(null=True)
    address = CharField(64, default="", constraints=[SQL("DEFAULT ''")])  # from which it was asked for
    via = CharField(100, default="", constraints=[SQL("DEFAULT ''")])  # the session or token, or the command line
    reason = TextField(default="", constraints=[SQL("DEFAULT ''")])
    client_id = BigIntegerField(null=True)  # no foreign key: what was done outlives the client

    class Meta:
        indexes = ((("actor", "id"), False), (("action", "id"), False), (("subject", "id"), False))


Audit.add_index(
    Audit.index(Audit.client_id, Audit.id, where=SQL("client_id IS NOT NULL"), name="audit_of_client"),
)


class AuditSeal(Table):
    """The seal of an entry of the trail: rules.access.audit_chain."""

    number = BigIntegerField(primary_key=True)
    audit_id = BigIntegerField(unique=True)  # no foreign key: the seal outlives an entry that somebody removed
    seal = CharField(64)
    sealed_at = Instant()


class User(Row):
    name = CharField(100, unique=True)
    role = CharField(16)
    password = TextField(null=True)  # argon2id in its own notation; null: signs in by link alone
    created_at = Instant()
    disabled_at = Instant(null=True)
    email = CharField(254, null=True, unique=True)  # in lower case
    language = CharField(8, default="en", constraints=[SQL("DEFAULT 'en'")])  # of mails
    session_version = IntegerField(default=0, constraints=[SQL("DEFAULT 0")])  # raised to end sessions kept in cookies
    service = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # a program: holds tokens, never signs in
    limited = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # to the clients in UserClient, if any
    passkey_handle = CharField(64, null=True)  # random, base64url: authenticators know the account by it
    full_name = CharField(100, default="", constraints=[SQL("DEFAULT ''")])
    zone = CharField(64, default="UTC", constraints=[SQL("DEFAULT 'UTC'")])  # of the times on their pages
    factor_required = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # whatever their role asks for
    page_size = IntegerField(default=50, constraints=[SQL("DEFAULT 50")])  # rows of a list on their pages

    class Meta:
        table_name = "account"  # "user" is a word of SQL


class UserClient(Table):
    """A client to which a limited person is limited."""

    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    client = ForeignKeyField(Client, on_delete="CASCADE")

    class Meta:
        table_name = "account_client"
        primary_key = CompositeKey("user", "client")


class SavedView(Row):
    """A list as somebody wants to see it again: its filter and its order, and nothing of what it shows."""

    user = ForeignKeyField(User, on_delete="CASCADE", index=False)
    page = CharField(16)  # the list: dashboard.list_catalogue
    name = CharField(60)
    text = CharField(500)
    sort = CharField(32)
    created_at = Instant()

    class Meta:
        indexes = ((("user", "page", "name"), True),)


class Session(Row):
    """A signed-in browser. Gone means signed out."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    token_hash = CharField(64, unique=True)
    created_at = Instant()
    seen_at = Instant()
    expires_at = Instant(index=True)
    device = CharField(80, default="", constraints=[SQL("DEFAULT ''")])  # in our words, never a stranger's
    place = CharField(64, default="", constraints=[SQL("DEFAULT ''")])  # the network it was begun from

    class Meta:
        indexes = ((("user", "expires_at"), False),)


class SignInLink(Table):
    """A link that signs its user in once."""

    token_hash = CharField(64, primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    expires_at = Instant(index=True)


class MailedLink(Table):
    """What the link in a mail is for. The link itself is made when the mail is sent, and kept as a hash."""

    mail = ForeignKeyField(Mail, on_delete="CASCADE", primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    purpose = CharField(16)
    token_hash = CharField(64, null=True, unique=True)
    expires_at = Instant(null=True)


class PendingSignIn(Table):
    """A sign-in whose password or link was right and whose second factor is still to come. It is no session."""

    token_hash = CharField(64, primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")
    how = CharField(32)
    expires_at = Instant(index=True)


class SecondFactor(Table):
    """The secret from which a person's codes are made (TOTP, RFC 6238)."""

    user = ForeignKeyField(User, on_delete="CASCADE", primary_key=True)
    secret = CharField(64)  # base32; whoever reads it can make codes, so no answer and no log holds it
    last_step = BigIntegerField(default=0)  # of the newest code that was used, so that none is used twice
    created_at = Instant()
    confirmed_at = Instant(null=True)  # null: shown, and no code of it was seen yet


class RecoveryCode(Table):
    """A code that replaces one of the second factor, once."""

    code_hash = CharField(64, primary_key=True)
    user = ForeignKeyField(User, on_delete="CASCADE")


class Passkey(Row):
    """A key pair of which an authenticator has the private half (WebAuthn)."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    name = CharField(64)
    credential_id = CharField(1400, unique=True)  # up to 1,023 bytes, base64url
    public_key = TextField()  # COSE, base64url
    sign_count = BigIntegerField()
    created_at = Instant()
    used_at = Instant(null=True)


class PasskeyChallenge(Table):
    """What an authenticator is to sign: for one purpose, in one browser, once."""

    challenge_hash = CharField(64, primary_key=True)
    purpose = CharField(16)
    browser_hash = CharField(64, index=True)  # of the cookie that the browser had
    expires_at = Instant(index=True)


class FirstOwnerLink(Table):
    """The link that makes the first owner, while no person has an account."""

    token_hash = CharField(64, primary_key=True)
    expires_at = Instant()


class ExternalIdentity(Row):
    """Who a person is at an issuer. An address is no identity: issuers give it to somebody else."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    issuer = CharField(500)
    subject = CharField(255)
    provider = CharField(32)  # as the settings called it then
    created_at = Instant()

    class Meta:
        indexes = ((("issuer", "subject"), True),)


class ProviderSignIn(Row):
    """A sign-in that went to a provider and is to come back, to the same browser, once."""

    state_hash = CharField(64, unique=True)
    browser_hash = CharField(64)
    provider = CharField(32)
    nonce = CharField(64)
    verifier = CharField(64)  # PKCE (RFC 7636)
    next = CharField(2000)
    user = ForeignKeyField(User, null=True, on_delete="CASCADE")  # who links an identity to their account
    expires_at = Instant(index=True)
    code = TextField(null=True)  # until it is exchanged
    came_back = BooleanField(default=False)
    identity = JSONField(null=True)
    failure = TextField(null=True)


class ApiToken(Row):
    user = ForeignKeyField(User, on_delete="CASCADE")
    name = CharField(64)
    token_hash = CharField(64, unique=True)
    scopes = JSONField()
    created_at = Instant()
    expires_at = Instant()
    used_at = Instant(null=True)
    revoked_at = Instant(null=True)
    limited = BooleanField(default=False, constraints=[SQL("DEFAULT FALSE")])  # to the clients in ApiTokenClient


class ApiTokenClient(Table):
    """A client to which a limited token is limited, within what its owner may see."""

    token = ForeignKeyField(ApiToken, on_delete="CASCADE", index=False)
    client = ForeignKeyField(Client, on_delete="CASCADE")

    class Meta:
        primary_key = CompositeKey("token", "client")


class KnownDevice(Row):
    """A browser in which a person has signed in before."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    token_hash = CharField(64)
    expires_at = Instant(index=True)

    class Meta:
        indexes = ((("user", "token_hash"), True),)


class Throttle(Table):
    """How many tries were taken in a window that is still open."""

    key = CharField(80, primary_key=True)
    taken = IntegerField()
    ends_at = Instant(index=True)


class IdempotencyKey(Row):
    """What was answered to a request that may come again."""

    principal = CharField(80)
    key = CharField(200)
    fingerprint = CharField(64)
    status = SmallIntegerField(null=True)
    answer = TextField(null=True)
    created_at = Instant(index=True)

    class Meta:
        indexes = ((("principal", "key"), True),)


class RequestedLookup(Row):
    """What somebody asked for at once, and its answer until retention takes it; open rows of a question share it."""

    user = ForeignKeyField(User, on_delete="CASCADE")
    question = TextField()  # rules.lookups.LookupQuestion as JSON
    job_id = BigIntegerField(null=True)
    created_at = Instant(index=True)
    finished_at = Instant(null=True)
    answer = TextField(null=True)  # JSON in ASCII: strangers' words are in it
    failure_kind = CharField(16, null=True)
    failure = TextField(null=True)


RequestedLookup.add_index(
    RequestedLookup.index(RequestedLookup.question, where=SQL("finished_at IS NULL"), name="requested_lookup_open")
)


class SignedLink(Row):
    """A link that was handed out. Its signature is computed from this row and stored nowhere."""

    purpose = CharField(32)  # rules.access.signed_links.SignedPurpose
    subject_kind = CharField(16)
    subject_id = BigIntegerField()
    client_id = BigIntegerField(null=True)  # whose the subject is
    method = CharField(8)
    audience = CharField(100, default="")  # "user 7"; empty: whoever has it
    created_by = CharField(100)
    created_at = Instant(default=now)
    expires_at = Instant(index=True)
    mail_id = BigIntegerField(null=True)  # the one mail that it goes out in
    withdrawn_at = Instant(null=True)
    withdrawn_by = CharField(100, default="")
    uses = IntegerField(default=0)
    used_at = Instant(null=True)

    class Meta:
        indexes = ((("subject_kind", "subject_id", "id"), False), (("client_id", "id"), False))


SignedLink.add_index(SignedLink.index(SignedLink.mail_id, where=SQL("mail_id IS NOT NULL"), name="signed_link_mailed"))


class SignedLinkUse(Row):
    """One use of a signed link."""

    link = ForeignKeyField(SignedLink, on_delete="CASCADE", index=False)
    at = Instant(default=now)
    what = CharField(32)
    address = CharField(64)
    device = CharField(80)

    class Meta:
        indexes = ((("link", "id"), False),)
