"""Who people are at issuers: an issuer and its subject, which never change, and never a mail address."""

from dataclasses import dataclass
from datetime import datetime

from db import connection
from db.fields import moment


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """A person's identity at an issuer, as they see it in the list."""

    id: int
    provider: str
    issuer: str
    created_at: datetime | None


class IdentityTaken(ValueError):
    """Raised when an identity is somebody's already."""


def holder(issuer: str, subject: str) -> int | None:
    """Return the id of the person who has this identity, or None."""
    rows = connection.execute(
        "SELECT user_id FROM external_identity WHERE issuer = %s AND subject = %s", issuer, subject
    )
    return rows[0][0] if rows else None


def add(user_id: int, *, issuer: str, subject: str, provider: str) -> None:
    """Make an identity a person's. Raises ``IdentityTaken``."""
    with connection.transaction():
        added = connection.execute(
            "INSERT INTO external_identity (user_id, issuer, subject, provider, created_at)"
            " VALUES (%s, %s, %s, %s, {now}) ON CONFLICT (issuer, subject) DO NOTHING RETURNING id",
            user_id,
            issuer,
            subject,
            provider,
        )
    if not added:
        raise IdentityTaken("this identity belongs to an account already")


def of_user(user_id: int) -> list[ExternalIdentity]:
    """Return a person's identities."""
    rows = connection.execute(
        "SELECT id, provider, issuer, created_at FROM external_identity WHERE user_id = %s ORDER BY id", user_id
    )
    return [ExternalIdentity(row[0], row[1], row[2], moment(row[3])) for row in rows]


def remove(user_id: int, identity_id: int) -> None:
    """Take an identity from a person. Raises ``LookupError`` where they have none of this id."""
    with connection.transaction():
        if not connection.changed("DELETE FROM external_identity WHERE id = %s AND user_id = %s", identity_id, user_id):
            raise LookupError(f"you have no identity {identity_id}")
