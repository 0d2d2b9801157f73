"""Passwords: argon2id as OWASP asks for it, a few at a time; one that everybody would guess is refused."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 256
_AT_ONCE = 4  # each takes 19 MiB and a core for some 20 ms
_WAITING = 16
_WAITS_S = 5.0

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="password")
_admitted = BoundedSemaphore(_AT_ONCE + _WAITING)

_GUESSED_FIRST = """
    passwordpassword password1234 password12345 password123456 password!2345 passw0rd1234 p@ssw0rd1234
    p@ssword1234 123456789012 1234567890123 12345678901234 123456789012345 1234567890123456 111111111111
    000000000000 112233445566 121212121212 123123123123 123412341234 987654321098 012345678901 qwertyuiop12
    qwertyuiop123 qwertyuiop[] qwertyqwerty qwerty123456 qwerty1234567 1qaz2wsx3edc 1q2w3e4r5t6y 1q2w3e4r5t6y7u
    qazwsxedcrfv asdfghjkl123 asdfasdfasdf zxcvbnm12345 iloveyou1234 iloveyouforever letmeinletmein letmein12345
    welcome12345 welcome123456 administrator administrator1 adminadmin12 adminadminadmin admin1234567
    admin12345678 changemechangeme changeme1234 changeme12345 trustno1trustno1 superman1234 football1234
    baseball1234 sunshine1234 princess1234 monkey123456 dragon123456 master123456 michael12345 abcdefghijkl
    abcdefghijklm abcd12345678 abc123abc123 abc123456789 a1b2c3d4e5f6 aaaaaaaaaaaa correcthorsebatterystaple
    nolapsenolapse nolapse12345 testtesttest test12345678 testpassword defaultpassword secretsecret mypassword12
    mypassword123 newpassword1 newpassword12 thisismypassword
"""
_COMMON = frozenset(_GUESSED_FIRST.split())


Result = TypeVar("Result")


class Unfit(ValueError):
    """Raised when a password must not be used; the message says why."""


class Busy(Exception):
    """Raised when too many passwords are being checked; try again in a moment."""


def require_fit(password: str, name: str) -> None:
    """Raise ``Unfit`` for a password that is too short, too long, everybody's, or the person's name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Unfit(f"a password has {SHORTEST} to {LONGEST} characters; a few words in a row are easy to keep in mind")
    plain = password.casefold()
    if plain in _COMMON or len(set(plain)) <= 2 or plain.replace(name.casefold(), "").strip("0123456789") == "":  # noqa: PLR2004
        raise Unfit("this password is among the first that are guessed; choose another")


def hashed(password: str) -> str:
    """Return the password's hash with its parameters. Raises ``Busy``."""
    return _queued(lambda: _hasher.hash(password))


def matches(kept_hash: str | None, password: str) -> bool:
    """Tell whether this is the password; takes as long where there is none. Raises ``Busy``."""
    return _queued(lambda: _verified(kept_hash or _decoy(), password)) and kept_hash is not None


def _verified(kept_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(kept_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def outdated(kept_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept_hash)


@cache
def _decoy() -> str:
    """Return a hash that is checked for a name that nobody has, so that the answer takes as long."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _queued(work: Callable[[], Result]) -> Result:
    """Do it in one of the few threads that hash, after a short queue.

    They are always the same threads, because the C library keeps what a thread has used: 40 would keep 760 MiB.
    """
    if not _admitted.acquire(blocking=False):
        raise Busy
    try:
        future = _threads.submit(work)
        try:
            return future.result(_WAITS_S)
        except TimeoutError:
            future.cancel()
            raise Busy from None
    finally:
        _admitted.release()
