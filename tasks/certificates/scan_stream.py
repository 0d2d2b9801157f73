"""Scans of endpoints, many at once, handed on in groups as they come; and what a group of them means.

    scan (a thread of its own, so that no deadline runs out while a group is assessed and stored)
      └──observations──> groups ──> assess: what authorities publish, fetched for the whole group ──> findings

A group is handed on when it is full or has waited a moment: slow endpoints do not hold back the others.
"""

import queue
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

import structlog

import settings
from db import connection
from integrations import tls
from integrations.tls.address_scan import MailManners
from rules.certificates import assessment
from rules.certificates.address_assessment import Consulted
from rules.certificates.ari import RenewalQuery, RenewalWindow
from rules.certificates.assessment import ExaminedScan
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.faults import FaultKind
from rules.certificates.finding import Finding
from rules.certificates.history import EndpointHistory
from rules.certificates.observation import ScanObservation, ScanTarget
from rules.x509.revocation import Crl
from settings import reports
from tasks import outside
from tasks.certificates.downloads import DownloadCache
from tasks.outside.calls import count

T = TypeVar("T")

log = structlog.get_logger()

_GROUP = 50
_PATIENCE_S = 0.5
"""How long an observation waits for others, to be assessed and stored together."""

_SLOW = 0.5
"""The share of the deadline after which an endpoint counts as slow."""


@dataclass(frozen=True, slots=True)
class CompletedScan:
    """A scan that is done, with the target's place among those that were asked for."""

    place: int
    observation: ScanObservation

    @property
    def slow(self) -> bool:
        """Whether it took so much of its deadline that it is better scanned apart from others."""
        return self.observation.seconds > _SLOW * settings.current().scan_deadline_s


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentInput:
    """An observation with what else is known: all that an assessment needs of one endpoint."""

    observation: ScanObservation
    history: EndpointHistory = field(default_factory=EndpointHistory)
    dns_policy: DnsPolicy = field(default_factory=DnsPolicy)


@dataclass(frozen=True, slots=True)
class AssessedScan:
    """What a scan means; ``issuers`` are the certificates, as DER, that were fetched because the server lacks them.

    Without a finding, ``trouble`` says why: the cause is on our side.
    """

    finding: Finding | None = None
    issuers: tuple[bytes, ...] = ()
    trouble: str = ""


def groups(targets: Sequence[ScanTarget]) -> Iterator[list[CompletedScan]]:
    """Scan all targets at once and yield the scans that are done, in groups.

    While it waits, the thread's database connection rests.
    """
    with closing(_Scan(targets)) as scan:
        group: list[CompletedScan] = []
        until = 0.0
        while not isinstance(came := scan.next(max(0.0, until - monotonic()) if group else None), _Over):
            if came is not None:
                until = until if group else monotonic() + _PATIENCE_S
                group.append(came)
            if came is None or len(group) == _GROUP:
                yield group
                group = []
        if group:
            yield group


def assess(cases: Sequence[AssessmentInput], downloads: DownloadCache, *, now: datetime) -> list[AssessedScan]:
    """Return what each observation means at ``now``; what authorities publish is fetched for all of them together.

    A bug that one of them brings to light is reported, and is trouble of that one alone.
    """
    roots = outside.roots()
    examined = [_safely(partial(assessment.examine, case.observation, roots=roots, now=now)) for case in cases]
    issuers = downloads.issuers(url for one in _sound(examined) for url in one.issuer_urls)
    examined = [_with_issuers(one, issuers, now) if isinstance(one, ExaminedScan) else one for one in examined]
    published = _published(_sound(examined), issuers, downloads)
    return [
        _assessed(case, one, published, now=now) if isinstance(one, ExaminedScan) else AssessedScan(trouble=one)
        for case, one in zip(cases, examined, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """What authorities publish about the certificates of a group, by the URLs at which they do."""

    issuers: Mapping[str, tuple[bytes, ...]]
    crls: Mapping[str, Crl]
    failures: Mapping[str, str]
    ocsp: Mapping[str, bytes]
    windows: Mapping[RenewalQuery, RenewalWindow]


def _published(
    sound: Sequence[ExaminedScan], issuers: Mapping[str, tuple[bytes, ...]], downloads: DownloadCache
) -> _Published:
    crls = downloads.crls(url for one in sound for url in one.crl_urls)
    return _Published(
        issuers=issuers,
        crls=crls,
        ocsp=downloads.ocsp(url for one in sound for url in one.ocsp_urls),
        failures=downloads.failures(url for one in sound for url in one.crl_urls if url not in crls),
        windows=downloads.windows(one.renewal for one in sound if one.renewal),
    )


def _assessed(case: AssessmentInput, one: ExaminedScan, published: _Published, *, now: datetime) -> AssessedScan:
    openssl = outside.openssl(outside.roots())
    fetched = _fetched_issuers(one, published.issuers)
    window = published.windows.get(one.renewal) if one.renewal else None
    assess = partial(
        assessment.assess,
        one,
        crls=published.crls,
        consulted=Consulted(
            ocsp=published.ocsp,
            failures=published.failures,
            refusals={chain: openssl.refusal(chain) for chain in one.verifications},
        ),
        issuers=fetched,
        dns_policy=replace(case.dns_policy, window=window),
        history=case.history,
        now=now,
    )
    found = _safely(assess)
    if not isinstance(found, Finding):
        return AssessedScan(trouble=found)
    if FaultKind.CHECKERS_DISAGREE in found.kinds:
        count("openssl", "disagrees", seconds=0.0)
    return AssessedScan(found, fetched)


def _sound(examined: Iterable[ExaminedScan | str]) -> list[ExaminedScan]:
    return [one for one in examined if isinstance(one, ExaminedScan)]


def _with_issuers(one: ExaminedScan, issuers: Mapping[str, tuple[bytes, ...]], now: datetime) -> ExaminedScan | str:
    return _safely(partial(assessment.with_issuers, one, _fetched_issuers(one, issuers), now))


def _fetched_issuers(one: ExaminedScan, issuers: Mapping[str, tuple[bytes, ...]]) -> tuple[bytes, ...]:
    return tuple(der for url in one.issuer_urls for der in issuers.get(url, ()))


def _safely(step: Callable[[], T]) -> T | str:
    """Return the result of a step, or why it failed: the bytes of one server must not cost the others their scans."""
    try:
        return step()
    except Exception as error:
        log.exception("assessment_raised")
        reports.report(error)
        return f"a bug of ours: {type(error).__name__}"


class _Over:
    """The sign that all scans are done."""


class _Scan:
    """All scans in a thread of their own; ``close`` ends it early where the rest is not wanted."""

    def __init__(self, targets: Sequence[ScanTarget]) -> None:
        self._targets = targets
        self._arriving: queue.SimpleQueue[CompletedScan | BaseException | _Over] = queue.SimpleQueue()
        self._unwanted = Event()
        Thread(target=self._run, name="scan", daemon=True).start()

    def next(self, timeout_s: float | None) -> CompletedScan | _Over | None:
        """Return what comes next, None where nothing does in time. Raises what ended the scans."""
        connection.rest()
        try:
            came = self._arriving.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(came, BaseException):
            raise came
        return came

    def close(self) -> None:
        self._unwanted.set()

    def _run(self) -> None:
        try:
            for one in self._scans():
                self._arriving.put(one)
                if self._unwanted.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            self._arriving.put(error)
        self._arriving.put(_Over())

    def _scans(self) -> Iterator[CompletedScan]:
        config = settings.current()
        places = {target: place for place, target in enumerate(self._targets)}
        observations = tls.scan_many(
            self._targets,
            guard=outside.guard(),
            deadline_s=config.scan_deadline_s,
            in_flight=config.scans_in_flight,
            mail=MailManners(config.scan_ehlo_name, config.scan_greeting_s),
        )
        for one in observations:
            count("tls", "unavailable" if one.trouble else "ok", seconds=one.seconds)
            yield CompletedScan(places[one.target], one)
