"""What staff are told of a domain, in sentences: the headline, what to do, and the facts beneath them."""

from rules.domains.domain import Domain
from rules.domains.renewals import TRANSFER_DAYS, DomainAlarm, DomainAlarmReason, RenewalDecision
from rules.translatable import Translatable
from wording.domains import lifecycles
from wording.domains.decisions import DECISIONS
from wording.messages import N_

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
        " {transfer_days} days of silence it usually goes through."
    ),
}
_RENEW = {
    RenewalDecision.UNDECIDED: "Renew it, or decide with the client that it may lapse, and enter what was decided.",
    RenewalDecision.AUTO: "It should have renewed by itself by now: see that its registrar renews it, and is paid.",
    RenewalDecision.MANUAL: "Renew it at its registrar.",
    RenewalDecision.UNANSWERED: "Ask the client again, and decide before it is too late; renew it where in doubt.",
}
_ENTER_NEW_DATE = N_(
    "See at its registrar whether it was renewed, and enter its new date: its registry publishes none."
)
_OURS, _LATE = N_(" by our own records"), N_(", and has not renewed by itself")
_UNTIL, _FOR_A_WHILE = N_("until {day}"), N_("for a while")
_BY, _AS_SOON_AS_POSSIBLE = N_("by {day}"), N_("as soon as possible")
_FROM_ON, _SOON = N_("from {day} on"), N_("soon")
_UNTIL_AFTER = N_(" until {day}")
_ABOUT = N_("about {day}")


def headline(alarm: DomainAlarm) -> Translatable:
    """Return the alarm in one line, without a full stop."""
    registration, ends, dark = alarm.life.registration, alarm.life.ends, alarm.life.dark
    return _filled(
        _HEADLINES[alarm.reason],
        name=registration.name,
        expires=f"{registration.expires:%Y-%m-%d}" if registration.expires else "",
        ends=f"{ends:%Y-%m-%d}" if ends else "",
        ours=Translatable(_OURS) if registration.expiry_is_ours else "",
        late=Translatable(_LATE) if alarm.decision is RenewalDecision.AUTO else "",
        dark=lifecycles.why_dark(dark[0], alarm.life.terms) if dark else "",
        until_or_a_while=_deadline(alarm, _UNTIL, _FOR_A_WHILE),
    )


def what_to_do(alarm: DomainAlarm) -> Translatable:
    """Return what staff should do about it: a sentence or a few."""
    return _filled(
        _ADVICE[alarm.reason],
        renew=_renew(alarm),
        by_or_soon=_deadline(alarm, _BY, _AS_SOON_AS_POSSIBLE),
        from_or_soon=_deadline(alarm, _FROM_ON, _SOON),
        until_or_nothing=_deadline(alarm, _UNTIL_AFTER, ""),
        transfer_days=str(TRANSFER_DAYS),
    )


def _filled(message: str, **values: str) -> Translatable:
    """Return a message with only those values for which it has placeholders."""
    return Translatable(message, **{name: value for name, value in values.items() if f"{{{name}}}" in message})


def facts(domain: Domain) -> tuple[tuple[str, str], ...]:
    """Return what an alert about a domain says of it: pairs of a label and a value."""
    expiry = domain.expiry
    return (
        ("Client", domain.client_name),
        ("Registrar", domain.known.registrar or Translatable("not stated")),
        ("Expires", f"{expiry.at:%Y-%m-%d}" if expiry else Translatable("not stated")),
        ("Decision", Translatable(DECISIONS[domain.decision])),
    )


def _renew(alarm: DomainAlarm) -> str:
    if alarm.reason is DomainAlarmReason.EXPIRED and alarm.life.registration.expiry_is_ours:
        return Translatable(_ENTER_NEW_DATE)
    advice = _RENEW.get(alarm.decision, "")
    return Translatable(advice) if advice else ""


def _deadline(alarm: DomainAlarm, words: str, otherwise: str) -> str:
    """Return the lifecycle's deadline in ``words``, or ``otherwise`` where there is none."""
    life = alarm.life
    if life.deadline is None:
        return Translatable(otherwise) if otherwise else ""
    day = f"{life.deadline:%Y-%m-%d}"
    return Translatable(words, day=Translatable(_ABOUT, day=day) if life.estimated else day)
