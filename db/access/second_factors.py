"""Second factors: the secrets of people's codes, recovery codes, and sign-ins that still wait for a code."""

from collections.abc import Sequence
from dataclasses import dataclass

from db import connection


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """The secret from which a person's codes are made; ``confirmed`` once they entered a right code."""

    secret: str
    confirmed: bool


def of_user(user_id: int) -> SecondFactor | None:
    """Return a person's factor, also one that is not confirmed yet."""
    rows = connection.execute("SELECT secret, confirmed_at IS NOT NULL FROM second_factor WHERE user_id = %s", user_id)
    return SecondFactor(rows[0][0], bool(rows[0][1])) if rows else None


def confirmed_users() -> set[int]:
    """Return the ids of the people whose factor is confirmed."""
    return {row[0] for row in connection.execute("SELECT user_id FROM second_factor WHERE confirmed_at IS NOT NULL")}


def propose(user_id: int, secret: str) -> None:
    """Keep a secret that is to be confirmed, in place of an earlier proposal; a confirmed one stays as it is."""
    with connection.transaction():
        connection.execute(
            "INSERT INTO second_factor (user_id, secret, last_step, created_at) VALUES (%s, %s, 0, {now})"
            " ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at"
            " WHERE second_factor.confirmed_at IS NULL",
            user_id,
            secret,
        )


def use_step(user_id: int, step: int) -> bool:
    """Use up the code of a step and all before it; returns whether it was unused until now."""
    with connection.transaction():
        return bool(
            connection.changed(
                "UPDATE second_factor SET last_step = %s WHERE user_id = %s AND last_step < %s", step, user_id, step
            )
        )


def confirm(user_id: int, secret: str) -> bool:
    """Make a proposal count from now on, in the caller's transaction; returns whether it is still the one proposed."""
    return bool(
        connection.changed(
            "UPDATE second_factor SET confirmed_at = {now} WHERE user_id = %s AND secret = %s AND confirmed_at IS NULL",
            user_id,
            secret,
        )
    )


def remove(user_id: int) -> bool:
    """Take a person's factor away, but not their recovery codes; returns whether there was one."""
    with connection.transaction():
        connection.changed("DELETE FROM pending_sign_in WHERE user_id = %s", user_id)
        return bool(connection.changed("DELETE FROM second_factor WHERE user_id = %s", user_id))


def set_recovery_codes(user_id: int, hashes: Sequence[str]) -> None:
    """Give a person new recovery codes; the old ones are worth nothing from now on."""
    with connection.transaction():
        connection.changed("DELETE FROM recovery_code WHERE user_id = %s", user_id)
        for one in hashes:
            connection.changed("INSERT INTO recovery_code (code_hash, user_id) VALUES (%s, %s)", one, user_id)


def use_recovery_code(user_id: int, code_hash: str) -> bool:
    """Use a recovery code up; returns whether there was one."""
    with connection.transaction():
        return bool(
            connection.changed("DELETE FROM recovery_code WHERE code_hash = %s AND user_id = %s", code_hash, user_id)
        )


def recovery_codes_left(user_id: int) -> int:
    """Return how many recovery codes a person has left."""
    return connection.execute("SELECT COUNT(*) FROM recovery_code WHERE user_id = %s", user_id)[0][0]


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """Who is signing in, and how they began."""

    user_id: int
    how: str


def wait(user_id: int, token_hash: str, *, how: str, holds_s: int) -> None:
    """Keep a sign-in that waits for its code, and forget those that waited too long."""
    with connection.transaction():
        connection.changed("DELETE FROM pending_sign_in WHERE expires_at < {now}")
        connection.changed(
            "INSERT INTO pending_sign_in (token_hash, user_id, how, expires_at) VALUES (%s, %s, %s, {later(%s)})",
            token_hash,
            user_id,
            how,
            holds_s,
        )


def waiting(token_hash: str) -> PendingSignIn | None:
    """Return the sign-in that waits, if it still does and its user may still sign in."""
    rows = connection.execute(
        "SELECT user_id, how FROM pending_sign_in JOIN account ON account.id = user_id"
        " WHERE token_hash = %s AND expires_at > {now} AND disabled_at IS NULL",
        token_hash,
    )
    return PendingSignIn(*rows[0]) if rows else None


def end_waiting(token_hash: str) -> bool:
    """End a sign-in's waiting, in the caller's transaction; returns whether it still waited."""
    return bool(connection.changed("DELETE FROM pending_sign_in WHERE token_hash = %s", token_hash))
