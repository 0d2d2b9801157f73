"""Where a domain is in its life, in sentences."""

from collections.abc import Callable

from rules.domains.lifecycle import LOST, DarkReason, Lifecycle, LifecycleStage
from rules.domains.terms import RESTORE_REPORT_DAYS, Terms
from rules.translatable import Translatable
from wording.messages import _, ngettext

_DARK = {
    DarkReason.CLIENT_HOLD: "its registrar has set clientHold",
    DarkReason.SERVER_HOLD: "its registry has set serverHold",
    DarkReason.INACTIVE: "it has no name servers at its registry",
    DarkReason.DNS_HOLD: "its registry has set dnsHold",
    DarkReason.SUSPENDED: "its registry has suspended it",
    DarkReason.DEACTIVATED: "its registry has deactivated it",
    DarkReason.DELETED: "it has been deleted",
    DarkReason.EXPIRED: "its registry takes names out of the DNS {days} after their end",
}


def sentences(life: Lifecycle) -> str:
    """Return what a lifecycle means: a sentence or a few."""
    dark = dark_reason(life.dark[0], life.terms) if life.dark else ""
    found = (
        _SENTENCES[life.stage](life),
        _("It is dark now: {dark}.", dark=dark)
        if dark and life.stage not in {LifecycleStage.REDEMPTION_PERIOD, *LOST}
        else "",
        _("A transfer to another registrar is pending.") if life.transfer_pending else "",
        _("One answer says that it is not registered any more; a second look has to confirm that.")
        if life.doubted
        else "",
    )
    return " ".join(filter(None, found))


def dark_reason(reason: DarkReason, terms: Terms) -> str:
    """Return why a domain does not resolve, in words that complete "it is dark:"; ``terms`` are its registry's."""
    return _(_DARK[reason]).format(days=_days(terms.dark_after or 0))


def why_dark(reason: DarkReason, terms: Terms) -> Translatable:
    """Return the same as a translatable text, to be stored."""
    message = _DARK[reason]
    return (
        Translatable(message, days=_days_kept(terms.dark_after or 0)) if "{days}" in message else Translatable(message)
    )


def _days_kept(number: int) -> str:
    return Translatable("1 day") if number == 1 else Translatable("{number} days", number=str(number))


def deadline(life: Lifecycle) -> str:
    """Return the day on which the stage ends, with "about" where it is an estimate; empty where it is unknown."""
    about = _("about ") if life.estimated else ""
    return f"{about}{life.deadline:%Y-%m-%d}" if life.deadline else ""


def _of_the_active(life: Lifecycle) -> str:
    if life.registration.expires is None:
        return _("It is registered; until when is not known.")
    return _(
        "It is registered until {expires}{ours}.", expires=f"{life.registration.expires:%Y-%m-%d}", ours=_ours(life)
    )


def _of_the_expiring(life: Lifecycle) -> str:
    if life.registration.expires is None:
        return _of_the_active(life)
    left = _days((life.registration.expires - life.at).days)
    return _(
        "It expires on {expires}{ours}, in {left}.",
        expires=f"{life.registration.expires:%Y-%m-%d}",
        ours=_ours(life),
        left=left,
    )


def _of_the_unknown(life: Lifecycle) -> str:
    registration = life.registration
    if registration.expires is None or not registration.expiry_is_stale:
        return _("No registry has told anything of it yet.")
    return _(
        "The last end that its registry stated, {expires}, has passed, and it states none any more:"
        " whether it was renewed is not known.",
        expires=f"{registration.expires:%Y-%m-%d}",
    )


def _ours(life: Lifecycle) -> str:
    return _(" by our own records") if life.registration.expiry_is_ours else ""


def _of_the_expired(life: Lifecycle) -> str:
    when = f"{life.registration.expires:%Y-%m-%d}" if life.registration.expires else _("a day that is not known")
    if life.registration.expiry_is_ours:
        sentence = _("By our own records it was paid for until {when}; the registry publishes no date.", when=when)
        return f"{sentence} {life.terms.note}".strip()
    if not deadline(life):
        return _("It expired on {when}; how long its registry keeps it is not known here.", when=when)
    restorable = (
        _(", then restored for a fee for {days}", days=_days(life.terms.restorable)) if life.terms.restorable else ""
    )
    return _(
        "It expired on {when}. It can be renewed until {deadline}{restorable}, if its registrar does not"
        " give it up sooner.",
        when=when,
        deadline=deadline(life),
        restorable=restorable,
    )


def _of_the_auto_renewed(life: Lifecycle) -> str:
    until = _("until {deadline} its registrar", deadline=deadline(life)) if deadline(life) else _("its registrar")
    expires, ends = life.registration.expires, life.ends
    if expires and ends and expires > ends:
        moved = _(
            "The registry has moved its end from {ends} to {expires} by itself",
            ends=f"{ends:%Y-%m-%d}",
            expires=f"{expires:%Y-%m-%d}",
        )
    else:
        moved = _("Its end has come, and the registry keeps it by itself")
    return _("{moved}, which pays for nothing: {until} can still delete it.", moved=moved, until=until)


def _of_the_deleted(life: Lifecycle) -> str:
    if not life.terms.restorable:
        return _(
            "It has been deleted and is dark; its registrar may be able to restore it, usually for a fee,"
            " for a time that is not known here."
        )
    until = (
        _("until {deadline}", deadline=deadline(life))
        if deadline(life)
        else _("for {days} from its deletion", days=_days(life.terms.restorable))
    )
    pending = _(" come {days} of pendingDelete, then", days=_days(life.terms.pending)) if life.terms.pending else ""
    return _(
        "It has been deleted and is dark. Its registrar can restore it {until}, usually for a fee; after"
        " that{pending} anybody can register it.",
        until=until,
        pending=pending,
    )


def _of_the_restored(life: Lifecycle) -> str:
    until = (
        _("by {deadline}", deadline=deadline(life))
        if deadline(life)
        else _("within {days}", days=_days(RESTORE_REPORT_DAYS))
    )
    return _(
        "Its registrar has asked for it back, and usually has to confirm that {until}; otherwise it falls"
        " back into its redemption period.",
        until=until,
    )


def _of_the_lost(life: Lifecycle) -> str:
    when = _("from {deadline} on", deadline=deadline(life)) if deadline(life) else _("within days")
    return _("It is being deleted and nobody can restore it; {when} anybody can register it.", when=when)


_SENTENCES: dict[LifecycleStage, Callable[[Lifecycle], str]] = {
    LifecycleStage.ACTIVE: _of_the_active,
    LifecycleStage.EXPIRING: _of_the_expiring,
    LifecycleStage.EXPIRED: _of_the_expired,
    LifecycleStage.AUTO_RENEW_PERIOD: _of_the_auto_renewed,
    LifecycleStage.REDEMPTION_PERIOD: _of_the_deleted,
    LifecycleStage.PENDING_RESTORE: _of_the_restored,
    LifecycleStage.PENDING_DELETE: _of_the_lost,
    LifecycleStage.AVAILABLE: lambda _life: _("It is not registered: anybody can register it."),
    LifecycleStage.RESERVED: lambda _life: _("It is not registered, and the registry gives it to nobody."),
    LifecycleStage.UNKNOWN: _of_the_unknown,
}


def _days(number: int) -> str:
    return ngettext("{number} day", "{number} days", number)
