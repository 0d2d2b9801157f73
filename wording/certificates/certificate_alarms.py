"""What staff are told of an endpoint, in sentences: the headline, what to do, and the facts beneath them."""

from functools import reduce

from rules.certificates import renewal as renewals
from rules.certificates.alarms import AlarmCause, CertificateAlarm
from rules.certificates.faults import FaultKind
from rules.certificates.history import EndpointHistory
from rules.translatable import Translatable
from wording import fragments
from wording.certificates import certificate_facts, certificate_faults, findings
from wording.certificates.remediation import REMEDIATION

_HEADLINES = {
    AlarmCause.ENDED: "The certificate of {name} expired on {day}",
    AlarmCause.ROLLOUT: "The certificate of {name} expires on {day}",
    AlarmCause.LATE: "The certificate of {name} expires on {day}, and is late to be renewed",
    AlarmCause.BY_HAND: "The certificate of {name} expires on {day}",
    AlarmCause.CHAIN: "The chain of {name} expires on {day}, before its certificate: {issuer} ends",
    AlarmCause.CHAIN_ENDED: "The chain of {name} expired on {day}, before its certificate: {issuer} has ended",
}
_ADVICE = {
    AlarmCause.ENDED: REMEDIATION[FaultKind.EXPIRED].how,
    AlarmCause.ROLLOUT: REMEDIATION[FaultKind.ADDRESSES_DIFFER].how,
    AlarmCause.LATE: REMEDIATION[FaultKind.RENEWAL_LATE].how,
    AlarmCause.BY_HAND: "Order a new certificate, install it on every address and reload the servers.",
    AlarmCause.CHAIN: REMEDIATION[FaultKind.CHAIN_ENDING].how,
    AlarmCause.CHAIN_ENDED: REMEDIATION[FaultKind.EXPIRED_ISSUER].how,
}
_MOST_ADVICE = 2


def headline(alarm: CertificateAlarm, name: str) -> Translatable:
    """Return an alarm in one line, without a full stop; ``name`` is the endpoint's name for staff.

    In English it says a fault's sentence, in other languages the fault's title.
    """
    if alarm.cause is not AlarmCause.FAULTS:
        message, values = _HEADLINES[alarm.cause], {"name": name, **_of_the_end(alarm)}
        text = fragments.clean(message.format(**values), 2 * fragments.LONGEST)
        return Translatable.reading(text, message, **values)
    worst, more = findings.sentence(alarm.faults[0], alarm.addresses).rstrip("."), len(alarm.faults) - 1
    text = fragments.clean(f"{name}: {worst}{f' ({more} more)' if more else ''}", 2 * fragments.LONGEST)
    title = Translatable(REMEDIATION[alarm.faults[0].kind].title)
    if more:
        return Translatable.reading(text, "{name}: {title} ({number} more)", name=name, title=title, number=str(more))
    return Translatable.reading(text, "{name}: {title}", name=name, title=title)


def what_to_do(alarm: CertificateAlarm) -> Translatable:
    """Return what staff should do about it: a sentence or a few."""
    if alarm.cause is AlarmCause.FAULTS:
        hows = list(dict.fromkeys(REMEDIATION[one.kind].how for one in alarm.faults[:_MOST_ADVICE]))
        first, *rest = map(Translatable, hows)
        return Translatable("{first} {then}", first=first, then=rest[0]) if rest else first
    advice = _ADVICE[alarm.cause]
    if alarm.cause in _TELL_OF_RENEWAL and alarm.renewal and alarm.renewal.late and alarm.leaf:
        late = renewals.late(alarm.renewal, alarm.leaf, now=alarm.now)
        return Translatable.reading(f"{certificate_faults.sentence(late)} {advice}", advice)
    return Translatable(advice)


_TELL_OF_RENEWAL = frozenset({AlarmCause.LATE, AlarmCause.CHAIN, AlarmCause.CHAIN_ENDED})


def _of_the_end(alarm: CertificateAlarm) -> dict[str, str]:
    ending = alarm.ending
    if ending is None or ending.not_after is None:
        return {"day": "", "issuer": ""}
    return {"day": f"{ending.not_after:%Y-%m-%d}", "issuer": certificate_facts.named(ending)}


def facts(client_name: str, history: EndpointHistory) -> tuple[tuple[str, str], ...]:
    """Return what an alert about an endpoint says of it: pairs of a label and a value."""
    leaf, ending = (history.finding.leaf, history.finding.ending) if history.finding else (None, None)
    return (
        ("Client", client_name),
        *((("Found", _found(history)),) if history.certain_faults else ()),
        *((("Issuer", leaf.issuer),) if leaf else ()),
        *((("Valid until", f"{ending.not_after:%Y-%m-%d}"),) if ending and ending.not_after else ()),
    )


def _found(history: EndpointHistory) -> Translatable:
    """Return the kinds of the faults in English; the reader's language shows their titles."""
    faults = history.certain_faults
    titles = reduce(_beside, [Translatable(REMEDIATION[one.kind].title) for one in faults])
    return Translatable.reading(", ".join(one.kind for one in faults), titles.message, **titles.values)


def _beside(one: Translatable, other: Translatable) -> Translatable:
    return Translatable("{first}, {then}", first=one, then=other)
