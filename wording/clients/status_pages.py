"""A client's status page and its badges, in each language of the letters."""

# ruff: noqa: RUF001 - the apostrophes of French

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from rules import languages
from rules.clients.client_status import PublicState


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWords:
    """The words of a status page in one language."""

    title: str
    """With {client}."""
    domains: str
    certificates: str
    what: str
    state: str
    until: str
    checked: str
    never: str
    problems: str
    since: str
    """With {day}."""
    nothing: str
    more: str
    """With {number}."""
    made: str
    """With {at} and {seller}."""
    valid_until: str
    states: Mapping[PublicState, str]
    whole: Mapping[PublicState, str]
    """The state of all things together."""


def _states(ended: str, problem: str, soon: str, unknown: str, well: str) -> dict[PublicState, str]:
    return dict(zip(PublicState, (ended, problem, soon, unknown, well), strict=True))


WORDS: Final[Mapping[str, StatusWords]] = {
    "en": StatusWords(
        title="Status of {client}",
        domains="Domains",
        certificates="Certificates",
        what="Name",
        state="State",
        until="Valid until",
        checked="Last check",
        never="not yet",
        problems="Open problems",
        since="since {day}",
        nothing="No problem is open.",
        more="and {number} more",
        made="As of {at}. Watched by {seller}.",
        valid_until="valid until",
        states=_states("ended", "problem", "ends soon", "not known yet", "all well"),
        whole=_states(
            "Something has ended", "There is a problem", "Something ends soon", "Being looked at", "All well"
        ),
    ),
    "de": StatusWords(
        title="Status von {client}",
        domains="Domains",
        certificates="Zertifikate",
        what="Name",
        state="Stand",
        until="Gültig bis",
        checked="Zuletzt geprüft",
        never="noch nicht",
        problems="Offene Störungen",
        since="seit {day}",
        nothing="Keine Störung ist offen.",
        more="und {number} weitere",
        made="Stand {at}. Überwacht von {seller}.",
        valid_until="gültig bis",
        states=_states("abgelaufen", "Störung", "endet bald", "noch nicht bekannt", "in Ordnung"),
        whole=_states(
            "Etwas ist abgelaufen", "Es gibt eine Störung", "Etwas endet bald", "Wird geprüft", "Alles in Ordnung"
        ),
    ),
    "fr": StatusWords(
        title="État de {client}",
        domains="Domaines",
        certificates="Certificats",
        what="Nom",
        state="État",
        until="Valable jusqu’au",
        checked="Dernier contrôle",
        never="pas encore",
        problems="Problèmes ouverts",
        since="depuis le {day}",
        nothing="Aucun problème n’est ouvert.",
        more="et {number} autres",
        made="État du {at}. Surveillé par {seller}.",
        valid_until="valable jusqu’au",
        states=_states("expiré", "problème", "expire bientôt", "pas encore connu", "en ordre"),
        whole=_states(
            "Un élément a expiré",
            "Il y a un problème",
            "Un élément expire bientôt",
            "En cours d’examen",
            "Tout va bien",
        ),
    ),
    "es": StatusWords(
        title="Estado de {client}",
        domains="Dominios",
        certificates="Certificados",
        what="Nombre",
        state="Estado",
        until="Válido hasta",
        checked="Última comprobación",
        never="todavía no",
        problems="Problemas abiertos",
        since="desde el {day}",
        nothing="No hay ningún problema abierto.",
        more="y {number} más",
        made="Estado a {at}. Vigilado por {seller}.",
        valid_until="válido hasta",
        states=_states("vencido", "problema", "vence pronto", "aún no se sabe", "en orden"),
        whole=_states("Algo ha vencido", "Hay un problema", "Algo vence pronto", "En revisión", "Todo en orden"),
    ),
    "it": StatusWords(
        title="Stato di {client}",
        domains="Domini",
        certificates="Certificati",
        what="Nome",
        state="Stato",
        until="Valido fino al",
        checked="Ultimo controllo",
        never="non ancora",
        problems="Problemi aperti",
        since="dal {day}",
        nothing="Nessun problema è aperto.",
        more="e altri {number}",
        made="Stato del {at}. Controllato da {seller}.",
        valid_until="valido fino al",
        states=_states("scaduto", "problema", "scade presto", "non ancora noto", "in ordine"),
        whole=_states("Qualcosa è scaduto", "C’è un problema", "Qualcosa scade presto", "In esame", "Tutto in ordine"),
    ),
    "nl": StatusWords(
        title="Status van {client}",
        domains="Domeinen",
        certificates="Certificaten",
        what="Naam",
        state="Stand",
        until="Geldig tot",
        checked="Laatst gecontroleerd",
        never="nog niet",
        problems="Open problemen",
        since="sinds {day}",
        nothing="Er is geen probleem open.",
        more="en nog {number}",
        made="Stand van {at}. Bewaakt door {seller}.",
        valid_until="geldig tot",
        states=_states("verlopen", "probleem", "loopt bijna af", "nog niet bekend", "in orde"),
        whole=_states(
            "Er is iets verlopen", "Er is een probleem", "Er loopt iets af", "Wordt bekeken", "Alles in orde"
        ),
    ),
    "pl": StatusWords(
        title="Stan: {client}",
        domains="Domeny",
        certificates="Certyfikaty",
        what="Nazwa",
        state="Stan",
        until="Ważne do",
        checked="Ostatnie sprawdzenie",
        never="jeszcze nie",
        problems="Otwarte problemy",
        since="od {day}",
        nothing="Nie ma otwartych problemów.",
        more="i jeszcze {number}",
        made="Stan na {at}. Obserwuje {seller}.",
        valid_until="ważne do",
        states=_states("wygasło", "problem", "wkrótce wygasa", "jeszcze nieznane", "w porządku"),
        whole=_states("Coś wygasło", "Jest problem", "Coś wkrótce wygasa", "Sprawdzamy", "Wszystko w porządku"),
    ),
}


def spoken(language: str) -> str:
    """Return our language that fits a client's language best."""
    return languages.negotiate(language, tuple(WORDS))


def day(at: datetime, language: str, zone: ZoneInfo) -> str:
    """Return a moment's day in a zone, as a language writes it."""
    return format_date(at.astimezone(zone).date(), "medium", locale=language)


def moment(at: datetime, language: str, zone: ZoneInfo) -> str:
    """Return a moment in a zone, as a language writes it."""
    return format_datetime(at, "medium", tzinfo=zone, locale=language)
