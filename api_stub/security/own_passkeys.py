"""What a person does with their own passkeys: add, rename, remove. Used by the API and the pages."""

from typing import Any

from api_stub import problems
from api_stub.security import own_account, passkeys, second_factor, sessions
from api_stub.security.passkeys import Browser
from api_stub.security.principal import Principal
from db import connection
from db.access import audit, users
from db.access import passkeys as stored
from db.access.passkeys import CeremonyPurpose, Passkey


def listed(who: Principal) -> list[Passkey]:
    """Return the person's passkeys, the newest first."""
    return stored.of_user(who.user_id)


def options(who: Principal, browser: Browser, *, current: str) -> dict[str, Any]:
    """Return the browser's options to make a passkey; a person who has a password gives it as ``current``.

    Raises ``Problem`` 401, 409, 429.
    """
    own_account.require_password(users.get(who.user_id), current)
    return passkeys.creation_options(users.get(who.user_id), browser, CeremonyPurpose.REGISTRATION)


def add(who: Principal, browser: Browser, *, name: str, answer: str) -> list[str]:
    """Keep a passkey. Where it is the first second factor, end the other sessions and return recovery codes.

    Raises ``Problem`` 401, 409.
    """
    new = passkeys.verified_new(answer, browser, CeremonyPurpose.REGISTRATION)
    with connection.transaction():
        codes = passkeys.keep(users.get(who.user_id), name, new)
        if codes:
            sessions.end_others(who)
    return codes


def rename(who: Principal, passkey_id: int, name: str) -> None:
    """Give a passkey another name. Raises ``Problem`` 404."""
    with connection.transaction():
        problems.existing(lambda number: stored.rename(who.user_id, number, name), passkey_id)
        audit.add(who.actor, "passkey rename", f"passkey {passkey_id}", {"passkey": name})


def remove(who: Principal, passkey_id: int) -> None:
    """Remove a passkey. Raises ``Problem`` 404, or 409 for the last second factor of a person who must have one."""
    with connection.transaction():
        users.locked(who.user_id)
        problems.existing(lambda number: stored.remove(who.user_id, number), passkey_id)
        second_factor.require_what_is_needed(who.user_id)
        audit.add(who.actor, "passkey remove", f"passkey {passkey_id}", {})
