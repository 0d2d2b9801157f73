"""How often a caller may try: at an account, at its second factor, from a network. Unknown names count the same.

Guesses of strangers must not keep an account's person out. So tries at a password are counted by name and network
together; the tries of all networks at one name are only slowed down; and a browser in which the person has signed in
before has a count of its own.
"""

from api_stub.problems import Problem
from api_stub.security import api_tokens, origins
from db.access import throttles, users
from db.access.throttles import Limit

ACCOUNT_LIMIT = Limit(tries=10, window_s=15 * 60)
NAME_LIMIT = Limit(tries=20, window_s=5 * 60)
"""For all networks at one name: nobody waits longer than five minutes, and a day allows some 6,000 guesses."""

NETWORK_LIMIT = Limit(tries=100, window_s=15 * 60)
FACTOR_LIMIT = Limit(tries=5, window_s=15 * 60)
"""Three of a million codes are right at a moment: with five tries in 15 minutes, finding one takes about two years."""

MAIL_LIMIT = Limit(tries=3, window_s=3600)
"""For mails to one address that strangers may cause."""


def mail_key(email: str) -> str:
    """Return the key under which mails to an address are counted, whether a user has it or not."""
    return f"mail:{api_tokens.hashed(users.tidy(email))}"


def account_key(name: str, address: str) -> str:
    """Return the key under which tries from a network at an account's password are counted."""
    return f"account:{api_tokens.hashed(f'{users.tidy(name)} {origins.network(address)}')}"


def name_key(name: str) -> str:
    """Return the key under which tries of all networks at an account's password are counted."""
    return f"name:{api_tokens.hashed(users.tidy(name))}"


def device_key(device_id: int) -> str:
    """Return the key under which the tries of a browser are counted that has signed in to the account before."""
    return f"device:{device_id}"


def password_key(user_id: int) -> str:
    """Return the key under which a signed-in person's tries at their own password are counted."""
    return f"password:{user_id}"


def factor_key(user_id: int) -> str:
    """Return the key under which tries at a person's second factor are counted."""
    return f"factor:{user_id}"


def network_key(address: str) -> str:
    """Return the key under which tries from a network are counted."""
    return f"net:{origins.network(address)}"


def take(key: str, limit: Limit) -> None:
    """Take one try. Raises ``Problem`` 429 when there is none left."""
    wait_s = throttles.take(key, limit)
    if wait_s is not None:
        raise Problem(
            429,
            "too-many-tries",
            "Too many tries; wait, or ask whoever runs Nolapse for a sign-in link (`nolapse user link`)",
            headers={"Retry-After": str(int(wait_s) + 1)},
        )
