"""Looks at endpoints, many at once, handed on in groups as they come; and what a group of them means.

    scan (a thread of its own, so that nobody's deadline runs while a group is judged and stored)
      └──look, look, look──> groups ──> judge: what authorities publish, fetched for the whole group ──> findings

A group is handed on when it is full or has waited a moment: whoever keeps us waiting does not hold back the others.
"""

import queue
from collections.abc import Callable, Iterator, Sequence
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
from rules.certificates import assessment
from rules.certificates.assessment import Examined
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.finding import Finding
from rules.certificates.history import EndpointHistory
from rules.certificates.observation import ScanObservation, ScanTarget
from settings import reports
from tasks import outside
from tasks.certificates.downloads import DownloadCache
from tasks.outside.calls import count

Judgement = TypeVar("Judgement")

log = structlog.get_logger()

_GROUP = 50
_PATIENCE_S = 0.5
"""How long a look waits for others to be judged and stored with."""

_SLOW = 0.5
"""The share of the deadline after which an endpoint counts as slow."""


@dataclass(frozen=True, slots=True)
class CompletedScan:
    """A look that came, with the target's place among those that were asked for."""

    place: int
    look: ScanObservation

    @property
    def slow(self) -> bool:
        """Whether it took so much of its deadline that it is better scanned apart from others."""
        return self.look.seconds > _SLOW * settings.current().scan_deadline_s


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentInput:
    """A look with what is known beside it: all that a judgement needs of one endpoint."""

    look: ScanObservation
    past: EndpointHistory = field(default_factory=EndpointHistory)
    beside: DnsPolicy = field(default_factory=DnsPolicy)


@dataclass(frozen=True, slots=True)
class Assessed:
    """What a look means; ``issuers`` are the certificates, as DER, that were fetched because the server lacks them.

    Without a finding ``trouble`` says why there is none: it is our own.
    """

    finding: Finding | None = None
    issuers: tuple[bytes, ...] = ()
    trouble: str = ""


def groups(targets: Sequence[ScanTarget]) -> Iterator[list[CompletedScan]]:
    """Look at all targets at once and give what comes, in groups. The thread's database connection rests meanwhile."""
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


def assess(cases: Sequence[AssessmentInput], library: DownloadCache, *, now: datetime) -> list[Assessed]:
    """Return what each of the looks means at ``now``; what authorities publish is fetched for all of them together.

    A bug that one of them brings to light is reported, and is trouble of that one alone.
    """
    roots = outside.roots()
    examined = [_safely(partial(assessment.examine, case.look, roots=roots, now=now)) for case in cases]
    sound = [one for one in examined if isinstance(one, Examined)]
    issuers = library.issuers(url for one in sound for url in one.issuer_urls)
    crls = library.crls(url for one in sound for url in one.crl_urls)
    windows = library.windows(one.renewal for one in sound if one.renewal)
    judged: list[Assessed] = []
    for case, one in zip(cases, examined, strict=True):
        if not isinstance(one, Examined):
            judged.append(Assessed(trouble=one))
            continue
        fetched = tuple(der for url in one.issuer_urls for der in issuers.get(url, ()))
        beside = replace(case.beside, window=windows.get(one.renewal) if one.renewal else None)
        assess = partial(assessment.assess, one, crls=crls, issuers=fetched, beside=beside, past=case.past, now=now)
        found = _safely(assess)
        judged.append(Assessed(found, fetched) if isinstance(found, Finding) else Assessed(trouble=found))
    return judged


def _safely(judgement: Callable[[], Judgement]) -> Judgement | str:
    """Return a judgement, or in words that it failed: a stranger's bytes must not cost the others their scans."""
    try:
        return judgement()
    except Exception as error:
        log.exception("judgement_raised")
        reports.report(error)
        return f"a bug of ours: {type(error).__name__}"


class _Over:
    """Says that all looks have come."""


class _Scan:
    """A scan in a thread of its own; ``close`` has it end early where nobody wants the rest."""

    def __init__(self, targets: Sequence[ScanTarget]) -> None:
        self._targets = targets
        self._arriving: queue.SimpleQueue[CompletedScan | BaseException | _Over] = queue.SimpleQueue()
        self._unwanted = Event()
        Thread(target=self._run, name="scan", daemon=True).start()

    def next(self, timeout_s: float | None) -> CompletedScan | _Over | None:
        """Return what comes next, None where nothing does in time. Raises what ended the scan."""
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
            for one in self._looks():
                self._arriving.put(one)
                if self._unwanted.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            self._arriving.put(error)
        self._arriving.put(_Over())

    def _looks(self) -> Iterator[CompletedScan]:
        config = settings.current()
        places = {target: place for place, target in enumerate(self._targets)}
        looks = tls.scan_many(
            self._targets,
            guard=outside.guard(),
            deadline_s=config.scan_deadline_s,
            in_flight=config.scans_in_flight,
        )
        for look in looks:
            count("tls", "unavailable" if look.trouble else "ok", seconds=look.seconds)
            yield CompletedScan(places[look.target], look)
