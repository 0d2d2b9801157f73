"""Scans of endpoints of the portfolio: looked at, judged and recorded in groups, as the looks come.

A group is read anew once its looks are there, so that what others have found out meanwhile counts, and locked while it
is recorded, so that none of its endpoints is removed in the middle.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from db.outside import downloads
from db.portfolio import alerts, scans
from db.portfolio import endpoints as store
from db.portfolio.endpoints import Endpoint
from rules.certificates import alarms
from rules.certificates.alarms import CertificateAlarmKind
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.history import EndpointHistory
from rules.changes import Change
from tasks import alerts as telling
from tasks.certificates import scan_stream
from tasks.certificates.dns_policies import DnsPolicies
from tasks.certificates.downloads import DownloadCache
from tasks.certificates.scan_stream import AssessmentInput, CompletedScan
from tasks.engine.context import completing, fenced


def scan(endpoint_ids: Sequence[int]) -> None:
    """Scan endpoints and record each; the job ends with the last of them. One that was removed is passed over."""
    targets = store.targets(endpoint_ids)
    ids, left = list(targets), len(targets)
    recording = Recording()
    for group in scan_stream.groups(list(targets.values())):
        left -= len(group)
        recording.record({ids[one.place]: one for one in group}, is_last=not left)


class Recording:
    """Judges and records the groups of one batch; what the groups need from elsewhere has a limit for all of them."""

    def __init__(self) -> None:
        self._library = DownloadCache(downloads)
        self._policies = DnsPolicies()

    def record(self, group: Mapping[int, CompletedScan], *, is_last: bool) -> None:
        """Record a group of looks, by endpoint; with the last of them the job ends."""
        endpoints = store.many(list(group))
        seen = [one for one in endpoints if not group[one.id].look.trouble]
        besides = self._policies.of(seen)
        cases = [AssessmentInput(look=group[one.id].look, past=one.past, beside=besides[one.id]) for one in seen]
        now = datetime.now(UTC)
        judged = dict(zip((one.id for one in seen), scan_stream.assess(cases, self._library, now=now), strict=True))
        found = {number: one.finding for number, one in judged.items() if one.finding}
        with completing() if is_last else fenced():
            there = store.locked(list(group))
            standings: list[alerts.Standing] = []
            for one in endpoints:
                if one.id not in there:
                    continue
                if one.id in found:
                    self._policies.keep(one, besides[one.id], at=now)
                    past, news = scans.record(one, found[one.id], at=now, slow=group[one.id].slow)
                    standings.append(_standing(one, past, news, now=now))
                else:
                    trouble = group[one.id].look.trouble or judged[one.id].trouble
                    scans.failed(one, trouble, at=now)
            telling.reconcile(standings)


def _standing(
    endpoint: Endpoint, past: EndpointHistory, news: Sequence[Change[CertificateChangeKind]], *, now: datetime
) -> alerts.Standing:
    """Return what staff have to know of an endpoint.

    What was said about another end or another fault is over, and told anew; what nobody could see now stays as it was.
    """
    found = alarms.alarms(endpoint.address, past, warn_at=endpoint.alert_days, now=now)
    over = set(CertificateAlarmKind) - {one.kind for one in found} - alarms.undecided(past)
    outdated = {kind for change in news if (kind := alarms.outdated(change))}
    facts = _facts(endpoint, past)
    notices = tuple(
        alerts.Notice(kind=one.kind, stage=one.stage, headline=one.headline, what_to_do=one.what_to_do, facts=facts)
        for one in found
    )
    return alerts.Standing(subject=endpoint.subject, notices=notices, over=frozenset(over | outdated))


def _facts(endpoint: Endpoint, past: EndpointHistory) -> tuple[tuple[str, str], ...]:
    leaf = past.finding.leaf if past.finding else None
    kinds = ", ".join(one.fault for one in past.told)
    return (
        ("Client", endpoint.client_name),
        *((("Found", kinds),) if kinds else ()),
        *((("Issuer", leaf.issuer),) if leaf else ()),
        *((("Valid until", f"{leaf.not_after:%Y-%m-%d}"),) if leaf and leaf.not_after else ()),
    )
