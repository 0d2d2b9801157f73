"""Admission: from a proof of identity to a session, or to a pending sign-in, which waits for the second factor.

    name and password --+                +--> sessions.begin()
                        +--> admit() ----+
    link that holds once+                +--> a pending sign-in, which is no session -> by_code() -> sessions.begin()
    passkey ------------------------------------------------------------------------------------> sessions.begin()

No way in leaves out the second factor of a person who has one, or must have one. A passkey is two factors in one.
"""

import contextlib
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from api_stub import problems
from api_stub.problems import Problem
from api_stub.security import api_tokens, cookies, origins, passkeys, passwords, second_factor, sessions, throttle
from api_stub.security.passkeys import Browser
from db import connection
from db.access import audit, known_devices, second_factors, throttles, users
from db.access import passkeys as stored_passkeys
from db.access import sessions as stored_sessions
from db.access.passkeys import CeremonyPurpose
from db.access.second_factors import PendingSignIn
from db.access.throttles import Limit
from db.access.users import User

PENDING_COOKIE = "__Host-nolapse-pending"
PENDING_HOLDS_S = 10 * 60
DEVICE_HOLDS_S = 365 * 86400


@dataclass(frozen=True, slots=True)
class Visitor:
    """The address, the device and the known-browser cookie of a caller."""

    address: str
    device: str
    known: str = ""
    """The cookie of a browser in which somebody has signed in before; empty without one."""


@dataclass(frozen=True, slots=True)
class Admission:
    """How far a sign-in came: the cookie of a session, or that of a pending sign-in."""

    session: str | None = None
    pending: str | None = None
    enrols: bool = False
    """Whether the second factor is still to be set up."""


def by_password(name: str, password: str, visitor: Visitor, *, code: str | None = None) -> Admission:
    """Admit somebody by name and password, and by a code where they send one at once.

    Raises ``Problem``, the same for all names: 401, 429 after many tries, 503 while too many passwords are checked.
    """
    user = users.named(name)
    network, counted = throttle.network_key(visitor.address), _tries_counted(name, user, visitor)
    throttle.take(network, throttle.NETWORK_LIMIT)
    for key, limit in counted.items():
        throttle.take(key, limit)
    right = is_right(user.password if user else None, password)
    if user is None or not right or user.disabled_at is not None:
        audit.add(name[:100], "sign-in failed", origins.network(visitor.address), {})
        raise Problem(401, "bad-credentials", "This name and password do not go together; check both")
    for key in counted:
        throttles.give_back(key, all_tries=True)
    throttles.give_back(network)
    _rehash(user, password)
    if code and second_factor.is_enrolled(user.id):
        second_factor.require(user, code)
        return Admission(session=_begun(user, how="password and code", visitor=visitor))
    return admit(user, how="password", visitor=visitor)


def _tries_counted(name: str, user: User | None, visitor: Visitor) -> dict[str, Limit]:
    """Return the keys under which a try at a password counts, each with its limit."""
    device_id = known_devices.find(user.id, api_tokens.hashed(visitor.known)) if user and visitor.known else None
    if device_id is not None:
        return {throttle.device_key(device_id): throttle.ACCOUNT_LIMIT}
    return {
        throttle.account_key(name, visitor.address): throttle.ACCOUNT_LIMIT,
        throttle.name_key(name): throttle.NAME_LIMIT,
    }


def remember_device(user_id: int, known: str | None) -> str:
    """Remember the browser in which somebody has signed in, and return the cookie that identifies it."""
    told = known if known and len(known) == len(api_tokens.made()) else api_tokens.made()
    known_devices.remember(user_id, api_tokens.hashed(told), holds_s=DEVICE_HOLDS_S)
    return told


def is_right(kept: str | None, password: str) -> bool:
    """Tell whether this is the password. Takes as long where no hash is kept. Raises ``Problem`` 503 in a crowd."""
    try:
        return passwords.matches(kept, password)
    except passwords.Busy:
        raise problems.unavailable("The sign-in", retry_after_s=2) from None


def _rehash(user: User, password: str) -> None:
    """Replace a hash that was made with outdated parameters; in a crowd, leave that to the next sign-in."""
    if not (user.password and passwords.outdated(user.password)):
        return
    with contextlib.suppress(passwords.Busy):
        users.set_password(user.id, passwords.hashed(password), signs_out=False)


def link_holder(link: str) -> User:
    """Return the person whom a link names; it stays usable, as programs may fetch it. Raises ``Problem`` 401."""
    user_id = stored_sessions.link_holder(api_tokens.hashed(link))
    if user_id is None:
        raise _link_over()
    return users.get(user_id)


def by_link(link: str, visitor: Visitor) -> Admission:
    """Use a link up and admit the person whom it names. Raises ``Problem`` 401."""
    with connection.transaction():
        user_id = stored_sessions.use_link(api_tokens.hashed(link))
        user = users.get(user_id) if user_id else None
        if user is not None and user.disabled_at is None:
            return admit(user, how="link", visitor=visitor)
    raise _link_over()


def _link_over() -> Problem:
    return Problem(
        401,
        "bad-link",
        "This link was used, has expired, or a newer one replaced it; sign in with your password, or get a new link",
    )


def admit(user: User, *, how: str, visitor: Visitor) -> Admission:
    """Begin a session for a person who has proved their identity, or a pending sign-in where a second factor is due."""
    enrolled = second_factor.is_enrolled(user.id)
    if not enrolled and not second_factor.is_required(user):
        return Admission(session=_begun(user, how=how, visitor=visitor))
    cookie = api_tokens.made()
    with connection.transaction():
        if not enrolled:
            second_factor.propose(user.id)
        second_factors.wait(user.id, api_tokens.hashed(cookie), how=how, holds_s=PENDING_HOLDS_S)
    return Admission(pending=cookie, enrols=not enrolled)


def by_passkey(answer: str, browser: Browser, visitor: Visitor) -> Admission:
    """Admit the person whose passkey signed the answer; no other proof is asked for. Raises ``Problem`` 401."""
    user = users.get(passkeys.verified(answer, browser, CeremonyPurpose.SIGN_IN).user_id)
    if user.disabled_at is not None:
        audit.add(user.name, "sign-in failed", origins.network(visitor.address), {})
        raise passkeys.refused()
    throttles.give_back(throttle.network_key(visitor.address))
    return Admission(session=_begun(user, how="passkey", visitor=visitor))


def passkey_options(browser: Browser, visitor: Visitor) -> dict[str, Any]:
    """Return the options with which a browser asks for any passkey, the same for everybody. Raises ``Problem`` 429."""
    throttle.take(throttle.network_key(visitor.address), throttle.NETWORK_LIMIT)
    return passkeys.request_options(browser, CeremonyPurpose.SIGN_IN)


def pending(cookie: str | None) -> PendingSignIn:
    """Return the sign-in that waits for a code. Raises ``Problem`` 401."""
    found = second_factors.waiting(api_tokens.hashed(cookie)) if cookie else None
    if found is None:
        raise Problem(401, "bad-link", "This took too long, or began in another browser; sign in again")
    return found


def by_code(cookie: str | None, code: str, visitor: Visitor) -> Admission:
    """End the wait with a code of the second factor. Raises ``Problem`` 401, 429."""
    waiting = pending(cookie)
    user = users.get(waiting.user_id)
    second_factor.require(user, code)
    return _resumed(cookie or "", user, waiting, visitor)


def by_enrolment(cookie: str | None, code: str, visitor: Visitor) -> tuple[Admission, list[str]]:
    """End the wait by setting a second factor up; also returns the recovery codes. Raises ``Problem`` 401, 409, 429."""
    waiting = pending(cookie)
    user = users.get(waiting.user_id)
    _require_nothing_enrolled(user)
    codes = second_factor.confirm(user, code)  # in no transaction: a wrong code must stay counted
    return _resumed(cookie or "", user, waiting, visitor), codes


def pending_passkey_options(cookie: str | None, origin: str, purpose: CeremonyPurpose) -> dict[str, Any]:
    """Return the browser's options to end the wait: with a passkey of the person, or with a new one at enrolment.

    Raises ``Problem`` 401; 409 for an enrolment where the person has a second factor.
    """
    user = users.get(pending(cookie).user_id)
    browser = Browser(origin, cookie or "")
    if purpose is CeremonyPurpose.SECOND_FACTOR:
        return passkeys.request_options(browser, purpose, kept=stored_passkeys.of_user(user.id))
    _require_nothing_enrolled(user)
    return passkeys.creation_options(user, browser, purpose)


def _require_nothing_enrolled(user: User) -> None:
    """Raise ``Problem`` 409 where the person has a second factor: a password alone must not add another one."""
    if second_factor.is_enrolled(user.id):
        raise Problem(409, "conflict", "You have a second factor already; sign in with it")


def by_passkey_as_factor(cookie: str | None, answer: str, origin: str, visitor: Visitor) -> Admission:
    """End the wait with a passkey of the person who waits. Raises ``Problem`` 401."""
    waiting = pending(cookie)
    used = passkeys.verified(answer, Browser(origin, cookie or ""), CeremonyPurpose.SECOND_FACTOR)
    if used.user_id != waiting.user_id:
        raise passkeys.refused()
    return _resumed(cookie or "", users.get(waiting.user_id), waiting, visitor, by="passkey")


def by_passkey_enrolment(
    cookie: str | None, answer: str, name: str, origin: str, visitor: Visitor
) -> tuple[Admission, list[str]]:
    """End the wait with the person's first passkey; also returns the recovery codes. Raises ``Problem`` 401, 409."""
    waiting = pending(cookie)
    new = passkeys.verified_new(answer, Browser(origin, cookie or ""), CeremonyPurpose.ENROLMENT)
    with connection.transaction():
        user = users.locked(waiting.user_id)
        _require_nothing_enrolled(user)
        codes = passkeys.keep(user, name, new)
        return _resumed(cookie or "", user, waiting, visitor, by="passkey"), codes


def _resumed(cookie: str, user: User, waiting: PendingSignIn, visitor: Visitor, *, by: str = "code") -> Admission:
    with connection.transaction():
        if not second_factors.end_waiting(api_tokens.hashed(cookie)):
            raise Problem(401, "bad-link", "This sign-in is over; sign in again")
        return Admission(session=_begun(user, how=f"{waiting.how} and {by}", visitor=visitor))


def _begun(user: User, *, how: str, visitor: Visitor) -> str:
    return sessions.begin(user, how=how, address=visitor.address, device=visitor.device)


def set_pending_cookie(response: Response, cookie: str) -> None:
    """Give the browser the cookie of its pending sign-in."""
    cookies.put(response, PENDING_COOKIE, cookie, max_age_s=PENDING_HOLDS_S)


def clear_pending_cookie(response: Response) -> None:
    """Take the cookie of the pending sign-in from the browser."""
    cookies.remove(response, PENDING_COOKIE)
