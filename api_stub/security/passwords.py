"""Passwords: hashed with argon2id as OWASP advises, a few at a time; a password that is easy to guess is refused."""

import re
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
_FEW_SIGNS = 2
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

_FIRST_WORDS = """
    abc abcd abcdef access admin administrator alexander amanda andrea andrew angel anthony apple arsenal asdf
    asdfgh asdfghjkl ashley august austin autumn azerty bailey banana barcelona baseball basketball batman beautiful
    benjamin berlin biteme blink buster butterfly cash change changeme charlie cheese chelsea chicken chocolate
    christian computer cookie daniel danielle david december default demo diamond dragon eagle elizabeth family
    february ferrari flower football forever freedom friend fuck fuckyou gandalf george ginger god google guest
    hallo hannah happy harley hello hockey hunter iloveu iloveyou internet jackson jasmine jennifer jessica jesus
    jordan joshua july june justin killer king letmein liverpool login london love lovely maggie manchester master
    matrix matthew merlin michael michelle monday monkey monster morgan mustang my naruto nicole ninja nolapse
    november october orange pass password passwort pepper phoenix pokemon prince princess purple qaz qazwsx qwe qwer
    qwert qwerty qwertyuiop qwertz rainbow ranger robert root samantha samsung scooter secret september server
    shadow slipknot snoopy soccer sommer spider spring starwars summer sunshine superman superstar support temp test
    thomas thunder tigger trustno turtle user vanessa welcom welcome whatever william winter wsx yankees you zaq
    zxcv zxcvbn zxcvbnm
"""
"""Words that lead the published lists of leaked passwords (NCSC with Have I Been Pwned, 2019), seasons, months."""

_LOOKS_LIKE = str.maketrans("@40135$7!", "aaoiesst" + "i")
"""Signs that people write in place of a letter -> the letter."""

_FEW_WORDS = re.compile(rf"(?:{'|'.join(_FIRST_WORDS.split())}){{1,3}}")


Result = TypeVar("Result")


class Unfit(ValueError):
    """Raised when a password must not be used; the message says why."""


class Busy(Exception):
    """Raised when too many passwords are being checked; try again in a moment."""


def require_fit(password: str, name: str) -> None:
    """Raise ``Unfit`` for a password that is too short, too long, common, or the person's name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Unfit(f"a password has {SHORTEST} to {LONGEST} characters; a few words in a row are easy to keep in mind")
    plain = password.casefold()
    named = plain.replace(name.casefold(), "").strip("0123456789") == ""
    if plain in _COMMON or len(set(plain)) <= _FEW_SIGNS or named or _is_few_words(plain):
        raise Unfit("this password is among the first that are guessed; choose another")


def _is_few_words(plain: str) -> bool:
    """Tell whether a password is up to three of ``_FIRST_WORDS`` with digits and signs between and around them."""
    readings = (plain, plain.translate(_LOOKS_LIKE), plain.strip("0123456789!?.$@").translate(_LOOKS_LIKE))
    letters = ("".join(one for one in reading if one.isalpha()) for reading in readings)
    return any(_FEW_WORDS.fullmatch(one) for one in letters)


def hashed(password: str) -> str:
    """Return the password's hash with its parameters. Raises ``Busy``."""
    return _queued(lambda: _hasher.hash(password))


def matches(kept_hash: str | None, password: str) -> bool:
    """Tell whether this is the password. Takes as long where no hash is kept. Raises ``Busy``."""
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
    """Return a hash that is checked for an unknown name, so that the answer takes as long."""
    return _hasher.hash(secrets.token_urlsafe(32))


def _queued(work: Callable[[], Result]) -> Result:
    """Run ``work`` in one of the few threads that hash, after a short queue. Raises ``Busy``.

    The threads are always the same, because the C library keeps the memory of each thread: 40 would keep 760 MiB.
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
