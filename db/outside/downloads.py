"""Downloads: what authorities publish, fetched by one worker and used by all, and which servers had nothing for us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from urllib.parse import urlsplit

from db import connection
from db.connection import transaction
from db.outside.models import Download as Row
from rules import names

_FAILURE_MAX = 500

MOST_OF_A_SITE = 64 * 1024 * 1024
"""Bytes that are kept of one registrable domain: the largest authorities publish some thirty megabytes of lists."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one address, its body apart. ``fetched_at`` is None where nothing ever came. Times are UTC.

    ``failure`` says why the last try brought nothing.
    """

    url: str
    fetched_at: datetime | None
    fresh_until: datetime
    failure: str | None = None


def kept(urls: Sequence[str]) -> dict[str, Kept]:
    """Return what is kept of these addresses, by address; their bodies may be large and are read one at a time."""
    rows = Row.select(Row.url, Row.fetched_at, Row.fresh_until, Row.failure).where(Row.url.in_(list(urls)))
    return {row.url: Kept(row.url, row.fetched_at, row.fresh_until, row.failure) for row in rows}


def body(url: str) -> bytes | None:
    """Return the last body that came from an address, None where none ever did."""
    row = Row.select(Row.body).where(Row.url == url).get_or_none()
    return bytes(row.body) if row and row.body is not None else None


def keep(url: str, kind: str, content: bytes, *, at: datetime, fresh_until: datetime) -> None:
    """Keep the newest body of an address. Where a site has too much, its oldest bodies are deleted."""
    values = {"kind": kind, "body": content, "fetched_at": at, "fresh_until": fresh_until, "failure": None}
    site = _site(url)
    with transaction():
        _write(url, {**values, "site": site, "size": len(content)})
        _make_room(site)


def _site(url: str) -> str:
    """Return the registrable domain that an address is of, or its host where that has none."""
    host = (urlsplit(url).hostname or "")[:255]
    try:
        return names.registrable(host)
    except names.NotRegistrable:
        return host


def _make_room(site: str) -> None:
    held = connection.execute(
        "SELECT url, size FROM download WHERE site = %s AND size > 0 ORDER BY fetched_at DESC", site
    )
    for (url, _), total in zip(held, accumulate(size for _, size in held), strict=True):
        if total > MOST_OF_A_SITE:
            connection.changed("DELETE FROM download WHERE url = %s", url)


def failed(url: str, kind: str, why: str, *, again_at: datetime) -> None:
    """Remember that nothing came from an address; the body that came before stays."""
    values = {"kind": kind, "failure": why.replace("\0", "")[:_FAILURE_MAX], "fresh_until": again_at}
    _write(url, values)


def _write(url: str, values: dict[str, object]) -> None:
    with transaction():
        Row.insert(url=url, **values).on_conflict(conflict_target=[Row.url], update=values).execute()
