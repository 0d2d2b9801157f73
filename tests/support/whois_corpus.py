"""The recorded WHOIS answers with what they say, and the expectations among them that a text contradicts."""

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

RESERVED = "the text says in so many words that the registry keeps the name back, and names nobody who has it"
NAME_ALONE = "the name is asked for; an address or a tag behind it, and who trades under it, are none of its letters"
SECTION = "this is the day of the name servers' section; the domain's own section states another"

DISPUTED = {
    ("wp/whois.nic.io/io/status_reserved", "answer"): RESERVED,
    ("wp/whois.nic.it/it/property_status_reserved", "answer"): RESERVED,
    ("wp/whois.nic.xxx/xxx/status_reserved", "answer"): RESERVED,
    ("wp/whois.jprs.jp/jp/status_reserved", "answer"): RESERVED,
    ("lx/nf/name_login.name", "answer"): "'Second level domain name is reserved.'",
    ("lx/nf/name_science.name", "answer"): "'Not available for second level registration.'",
    ("lx/ee_git.ee", "updated"): SECTION,
    ("lx/ee_google.ee", "updated"): SECTION,
    ("lx/ee_telia.ee", "updated"): SECTION,
    ("lx/tk_google.tk", "expires"): "12/18/2001 in the same answer is month first; wp reads this same expiry so too",
    ("lx/tk_zcore.tk", "expires"): "11/29/2016 in the same answer is month first",
    ("wp/whois.kenic.or.ke/ke/status_invalid", "answer"): "it is the server that has no records for the zone",
    ("wp/whois.nic.uk/uk/status_reserved", "created"): "'before Aug-1996' is no day",
    ("wp/whois.nic.es/es/status_registered", "registrar"): "the text names none",
    ("wp/whois.denic.de/de/status_registered", "registrar"): "'Domain Admin' is the contact of the zone",
    ("wp/whois.pir.org/org/status_registered", "registrar"): "seven like it are expected without '(R37-LROR)'",
    ("lx/uk_git.uk", "registrar"): NAME_ALONE,
    ("lx/uk_google.uk", "registrar"): NAME_ALONE,
    ("lx/kr_git.kr", "registrar"): NAME_ALONE,
    ("lx/kr_google.kr", "registrar"): NAME_ALONE,
}
"""Expectations that the text contradicts. What is read must be right in the percentages below with them, too."""


def cases() -> list[dict]:
    shared = Path(os.environ.get("NOLAPSE_SHARED", ROOT.parent / "shared"))  # noqa: TID251  where the tests' data is
    file = shared / "corpora" / "whois" / "cases.jsonl"
    if not file.exists():
        pytest.skip(f"{file} is not there: name the folder above corpora/ in NOLAPSE_SHARED")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def letters(name: str | None) -> str:
    return "".join(filter(str.isalnum, (name or "").casefold()))
