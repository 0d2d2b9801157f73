"""What a client reads where the link of a mail leads nowhere, in each language of the letters."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class DeadEnd(StrEnum):
    """Why a client sees nothing, as far as the client may know."""

    CUT = "cut"  # or changed, or of another page: the client is not told which
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    GONE = "gone"
    TRIED = "tried"  # one network opened too many wrong links
    AWAY = "away"


_ENDS: Final[Mapping[str, Mapping[DeadEnd, tuple[str, str]]]] = {
    "en": {
        DeadEnd.CUT: (
            "This link is incomplete",
            "A part of the address is missing or wrong. Copy it whole, or ask the sender for it.",
        ),
        DeadEnd.EXPIRED: ("This link has expired", "Ask the sender for a new one."),
        DeadEnd.WITHDRAWN: ("This link was withdrawn", "Ask the sender for a new one."),
        DeadEnd.GONE: ("This is not available", "Ask the sender if you need it."),
        DeadEnd.TRIED: (
            "Too many attempts",
            "Too many wrong addresses were opened from your network. Try again in a few minutes.",
        ),
        DeadEnd.AWAY: ("Not available just now", "Try again in a few minutes."),
    },
    "de": {
        DeadEnd.CUT: (
            "Dieser Link ist unvollständig",
            "Ein Teil der Adresse fehlt oder ist falsch. Kopieren Sie sie ganz oder bitten Sie den Absender darum.",
        ),
        DeadEnd.EXPIRED: ("Dieser Link ist abgelaufen", "Bitten Sie den Absender um einen neuen."),
        DeadEnd.WITHDRAWN: ("Dieser Link wurde zurückgezogen", "Bitten Sie den Absender um einen neuen."),
        DeadEnd.GONE: ("Dies ist nicht verfügbar", "Wenden Sie sich an den Absender, falls Sie es brauchen."),
        DeadEnd.TRIED: (
            "Zu viele Versuche",
            "Aus Ihrem Netz wurden zu viele falsche Adressen geöffnet. Versuchen Sie es in einigen Minuten wieder.",
        ),
        DeadEnd.AWAY: ("Gerade nicht verfügbar", "Versuchen Sie es in einigen Minuten noch einmal."),
    },
    "fr": {
        DeadEnd.CUT: (
            "Ce lien est incomplet",
            "Une partie de l'adresse manque ou est fausse. Copiez-la en entier, ou demandez-la à l'expéditeur.",
        ),
        DeadEnd.EXPIRED: ("Ce lien a expiré", "Demandez-en un nouveau à l'expéditeur."),
        DeadEnd.WITHDRAWN: ("Ce lien a été retiré", "Demandez-en un nouveau à l'expéditeur."),
        DeadEnd.GONE: (
            "Ceci n'est pas disponible",
            "Adressez-vous à l'expéditeur si vous en avez besoin.",
        ),
        DeadEnd.TRIED: (
            "Trop de tentatives",
            "Trop d'adresses erronées ont été ouvertes depuis votre réseau. Réessayez dans quelques minutes.",
        ),
        DeadEnd.AWAY: ("Indisponible pour le moment", "Réessayez dans quelques minutes."),
    },
    "es": {
        DeadEnd.CUT: (
            "Este enlace está incompleto",
            "Falta una parte de la dirección o es errónea. Cópiela entera o pídala al remitente.",
        ),
        DeadEnd.EXPIRED: ("Este enlace ha caducado", "Pida uno nuevo al remitente."),
        DeadEnd.WITHDRAWN: ("Este enlace se ha retirado", "Pida uno nuevo al remitente."),
        DeadEnd.GONE: ("Esto no está disponible", "Consulte al remitente si lo necesita."),
        DeadEnd.TRIED: (
            "Demasiados intentos",
            "Desde su red se han abierto demasiadas direcciones erróneas. Inténtelo de nuevo dentro de unos minutos.",
        ),
        DeadEnd.AWAY: ("No disponible en este momento", "Inténtelo de nuevo dentro de unos minutos."),
    },
    "it": {
        DeadEnd.CUT: (
            "Questo link è incompleto",
            "Una parte dell'indirizzo manca o è errata. Lo copi per intero o lo chieda al mittente.",
        ),
        DeadEnd.EXPIRED: ("Questo link è scaduto", "Ne chieda uno nuovo al mittente."),
        DeadEnd.WITHDRAWN: ("Questo link è stato ritirato", "Ne chieda uno nuovo al mittente."),
        DeadEnd.GONE: ("Non è disponibile", "Si rivolga al mittente se ne ha bisogno."),
        DeadEnd.TRIED: (
            "Troppi tentativi",
            "Dalla Sua rete sono stati aperti troppi indirizzi errati. Riprovi tra qualche minuto.",
        ),
        DeadEnd.AWAY: ("Al momento non disponibile", "Riprovi tra qualche minuto."),
    },
    "nl": {
        DeadEnd.CUT: (
            "Deze link is onvolledig",
            "Een deel van het adres ontbreekt of is fout. Kopieer het helemaal of vraag de afzender erom.",
        ),
        DeadEnd.EXPIRED: ("Deze link is verlopen", "Vraag de afzender om een nieuwe."),
        DeadEnd.WITHDRAWN: ("Deze link is ingetrokken", "Vraag de afzender om een nieuwe."),
        DeadEnd.GONE: ("Dit is niet beschikbaar", "Neem contact op met de afzender als u het nodig hebt."),
        DeadEnd.TRIED: (
            "Te veel pogingen",
            "Vanuit uw netwerk zijn te veel verkeerde adressen geopend. Probeer het over enkele minuten opnieuw.",
        ),
        DeadEnd.AWAY: ("Op dit moment niet beschikbaar", "Probeer het over enkele minuten opnieuw."),
    },
    "pl": {
        DeadEnd.CUT: (
            "Ten link jest niepełny",
            "Część adresu jest błędna lub jej brakuje. Proszę skopiować go w całości albo poprosić o niego nadawcę.",
        ),
        DeadEnd.EXPIRED: ("Ten link wygasł", "Proszę poprosić nadawcę o nowy."),
        DeadEnd.WITHDRAWN: ("Ten link został wycofany", "Proszę poprosić nadawcę o nowy."),
        DeadEnd.GONE: (
            "To nie jest dostępne",
            "Jeśli jest to potrzebne, proszę zwrócić się do nadawcy.",
        ),
        DeadEnd.TRIED: (
            "Zbyt wiele prób",
            "Z Państwa sieci otwarto zbyt wiele błędnych adresów. Proszę spróbować ponownie za kilka minut.",
        ),
        DeadEnd.AWAY: ("Chwilowo niedostępne", "Proszę spróbować ponownie za kilka minut."),
    },
}
"""By language: a heading, and the advice below it."""


def words(language: str, end: DeadEnd) -> tuple[str, str]:
    """Return a heading and what to do, in one of ``rules.languages.NAMES``."""
    return _ENDS[language][end]
