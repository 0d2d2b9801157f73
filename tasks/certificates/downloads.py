"""What authorities publish, for the scans of one batch: taken from where all workers keep it, fetched where it is old.

urls ──kept and fresh?──> parsed (this process remembers) ──> assessed
  └──────no──────> fetched, a few at once, up to a deadline ──> kept for all, as is that nothing came
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from threading import Condition, Lock
from time import monotonic
from typing import Protocol, TypeVar, cast

import structlog

from db.outside.downloads import Kept
from integrations import ca_repository
from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Unavailable
from rules.certificates import ari, downloads
from rules.certificates.ari import RenewalQuery, RenewalWindow
from rules.certificates.downloads import DownloadKind
from rules.x509 import ocsp, revocation
from rules.x509.revocation import Crl
from settings import reports
from tasks import outside
from tasks.outside.calls import measured

log = structlog.get_logger()

_AT_ONCE = 8
_ROUND_S = 15.0
"""Seconds that one round of fetching may take."""

_BUDGET_S = 45.0
"""Seconds that all rounds of a batch may take together; after that only what is kept is used."""

_MOST_OF_A_ROUND = 64
"""Addresses that one round fetches; the rest waits for the next scans."""

_BUDGET_BYTES = 64 * 1024 * 1024
"""Bytes that all rounds of a batch may bring; a body on its way counts with the largest size that it may have."""

_PARSED_BYTES = 32 * 1024 * 1024
"""Bytes of the bodies whose parsed form a process remembers."""

_LONGEST_URL = 2048

Read = TypeVar("Read")


class DownloadStore(Protocol):
    """Where downloads are kept: ``db.outside.downloads``, or ``InMemoryDownloads`` where there is no database."""

    def kept(self, urls: Sequence[str]) -> dict[str, Kept]: ...
    def body(self, url: str) -> bytes | None: ...
    def keep(self, url: str, kind: str, content: bytes, *, at: datetime, fresh_until: datetime) -> None: ...
    def failed(self, url: str, kind: str, why: str, *, again_at: datetime) -> None: ...


class InMemoryDownloads:
    """Downloads in memory, for one command that has no database."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._bodies: dict[str, bytes] = {}

    def kept(self, urls: Sequence[str]) -> dict[str, Kept]:
        return {url: self._kept[url] for url in urls if url in self._kept}

    def body(self, url: str) -> bytes | None:
        return self._bodies.get(url)

    def keep(self, url: str, kind: str, content: bytes, *, at: datetime, fresh_until: datetime) -> None:  # noqa: ARG002 - a shelf's signature
        self._kept[url], self._bodies[url] = Kept(url, at, fresh_until), content

    def failed(self, url: str, kind: str, why: str, *, again_at: datetime) -> None:  # noqa: ARG002 - a shelf's signature
        self._kept[url] = Kept(url, None, again_at, why)


@dataclass(frozen=True, slots=True)
class _Came:
    """What a fetch brought: a body, what it says, and until when it counts; or why there is none."""

    body: bytes = b""
    said: object = None
    fresh_until: datetime | None = None
    failure: str = ""


class _ByteBudget:
    """The bytes that may still come; a body on its way counts with the largest size that it may have."""

    def __init__(self, left: int) -> None:
        self._left = left
        self._on_the_way = 0
        self._came = Condition()

    def take(self, most: int) -> bool:
        """Reserve room for a body; False where there is none. Waits while bodies on their way may give some back."""
        with self._came:
            self._came.wait_for(lambda: most <= self._left or not self._on_the_way)
            if most > self._left:
                return False
            self._left -= most
            self._on_the_way += 1
            return True

    def give_back(self, unused: int) -> None:
        """Give back the room that a body did not need, once it has come."""
        with self._came:
            self._left += unused
            self._on_the_way -= 1
            self._came.notify_all()


class DownloadCache:
    """What authorities publish, as far as one batch of scans may wait for it."""

    def __init__(self, shelf: DownloadStore, *, budget_s: float = _BUDGET_S, budget_bytes: int = _BUDGET_BYTES) -> None:
        self._shelf = shelf
        self._left_s = budget_s
        self._bytes = _ByteBudget(budget_bytes)

    def crls(self, urls: Iterable[str]) -> dict[str, Crl]:
        """Return the CRLs that can be had, by address."""
        return self._all(DownloadKind.CRL, urls, _crl)

    def failures(self, urls: Iterable[str]) -> dict[str, str]:
        """Return, by address, why the last fetch failed."""
        kept = self._shelf.kept([url for url in dict.fromkeys(urls) if _is_kept(url)])
        return {url: one.failure for url, one in kept.items() if one.failure}

    def ocsp(self, urls: Iterable[str]) -> dict[str, bytes]:
        """Return the OCSP responses that can be had, by the address that asks for them."""
        answers = self._all(DownloadKind.OCSP, urls, _ocsp_answer)
        return {url: answer.body for url, answer in answers.items()}

    def issuers(self, urls: Iterable[str]) -> dict[str, tuple[bytes, ...]]:
        """Return the issuers' certificates that can be had, as DER, by address."""
        return self._all(DownloadKind.ISSUER, urls, ca_repository.certificates)

    def windows(self, questions: Iterable[RenewalQuery]) -> dict[RenewalQuery, RenewalWindow]:
        """Return when authorities suggest to renew (RFC 9773), for the certificates that have such a suggestion."""
        wanted = list(dict.fromkeys(questions))
        directories = self._all(DownloadKind.DIRECTORY, (one.directory for one in wanted), bytes)
        urls = {
            one: url
            for one in wanted
            if one.directory in directories
            if (url := ari.renewal_url(directories[one.directory], one.certificate_id))
        }
        said = self._all(DownloadKind.RENEWAL, urls.values(), _window)
        return {one: said[url] for one, url in urls.items() if url in said}

    def _all(self, kind: DownloadKind, urls: Iterable[str], read: Callable[[bytes], Read]) -> dict[str, Read]:
        wanted = [url for url in dict.fromkeys(urls) if _is_kept(url)]
        if not wanted:
            return {}
        kept, now = self._shelf.kept(wanted), datetime.now(UTC)
        old = [url for url in wanted if url not in kept or kept[url].fresh_until <= now]
        if old and self._left_s > 0:
            self._fetch(kind, old[:_MOST_OF_A_ROUND], read, now)
            kept = self._shelf.kept(wanted)
        found = {url: self._said(kind, kept[url], read) for url in wanted if url in kept}
        return {url: value for url, value in found.items() if value is not None}

    def _fetch(self, kind: DownloadKind, urls: Sequence[str], read: Callable[[bytes], object], now: datetime) -> None:
        """Fetch what is old, a few at once, and keep what came; also failures, so that nobody waits for them again."""
        began, deadline = monotonic(), Deadline.after(min(_ROUND_S, self._left_s))
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"fetch {kind}") as pool:
            fetch = partial(self._within_budget, kind=kind, read=read, deadline=deadline, now=now)
            came = list(pool.map(fetch, urls))
        self._left_s -= monotonic() - began
        for url, one in zip(urls, came, strict=True):
            if one is not None and one.fresh_until is not None:
                self._shelf.keep(url, kind, one.body, at=now, fresh_until=one.fresh_until)
                _parsed.put((kind, url, now), one.said, len(one.body))
            elif one is not None:
                self._shelf.failed(url, kind, one.failure, again_at=now + downloads.FAILED)

    def _within_budget(
        self, url: str, *, kind: DownloadKind, read: Callable[[bytes], object], deadline: Deadline, now: datetime
    ) -> _Came | None:
        """Fetch one address, or leave it to the next scans where the batch has brought enough bytes."""
        most = ca_repository.most_bytes(kind)
        if not self._bytes.take(most):
            return None
        came = _fetched(url, kind=kind, read=read, deadline=deadline, now=now)
        self._bytes.give_back(most - len(came.body) if came else most)
        return came

    def _said(self, kind: DownloadKind, kept: Kept, read: Callable[[bytes], Read]) -> Read | None:
        """Return the parsed body that is kept of an address; None where no body of this kind ever came.

        A process parses a body once for each kind: a certificate may name one address for two kinds.
        """
        if kept.fetched_at is None:
            return None
        key = kind, kept.url, kept.fetched_at
        known = _parsed.get(key)
        if known is None:
            body = self._shelf.body(kept.url)
            known = _read_again(body, read) if body is not None else None
            _parsed.put(key, known, len(body or b""))
        return cast("Read | None", known)


def _is_kept(url: str) -> bool:
    """Tell whether we can keep an address: a stranger may have written anything in its place."""
    return len(url) <= _LONGEST_URL and url.isascii() and url.isprintable()


def _fetched(
    url: str, *, kind: DownloadKind, read: Callable[[bytes], object], deadline: Deadline, now: datetime
) -> _Came | None:
    """Fetch one address; None where the time was up before it was its turn."""
    if monotonic() >= deadline.at:
        return None
    try:
        with measured(kind):
            if kind is DownloadKind.OCSP:
                published = ca_repository.ask_ocsp(url, guard=outside.guard(), deadline=deadline)
            else:
                published = ca_repository.fetch(kind, url, guard=outside.guard(), deadline=deadline)
            said = read(published.body)
    except IntegrationError as error:
        return _Came(failure=str(error))
    except Exception as error:  # what a stranger published must not cost a batch its scans
        log.exception("publication_raised", url=url)
        reports.report(error)
        return _Came(failure=f"a bug of ours: {type(error).__name__}")
    until = downloads.fresh_until(kind, now=now, next_update=_next_update(said), retry_after_s=published.retry_after_s)
    return _Came(published.body, said, until)


def _read_again(body: bytes, read: Callable[[bytes], object]) -> object:
    try:
        return read(body)
    except IntegrationError:  # what an earlier release could read, this one cannot
        return None


def _crl(body: bytes) -> Crl:
    try:
        return revocation.read_crl(ca_repository.der(body))
    except ValueError as error:
        raise Unavailable(f"the answer is no CRL: {error}") from error


@dataclass(frozen=True, slots=True)
class _OcspAnswer:
    """An OCSP response, and until when it may be used; ``rules.x509`` judges its signer and what it says."""

    body: bytes
    next_update: datetime | None


def _ocsp_answer(body: bytes) -> _OcspAnswer:
    try:
        return _OcspAnswer(body, ocsp.next_update(body))
    except ocsp.Unusable as error:
        raise Unavailable(f"the answer is no OCSP response: {error}") from error


def _next_update(said: object) -> datetime | None:
    return said.next_update if isinstance(said, Crl | _OcspAnswer) else None


def _window(body: bytes) -> RenewalWindow:
    window = ari.read(body)
    if window is None:
        raise Unavailable("the answer names no window")
    return window


_BodyKey = tuple[DownloadKind, str, datetime]


class _ParsedBodies:
    """What bodies say, the last used ones, up to a number of bytes that they were read from."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._held: OrderedDict[_BodyKey, tuple[object, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _BodyKey) -> object:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key, (None, 0))[0]

    def put(self, key: _BodyKey, said: object, size: int) -> None:
        with self._lock:
            self._bytes += size - self._held.pop(key, (None, 0))[1]
            self._held[key] = said, size
            while self._bytes > self._most_bytes:
                self._bytes -= self._held.popitem(last=False)[1][1]

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._bytes = 0


_parsed = _ParsedBodies(_PARSED_BYTES)
