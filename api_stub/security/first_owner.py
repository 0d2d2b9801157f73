"""The first owner: made with a password or a passkey by the link that ``nolapse up`` prints while there is no user."""

import hashlib
from dataclasses import dataclass
from typing import Any

from webauthn.helpers import bytes_to_base64url

from api_stub.problems import Problem
from api_stub.security import admission, api_tokens, own_account, passkeys, sessions
from api_stub.security.admission import Admission, Visitor
from api_stub.security.passkeys import Browser
from db import connection
from db.access import audit, first_owner, users
from db.access import passkeys as stored_passkeys
from db.access.passkeys import CeremonyPurpose
from db.access.users import User
from rules.access import Role


def require(token: str) -> None:
    """Let a caller pass who has the link, without using it up. Raises ``Problem`` 401."""
    if not first_owner.holds(api_tokens.hashed(token)):
        raise _over()


def _over() -> Problem:
    return Problem(
        401,
        "bad-link",
        "This link was used, has expired, or is another start's; `nolapse up` prints one while it is needed",
    )


@dataclass(frozen=True, slots=True)
class Newcomer:
    """The person who wants to be the first owner, and where they come from."""

    name: str
    email: str
    visitor: Visitor


def by_password(token: str, who: Newcomer, password: str) -> Admission:
    """Make the first owner and admit them. Raises ``Problem`` 401, 422 for a password that is unfit."""
    require(token)
    hashed = own_account.fit(password, who.name)
    with connection.transaction():
        return admission.admit(_made(token, who, password=hashed), how="first link", visitor=who.visitor)


def passkey_options(token: str, name: str, origin: str) -> dict[str, Any]:
    """Return the options with which a browser makes the first owner's passkey. Raises ``Problem`` 401."""
    require(token)
    browser, purpose = Browser(origin, token), CeremonyPurpose.FIRST_OWNER
    return passkeys.first_options(browser, purpose, name=users.tidy(name), handle=_handle(token))


def by_passkey(token: str, who: Newcomer, answer: str, origin: str) -> tuple[str, list[str]]:
    """Make the first owner by a passkey; return the session's cookie and recovery codes. Raises ``Problem`` 401."""
    new = passkeys.verified_new(answer, Browser(origin, token), CeremonyPurpose.FIRST_OWNER)
    with connection.transaction():
        user = _made(token, who)
        stored_passkeys.handle(user.id, _handle(token))
        codes = passkeys.keep(user, "first passkey", new)
        return sessions.begin(user, how="first link", address=who.visitor.address, device=who.visitor.device), codes


def _handle(token: str) -> str:
    """Return the name by which authenticators know the first owner, who has no account when the passkey is made."""
    return bytes_to_base64url(hashlib.sha256(f"passkey handle {token}".encode()).digest())


def _made(token: str, who: Newcomer, *, password: str | None = None) -> User:
    """Use the link up and make the owner; of two browsers that come at once, one succeeds. Raises ``Problem`` 401."""
    if not first_owner.use(api_tokens.hashed(token)):
        raise _over()
    user = users.get(users.add(who.name, Role.OWNER, email=who.email, password=password))
    audit.add(user.name, "first owner", f"user {user.name}", {"email": user.email})
    return user
