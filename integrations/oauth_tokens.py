"""Access tokens by which mail accounts sign in: read from a file, or asked for and kept for as long as they hold.

Everything that goes wrong is Unavailable: it is about our account, and ends when somebody sets it right.
"""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Protocol

import structlog

from integrations import http_client
from integrations.deadline import Deadline
from integrations.errors import Unavailable
from integrations.guard import Guard
from integrations.rate_limit import UNLIMITED, RateLimit
from rules.mail import oauth_tokens
from rules.mail.oauth_accounts import OauthAccount, TokenFile, TokenGrant
from rules.mail.oauth_tokens import GrantedToken, NoToken

log = structlog.get_logger()

SERVICE = "oauth"
_MOST_BYTES = 64 * 1024
_OK, _BAD_REQUEST, _UNAUTHORIZED = 200, 400, 401
_SPEAKING = frozenset({_OK, _BAD_REQUEST, _UNAUTHORIZED})
"""Statuses whose body is the protocol's own (RFC 6749, sections 5.1 and 5.2)."""


class TokenSource(Protocol):
    """Where the access token of one account comes from."""

    def current(self, deadline: Deadline) -> str:
        """Return a token that should hold now. Raises Unavailable."""
        ...

    def refused(self, token: str) -> None:
        """Take note that a server did not take a token."""
        ...


def source(account: OauthAccount, guard: Guard, limit: RateLimit = UNLIMITED) -> TokenSource:
    """Return the source of an account's tokens; ``limit`` is the rate limit of the token endpoint."""
    return FileTokens(account) if isinstance(account, TokenFile) else GrantedTokens(account, guard, limit)


class FileTokens:
    """A file that is read at each sign-in, since somebody else keeps it fresh."""

    def __init__(self, account: TokenFile) -> None:
        self._path = account.path

    def current(self, deadline: Deadline) -> str:
        """Return what the file holds now."""
        deadline.left()
        return _read(self._path, "token_file")

    def refused(self, token: str) -> None:
        """Do nothing: the file is read anew at the next sign-in."""


class GrantedTokens:
    """A token endpoint, whose token is kept for as long as it holds; one thread asks, the others wait for it."""

    def __init__(self, grant: TokenGrant, guard: Guard, limit: RateLimit) -> None:
        self._grant = grant
        self._guard = guard
        self._limit = limit
        self._lock = Lock()
        self._held: GrantedToken | None = None
        self._until = 0.0

    def current(self, deadline: Deadline) -> str:
        """Return the token that is held, or a new one."""
        if not self._lock.acquire(timeout=deadline.left()):
            raise Unavailable("another thread still asks for the token")
        try:
            if self._held is None or time.monotonic() >= self._until:
                self._held = self._renewed(deadline)
                self._until = time.monotonic() + self._held.use_s
            return self._held.token
        finally:
            self._lock.release()

    def refused(self, token: str) -> None:
        """Forget a token, so that the next sign-in asks for another one."""
        with self._lock:
            if self._held is not None and self._held.token == token:
                self._held = None

    def _renewed(self, deadline: Deadline) -> GrantedToken:
        if not self._grant.refresh_token_file:
            return self._asked(self._grant.refresh_token, deadline)
        with _alone(self._grant.refresh_token_file):  # so that no other process spends the same refresh token
            kept = _read(self._grant.refresh_token_file, "refresh_token_file")
            granted = self._asked(kept, deadline)
            if granted.refresh_token not in (None, kept):
                _keep(self._grant.refresh_token_file, granted.refresh_token or "")
        return granted

    def _asked(self, refresh_token: str, deadline: Deadline) -> GrantedToken:
        response = http_client.call(
            self._grant.endpoint,
            guard=self._guard,
            deadline=deadline,
            headers={"Accept": "application/json", "User-Agent": "Nolapse"},
            form=self._grant.form(refresh_token),
            service=SERVICE,
            limit=self._limit,
            most_bytes=_MOST_BYTES,
        )
        if response.status not in _SPEAKING:
            raise Unavailable(
                f"no token from {self._grant.endpoint}: it answers {response.status}",
                retry_after=http_client.retry_after(response),
            )
        try:
            return oauth_tokens.read_answer(response.body, secrets=(*self._grant.secrets, refresh_token))
        except NoToken as error:
            raise Unavailable(f"no token from {self._grant.endpoint}: {error}") from None


def _read(path: str, name: str) -> str:
    try:
        with Path(path).open("rb") as file:
            content = file.read(oauth_tokens.LONGEST_TOKEN + 2)
        return oauth_tokens.read_token(content.decode("ascii").strip())
    except OSError as error:
        raise Unavailable(f"{name} {path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise Unavailable(f"{name} {path} holds no token: it is not ASCII") from None
    except NoToken as error:
        raise Unavailable(f"{name} {path}: {error}") from None


@contextmanager
def _alone(path: str) -> Generator[None]:
    """Hold a lock beside a file while its token is spent. Where none can be had, nothing can be kept there either."""
    with ExitStack() as held:
        try:
            lock = held.enter_context(Path(f"{path}.lock").open("a"))
        except OSError as error:
            raise Unavailable(f"refresh_token_file {path}: its folder cannot be written ({error.strerror})") from None
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep(path: str, token: str) -> None:
    """Write a refresh token in place of the one before, whole or not at all; the access token counts in any case."""
    try:
        with NamedTemporaryFile("w", dir=Path(path).parent, prefix=".token-", delete=False) as file:
            file.write(token + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
    except OSError as error:
        log.warning("refresh_token_not_kept", file=path, error=str(error.strerror))
    else:
        log.info("refresh_token_replaced", file=path)
