"""What an answer that is no record amounts to: by its status line, or by a line that says it in words.

A line is folded first: lower case, without host names and signs, and with single blanks. Terms of use speak of limits,
reservations and availability too: so the rest of a sentence that began in the line before is passed over.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from rules.domains.records import SETTLED, Answer
from rules.whois import durations, phrases, sentences, verdict_words
from rules.whois.characters import folded

LONGEST_VERDICT = 160
_FEW_LINES = 3
_AGAIN = re.compile(
    r"\b(?:again|retry|wait|window|cool ?-?down|lifts|next (?:query|request|lookup|attempt)|proxima consulta|intent\w*"
    r"|novamente|reessay\w*|patient\w*|erneut\w*|versuch\w*|warten|riprov\w*|ritent\w*|ponow\w*|kolejne zapytanie"
    r"|sprobuj\w*|zkus\w*|skus\w*|pokus\w*|poskus\w*|odota\w*|vanta|forsok\w*|vent|varj\w*|probalj\w*|incercati"
    r"|coba lagi|tunggu|thu lai|δοκιμαστε|περιμενετε|опитайте|спробуйте|попробуйте|повторите|подождите|зачекайте"
    r"|bandyk\w*|meginiet|proovige|bekle\w*|wacht|probeer)\b"
)
"""Words that ask us to come back later, in any language: by themselves they say nothing of a name."""

_LONG_AGO = datetime(1980, 1, 1, tzinfo=UTC)
"""Every moment that a server states is later than this."""

MOST_LINES = 400

_CONDITIONAL = "if|when|unless|should|may|shall|must"
_MAY_BE = "(?:may|might|shall) be"
_ASKED = "whether|check"


_UNPARTED = [
    (Answer(answer), [each.strip() for each in written.replace("\n", "|").split("|") if each.strip()])
    for answer, written in verdict_words.UNPARTED.items()
]


class Verdict(NamedTuple):
    """What lines of a pattern amount to. ``if_named``: only those that name what they speak of."""

    answer: Answer
    says: re.Pattern[str]
    if_named: bool = False


VERDICTS = (
    Verdict(Answer.THROTTLED, phrases.pattern(phrases.THROTTLED, unless=_CONDITIONAL)),
    Verdict(Answer.UNAVAILABLE, phrases.pattern(phrases.NOT_OF_NAMES, unless=_CONDITIONAL)),
    Verdict(Answer.RESERVED, phrases.pattern(phrases.KEPT, before="<subject><be>(?:a )?")),
    Verdict(Answer.RESERVED, phrases.pattern(phrases.KEPT_IF_NAMED, before="<subject><be>(?:a )?"), if_named=True),
    Verdict(Answer.RESERVED, phrases.pattern(phrases.RESERVED)),
    Verdict(Answer.AVAILABLE, phrases.pattern(phrases.AVAILABLE, before="<subject>", unless=_ASKED)),
    Verdict(Answer.AVAILABLE, phrases.pattern(phrases.AVAILABLE_WITHIN, before="(?:.{0,79} )?", unless=_ASKED)),
    Verdict(Answer.UNAVAILABLE, phrases.pattern(phrases.UNAVAILABLE, unless=_MAY_BE)),
    Verdict(Answer.REGISTERED, phrases.pattern(phrases.REGISTERED, before="<subject>")),
)
"""The clearest come first: their words can mean little else. A refusal often goes on to say that nothing was found."""

_OF_STATUSES_TOO = VERDICTS[1:3]
"""The verdict about the server, and that of names which the registry keeps: a status line may say either."""

_NAMING = re.compile(r"\b(?:domain|name|label|string|object|dominio|domaine|domena)(?:s|name|names)?\b")
_REFUSED, _OF_THE_NAME = -2, -1
"""Ranks before all others: of a refusal, and of what a line says about the asked name itself."""

_CODE = re.compile(r"(?:(?!404 not found$)\d{2,4} |- ?\d+ )+")  # HTTP has words of its own
_AROUND_A_ROW = " \t%#*>-"
_ENDS = frozenset(".:!?<")
_WRAPPED, _NO_VERDICT = 40, 64
_AROUND = ".,;:!\"'()[]<>%#*"
_SENTENCE_ENDS = re.compile(r"(?<=[.!?;])\s+(?=[A-Z])")
_SIGNS = re.compile(r"[\W_]+")
_BANNER = re.compile(r"\b(?:whois|registry|only|welcome|zone|tld)\b", re.IGNORECASE)
_ZONE = re.compile(r"\.(?<![\w./@-]\.)([a-z]+(?:\.[a-z]+)*)\b", re.IGNORECASE)
_OF_NUMBERS = re.compile(
    r"\bthis is the (?:ripe|arin|apnic|lacnic|afrinic|radb)\b|\b(?:arin|apnic|lacnic|afrinic) whois (?:data|database)\b"
    r"|\bsource (?:ripe|arin|apnic|lacnic|afrinic|radb)\b|\binternet routing registry\b",
    re.IGNORECASE,
)
_KEEPERS_OF_NUMBERS = ("ripe", "arin", "apnic", "lacnic", "afrinic", "radb", "routing registry")
"""Each match of ``_OF_NUMBERS`` has one of these. Most answers have none, so they need not be searched."""

_OF_TLDS, _IANAS_OWN = "iana whois server", frozenset({"int", "arpa"})
"""IANA's server answers for TLDs, and for the names of two of them."""

_BANNERS = 60
_STATUSES = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "available", "free", "not registered", "no object found", "not found", "unregistered", "notfound",
                "not exist", "does not exist", "no match", "none", "unassigned", "avail", "disponible", "libre",
                "disponivel", "frei", "not delegated", "no data found", "not active and available", "no such domain",
                "available for registration", "free for registration", "not in use", "open", "unknown domain",
                "unallocated", "vacant", "open for registration", "open to registration", "registration open",
                "can be registered", "free to register", "available to register", "not taken", "not assigned yet",
            ),
            Answer.AVAILABLE,
        ),
        **dict.fromkeys(
            (
                "reserved", "blocked", "not allowed", "unassignable", "forbidden", "invalid", "prohibited", "banned",
                "restricted", "not available for registration", "unavailable for registration", "excluded",
                "registry reserved", "premium name", "reserved by registry", "reservado", "reserviert",
                "invalid domain",
            ),
            Answer.RESERVED,
        ),
        **dict.fromkeys(
            (
                "tobereleased", "tobedeleted", "pendingrelease", "registered", "not available", "unavailable",
                "active", "connect", "in use", "ok", "delegated", "taken",
                "使用中", "有效", "正常", "已注册", "已註冊", "已登記", "登録済み", "사용중",
            ),
            Answer.REGISTERED,
        ),
        **dict.fromkeys(("request denied", "access denied", "throttled"), Answer.THROTTLED),
    }
)  # fmt: skip


@lru_cache(maxsize=1024)
def of_status(value: str) -> Answer | None:
    """Return what the value of a status line says by itself: "220 Available", "NOT ALLOWED"."""
    shortened = value[:LONGEST_VERDICT].partition("(")[0]
    plain = _without_code(" ".join(_SIGNS.sub(" ", folded(shortened)).split()))
    if plain == "not available" and "reserved" in value[:LONGEST_VERDICT].lower():  # "Not available (reserved)"
        return Answer.RESERVED
    known = _STATUSES.get(plain)
    if known or not plain:
        return known
    in_words = next((each.answer for each in _OF_STATUSES_TOO if each.says.match(plain)), None)
    if in_words:
        return in_words
    return Answer.RESERVED if plain.startswith("invalid ") else sentences.of_status(plain)


def of_lines(rows: Iterable[str], domain: str, *, freely: bool = True) -> tuple[Answer, int] | None:
    """Return what an answer about ``domain`` that is no record amounts to, and the number of the line that says so.

    ``freely`` says that nothing else is in the answer, so that a sentence without a known phrase is read by its words.
    A line that names the name goes before a line that may be about the server or our query. A few lines that only say
    when to ask again are a refusal.
    """
    best: tuple[int, Answer, int] | None = None
    read = 0
    before = ""
    for number, row in enumerate(rows, start=1):
        goes_on = _goes_on(before, row)
        before = row
        names_it = domain in row.lower()
        plain = "" if goes_on or row.rstrip().endswith(":") else _plain(row, domain if names_it else "")
        if not plain:
            continue
        read += 1
        verdict = _of_text(plain, names_it=names_it, freely=freely) or _in_its_script(row)
        if verdict is None and names_it and len(row) <= LONGEST_VERDICT:
            verdict = _of_parts(row, domain, freely=freely)
        if verdict is not None and (best is None or verdict[0] < best[0]):
            best = (*verdict, number)
        if read >= MOST_LINES:
            break
    if best is None and freely and read <= _FEW_LINES and _says_when_to_ask("\n".join(rows)):
        return Answer.THROTTLED, 0
    return None if best is None else best[1:]


def _says_when_to_ask(text: str) -> bool:
    return bool(_AGAIN.search(folded(text))) and durations.come_back(text, _LONG_AGO) is not None


@lru_cache(maxsize=1024)
def _of_text(plain: str, *, names_it: bool, freely: bool) -> tuple[int, Answer] | None:
    """Return the rank of a folded line and what it says; cached, because a registry's answers repeat their lines."""
    return _verdict(plain, names_it=names_it) or (_in_english(plain, names_it=names_it) if freely else None)


def _in_its_script(row: str) -> tuple[int, Answer] | None:
    """Return the rank and the answer of a row in a script that does not separate its words."""
    if row.isascii():
        return None
    return next(((len(VERDICTS), answer) for answer, says in _UNPARTED if any(each in row for each in says)), None)


def _of_parts(row: str, domain: str, *, freely: bool) -> tuple[int, Answer] | None:
    """Return what a sentence says that names the name, of several on one line: "X is free. You may apply."."""
    parts = _SENTENCE_ENDS.split(row)
    if len(parts) == 1:
        return None
    return next(
        (_of_text(_plain(part), names_it=True, freely=freely) for part in parts if domain in part.lower()), None
    )


def _verdict(plain: str, *, names_it: bool) -> tuple[int, Answer] | None:
    """Return the rank of a folded line and what it says: of several lines the one with the lowest rank counts."""
    if sentences.refuses(plain, names_it=names_it):
        return _REFUSED, Answer.THROTTLED
    for rank, verdict in enumerate(VERDICTS):
        if verdict.says.match(plain) and (not verdict.if_named or names_it or _NAMING.search(plain)):
            if verdict.answer is Answer.THROTTLED:
                return _REFUSED, verdict.answer
            of_the_name = names_it and verdict.answer in SETTLED - {Answer.REGISTERED}
            return (_OF_THE_NAME if of_the_name else rank), verdict.answer
    answer = sentences.of_sentence(plain, names_it=names_it)
    if answer is None:
        return None
    return next((rank, answer) for rank, verdict in enumerate(VERDICTS) if verdict.answer is answer)


def _in_english(plain: str, *, names_it: bool) -> tuple[int, Answer] | None:
    """Return the rank and the answer of a folded line without a known phrase; the rank is behind all others."""
    answer = sentences.of_english(plain, names_it=names_it)
    return None if answer is None else (len(VERDICTS), answer)


def serves_others(rows: Sequence[str], domain: str) -> bool:
    """Return whether a banner says that its server keeps other zones than that of ``domain``, or numbers and no names.

    Then its "not found" says nothing about the name. A banner that names no zone is no such banner. Zones in other
    scripts (``xn--``) are not compared: a country's server may name only its zone in Latin letters.
    """
    tld = domain.rpartition(".")[2]
    banners = [row for row in rows[:_BANNERS] if len(row) <= 2 * LONGEST_VERDICT]
    text = "\n".join(banners)
    lowered = text.lower()
    if any(name in lowered for name in _KEEPERS_OF_NUMBERS) and _OF_NUMBERS.search(text):
        return True
    if _OF_TLDS in lowered and tld not in _IANAS_OWN:
        return True
    if tld.startswith("xn--") or not _ZONE.search(text):
        return False
    tlds = {zone.lower().rpartition(".")[2] for row in banners if _BANNER.search(row) for zone in _ZONE.findall(row)}
    return bool(tlds) and tld not in tlds


def _goes_on(before: str, row: str) -> bool:
    """Return whether a row is the rest of a sentence that the row before began: terms of use, not a verdict."""
    if len(before) <= _WRAPPED or before.rstrip()[-1:] in _ENDS:
        return False
    return row.lstrip(_AROUND_A_ROW)[:1].islower()


def _plain(row: str, name: str = "") -> str:
    """Return a line folded, without the names in it; empty where it is too long to be a verdict.

    A long row that begins in lower case, and not with the ``name``, is the rest of a sentence wherever it stands: the
    row before it may have been lost.
    """
    if len(row) > 4 * LONGEST_VERDICT:
        return ""
    words = folded(row).split()
    bare = " ".join([word for word in words if "." not in word or "." not in word.strip(_AROUND)])
    begins = row.lstrip(_AROUND_A_ROW)
    if len(bare) > _NO_VERDICT and begins[:1].islower() and not (name and begins.lower().startswith(name)):
        return ""
    return _without_code(" ".join(_SIGNS.sub(" ", bare).split())[:LONGEST_VERDICT])


def _without_code(plain: str) -> str:
    code = _CODE.match(plain)
    return plain[code.end() :] if code else plain
