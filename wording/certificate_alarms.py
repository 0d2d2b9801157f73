"""What staff are told of an endpoint, in sentences: the headline, what to do, and the facts beneath them."""

from rules.certificates import renewal as renewals
from rules.certificates.alarms import AlarmCause, CertificateAlarm
from rules.certificates.faults import FaultKind
from rules.certificates.history import EndpointHistory
from wording import certificate_faults, findings, fragments
from wording.remediation import REMEDIATION

_HEADLINES = {
    AlarmCause.ENDED: "The certificate of {name} expired on {day}",
    AlarmCause.ROLLOUT: "The certificate of {name} expires on {day}",
    AlarmCause.LATE: "The certificate of {name} expires on {day}, and is late to be renewed",
    AlarmCause.BY_HAND: "The certificate of {name} expires on {day}",
}
_ADVICE = {
    AlarmCause.ENDED: REMEDIATION[FaultKind.EXPIRED].how,
    AlarmCause.ROLLOUT: REMEDIATION[FaultKind.ADDRESSES_DIFFER].how,
    AlarmCause.LATE: REMEDIATION[FaultKind.RENEWAL_LATE].how,
    AlarmCause.BY_HAND: "Order a new certificate, install it on every address and reload the servers.",
}
_MOST_ADVICE = 2


def headline(alarm: CertificateAlarm, name: str) -> str:
    """Return an alarm in one line, without a full stop; ``name`` is how staff know the endpoint."""
    if alarm.cause is not AlarmCause.FAULTS:
        day = f"{alarm.leaf.not_after:%Y-%m-%d}" if alarm.leaf and alarm.leaf.not_after else ""
        return _HEADLINES[alarm.cause].format(name=name, day=day)
    worst, more = findings.sentence(alarm.faults[0], alarm.addresses).rstrip("."), len(alarm.faults) - 1
    return fragments.clean(f"{name}: {worst}{f' ({more} more)' if more else ''}", 2 * fragments.LONGEST)


def what_to_do(alarm: CertificateAlarm) -> str:
    """Return what staff should do about it: a sentence or a few."""
    if alarm.cause is AlarmCause.FAULTS:
        return " ".join(dict.fromkeys(REMEDIATION[one.kind].how for one in alarm.faults[:_MOST_ADVICE]))
    if alarm.cause is AlarmCause.LATE and alarm.renewal and alarm.leaf:
        late = renewals.late(alarm.renewal, alarm.leaf, now=alarm.now)
        return f"{certificate_faults.sentence(late)} {_ADVICE[alarm.cause]}"
    return _ADVICE[alarm.cause]


def facts(client_name: str, history: EndpointHistory) -> tuple[tuple[str, str], ...]:
    """Return what an alert about an endpoint says of it: pairs of a label and a value."""
    leaf = history.finding.leaf if history.finding else None
    kinds = ", ".join(one.kind for one in history.certain_faults)
    return (
        ("Client", client_name),
        *((("Found", kinds),) if kinds else ()),
        *((("Issuer", leaf.issuer),) if leaf else ()),
        *((("Valid until", f"{leaf.not_after:%Y-%m-%d}"),) if leaf and leaf.not_after else ()),
    )
