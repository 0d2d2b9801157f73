"""What a server's codes and words mean for an address: RFC 3463 first, RFC 5321 where that is missing, then the words.

A code that says what it is about decides. Many servers use one code for everything (5.0.0, 5.7.1, 550); then their
words decide.
"""

import re
from dataclasses import dataclass
from typing import Final

from rules.bounces import failure_words
from rules.bounces.verdict import BounceKind
from rules.whois.characters import folded

LONGEST: Final = 8 * 1024
"""Characters of an explanation that are read."""

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]|-\d)")
_REPLY = re.compile(
    r"(?<![\d.,:/\w-])([245][0-5]\d)(?=[ \t:;-]|$)(?![ \t]*(?:%|kb|mb|bytes|hours?|days?|eur|usd)\b)", re.IGNORECASE
)

_SPEAKING = {
    "1.1": BounceKind.UNKNOWN_RECIPIENT,
    "1.2": BounceKind.HARD,
    "1.3": BounceKind.HARD,
    "1.6": BounceKind.UNKNOWN_RECIPIENT,
    "1.10": BounceKind.HARD,  # a null MX (RFC 7505)
    "2.2": BounceKind.FULL,
    "2.3": BounceKind.POLICY,
    "3.4": BounceKind.POLICY,
    "4.6": BounceKind.HARD,
    "4.7": BounceKind.SOFT,
}
"""Subject and detail of a code that speak for themselves."""

_OVERRULING = {
    "1.1": ("disabled",),
    "1.10": ("unknown",),  # Exchange uses it for a recipient that it does not know
    "7.0": ("unknown", "disabled", "no_domain"),
    "7.1": ("unknown", "disabled", "no_domain"),
}
"""Words that say more than these codes do."""

_BY_WORDS = (
    ("full", failure_words.FULL),
    ("sender", failure_words.SENDER),
    ("no_domain", failure_words.NO_DOMAIN),
    ("disabled", failure_words.DISABLED),
    ("unknown", failure_words.UNKNOWN),
    ("policy", failure_words.POLICY),
    ("later", failure_words.LATER),
)

_OF_WORDS = {
    "full": BounceKind.FULL,
    "sender": BounceKind.POLICY,
    "no_domain": BounceKind.HARD,
    "unknown": BounceKind.UNKNOWN_RECIPIENT,
    "disabled": BounceKind.HARD,
    "policy": BounceKind.POLICY,
    "later": BounceKind.SOFT,
}

_OF_REPLY = {
    "551": BounceKind.UNKNOWN_RECIPIENT,
    "552": BounceKind.FULL,  # RFC 5321, section 4.2.3: exceeded storage allocation
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a server did not take or deliver a mail: its enhanced code, its reply code, and what it says, folded."""

    status: str | None
    reply: str | None
    words: str


def explanation(text: str, *, stated: str | None = None) -> Explanation:
    """Find the codes in what a server said; ``stated`` is the status that its report has.

    A code in the words replaces a stated one that says nothing (5.0.0), but only with one of the same class.
    """
    cut = text[:LONGEST]
    codes = [".".join(found.groups()) for found in _ENHANCED.finditer(cut)]
    replies = [found[1] for found in _REPLY.finditer(cut)]
    status = stated
    if stated is None or stated.endswith(".0.0"):
        fitting = [one for one in codes if stated is None or one[0] == stated[0]]
        status = next((one for one in fitting if not one.endswith(".0.0")), next(iter(fitting), stated))
    reply = next((one for one in replies if one[0] in "45"), None)
    return Explanation(status, reply, " ".join(folded(cut).split()))


def reason(why: Explanation) -> str | None:
    """Return the reason that the words alone give, such as ``full``; None where they give none."""
    return failure_words.find(_BY_WORDS, why.words)


def kind(why: Explanation, *, gave_up: bool) -> BounceKind:
    """Return what an explanation means; ``gave_up`` is False for a server that still tries."""
    says = reason(why)
    if _is_full(why, says):
        return BounceKind.FULL
    if not gave_up:
        return BounceKind.SOFT
    if why.status is None:
        return _of_reply(why, says)
    subject, detail = why.status[2:].split(".")
    if why.status[0] == "4":
        return BounceKind.POLICY if says in ("policy", "sender") and subject == "7" else BounceKind.SOFT
    return _of_class_five(subject, detail, why, says)


def _is_full(why: Explanation, says: str | None) -> bool:
    return (why.status or "").endswith(".2.2") or (says == "full" and not (why.status or "").endswith((".1.1", ".3.4")))


def _of_class_five(subject: str, detail: str, why: Explanation, says: str | None) -> BounceKind:
    code = f"{subject}.{detail}"
    if says is not None and says in _OVERRULING.get(code, ()):
        return _OF_WORDS[says]
    if code in _SPEAKING:
        return _SPEAKING[code]
    if subject == "7":
        return BounceKind.POLICY
    if says is not None and not (says == "later" and subject in "12"):
        return _OF_WORDS[says]
    return BounceKind.POLICY if subject == "6" else _OF_REPLY.get(why.reply or "", BounceKind.HARD)


def _of_reply(why: Explanation, says: str | None) -> BounceKind:
    if why.reply and why.reply[0] == "4":
        return BounceKind.SOFT
    if says is not None:
        return _OF_WORDS[says]
    return _OF_REPLY.get(why.reply or "", BounceKind.HARD)


def status_of(why: Explanation) -> str | None:
    """Return the status to report: the enhanced code, or the class of a bare reply code."""
    if why.status:
        return why.status
    return f"{why.reply[0]}.0.0" if why.reply else None
