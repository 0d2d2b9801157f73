"""What follows from a scan: all that is to be stored and told of it, decided at once. Pure."""

from dataclasses import dataclass
from datetime import datetime

from rules.certificates import alarms as alarm_rules
from rules.certificates import changes as change_rules
from rules.certificates import next_scan as next_scan_rules
from rules.certificates import variants
from rules.certificates.alarms import CertificateAlarm, CertificateAlarmKind
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.finding import Finding
from rules.certificates.history import EndpointHistory, ServedCertificate
from rules.certificates.next_scan import NextScan
from rules.checks.changes import Change
from rules.checks.stages import STAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOutcome:
    """All that follows from a finding that was made ``at`` that time.

    ``served`` are the certificates that some address serves now, ``alarms`` what staff have to be told, and ``over``
    the kinds of alarms whose open alert is over. ``ask_kinds_at`` is when to ask for certificates of the other kind of
    key again, None where that stays as it was.
    """

    at: datetime
    finding: Finding
    history: EndpointHistory
    served: tuple[ServedCertificate, ...]
    changes: tuple[Change[CertificateChangeKind], ...]
    next_scan: NextScan
    alarms: tuple[CertificateAlarm, ...]
    over: frozenset[CertificateAlarmKind]
    ask_kinds_at: datetime | None = None


def of_scan(
    history: EndpointHistory,
    finding: Finding,
    *,
    jitter: float,
    warn_at: tuple[int, ...] = STAGES,
    now: datetime,
) -> ScanOutcome:
    """Return what follows from ``finding``, made at ``now`` (aware), for an endpoint with this ``history``.

    ``jitter`` is that of ``rules.checks.next_check``, ``warn_at`` are the days before an end at which staff are told.
    """
    after = history.after(finding, now=now)
    changes = change_rules.changes(history, after)
    alarms = alarm_rules.alarms(after, warn_at=warn_at, now=now)
    return ScanOutcome(
        at=now,
        finding=finding,
        history=after,
        served=tuple(one for one in after.served if one.last_seen_at == now),
        changes=changes,
        next_scan=next_scan_rules.next_scan(after, jitter=jitter, now=now),
        alarms=alarms,
        over=alarm_rules.over(after, alarms, changes),
        ask_kinds_at=variants.ask_kinds_at(finding, now=now) if finding.kinds_asked else None,
    )
