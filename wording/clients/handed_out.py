"""The page behind a client's link to a document, in the language of the client's letters."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

_KIB = 1024
_UNITS: Final = ("KiB", "MiB", "GiB")

_PAGE: Final[Mapping[str, tuple[str, str, str]]] = {
    "en": (
        "from {sender}",
        "Download",
        "This address was made for you and holds until {day}. Whoever has it can open the document.",
    ),
    "de": (
        "von {sender}",
        "Herunterladen",
        "Diese Adresse wurde für Sie erstellt und gilt bis zum {day}. Wer sie hat, kann das Dokument öffnen.",
    ),
    "fr": (
        "de {sender}",
        "Télécharger",
        "Cette adresse, créée pour vous, est valable jusqu'au {day}. Quiconque la possède peut ouvrir le document.",
    ),
    "es": (
        "de {sender}",
        "Descargar",
        "Esta dirección se creó para usted y es válida hasta el {day}. Quien la tenga puede abrir el documento.",
    ),
    "it": (
        "da {sender}",
        "Scarica",
        "Questo indirizzo è stato creato per Lei ed è valido fino al {day}. Chi lo possiede può aprire il documento.",
    ),
    "nl": (
        "van {sender}",
        "Downloaden",
        "Dit adres is voor u gemaakt en is geldig tot en met {day}. Wie het heeft, kan het document openen.",
    ),
    "pl": (
        "od: {sender}",
        "Pobierz",
        "Ten adres utworzono dla Państwa; jest ważny do {day}. Każdy, kto go ma, może otworzyć dokument.",
    ),
}
"""By language: the sender, the button, and until when the link is valid."""


def words(language: str, *, size: int, sender: str, until: date) -> Mapping[str, str]:
    """Return the words of the page in one of ``rules.languages.NAMES``. ``size`` is in bytes."""
    whose, button, holds = _PAGE[language]
    day = format_date(until, "long", locale=language)
    return {
        "about": f"{_sized(size, language)}, {whose.format(sender=sender)}",
        "download": button,
        "holds": holds.format(day=day),
    }


def _sized(size: int, language: str) -> str:
    """Return a size in the largest unit that is not larger than it, to a tenth; at least in KiB."""
    amount, unit = size / _KIB, 0
    while amount >= _KIB and unit < len(_UNITS) - 1:
        amount, unit = amount / _KIB, unit + 1
    return f"{format_decimal(max(amount, 0.1), format='#,##0.#', locale=language)} {_UNITS[unit]}"
