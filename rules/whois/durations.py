"""When a server says that we may come back: "try again after: 24h0m0s", "réessayez dans 10 minutes", "wait 00:15:00".

What is said as a moment ("resets at 2026-12-01 00:00 UTC") is read by ``moments``.

A duration counts only where words for coming back stand beside it: a limit "of 100 in 24 hours" does not.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from rules.whois import moments
from rules.whois.characters import folded

LONGEST_TEXT = 8000
"""Characters of a refusal that are read; terms of use may follow it."""

_WINDOW_AFTER, _WINDOW_BEFORE = 60, 30
_MOST_PARTS = 4
_HOUR, _DAY = 3600, 86400

_UNITS = (
    (
        1,
        (
            r"s|secs?|sek|seg|seconds?|segundos?|secondes?|secondi|sekunden?|sekund\w*|seconden|saniye\w*|секунд\w*|сек"
            r"|secunde?|sekunti\w*|sekunnin|masodperc\w*|detik|giay|δευτερολεπτ\w*"
        ),
    ),
    (
        60,
        (
            r"m|mins?|minutes?|minutos?|minuti|minuten?|minut\w*|dakika\w*|минут\w*|мин"
            r"|minuutti\w*|minuutin|perc\w*|menit|phut|λεπτ\w*|хвилин\w*|minuc\w*"
        ),
    ),
    (
        _HOUR,
        (
            r"h|hrs?|hours?|horas?|heures?|ore|ora|stunden?|godzin\w*|uur|uren|saat\w*|hodin\w*|час\w*|timer"
            r"|std|timm\w*|time|tunti\w*|tunnin|tund\w*|tunni|orat|jam|gio|ωρ\w*|годин\w*|valand\w*|stund\w*|sat[ai]?|ur[aoei]?"
        ),
    ),
    (
        _DAY,
        (
            r"d|days?|dias?|jours?|tage?n?|giorn[oi]|dni|dzien|dagen|gun\w*|dn[iuy]|дн\w*|сут\w*"
            r"|zile?|dage|dygn|paiva\w*|paev\w*|nap\w*|hari|ngay|ημερ\w*|dien\w*|dan[aiu]?"
        ),
    ),
)
_NUMBER_WORDS = r"(?:an?|one|une?|una|uno|um|uma|eine[rnm]?|ein|jedn\w*|een)"
_AND = "and|et|y|e|und|i|и"
_NAMES = "|".join(f"({names})" for _, names in _UNITS)
_PART = re.compile(
    rf"(\d{{1,7}}(?:[.,]\d{{1,2}})?|{_NUMBER_WORDS}(?=[ -]))[ -]?(?:{_NAMES})(?![^\W\d_])\.?(?:,| (?:{_AND}))? ?"
)
_FIRST_PART = re.compile(rf"(?<!\w){_PART.pattern}")
_QUARTER = re.compile(
    r"\b(?:(?:a )?quarter of an hour|viertelstunde|quart d ?'?heure|cuarto de hora|quarto de hora|quarto d ?'?ora"
    r"|kwadrans\w*|kwartier|четверть часа)\b"
)
_AN_ELIDED = re.compile(r"\b(un)'(?=ora|heure)")  # "tra un'ora"
_HALF_AN_HOUR = re.compile(
    r"\b(?:half an hour|demi[- ]heure|halben? stunde|media hora|meia hora|mezz ?'?ora|pol godziny)\b"
)
_SECONDS = re.compile(
    r"\b(?:retry(?:[- ](?:after|in))?|again(?: (?:in|after))?|wait)(?:\W{1,3}|[ :]+s(?:econds?)?[:=] ?)"
    r"(\d{1,7})(?![\d:]|[.,/-]\d| ?[^\W\d_])"
)
"""Seconds without a unit, as HTTP has them: "Retry-After: 90", "try again: 90"."""

_IN_CHARACTERS = re.compile(
    r"(\d{1,6}) ?(?:(秒|초)|(分钟|分鐘|分|분)|(小时|小時|時間|시간)|(天|日|일))[^\d.。]{0,3}(?:后|後|以降|후|뒤)"
)
_CLOCK = re.compile(r"(?<![\d:])(\d{1,3}):(\d\d):(\d\d)(?![\d:])")
_ISO = re.compile(r"\bp(?:(\d{1,3})d)?t?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s)?\b")  # ISO 8601: PT15M
_TOMORROW = re.compile(r"\b(?:tomorrow|manana|amanha|demain|morgen|domani|jutro|завтра|yarin)\b")
_BEFORE = re.compile(
    r"\b(?:wait|again|retry|window (?:opens|begins|starts)|back|later|after|go away|grace period"
    r"|(?:banned|blocked|suspended|shut out) for|until"
    r"|replenished|reset|unblocked|espere|nuevamente|de nuevo|intente\w*|novamente|aguarde|reessay\w*|patient\w*"
    r"|attend\w*|warten|versuchen|riprov\w*|ponow\w*|sprobuj\w*|odczekaj|повтор\w*|подожд\w*|через|bekle\w*|wacht"
    r"|probeer|pockej\w*"
    r"|allowed (?:again )?(?=in |at )|resets?|cool ?-?down|lifts?|lifted|restored|permitid\w*|(?:re)?intentar"
    r"|(?:re)?intento|tentar|tente"
    r"|erneuter versuch|nachste \w+|prochaine \w+|ripet\w*|ritent\w*|mozliw\w*|zkus\w*|opakuj\w*|skus\w*"
    r"|odota\w*|yrita\w*|vanta|forsok\w*|vent|prov igen|varjon|probalja\w*|asteptati|incercati|reincercati|tunggu"
    r"|coba lagi|thu lai|δοκιμαστε|περιμενετε|опитайте|изчакайте|pokusajte|sacekajte|pricekajte|poskusite|pocakajte"
    r"|bandykite|palaukite|meginiet|uzgaidiet|proovige|oodake|спробуйте|зачекайте|попробуйте)\b"
)
_UNTIL = re.compile(
    r"\b(?:until|till|not before|(?:ban|block|limit|lock|penalty|quota|restriction|window) (?:expires|ends|is over)"
    r"|available(?: again)?|bis|ab|jusqu|des|hasta|a partir|ate|fino|tot|az do|do (?:dnia|godziny)|до|после)\b"
)
"""Words that stand before a moment, not before a duration."""

_AFTER = re.compile(r"\b(?:erneut|wieder|sonra|opnieuw|parast|mulva|kuluttua|paasta)\b")
_SENTENCE_ENDS = re.compile(r"[.;!?](?= |$)")


def come_back(text: str, now: datetime) -> float | None:
    """Return the seconds after which a refusal lets us ask again, None where it does not say."""
    plain = _plain(text)
    if (found := _SECONDS.search(plain)) is not None:
        return int(found[1])
    if (found := _IN_CHARACTERS.search(text[:LONGEST_TEXT])) is not None:
        return int(found[1]) * next(size for (size, _), named in zip(_UNITS, found.groups()[1:], strict=True) if named)
    for behind, until in _behind(plain):
        if (until or _parts(behind) is None) and moments.is_stated(behind, now, until=until):
            seconds = moments.wait(behind, now, until=until)
        else:
            seconds = _seconds(behind)
        if seconds is not None:
            return seconds
    for words in _AFTER.finditer(plain):
        ahead = re.split(r"[.,;!?] ", plain[max(0, words.start() - _WINDOW_BEFORE) : words.start()])[-1]
        if (seconds := _seconds(ahead)) is not None:
            return seconds
    return None


def _plain(text: str) -> str:
    plain = _QUARTER.sub("15 min", _HALF_AN_HOUR.sub("30 min", " ".join(folded(text[:LONGEST_TEXT]).split())))
    return _AN_ELIDED.sub(r"\1 ", plain)


def _behind(plain: str) -> Iterator[tuple[str, bool]]:
    """Yield what stands behind words for coming back, and whether these are words that a moment follows."""
    for until, words in ((True, _UNTIL), (False, _BEFORE)):
        for found in words.finditer(plain):
            window = plain[found.end() : found.end() + _WINDOW_AFTER]
            yield _SENTENCE_ENDS.split(window, maxsplit=1)[0], until


def _seconds(written: str) -> float | None:
    """Return the first duration in a few words, in seconds."""
    clock = _CLOCK.search(written)
    if clock:
        return int(clock[1]) * _HOUR + int(clock[2]) * 60 + int(clock[3])
    parts = _parts(written)
    if parts is not None:
        return parts
    iso = _ISO.search(written)
    if iso and any(iso.groups()):
        days, hours, minutes, seconds = (int(each or 0) for each in iso.groups())
        return days * _DAY + hours * _HOUR + minutes * 60 + seconds
    return _DAY if _TOMORROW.search(written) else None


def _parts(written: str) -> float | None:
    """Return the sum of "1 hour 30 minutes" or "24h0m0s"; None where there is no such part."""
    part = _FIRST_PART.search(written)
    total = None
    for _ in range(_MOST_PARTS):
        if part is None:
            break
        number = float(part[1].replace(",", ".")) if part[1][0].isdigit() else 1
        unit = next(size for (size, _), named in zip(_UNITS, part.groups()[1:], strict=True) if named)
        total = (total or 0) + number * unit
        part = _PART.match(written, part.end())
    return total
