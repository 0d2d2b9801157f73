"""What staff are told of a domain, in sentences: the headline, what to do, and the facts beneath them."""

from rules.domains.domain import Domain
from rules.domains.renewals import TRANSFER_DAYS, DomainAlarm, DomainAlarmReason, RenewalDecision
from wording import lifecycles
from wording.decisions import DECISIONS

_HEADLINES = {
    DomainAlarmReason.BEING_DELETED: "{name} is being deleted and cannot be restored",
    DomainAlarmReason.NOT_REGISTERED: "{name} is not registered any more",
    DomainAlarmReason.RESERVED: "{name} is not registered, and its registry keeps it back",
    DomainAlarmReason.RESTORABLE: "{name} has been deleted and can be restored {until_or_a_while}",
    DomainAlarmReason.BEING_RESTORED: "{name} is being restored",
    DomainAlarmReason.RESTORED_AGAINST_DECISION: "{name} is being restored although it is to lapse",
    DomainAlarmReason.RENEWED_AGAINST_DECISION: "{name} was renewed until {ends} although it was to lapse",
    DomainAlarmReason.AUTO_RENEWED_AGAINST_DECISION: "{name} is to lapse, but has been renewed automatically",
    DomainAlarmReason.AUTO_RENEWED_UNPAID: ("{name} has expired; its registry has moved the date, but nothing is paid"),
    DomainAlarmReason.EXPIRES: "{name} expires on {expires}{ours}{late}",
    DomainAlarmReason.EXPIRED: "{name} expired on {expires}{ours}{late}",
    DomainAlarmReason.END_UNCONFIRMED: "{name} may have expired on {expires}, the last end that was stated{late}",
    DomainAlarmReason.DARK: "{name} is dark: {dark}",
    DomainAlarmReason.BEING_TRANSFERRED: "{name} is being transferred to another registrar",
}
_ADVICE = {
    DomainAlarmReason.BEING_DELETED: (
        "Order it at a service that catches names as they fall: it is free {from_or_soon}."
    ),
    DomainAlarmReason.NOT_REGISTERED: (
        "Register it again at once, before somebody else does; then see how it could be lost."
    ),
    DomainAlarmReason.RESERVED: "Ask the registry why, and what would bring it back.",
    DomainAlarmReason.RESTORABLE: (
        "Have its registrar restore it now: it is dark, and each day counts. That usually costs a fee."
    ),
    DomainAlarmReason.BEING_RESTORED: (
        "See that its registrar confirms the restore {by_or_soon}, or it is lost after all."
    ),
    DomainAlarmReason.RESTORED_AGAINST_DECISION: "Ask its registrar who ordered that; a restore costs a fee.",
    DomainAlarmReason.RENEWED_AGAINST_DECISION: (
        "That costs money: ask its registrar, turn its automatic renewal off, or decide anew."
    ),
    DomainAlarmReason.AUTO_RENEWED_AGAINST_DECISION: (
        "That costs money unless its registrar deletes it {by_or_soon}: see to that, and turn its automatic renewal"
        " off."
    ),
    DomainAlarmReason.AUTO_RENEWED_UNPAID: "{renew} Its registrar can still delete it{until_or_nothing}.",
    DomainAlarmReason.EXPIRES: "{renew}",
    DomainAlarmReason.EXPIRED: "{renew}",
    DomainAlarmReason.END_UNCONFIRMED: (
        "Its registry states no end any more: see at its registrar whether it was renewed, and enter its new date."
    ),
    DomainAlarmReason.DARK: ("Ask its registrar why, and have it taken back: website and mail do not work until then."),
    DomainAlarmReason.BEING_TRANSFERRED: (
        "If nobody here or at the client asked for that, have its registrar refuse it now: after"
        f" {TRANSFER_DAYS} days of silence it usually goes through."
    ),
}
_RENEW = {
    RenewalDecision.UNDECIDED: "Renew it, or decide with the client that it may lapse, and enter what was decided.",
    RenewalDecision.AUTO: "It should have renewed by itself by now: see that its registrar renews it, and is paid.",
    RenewalDecision.MANUAL: "Renew it at its registrar.",
    RenewalDecision.UNANSWERED: "Ask the client again, and decide before it is too late; renew it where in doubt.",
}
_ENTER_NEW_DATE = "See at its registrar whether it was renewed, and enter its new date: its registry publishes none."


def headline(alarm: DomainAlarm) -> str:
    """Return the alarm in one line, without a full stop."""
    registration, ends, dark = alarm.life.registration, alarm.life.ends, alarm.life.dark
    return _HEADLINES[alarm.reason].format(
        name=registration.name,
        expires=f"{registration.expires:%Y-%m-%d}" if registration.expires else "",
        ends=f"{ends:%Y-%m-%d}" if ends else "",
        ours=" by our own records" if registration.expiry_is_ours else "",
        late=", and has not renewed by itself" if alarm.decision is RenewalDecision.AUTO else "",
        dark=lifecycles.dark_reason(dark[0], alarm.life.terms) if dark else "",
        until_or_a_while=_deadline(alarm, "until {day}", "for a while"),
    )


def what_to_do(alarm: DomainAlarm) -> str:
    """Return what staff should do about it: a sentence or a few."""
    return _ADVICE[alarm.reason].format(
        renew=_renew(alarm),
        by_or_soon=_deadline(alarm, "by {day}", "as soon as possible"),
        from_or_soon=_deadline(alarm, "from {day} on", "soon"),
        until_or_nothing=_deadline(alarm, " until {day}", ""),
    )


def facts(domain: Domain) -> tuple[tuple[str, str], ...]:
    """Return what an alert about a domain says of it: pairs of a label and a value."""
    expiry = domain.expiry
    return (
        ("Client", domain.client_name),
        ("Registrar", domain.known.registrar or "not stated"),
        ("Expires", f"{expiry.at:%Y-%m-%d}" if expiry else "not stated"),
        ("Decision", DECISIONS[domain.decision]),
    )


def _renew(alarm: DomainAlarm) -> str:
    if alarm.reason is DomainAlarmReason.EXPIRED and alarm.life.registration.expiry_is_ours:
        return _ENTER_NEW_DATE
    return _RENEW.get(alarm.decision, "")


def _deadline(alarm: DomainAlarm, words: str, otherwise: str) -> str:
    """Return the lifecycle's deadline in ``words``, or ``otherwise`` where there is none."""
    day = lifecycles.deadline(alarm.life)
    return words.format(day=day) if day else otherwise
