"""Stores findings as a worker does, without a scan."""

from dataclasses import replace
from datetime import datetime

from db.portfolio import scans
from db.portfolio.endpoints import Endpoint
from db.portfolio.scans import NewScan
from rules.certificates import next_scan, scan_outcome
from rules.certificates.faults import Fault, FaultKind, fault
from rules.certificates.finding import Finding
from wording.certificates import findings, scan_reasons


def stored_fault(kind: FaultKind, words: str) -> Fault:
    """Return a fault as a release before parameters stored it."""
    return replace(fault(kind), stored_words=words)


def save(endpoint: Endpoint, finding: Finding, *, at: datetime, slow: bool = False) -> None:
    """Store what follows from a finding, in the caller's transaction."""
    found = scan_outcome.of_scan(endpoint.history, finding, jitter=0, now=at)
    because = scan_reasons.because(found.next_scan)
    texts = findings.texts(finding)
    scans.save([NewScan(endpoint=endpoint, outcome=found, texts=texts, because=because, slow=slow)])


def fail(endpoint: Endpoint, why: str, *, at: datetime) -> None:
    """Store that we could not scan ourselves, in the caller's transaction."""
    following = next_scan.after_trouble(endpoint.failures + 1, now=at)
    scans.failed(endpoint, why, at=at, next_at=following.at, because=scan_reasons.because(following))
