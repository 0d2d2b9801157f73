"""Scans of endpoints of the portfolio: made, assessed and stored in groups, as they are done.

    groups ──> endpoints, loaded ──> DNS policies ──> assess ──> outcome ──> scans.save, alerts.reconcile

The endpoints of a group are loaded once their scans are done, so that what other jobs stored meanwhile counts. They are
locked while they are stored, so that none is removed in the middle.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from db.outside import downloads
from db.portfolio import alerts as alert_store
from db.portfolio import endpoints, scans
from db.portfolio.endpoints import Endpoint
from db.portfolio.scans import NewScan
from rules.certificates import next_scan, scan_outcome
from rules.certificates.alarms import CertificateAlarm
from rules.certificates.dns_policy import DnsPolicy
from rules.certificates.finding import Finding
from rules.certificates.observation import ScanTarget
from rules.certificates.scan_outcome import ScanOutcome
from rules.checks.next_check import jitter
from tasks import alerts
from tasks.certificates import consent, scan_stream
from tasks.certificates.dns_policies import DnsPolicies
from tasks.certificates.downloads import DownloadCache
from tasks.certificates.scan_stream import AssessmentInput, CompletedScan
from tasks.engine.context import completing, fenced
from wording.certificates import certificate_alarms, findings, scan_reasons


def scan(targets: Mapping[int, ScanTarget]) -> None:
    """Scan endpoints, by id, and store each; the job ends with the last of them. One that is removed is passed over.

    Where the settings ask for verified domains, endpoints that are under none are put off.
    """
    refused = consent.refused(list(targets))
    if refused:
        with fenced():
            consent.postpone(refused, now=datetime.now(UTC))
    allowed = {one: target for one, target in targets.items() if one not in refused}
    ids, left = list(allowed), len(allowed)
    batch = ScanBatch()
    for group in scan_stream.groups(list(allowed.values())):
        left -= len(group)
        batch.store({ids[one.place]: one for one in group}, is_last=not left)


class ScanBatch:
    """One batch, whose groups are assessed and stored; they share one budget for what they fetch from elsewhere."""

    def __init__(self) -> None:
        self._downloads = DownloadCache(downloads)
        self._policies = DnsPolicies()

    def store(self, group: Mapping[int, CompletedScan], *, is_last: bool) -> None:
        """Assess and store a group of scans, by endpoint; with the last of them the job ends."""
        loaded = endpoints.many(list(group))
        policies = self._policies.of([one for one in loaded if not group[one.id].observation.trouble])
        now = datetime.now(UTC)
        found, troubles = self._assessed(loaded, group, policies, now)
        outcomes = {one.id: _outcome(one, found[one.id], now) for one in loaded if one.id in found}
        with completing() if is_last else fenced():
            there = endpoints.locked(list(group))
            kept = [one for one in loaded if one.id in there]
            scanned = [(one, outcomes[one.id]) for one in kept if one.id in outcomes]
            scans.save([_new_scan(one, outcome, slow=group[one.id].slow) for one, outcome in scanned])
            for one, _ in scanned:
                self._policies.keep(one, policies[one.id], at=now)
            for one in kept:
                if one.id not in outcomes:
                    _save_trouble(one, troubles[one.id], now)
            alerts.reconcile([_standing(one, outcome) for one, outcome in scanned])

    def _assessed(
        self,
        loaded: Sequence[Endpoint],
        group: Mapping[int, CompletedScan],
        policies: Mapping[int, DnsPolicy],
        now: datetime,
    ) -> tuple[dict[int, Finding], dict[int, str]]:
        """Return the findings by endpoint, and by endpoint the trouble on our side that is why one has no finding."""
        troubles = {one.id: group[one.id].observation.trouble or "" for one in loaded}
        cases = {
            one.id: AssessmentInput(
                observation=group[one.id].observation, history=one.history, dns_policy=policies[one.id]
            )
            for one in loaded
            if not troubles[one.id]
        }
        assessed = scan_stream.assess(list(cases.values()), self._downloads, now=now)
        found: dict[int, Finding] = {}
        for endpoint_id, one in zip(cases, assessed, strict=True):
            if one.finding:
                found[endpoint_id] = one.finding
            troubles[endpoint_id] = one.trouble
        return found, troubles


def _outcome(endpoint: Endpoint, finding: Finding, now: datetime) -> ScanOutcome:
    return scan_outcome.of_scan(
        endpoint.history, finding, jitter=jitter(endpoint.id), warn_at=endpoint.alert_days, now=now
    )


def _new_scan(endpoint: Endpoint, found: ScanOutcome, *, slow: bool) -> NewScan:
    because = scan_reasons.because(found.next_scan)
    return NewScan(endpoint=endpoint, outcome=found, texts=findings.texts(found.finding), because=because, slow=slow)


def _save_trouble(endpoint: Endpoint, why: str, now: datetime) -> None:
    following = next_scan.after_trouble(endpoint.failures + 1, now=now)
    scans.failed(endpoint, why, at=now, next_at=following.at, because=scan_reasons.because(following))


def _standing(endpoint: Endpoint, found: ScanOutcome) -> alert_store.Standing:
    notices = tuple(_notice(one, endpoint, found) for one in found.alarms)
    return alert_store.Standing(subject=endpoint.subject, notices=notices, over=frozenset(found.over))


def _notice(alarm: CertificateAlarm, endpoint: Endpoint, found: ScanOutcome) -> alert_store.Notice:
    return alert_store.Notice(
        kind=alarm.kind,
        stage=alarm.stage,
        urgency=alarm.urgency,
        about=alarm.about,
        group=alarm.storm,
        headline=certificate_alarms.headline(alarm, endpoint.address),
        what_to_do=certificate_alarms.what_to_do(alarm),
        facts=certificate_alarms.facts(endpoint.client_name, found.history),
    )
