"""What an invoice's state is called: to the client who is to pay it, in their language."""

from collections.abc import Mapping
from typing import Final

from rules import languages
from rules.billing.settlement import SettlementState

LANGUAGES: Final = ("en", "de")

_STATES: Final[Mapping[str, Mapping[SettlementState, str]]] = {
    "en": {
        SettlementState.OPEN: "To be paid",
        SettlementState.PARTLY_PAID: "Partly paid",
        SettlementState.PAID: "Paid",
        SettlementState.OVERDUE: "Overdue",
        SettlementState.REFUNDED: "Given back",
        SettlementState.DISPUTED: "Disputed",
    },
    "de": {
        SettlementState.OPEN: "Zu zahlen",
        SettlementState.PARTLY_PAID: "Teilweise bezahlt",
        SettlementState.PAID: "Bezahlt",
        SettlementState.OVERDUE: "Überfällig",
        SettlementState.REFUNDED: "Erstattet",
        SettlementState.DISPUTED: "Strittig",
    },
}

_PAGE: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "invoice": "Invoice",
        "total": "Total",
        "outstanding": "Still to be paid",
        "issued": "Issued",
        "due": "Due",
        "document": "Document",
        "download": "Download the PDF",
        "not_yet": "It is being made.",
        "pay": "Pay now",
        "keep": "Keep my card, and charge later invoices to it without asking me",
        "leads": "The button leads to a page of Stripe, where you pay. We never see your card.",
        "coming": "Your payment is being confirmed; this page shows it in a moment.",
        "offline": "This invoice cannot be paid here; see the document for how to pay it.",
        "payments": "What was paid",
        "received": "Received",
        "given_back": "given back",
        "statement": "All your invoices",
        "credit": "To your credit",
        "preparing": "The page for paying is being prepared; press the button again in a moment.",
    },
    "de": {
        "invoice": "Rechnung",
        "total": "Betrag",
        "outstanding": "Noch zu zahlen",
        "issued": "Ausgestellt",
        "due": "Fällig",
        "document": "Dokument",
        "download": "PDF herunterladen",
        "not_yet": "Es wird gerade erstellt.",
        "pay": "Jetzt zahlen",
        "keep": "Meine Karte behalten und spätere Rechnungen ohne Nachfrage damit bezahlen",
        "leads": "Der Knopf führt auf eine Seite von Stripe, auf der Sie zahlen. Wir sehen Ihre Karte nie.",
        "coming": "Ihre Zahlung wird gerade bestätigt; diese Seite zeigt sie gleich.",
        "offline": "Diese Rechnung kann hier nicht bezahlt werden; das Dokument sagt, wie.",
        "payments": "Was bezahlt wurde",
        "received": "Eingegangen",
        "given_back": "erstattet",
        "statement": "Alle Ihre Rechnungen",
        "credit": "Ihr Guthaben",
        "preparing": "Die Seite zum Zahlen wird vorbereitet; drücken Sie den Knopf gleich noch einmal.",
    },
}


def spoken(language: str) -> str:
    """Return which of our languages a client reads."""
    return languages.negotiate(language, LANGUAGES)


def states(language: str) -> Mapping[SettlementState, str]:
    """Return what each state is called in one of LANGUAGES."""
    return _STATES[language]


def page(language: str) -> Mapping[str, str]:
    """Return the words of the client's page in one of LANGUAGES."""
    return _PAGE[language]
