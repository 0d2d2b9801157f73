"""Reads the answers of token endpoints (RFC 6749, section 5), and speaks SASL's XOAUTH2.

Source: Google, "OAuth 2.0 Mechanism"; Microsoft sends the same, without the explanation of an error.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

LONGEST_TOKEN: Final = 8192
LASTS_S: Final = 300.0
"""How long a token is taken to last, in seconds, where its endpoint does not say so."""

_LONGEST_S: Final = 86_400.0
_MARGIN_S: Final = 60.0
_LONGEST_WORDS: Final = 300
_TOKEN = re.compile(r"[\x21-\x7e]+")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}")
_OPAQUE = re.compile(r"\S{80,}")
"""A run of characters that may be a secret, cut or encoded in another way."""
_SPENT: Final = frozenset({"invalid_grant"})


class NoToken(Exception):
    """Raised where a token is missing; the message says what is there in its place, without secrets."""


@dataclass(frozen=True, slots=True)
class GrantedToken:
    """An access token, for how many seconds it is used, and the refresh token that replaces the one before, if any."""

    token: str = field(repr=False)
    use_s: float
    refresh_token: str | None = field(repr=False)


def read_answer(body: bytes, *, secrets: tuple[str, ...] = ()) -> GrantedToken:
    """Return the token of an endpoint's answer. Raises ``NoToken`` with its error, in which no secret is left."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise NoToken("its answer is not JSON") from None
    if not isinstance(found, dict):
        raise NoToken("its answer is no JSON object")
    said = cast("dict[str, object]", found)
    if "error" in said:
        raise NoToken(_error(said, secrets))
    replaced = said.get("refresh_token")
    return GrantedToken(
        token=read_token(said.get("access_token")),
        use_s=_use_s(said.get("expires_in")),
        refresh_token=replaced if isinstance(replaced, str) and _is_token(replaced) else None,
    )


def read_token(given: object) -> str:
    """Return a token that can be sent. Raises ``NoToken``."""
    if not isinstance(given, str) or not given:
        raise NoToken("there is no token in it")
    if not _is_token(given):
        raise NoToken(f"the token is not of up to {LONGEST_TOKEN} visible ASCII characters")
    return given


def _is_token(given: str) -> bool:
    return len(given) <= LONGEST_TOKEN and bool(_TOKEN.fullmatch(given))


def _use_s(lasts: object) -> float:
    """Return the seconds for which a token is used: less than it lasts, because two clocks may differ."""
    if isinstance(lasts, str) and lasts.isascii() and lasts.isdigit():
        lasts = int(lasts[:9])
    known = isinstance(lasts, int | float) and lasts >= 0
    left = min(float(cast("float", lasts)), _LONGEST_S) if known else LASTS_S
    return left - min(_MARGIN_S, left / 2)


def _error(said: Mapping[str, object], secrets: tuple[str, ...]) -> str:
    code = str(said.get("error"))
    code = code if _CODE.fullmatch(code) else "an error"
    more = said.get("error_description")
    words = masked(more, secrets) if isinstance(more, str) else ""
    mend = "; the refresh token has run out or was revoked: make a new one" if code in _SPENT else ""
    return f"it answers {code}{f' ({words})' if words else ''}{mend}"


def initial_response(user: str, token: str) -> bytes:
    """Return the first message of XOAUTH2, before it is encoded in base64."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()


def refusal(reply: str, explained: bytes, *, user: str, token: str) -> str:
    """Return why a server refused a token: its reply, and what it explained before in a JSON object, if anything."""
    try:
        found = json.loads(explained)
    except (ValueError, RecursionError):
        found = None
    said = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    more = ", ".join(f"{name} {said[name]}" for name in ("status", "scope") if name in said)
    sent = base64.b64encode(initial_response(user, token)).decode()
    return masked(f"it refuses the token of {user}: {reply}{f' ({more})' if more else ''}", (token, sent))


def masked(text: str, secrets: tuple[str, ...]) -> str:
    """Return a server's words on one line, without secrets that it repeats."""
    for one in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(one, "***")
    text = _OPAQUE.sub("***", text)
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:_LONGEST_WORDS]
