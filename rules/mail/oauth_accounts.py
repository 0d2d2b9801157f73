"""Mail accounts that sign in by a token of OAuth 2 in place of a password, as the settings name them.

{"post@agency.example": {"provider": "google", "client_id": "...", "client_secret": "...", "refresh_token": "..."},
 "bounces@agency.example": {"provider": "microsoft", "tenant": "...", "client_id": "...", "client_secret": "..."},
 "else@agency.example": {"token_file": "/run/secrets/mail-token"}}

Sources: RFC 6749, sections 4.4 (client credentials), 5 (answers) and 6 (refreshing); Google, "Using OAuth 2.0 for Web
Server Applications"; Microsoft, "Authenticate an IMAP, POP or SMTP connection using OAuth".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit

from rules.mail.relay_address import is_loopback

MOST_ACCOUNTS: Final = 20

_GOOGLE: Final = "https://oauth2.googleapis.com/token"
_MICROSOFT: Final = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
_MICROSOFT_SCOPE: Final = "https://outlook.office365.com/.default"
"""The scope for an application's own credentials: all that an administrator has granted it."""

_TENANT = re.compile(r"[A-Za-z0-9.-]{1,100}")
_FIELDS: Final = frozenset({
    "provider", "tenant", "token_url", "client_id", "client_secret", "refresh_token", "refresh_token_file", "scope",
    "token_file",
})  # fmt: skip


class BadOauthAccount(ValueError):
    """Raised for what cannot be an account; the message names it and holds no secret."""


@dataclass(frozen=True, slots=True)
class TokenFile:
    """A file that holds an access token, which another program keeps fresh."""

    path: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may show and the settings hold."""
        return ()


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """The credentials that get access tokens: a refresh token, or the application's own."""

    endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    refresh_token_file: str
    """The file of a refresh token that its endpoint replaces; empty where the endpoint never replaces it."""
    scope: str

    @property
    def refreshes(self) -> bool:
        """Whether it goes by a refresh token."""
        return bool(self.refresh_token or self.refresh_token_file)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may show and the settings hold."""
        return tuple(one for one in (self.client_secret, self.refresh_token) if one)

    def form(self, refresh_token: str) -> dict[str, str]:
        """Return the form that is sent to the endpoint."""
        asked = (
            {"grant_type": "refresh_token", "refresh_token": refresh_token}
            if self.refreshes
            else {"grant_type": "client_credentials"}
        )
        more = {"client_id": self.client_id, "client_secret": self.client_secret, "scope": self.scope}
        return {**asked, **{name: value for name, value in more.items() if value}}


OauthAccount = TokenFile | TokenGrant


def read(written: str) -> dict[str, OauthAccount]:
    """Return the accounts of a JSON object, by the user's name. Raises ``BadOauthAccount``."""
    try:
        given = json.loads(written)
    except ValueError:
        raise BadOauthAccount("must be a JSON object of accounts, by the user's name") from None
    if not isinstance(given, dict) or len(cast("dict[str, object]", given)) > MOST_ACCOUNTS:
        raise BadOauthAccount(f"must be a JSON object of at most {MOST_ACCOUNTS} accounts, by the user's name")
    return {user: _account(user, one) for user, one in cast("dict[str, object]", given).items()}


def _account(user: str, given: object) -> OauthAccount:
    try:
        return _read(_texts(given))
    except BadOauthAccount as error:
        raise BadOauthAccount(f"{user[:100]}: {error}") from None


def _texts(given: object) -> Mapping[str, str]:
    if not isinstance(given, dict):
        raise BadOauthAccount("an account is a JSON object")
    held = cast("dict[str, object]", given)
    if unknown := held.keys() - _FIELDS:
        raise BadOauthAccount(f"there is no {min(unknown)[:40]!r}; there are {', '.join(sorted(_FIELDS))}")
    if odd := [name for name, value in held.items() if not isinstance(value, str) or not _is_plain(value)]:
        raise BadOauthAccount(f"{min(odd)} is a text of ASCII without line ends")
    return cast("dict[str, str]", held)


def _is_plain(value: str) -> bool:
    return bool(value) and value.isascii() and value.isprintable()


def _read(given: Mapping[str, str]) -> OauthAccount:
    if "token_file" in given:
        if len(given) > 1:
            raise BadOauthAccount("token_file stands alone: who writes that file keeps the token fresh")
        return TokenFile(given["token_file"])
    refreshes = "refresh_token" in given or "refresh_token_file" in given
    if "refresh_token" in given and "refresh_token_file" in given:
        raise BadOauthAccount("refresh_token and refresh_token_file: keep one of them")
    needed = ("client_id",) if refreshes else ("client_id", "client_secret")
    if missing := [name for name in needed if name not in given]:
        raise BadOauthAccount(f"{missing[0]} is missing")
    endpoint, scope = _endpoint(given, refreshes=refreshes)
    return TokenGrant(
        endpoint=endpoint,
        client_id=given["client_id"],
        client_secret=given.get("client_secret", ""),
        refresh_token=given.get("refresh_token", ""),
        refresh_token_file=given.get("refresh_token_file", ""),
        scope=given.get("scope", scope),
    )


def _endpoint(given: Mapping[str, str], *, refreshes: bool) -> tuple[str, str]:
    """Return where tokens are asked for, and the scope where none is given."""
    match given.get("provider"):
        case None:
            return _own_endpoint(given.get("token_url", "")), ""
        case "google":
            if not refreshes:
                raise BadOauthAccount("refresh_token is missing: Google signs nobody in by client_secret alone")
            return _GOOGLE, ""
        case "microsoft":
            tenant = given.get("tenant", "common" if refreshes else "")
            if not _TENANT.fullmatch(tenant):
                raise BadOauthAccount("tenant names the directory: its id, or a domain of it")
            return _MICROSOFT.format(tenant=tenant), "" if refreshes else _MICROSOFT_SCOPE
        case _:
            raise BadOauthAccount("provider is google or microsoft; for another one give token_url in its place")


def _own_endpoint(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise BadOauthAccount("token_url is no address") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise BadOauthAccount("token_url is an https:// address, or provider is google or microsoft")
    if not host or "@" in parts.netloc:
        raise BadOauthAccount("token_url is https:// and a host, without a user")
    return url
