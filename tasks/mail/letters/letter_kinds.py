"""Which letters there are: the values of each, with samples to show it with, and who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rules.billing.money import Money
from rules.clients.client_reports import ReportMonth

Fact = tuple[str, str]
"""A label and a value."""

Sample = str | int | date | Money | ReportMonth
"""A sample value of a letter; dates, months and amounts are written in the language in which it is shown."""


@dataclass(frozen=True, slots=True)
class LetterLine:
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

    To send it takes a value for each name of ``samples``, and a list of facts or of entries where it has some.
    """

    name: str
    about: str
    audience: Audience
    samples: Mapping[str, Sample]
    link: str = ""
    facts: tuple[tuple[str, Sample], ...] = ()
    entries: tuple[LetterLine, ...] = ()


class UnknownLetter(LookupError):
    """Raised for a letter that we do not write."""


_CLIENT, _SENDER = "Example Bakery", "Example Agency"
_DUE = date(2026, 3, 15)
_PERSON: Mapping[str, Sample] = {"user_name": "Ada Example"}

_UNPAID: Mapping[str, Sample] = {
    "client_name": _CLIENT,
    "number": "INV-2026-0042",
    "outstanding": Money(12_400, "EUR"),
    "charged": Money(500, "EUR"),
    "due": _DUE,
    "seller_name": _SENDER,
    "link": "https://nolapse.example/pay/...",
}

_ENDING: Mapping[str, Sample] = {"client_name": _CLIENT, "seller_name": _SENDER, "ends": _DUE, "more": 2}

ANSWER = LetterLine("", "https://nolapse.example/alerts/answer/...")
"""The line with the link by which the alerts of a mail are answered; its text is in the letter's language."""

KINDS: tuple[LetterKind, ...] = (
    LetterKind(
        "alert",
        "Something that staff should know of",
        Audience.STAFF,
        {
            "subject_name": "Domain",
            "headline": "shop.example expires on 2026-03-08",
            "client_name": _CLIENT,
            "what_to_do": "Renew it at its registrar.",
            "link": "https://nolapse.example/alerts/7",
        },
        link="link",
        facts=(
            ("Client", _CLIENT),
            ("Registrar", "Example Registrar"),
            ("Expires", "2026-03-08"),
            ("Decision", "renewed by hand"),
        ),
        entries=(ANSWER,),
    ),
    LetterKind(
        "alerts",
        "Several alerts in one mail, or a digest of them",
        Audience.STAFF,
        {
            "number": 181,
            "first": "142 endpoints with a fault (Example CA)",
            "more": 37,
            "link": "https://nolapse.example/alerts",
        },
        link="link",
        entries=(
            LetterLine(
                "142 endpoints with a fault (Example CA)", "https://nolapse.example/alerts?kind=certificate_fault"
            ),
            LetterLine("www.shop.example:443: expired", "https://nolapse.example/alerts/7", _CLIENT, beneath=True),
            LetterLine("shop.example expires on 2026-03-08", "https://nolapse.example/alerts/9", _CLIENT),
            LetterLine(
                "mill.example is dark: its registry holds it", "https://nolapse.example/alerts/11", "Example Mill"
            ),
            ANSWER,
        ),
    ),
    LetterKind(
        "invoice",
        "An invoice, with its document",
        Audience.CLIENT,
        {
            "client_name": _CLIENT,
            "number": "INV-2026-0042",
            "total": Money(11_900, "EUR"),
            "due": _DUE,
            "seller_name": _SENDER,
            "link": "https://nolapse.example/pay/...",
        },
        link="link",
    ),
    LetterKind("payment_due", "An invoice that is due soon, or today", Audience.CLIENT, _UNPAID, link="link"),
    LetterKind("reminder", "An invoice that was not paid in time", Audience.CLIENT, _UNPAID, link="link"),
    LetterKind(
        "domains_end",
        "Domains of a client that end soon",
        Audience.CLIENT,
        {**_ENDING, "first": "shop.example"},
        facts=(("shop.example", _DUE), ("bakery.example", date(2026, 3, 21)), ("bread.example", date(2026, 4, 2))),
    ),
    LetterKind(
        "certificates_end",
        "Certificates of a client that end soon",
        Audience.CLIENT,
        {**_ENDING, "first": "www.shop.example"},
        facts=(
            ("www.shop.example", _DUE),
            ("mail.bakery.example", date(2026, 3, 21)),
            ("api.bread.example", date(2026, 4, 2)),
        ),
    ),
    LetterKind(
        "monthly_report",
        "What was watched, found, renewed and billed in a month, as a document",
        Audience.CLIENT,
        {"client_name": _CLIENT, "month": ReportMonth(date(2026, 2, 1)), "seller_name": _SENDER},
    ),
    LetterKind(
        "confirm_payment",
        "A stored card that the client's bank wants to hear about before it pays",
        Audience.CLIENT,
        {
            "client_name": _CLIENT,
            "number": "INV-2026-0042",
            "amount": Money(11_900, "EUR"),
            "seller_name": _SENDER,
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

_BY_NAME = {kind.name: kind for kind in KINDS}


def find(name: str) -> LetterKind:
    """Return a letter's kind. Raises ``UnknownLetter``."""
    if name not in _BY_NAME:
        raise UnknownLetter(f"no letter is called {name!r}; there are {', '.join(_BY_NAME)}")
    return _BY_NAME[name]
