"""Passkeys: the public half of each, and the challenges that authenticators are to sign. Bytes come as base64url."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from db import connection


class CeremonyPurpose(StrEnum):
    """The one purpose for which the answer to a challenge counts."""

    SIGN_IN = "sign-in"
    SECOND_FACTOR = "second factor"  # after the password
    ENROLMENT = "enrolment"  # after the password, of somebody who must have a second factor and has none
    REGISTRATION = "registration"  # by somebody who is signed in
    FIRST_OWNER = "first owner"


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What an authenticator made."""

    credential_id: str
    public_key: str
    sign_count: int


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey that is kept."""

    id: int
    user_id: int
    name: str
    credential_id: str
    public_key: str
    created_at: datetime
    used_at: datetime | None


class PasskeyTaken(ValueError):
    """Raised when this passkey is kept already, whoever has it."""


_LISTED = "SELECT id, user_id, name, credential_id, public_key, created_at, used_at FROM passkey"


def challenge(challenge_hash: str, purpose: CeremonyPurpose, browser_hash: str, *, holds_s: int) -> None:
    """Keep a challenge, in place of an earlier one of this browser and purpose, and forget those that are over."""
    with connection.transaction():
        connection.changed(
            "DELETE FROM passkey_challenge WHERE expires_at < {now} OR (browser_hash = %s AND purpose = %s)",
            browser_hash,
            str(purpose),
        )
        connection.changed(
            "INSERT INTO passkey_challenge (challenge_hash, purpose, browser_hash, expires_at)"
            " VALUES (%s, %s, %s, {later(%s)})",
            challenge_hash,
            str(purpose),
            browser_hash,
            holds_s,
        )


def use_challenge(challenge_hash: str, purpose: CeremonyPurpose, browser_hash: str) -> bool:
    """Use a challenge up; returns whether it held, for this purpose and browser."""
    with connection.transaction():
        return bool(
            connection.changed(
                "DELETE FROM passkey_challenge"
                " WHERE challenge_hash = %s AND purpose = %s AND browser_hash = %s AND expires_at > {now}",
                challenge_hash,
                str(purpose),
                browser_hash,
            )
        )


def add(user_id: int, name: str, new: NewPasskey) -> int:
    """Keep a passkey and return its id. Raises ``PasskeyTaken``."""
    with connection.transaction():
        rows = connection.execute(
            "INSERT INTO passkey (user_id, name, credential_id, public_key, sign_count, created_at)"
            " VALUES (%s, %s, %s, %s, %s, {now}) ON CONFLICT DO NOTHING RETURNING id",
            user_id,
            name,
            new.credential_id,
            new.public_key,
            new.sign_count,
        )
    if not rows:
        raise PasskeyTaken("this passkey is registered already")
    return rows[0][0]


def of_user(user_id: int) -> list[Passkey]:
    """Return a person's passkeys, the newest first."""
    return connection.rows(Passkey, f"{_LISTED} WHERE user_id = %s ORDER BY id DESC", user_id)


def of_credential(credential_id: str) -> Passkey | None:
    """Return the passkey of this credential."""
    return next(iter(connection.rows(Passkey, f"{_LISTED} WHERE credential_id = %s", credential_id)), None)


def counts(user_id: int | None = None) -> dict[int, int]:
    """Return the number of passkeys by the person's id, of everybody who has some or of one person."""
    return dict(
        connection.execute(
            "SELECT user_id, COUNT(*) FROM passkey WHERE user_id = COALESCE(%s, user_id) GROUP BY user_id", user_id
        )
    )


def used(passkey_id: int, sign_count: int) -> bool:
    """Note a use and its count; returns whether the count rose. Many authenticators count nothing and always say 0."""
    with connection.transaction():
        return bool(
            connection.changed(
                "UPDATE passkey SET sign_count = %s, used_at = {now}"
                " WHERE id = %s AND (sign_count < %s OR (sign_count = 0 AND %s = 0))",
                sign_count,
                passkey_id,
                sign_count,
                sign_count,
            )
        )


def rename(user_id: int, passkey_id: int, name: str) -> None:
    """Give one of a person's passkeys another name. Raises ``LookupError``."""
    with connection.transaction():
        if not connection.changed(
            "UPDATE passkey SET name = %s WHERE id = %s AND user_id = %s", name, passkey_id, user_id
        ):
            raise _missing(passkey_id)


def remove(user_id: int, passkey_id: int) -> None:
    """Take one of a person's passkeys away. Raises ``LookupError``."""
    with connection.transaction():
        if not connection.changed("DELETE FROM passkey WHERE id = %s AND user_id = %s", passkey_id, user_id):
            raise _missing(passkey_id)


def remove_all(user_id: int) -> int:
    """Take a person's passkeys away and return how many they were."""
    with connection.transaction():
        return connection.changed("DELETE FROM passkey WHERE user_id = %s", user_id)


def _missing(passkey_id: int) -> LookupError:
    return LookupError(f"you have no passkey {passkey_id}; it may be removed")


def handle(user_id: int, proposed: str) -> str:
    """Return the handle by which authenticators know a person; ``proposed`` becomes it where they have none yet."""
    with connection.transaction():
        return connection.execute(
            "UPDATE account SET passkey_handle = COALESCE(passkey_handle, %s) WHERE id = %s RETURNING passkey_handle",
            proposed,
            user_id,
        )[0][0]


def known_handle(user_id: int) -> str | None:
    """Return the handle by which authenticators know a person; None where they never began to add a passkey."""
    return connection.execute("SELECT passkey_handle FROM account WHERE id = %s", user_id)[0][0]
