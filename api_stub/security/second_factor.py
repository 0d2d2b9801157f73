"""The second factor: codes that an app makes from a shared secret and the time (TOTP, RFC 6238), and recovery codes.

    propose() -> QR -> confirm(code) -> recovery codes, shown once ... require(code) at each sign-in

A code counts for its step of 30 s and the steps beside it; its use also uses up all earlier codes. A recovery code has
120 random bits and is kept as SHA-256; it stands in for a passkey as well (``passkeys``).
"""

import base64
import secrets
from datetime import UTC, datetime

import pyotp
import segno
from pyotp.totp import TOTP

import settings
from api_stub.problems import Problem
from api_stub.security import api_tokens, throttle
from db import connection
from db.access import audit, passkeys, second_factors, throttles, users
from db.access.second_factors import SecondFactor
from db.access.users import User

STEP_S = 30
SKEW_STEPS = 1
"""How many steps a person's clock may be before or behind ours."""

RECOVERY_CODES = 10
LONGEST_CODE = 64
_ISSUER = "Nolapse"
_DIGITS = 6
_GROUP = 6


def is_required(user: User) -> bool:
    """Tell whether a person must have a second factor: by their role, or because an owner or admin said so."""
    return user.factor_required or user.role in settings.current().second_factor_roles


def is_enrolled(user_id: int) -> bool:
    """Tell whether a person has a second factor that counts: an app or a passkey."""
    return has_app(user_id) or bool(passkeys.of_user(user_id))


def has_app(user_id: int) -> bool:
    """Tell whether a person has a confirmed app that makes codes."""
    found = second_factors.of_user(user_id)
    return found is not None and found.confirmed


def propose(user_id: int) -> None:
    """Make a new secret for a person's app; it counts once ``confirm`` has seen a code of it."""
    second_factors.propose(user_id, pyotp.random_base32())


def proposed_uri(user: User) -> str:
    """Return the proposal's address, as apps read it from a QR code. Raises ``Problem`` 409 without a proposal."""
    found = second_factors.of_user(user.id)
    if found is None or found.confirmed:
        raise _nothing_to_set_up()
    return TOTP(found.secret).provisioning_uri(name=user.name, issuer_name=_ISSUER)


def _nothing_to_set_up() -> Problem:
    return Problem(409, "conflict", "There is no second factor to set up; begin again")


def qr(uri: str) -> str:
    """Return a QR code as an SVG element, dark on light whatever the page's colours are, without styles or scripts."""
    return segno.make(uri, error="m").svg_inline(scale=4, border=4, dark="#000", light="#fff")


def secret_of(uri: str) -> str:
    """Return the secret of an app's address in groups of four characters, for a person who types it."""
    secret = pyotp.parse_uri(uri).secret
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def confirm(user: User, code: str) -> list[str]:
    """Confirm the proposal with a code of it; return recovery codes where it is the first second factor.

    Raises ``Problem`` 401, 409, 429.

    The caller has to end the sessions that were begun without the factor.
    """
    proposed_uri(user)
    proposal = _require(user, code, confirmed=False)
    if proposal is None:
        raise _nothing_to_set_up()
    with connection.transaction():
        first = not is_enrolled(user.id)
        if not second_factors.confirm(user.id, proposal.secret):  # another browser had a new one made meanwhile
            raise _nothing_to_set_up()
        audit.add(user.name, "second factor add", f"user {user.name}", {})
        return fresh_codes(user.id) if first else []


def require(user: User, code: str) -> None:
    """Use up a code or a recovery code. Raises ``Problem`` 401 for a wrong or used one, 429 after many tries."""
    _require(user, code, confirmed=True)


def _require(user: User, code: str, *, confirmed: bool) -> SecondFactor | None:
    """Use up a code of the confirmed app, or a recovery code in its place; else a code of the proposed app.

    Returns that app; None for a recovery code of a person who has passkeys alone. Raises ``Problem`` 401, 429.
    """
    key = throttle.factor_key(user.id)
    throttle.take(key, throttle.FACTOR_LIMIT)
    found = second_factors.of_user(user.id)
    tidy = "".join(code.split()).replace("-", "").upper()
    factor = found if found is not None and found.confirmed == confirmed else None
    step = matching_step(factor.secret, tidy, at=datetime.now(UTC)) if factor else None
    used = step is not None and second_factors.use_step(user.id, step)
    if not (used or (confirmed and _recovered(user, tidy))):
        audit.add(user.name, "second factor failed", f"user {user.name}", {})
        wrong = "This code is wrong, was used, or is too old; wait for the next one"
        raise Problem(401, "bad-code", wrong, errors=[{"at": "body.code", "message": wrong}])
    throttles.give_back(key, all_tries=True)
    return factor


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """Return the step of 30 s whose code this is, among those that count at a moment; None for a wrong code. Pure."""
    if len(code) != _DIGITS or not code.isascii() or not code.isdigit():
        return None
    made, now = TOTP(secret), int(at.timestamp()) // STEP_S
    steps = range(now - SKEW_STEPS, now + SKEW_STEPS + 1)
    return next((step for step in steps if secrets.compare_digest(made.generate_otp(step), code)), None)


def _recovered(user: User, code: str) -> bool:
    if not second_factors.use_recovery_code(user.id, api_tokens.hashed(code)):
        return False
    left = second_factors.recovery_codes_left(user.id)
    audit.add(user.name, "recovery code used", f"user {user.name}", {"left": left})
    return True


def renew_recovery_codes(user: User, code: str) -> list[str]:
    """Check a code, and return new recovery codes in place of the old ones. Raises ``Problem`` 401, 429."""
    require(user, code)
    with connection.transaction():
        audit.add(user.name, "recovery codes renew", f"user {user.name}", {})
        return fresh_codes(user.id)


def fresh_codes(user_id: int) -> list[str]:
    """Give a person new recovery codes in place of the old ones, and return them: they cannot be read again."""
    plain = [base64.b32encode(secrets.token_bytes(15)).decode() for _ in range(RECOVERY_CODES)]
    second_factors.set_recovery_codes(user_id, [api_tokens.hashed(one) for one in plain])
    return ["-".join(one[start : start + _GROUP] for start in range(0, len(one), _GROUP)) for one in plain]


def remove(user: User, code: str) -> None:
    """Remove a person's app, by a code of theirs.

    Raises ``Problem``: 401, 429, or 409 for the last second factor of a person who must have one.
    """
    if is_required(user) and not passkeys.of_user(user.id):
        raise _last_one()
    require(user, code)
    with connection.transaction():
        second_factors.remove(user.id)
        audit.add(user.name, "second factor remove", f"user {user.name}", {})
        require_what_is_needed(user.id)


def require_what_is_needed(user_id: int) -> None:
    """Restore the rules after a factor was removed, in the caller's transaction.

    Raises ``Problem`` 409 where it was the last one of a person who must have one; for another person without a factor,
    removes the recovery codes.
    """
    user = users.locked(user_id)  # so that two browsers do not take the last two away at once
    if is_enrolled(user.id):
        return
    if is_required(user):
        raise _last_one()
    second_factors.set_recovery_codes(user.id, [])


def _last_one() -> Problem:
    return Problem(409, "conflict", "You must have a second factor, and this is your last; set up another one first")


def reset(user: User, *, by: str) -> None:
    """Remove the factors of a person who has lost them; their sessions end. Raises ``LookupError`` for none."""
    with connection.transaction():
        had_app, had_passkeys = second_factors.remove(user.id), passkeys.remove_all(user.id)
        if not (had_app or had_passkeys):
            raise LookupError(f"{user.name} has no second factor")
        second_factors.set_recovery_codes(user.id, [])
        users.end_sessions(user.id)
        throttles.give_back(throttle.factor_key(user.id), all_tries=True)
        audit.add(by, "second factor reset", f"user {user.name}", {"passkeys": had_passkeys})
