"""Which letters there are: the values that each one is made of, with samples to show it by, and to whom it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Fact = tuple[str, str]
"""A label and a value."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a list in a letter that leads somewhere. One that stands ``beneath`` is an example of the one above."""

    text: str
    link: str
    note: str = ""
    beneath: bool = False


class Audience(StrEnum):
    """Who reads a letter; what is for clients carries the sender's name and colour."""

    CLIENT = "client"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class LetterKind:
    """A letter that we write. ``link`` is the value to which its button leads, empty where it has none.

    Where it ``has_facts`` or ``has_entries``, the caller hands in a list of these beside ``samples``' names.
    """

    name: str
    about: str
    audience: Audience
    samples: Mapping[str, str | int]
    link: str = ""
    has_facts: bool = False
    has_entries: bool = False


class UnknownLetter(LookupError):
    """Raised for a letter that we do not write."""


_PERSON = {"user_name": "Ada Example"}

_UNPAID = {
    "client_name": "Example Bakery",
    "number": "INV-2026-0042",
    "outstanding": "€124.00",
    "charged": "€5.00",
    "due": "2026-03-15",
    "seller_name": "Example Agency",
    "link": "https://nolapse.example/pay/...",
}

_ENDING = {
    "client_name": "Example Bakery",
    "seller_name": "Example Agency",
    "first": "shop.example",
    "ends": "2026-03-15",
    "more": 2,
}

KINDS: tuple[LetterKind, ...] = (
    LetterKind(
        "alert",
        "Something that staff should know of",
        Audience.STAFF,
        {
            "subject_name": "Domain",
            "headline": "shop.example expires on 2026-03-08",
            "client_name": "Example Bakery",
            "what_to_do": "Renew it at the registrar.",
            "link": "https://nolapse.example/alerts/7",
        },
        link="link",
        has_facts=True,
        has_entries=True,
    ),
    LetterKind(
        "alerts",
        "Several alerts in one mail, or a digest of them",
        Audience.STAFF,
        {
            "number": 144,
            "first": "142 endpoints with a fault (Example CA)",
            "more": 37,
            "link": "https://nolapse.example/alerts",
        },
        link="link",
        has_entries=True,
    ),
    LetterKind(
        "invoice",
        "An invoice, with its document",
        Audience.CLIENT,
        {
            "client_name": "Example Bakery",
            "number": "INV-2026-0042",
            "total": "€119.00",
            "due": "2026-03-15",
            "seller_name": "Example Agency",
            "link": "https://nolapse.example/pay/...",
        },
        link="link",
    ),
    LetterKind("payment_due", "An invoice that is due soon, or today", Audience.CLIENT, _UNPAID, link="link"),
    LetterKind("reminder", "An invoice that was not paid in time", Audience.CLIENT, _UNPAID, link="link"),
    LetterKind("domains_end", "Domains of a client that end soon", Audience.CLIENT, _ENDING, has_facts=True),
    LetterKind("certificates_end", "Certificates of a client that end soon", Audience.CLIENT, _ENDING, has_facts=True),
    LetterKind(
        "monthly_report",
        "What was watched, found, renewed and billed in a month, as a document",
        Audience.CLIENT,
        {"client_name": "Example Bakery", "month": "November 2026", "seller_name": "Example Agency"},
    ),
    LetterKind(
        "confirm_payment",
        "A stored card that the client's bank wants to hear about before it pays",
        Audience.CLIENT,
        {
            "client_name": "Example Bakery",
            "number": "INV-2026-0042",
            "amount": "€119.00",
            "seller_name": "Example Agency",
            "link": "https://nolapse.example/pay/...",
        },
        link="link",
    ),
    LetterKind(
        "sign_in",
        "A link to sign in",
        Audience.STAFF,
        {**_PERSON, "link": "https://nolapse.example/sign-in/mailed/...", "minutes": 15},
        link="link",
    ),
    LetterKind(
        "reset",
        "A link to choose another password",
        Audience.STAFF,
        {**_PERSON, "link": "https://nolapse.example/reset/...", "minutes": 30},
        link="link",
    ),
    LetterKind(
        "invitation",
        "A link to a new account",
        Audience.STAFF,
        {**_PERSON, "link": "https://nolapse.example/invitation/..."},
        link="link",
    ),
    LetterKind("trial", "A mail to oneself, to see whether mails go out", Audience.STAFF, _PERSON),
)

SAMPLE_FACTS: tuple[Fact, ...] = (("Registrar", "Example Registrar"), ("Expires", "2026-03-08"))

SAMPLE_ENTRIES: tuple[Entry, ...] = (
    Entry("142 endpoints with a fault (Example CA)", "https://nolapse.example/alerts?kind=certificate_fault"),
    Entry("www.shop.example:443: expired", "https://nolapse.example/alerts/7", "Example Bakery", beneath=True),
    Entry("shop.example expires on 2026-03-08", "https://nolapse.example/alerts/9", "Example Bakery"),
    Entry("mill.example is dark", "https://nolapse.example/alerts/11", "Example Mill"),
)

_BY_NAME = {kind.name: kind for kind in KINDS}


def find(name: str) -> LetterKind:
    """Return a letter's kind. Raises ``UnknownLetter``."""
    if name not in _BY_NAME:
        raise UnknownLetter(f"no letter is called {name!r}; there are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]
