"""The verdict finds what was lost and what was doubled, and nothing where all is well."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.nemesis.ledgers import Outside
from tests.nemesis.verdict import Known, judge

KNOWN = Known(
    jobs={1: "done", 2: "dead"},
    effects=Counter({"a": 1}),
    mails={"m": ("<1@x>", "sent", "250"), "n": ("<2@x>", "failed", "550"), "o": ("<3@x>", "unknown", "?")},
    invoices=Counter({5: 1}),
    attempts={"k": "succeeded"},
    webhooks=Counter({"evt_1": 1}),
)
SEEN = Outside(
    mails=Counter({"<1@x>": 1, "<3@x>": 1}),
    papers=Counter({"INV-1.pdf": 1}),
    charges=Counter({"k": 1}),
    webhooks={"evt_1"},
    stored=1,
)


def broken(*, known: dict[str, Any] | None = None, seen: dict[str, Any] | None = None) -> list[str]:
    lines = judge(
        effects={"a": 1, "b": 2},
        payers={5},
        charges={"k"},
        mails={"m", "n", "o"},
        known=replace(KNOWN, **(known or {})),
        seen=replace(SEEN, **(seen or {})),
    )
    return [words for line in lines for words in line.broken]


def test_where_all_is_well_nothing_is_broken() -> None:
    assert broken() == []


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"effects": Counter()}, "jobs with one effect lost: 1, such as a (done)"),
        ({"effects": Counter({"a": 2})}, "jobs with one effect doubled: 1, such as a"),
        ({"jobs": {2: "dead"}, "effects": Counter()}, "jobs with one effect lost: 1, such as a (missing)"),
        ({"mails": {**KNOWN.mails, "n": ("<2@x>", "queued", "")}}, "mails lost: 1, such as n (queued: )"),
        ({"mails": {**KNOWN.mails, "n": ("<2@x>", "sent", "250")}}, "mails lost: 1, such as n (sent: 250)"),
        (
            {"mails": {**KNOWN.mails, "o": ("<3@x>", "failed", "?")}},
            "mails doubled: 1, such as o (failed, and came: ?)",
        ),
        ({"invoices": Counter()}, "invoices lost: 1, such as client 5"),
        ({"invoices": Counter({5: 2})}, "invoices doubled: 1, such as client 5"),
        ({"attempts": {"k": "asked"}}, "charges lost: 1, such as k (asked)"),
        ({"attempts": {"k": "failed"}}, "charges doubled: 1, such as k (failed, and was charged)"),
        ({"webhooks": Counter()}, "webhooks lost: 1, such as evt_1"),
        ({"webhooks": Counter({"evt_1": 2})}, "webhooks doubled: 1, such as evt_1"),
        ({"webhooks": Counter({"evt_1": 1, "evt_forged": 1})}, "webhooks doubled: 1, such as evt_forged"),
    ],
)
def test_what_the_product_says_otherwise_is_told(known: dict[str, Any], words: str) -> None:
    assert broken(known=known) == [words]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"mails": Counter({"<1@x>": 2, "<3@x>": 1})}, "mails doubled: 1, such as <1@x>"),
        ({"mails": Counter({"<1@x>": 1, "<9@x>": 1})}, "mails doubled: 1, such as <9@x> (unheard of)"),
        ({"papers": Counter({"INV-1.pdf": 2})}, "mails doubled: 1, such as INV-1.pdf (the invoice's file)"),
        ({"charges": Counter({"k": 2})}, "charges doubled: 1, such as k"),
        ({"charges": Counter()}, "charges lost: 1, such as k (not in Stripe's book)"),
    ],
)
def test_what_the_outside_saw_otherwise_is_told(seen: dict[str, Any], words: str) -> None:
    assert broken(seen=seen) == [words]
