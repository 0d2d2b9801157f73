"""Channels: where alerts are told beside mail, as the settings name them, and what is sent there.

{"pager": {"webhook": "https://pager.example/in", "secret": "whsec_..."}, "chat": {"apprise": "slack://T/B/C"}}
"""

import re
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final, cast
from urllib.parse import urlsplit

from rules.names import server_addresses

PATIENCE: Final = timedelta(minutes=30)
"""How long a channel is tried; then the last resort is told in its place."""

MOST_CHANNELS: Final = 50
MOST_SECRETS: Final = 2

_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,31}")
_SCHEME = re.compile(r"([a-z][a-z0-9]{0,31})://.+", re.DOTALL)
_LOCAL: Final = frozenset({
    "blink1", "dbus", "deltachat", "gio", "glib", "gnome", "kde", "macosx", "qt", "syslog", "windows",
})  # fmt: skip
"""Services of apprise that reach nobody but this machine."""

_SECRET_BYTES: Final = range(24, 65)
"""The lengths of a secret in bytes that Standard Webhooks allows."""


class DeliveryState(StrEnum):
    """What became of a message to a channel."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """An address that takes signed messages (Standard Webhooks); with two keys while one is replaced."""

    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    """The keys as they were written, and the parts of the URL that may be secret."""

    @property
    def where(self) -> str:
        """Where it leads, without what may be secret."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """A service that apprise knows, by its URL."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)

    @property
    def where(self) -> str:
        """Which service it is, without what may be secret."""
        return self.url.partition("://")[0]


AlertChannel = WebhookChannel | AppriseChannel


@dataclass(frozen=True, slots=True)
class ChannelMessage:
    """What is told through a channel: in words, and as programs read it."""

    title: str
    body: str
    kind: str
    """The event's type, such as ``alerts.told``."""
    data: Mapping[str, object]


def read(given: object) -> dict[str, AlertChannel]:
    """Return the channels by name. Raises ``ValueError`` that names the channel, with nothing that could be secret."""
    if not isinstance(given, Mapping) or len(cast("Mapping[str, object]", given)) > MOST_CHANNELS:
        raise ValueError(f"must be a JSON object of up to {MOST_CHANNELS} channels, by name")
    channels = cast("Mapping[str, object]", given)
    return {name: _channel(name, one) for name, one in channels.items()}


def _channel(name: str, given: object) -> AlertChannel:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name[:40]!r} is no name of a channel: small letters, digits, and _ . - between them")
    fields = cast("Mapping[str, object]", given if isinstance(given, Mapping) else {})
    match dict(fields):
        case {"webhook": str(url), "secret": str(secret), **others} if not others:
            return _webhook(name, url, secret)
        case {"apprise": str(url), **others} if not others:
            return _apprise(name, url)
        case _:
            pass
    raise ValueError(f'{name}: write {{"webhook": "https://...", "secret": "whsec_..."}} or {{"apprise": "..."}}')


def _webhook(name: str, url: str, secret: str) -> WebhookChannel:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError(f"{name}: a webhook is https:// with a host, and no user in it")
    try:
        server_addresses.require_web(url)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    written = tuple(secret.split())
    if not 1 <= len(written) <= MOST_SECRETS:
        raise ValueError(f"{name}: one secret (whsec_...), or two while one is replaced, separated by a space")
    keys = tuple(_key(name, one) for one in written)
    return WebhookChannel(url, keys, (*written, *_tokens(f"{parts.path}?{parts.query}")))


def _key(name: str, written: str) -> bytes:
    try:
        key = b64decode(written.removeprefix("whsec_"), validate=True)
    except (BadBase64, ValueError):
        key = b""
    if not written.startswith("whsec_") or len(key) not in _SECRET_BYTES:
        raise ValueError(
            f"{name}: a secret is whsec_ and 24 to 64 random bytes in base64: echo whsec_$(openssl rand -base64 32)"
        )
    return key


def _apprise(name: str, url: str) -> AppriseChannel:
    found = _SCHEME.fullmatch(url)
    if found is None:
        raise ValueError(f"{name}: apprise's URLs look like slack://... (https://appriseit.com)")
    if found[1] in _LOCAL:
        raise ValueError(f"{name}: {found[1]}:// reaches nobody but this machine")
    return AppriseChannel(url, (url, *_tokens(url)))


def _tokens(written: str) -> tuple[str, ...]:
    """Return the parts of a URL that are long enough to be secret."""
    return tuple(one for one in re.split(r"[/:@?&=#]+", written) if len(one) >= 8)  # noqa: PLR2004 - characters
