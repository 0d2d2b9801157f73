"""Finds EPP statuses in what registries write: several in a line, with addresses, with remarks, in other spellings."""

import re
from functools import lru_cache

from rules.domains import records
from rules.domains.records import STATUS_SPELLINGS

MOST = 40
_LONGEST = 80
_UNTIL = re.compile(r"until|till|connected|接続|\bok-", re.IGNORECASE)
_APART = re.compile(r"\s*[,;|]\s*|\s/\s")
_SHORT = re.compile(r"^(?:ST|EPP)_(CL|SR|SV|SE)?_?", re.IGNORECASE)
_SIDES = {"CL": "client", "SR": "server", "SV": "server", "SE": "server"}


@lru_cache(maxsize=1024)
def normalised(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return statuses sorted, under their EPP names (RFC 5731, RFC 3915) where they have one."""
    return records.statuses(each for value in values[:MOST] for each in _parted(value))


def epp(values: list[str]) -> bool:
    """Return whether there is an EPP status among the values."""
    return any(_known(value.split(None, 1)[0]) for value in values[:MOST] if value.strip())


@lru_cache(maxsize=1024)
def names_a_day(status: str) -> bool:
    """Return whether a status line goes on to say until when: "OK-UNTIL 20140903", "Connected (2022/05/31)"."""
    return bool(_UNTIL.search(status[:80]))


@lru_cache(maxsize=1024)
def _parted(value: str) -> tuple[str, ...]:
    epp = STATUS_SPELLINGS.get(value.lower())
    if epp:
        return (epp,)
    return tuple(status for part in _APART.split(value[:1000])[:MOST] for status in _one(part))


def _one(part: str) -> list[str]:
    """Return one status, or each word of a part that consists of EPP statuses only."""
    bare = records.URL_AFTER_STATUS.sub("", part).strip(" .")
    words = bare.split()
    known = [_known(word) for word in words]
    if words and all(known):
        return [each for each in known if each]
    first = known[0] if known else None
    # What follows a status that is written in one word is a remark: "serverHold (premium lock)".
    if first and (first not in {"ok", "inactive"} or words[1][0] in "(-"):
        return [first]
    return [bare] if 0 < len(bare) <= _LONGEST and bare.isprintable() else []


def _known(word: str) -> str | None:
    found = STATUS_SPELLINGS.get(word.lower().replace("-", "").replace("_", ""))
    if found is None and (short := _SHORT.match(word)):
        side = _SIDES.get((short[1] or "").upper(), "")
        found = STATUS_SPELLINGS.get((side + word[short.end() :].replace("_", "")).lower())
    return found
