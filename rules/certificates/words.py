"""How certificates are spoken of: days, counts, and what several addresses showed, in plain words."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from rules.certificates.faults import Fault, FaultKind
from rules.certificates.finding import AddressFinding

LONGEST = 200
"""Characters that are kept of what is told of one fault."""

MOST_NAMED = 3
"""Addresses that are named; of others the number is said."""

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_LOWERED = ("The ", "A ", "An ", "Its ", "It ", "No ", "This ", "None ")
_SILENT = "The server does not answer: "


def clean(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` without what does not print: controls, bidi overrides, lone surrogates, line separators."""
    if len(text) <= longest and text.isprintable():
        return text
    kept = "".join(filter(str.isprintable, text[: 4 * longest]))
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def moment(at: datetime) -> str:
    """Return an aware moment in UTC as the dashboard knows it: ``2026-11-21 12:00 UTC``."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def days(length: timedelta) -> str:
    """Return a length of time, not negative, in whole days or hours."""
    whole = length // _DAY
    if whole:
        return "1 day" if whole == 1 else f"{whole} days"
    hours = length // _HOUR
    return {0: "less than an hour", 1: "1 hour"}.get(hours, f"{hours} hours")


def lifetime(length: timedelta) -> str:
    """Return how a certificate of this lifetime is called: ``90-day``, or ``36-hour`` below two days."""
    if length < 2 * _DAY:
        return f"{max(1, round(length / _HOUR))}-hour"
    return f"{round(length / _DAY)}-day"


def of_addresses(addresses: list[str], total: int) -> str:
    """Return ``1 of 4 addresses (192.0.2.7)``."""
    named = ", ".join(addresses[:MOST_NAMED])
    rest = len(addresses) - MOST_NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return f"{len(addresses)} of {total} addresses ({clean(named, 120)}{more})"


def summed(sights: tuple[AddressFinding, ...]) -> tuple[Fault, ...]:
    """Return the faults of all addresses, one of each kind; of addresses is spoken only where they disagree."""
    kinds = dict.fromkeys(one.fault for sight in sights for one in sight.faults)
    return tuple(_summed(kind, sights) for kind in kinds)


def _summed(kind: FaultKind, sights: tuple[AddressFinding, ...]) -> Fault:
    said: dict[str, list[str]] = {}
    severity = max(one.severity for sight in sights for one in sight.faults if one.fault is kind)
    for sight in sights:
        for words in dict.fromkeys(one.words for one in sight.faults if one.fault is kind):
            said.setdefault(words, []).append(sight.address)
    speak = _of_silence if kind is FaultKind.UNREACHABLE else _of_fault
    return Fault(kind, clean(speak(said, len(sights))), severity)


def _of_fault(said: dict[str, list[str]], total: int) -> str:
    if all(len(addresses) == total for addresses in said.values()):
        return " ".join(said)
    return " ".join(f"{of_addresses(where, total)}: {_lowered(words)}" for words, where in said.items())


def _of_silence(said: dict[str, list[str]], total: int) -> str:
    silent = sorted({address for where in said.values() for address in where})
    if total == 1:
        return silence(next(iter(said)))
    if len(said) == 1:
        why = reason(next(iter(said)))
    else:
        why = "; ".join(f"{reason(words)} ({_few(where)})" for words, where in said.items())
    if len(silent) == total:
        return f"None of {total} addresses answers: {why}."
    verb = "does" if len(silent) == 1 else "do"
    return f"{of_addresses(silent, total)} {verb} not answer: {why}."


def _few(addresses: list[str]) -> str:
    rest = len(addresses) - MOST_NAMED
    return ", ".join(addresses[:MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def silence(why: str) -> str:
    """Return the sentence that an address does not answer."""
    return f"{_SILENT}{reason(why)}."


def reason(words: str) -> str:
    """Return words that can end a sentence: without a full stop, and without what is said of silence before them."""
    return words.strip().removeprefix(_SILENT).rstrip(".") or "no reason is known"


def _lowered(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:] if sentence.startswith(_LOWERED) else sentence


def joined(faults: Iterable[Fault]) -> str:
    """Return what is told of all faults, as one text."""
    return " ".join(one.words for one in faults)
