"""Links that are mailed: what each is for, and the hash of its token once its mail is sent.

The token is made when the mail goes to the relay and stands nowhere but in it: not in the outbox, not in a job.
"""

from dataclasses import dataclass
from enum import StrEnum

from db import connection


class LinkPurpose(StrEnum):
    """What a link lets its reader do."""

    SIGN_IN = "sign-in"
    RESET = "reset"  # give the account another password
    INVITATION = "invitation"  # give it its first


@dataclass(frozen=True, slots=True)
class MailedLink:
    """The link of a mail, and whose it is."""

    user_id: int
    purpose: LinkPurpose


def add(mail_id: int, user_id: int, purpose: LinkPurpose) -> None:
    """Say what the link of a mail is for, in the caller's transaction."""
    connection.execute(
        "INSERT INTO mailed_link (mail_id, user_id, purpose) VALUES (%s, %s, %s)", mail_id, user_id, str(purpose)
    )


def of_mail(mail_id: int, recipient: str) -> MailedLink | None:
    """Return what the link of a mail is for; None where it is over, or the mail is not its person's any more."""
    rows = connection.execute(
        "SELECT user_id, purpose FROM mailed_link JOIN account ON account.id = user_id"
        " WHERE mail_id = %s AND email = %s AND disabled_at IS NULL",
        mail_id,
        recipient,
    )
    return MailedLink(rows[0][0], LinkPurpose(rows[0][1])) if rows else None


def issue(mail_id: int, link: MailedLink, token_hash: str, *, holds_s: int) -> None:
    """Make a token count from now on; other links of the same person and purpose are worth nothing any more."""
    with connection.transaction():
        connection.changed(
            "DELETE FROM mailed_link WHERE user_id = %s AND purpose = %s AND mail_id <> %s AND token_hash IS NOT NULL",
            link.user_id,
            str(link.purpose),
            mail_id,
        )
        connection.changed(
            "UPDATE mailed_link SET token_hash = %s, expires_at = {later(%s)} WHERE mail_id = %s",
            token_hash,
            holds_s,
            mail_id,
        )


_HOLDS = (
    "WHERE token_hash = %s AND purpose = %s AND expires_at > {now}"
    " AND user_id IN (SELECT id FROM account WHERE disabled_at IS NULL)"
)


def holder(token_hash: str, purpose: LinkPurpose) -> int | None:
    """Return the id of the person whose link this is, if it holds; it is not used up."""
    statement = f"SELECT user_id FROM mailed_link {_HOLDS}"  # noqa: S608 - a constant
    rows = connection.execute(statement, token_hash, str(purpose))
    return rows[0][0] if rows else None


def use(token_hash: str, purpose: LinkPurpose) -> int | None:
    """Use a link up, in the caller's transaction, and return its person's id; None if it does not hold."""
    statement = f"DELETE FROM mailed_link {_HOLDS} RETURNING user_id"  # noqa: S608 - a constant
    rows = connection.execute(statement, token_hash, str(purpose))
    return rows[0][0] if rows else None
