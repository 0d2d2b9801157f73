"""Requests that may come again: the first one's answer is kept, beside what it did, in one transaction."""

from dataclasses import dataclass

from db import connection

_KEPT_S = 24 * 3600


class OtherRequest(ValueError):
    """Raised when a key comes again with a different request."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered the first time; ``body`` is JSON."""

    status: int
    body: str


def earlier(principal: str, key: str, fingerprint: str) -> KeptAnswer | None:
    """Claim a key in the caller's transaction; returns the earlier answer if there is one. Raises ``OtherRequest``.

    A second request at the same moment waits for the first one's transaction.
    """
    connection.changed("DELETE FROM idempotency_key WHERE created_at < {later(%s)}", -_KEPT_S)
    claimed = connection.execute(
        "INSERT INTO idempotency_key (principal, key, fingerprint, created_at) VALUES (%s, %s, %s, {now})"
        " ON CONFLICT (principal, key) DO NOTHING RETURNING id",
        principal,
        key,
        fingerprint,
    )
    if claimed:
        return None
    before, status, body = connection.execute(
        "SELECT fingerprint, status, answer FROM idempotency_key WHERE principal = %s AND key = %s", principal, key
    )[0]
    if before != fingerprint:
        raise OtherRequest(f"the key {key!r} was used for another request")
    return KeptAnswer(status, body)


def forget(principal: str, key: str) -> None:
    """Let a key be used again: what it was claimed for did not happen."""
    connection.changed("DELETE FROM idempotency_key WHERE principal = %s AND key = %s", principal, key)


def answered(principal: str, key: str, answer: KeptAnswer) -> None:
    """Keep the answer, in the transaction that claimed the key."""
    connection.changed(
        "UPDATE idempotency_key SET status = %s, answer = %s WHERE principal = %s AND key = %s",
        answer.status,
        answer.body,
        principal,
        key,
    )
