"""The words of monthly reports to clients, by language."""

# ruff: noqa: RUF001 - the apostrophes of French

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLabels:
    """The labels of a report in one language."""

    title: str
    lead: str
    """With {client}, {month} and {seller}."""
    domains: str
    endpoints: str
    checks: str
    scans: str
    found: str
    none_found: str
    renewed: str
    none_renewed: str
    billed: str
    none_billed: str
    coming: str
    none_coming: str
    what: str
    which: str
    since: str
    state: str
    day: str
    until: str
    number: str
    total: str
    still_open: str
    over: str
    """With {day}."""
    more: str
    """With {number}."""
    page: str
    problems: Mapping[str, str]
    """Kind of alert -> its name for clients; kinds that are not named are ``other``."""
    things: Mapping[str, str]
    """Kind of thing that ends or was renewed -> its name."""


def _problems(*words: str) -> dict[str, str]:
    kinds = ("domain_expiry", "certificate_expiry", "certificate_fault", "domain_dark", "domain_dns", "gone", "other")
    return dict(zip(kinds, words, strict=True))


def _things(domain: str, certificate: str, renewed: str, changed: str) -> dict[str, str]:
    return {
        "domain": domain,
        "certificate": certificate,
        "renewed": renewed,
        "auto_renewed": renewed,
        "certificate_changed": changed,
    }


LABELS: Final[Mapping[str, ReportLabels]] = {
    "en": ReportLabels(
        title="Monthly report",
        lead="What {seller} watched, found, renewed and billed for {client} in {month}.",
        domains="Domains watched",
        endpoints="Servers watched",
        checks="Look-ups at registries",
        scans="Checks of certificates",
        found="What was found",
        none_found="Nothing was wrong.",
        renewed="What was renewed",
        none_renewed="Nothing was renewed in this month.",
        billed="What was billed",
        none_billed="Nothing was billed in this month.",
        coming="What ends in the next two months",
        none_coming="Nothing that we watch ends in the next two months.",
        what="What",
        which="Where",
        since="Since",
        state="State",
        day="Day",
        until="Lasts until",
        number="Number",
        total="Total",
        still_open="still open",
        over="over since {day}",
        more="and {number} more",
        page="Page {page} of {pages}",
        problems=_problems(
            "Domain ends soon",
            "Certificate ends soon",
            "Fault in a certificate",
            "Domain does not resolve",
            "Fault in the DNS",
            "Domain not registered any more",
            "Something to look at",
        ),
        things=_things("Domain", "Certificate", "Domain renewed", "New certificate"),
    ),
    "de": ReportLabels(
        title="Monatsbericht",
        lead="Was {seller} im {month} für {client} überwacht, gefunden, verlängert und berechnet hat.",
        domains="Überwachte Domains",
        endpoints="Überwachte Server",
        checks="Abfragen bei Registries",
        scans="Prüfungen von Zertifikaten",
        found="Was gefunden wurde",
        none_found="Es war alles in Ordnung.",
        renewed="Was verlängert wurde",
        none_renewed="In diesem Monat wurde nichts verlängert.",
        billed="Was berechnet wurde",
        none_billed="In diesem Monat wurde nichts berechnet.",
        coming="Was in den nächsten zwei Monaten endet",
        none_coming="Nichts von dem, was wir überwachen, endet in den nächsten zwei Monaten.",
        what="Was",
        which="Wo",
        since="Seit",
        state="Stand",
        day="Tag",
        until="Gilt bis",
        number="Nummer",
        total="Betrag",
        still_open="noch offen",
        over="behoben am {day}",
        more="und {number} weitere",
        page="Seite {page} von {pages}",
        problems=_problems(
            "Domain endet bald",
            "Zertifikat endet bald",
            "Fehler im Zertifikat",
            "Domain wird nicht aufgelöst",
            "Fehler im DNS",
            "Domain nicht mehr registriert",
            "Etwas, das anzusehen ist",
        ),
        things=_things("Domain", "Zertifikat", "Domain verlängert", "Neues Zertifikat"),
    ),
    "fr": ReportLabels(
        title="Rapport mensuel",
        lead="Ce que {seller} a surveillé, trouvé, renouvelé et facturé pour {client} ({month}).",
        domains="Domaines surveillés",
        endpoints="Serveurs surveillés",
        checks="Interrogations des registres",
        scans="Contrôles de certificats",
        found="Ce qui a été trouvé",
        none_found="Tout était en ordre.",
        renewed="Ce qui a été renouvelé",
        none_renewed="Rien n’a été renouvelé ce mois-ci.",
        billed="Ce qui a été facturé",
        none_billed="Rien n’a été facturé ce mois-ci.",
        coming="Ce qui expire dans les deux prochains mois",
        none_coming="Rien de ce que nous surveillons n’expire dans les deux prochains mois.",
        what="Quoi",
        which="Où",
        since="Depuis",
        state="État",
        day="Jour",
        until="Valable jusqu’au",
        number="Numéro",
        total="Montant",
        still_open="toujours ouvert",
        over="résolu le {day}",
        more="et {number} autres",
        page="Page {page} sur {pages}",
        problems=_problems(
            "Domaine bientôt expiré",
            "Certificat bientôt expiré",
            "Défaut du certificat",
            "Domaine injoignable dans le DNS",
            "Défaut dans le DNS",
            "Domaine qui n’est plus enregistré",
            "Point à examiner",
        ),
        things=_things("Domaine", "Certificat", "Domaine renouvelé", "Nouveau certificat"),
    ),
    "es": ReportLabels(
        title="Informe mensual",
        lead="Lo que {seller} vigiló, encontró, renovó y facturó para {client} ({month}).",
        domains="Dominios vigilados",
        endpoints="Servidores vigilados",
        checks="Consultas a registros",
        scans="Comprobaciones de certificados",
        found="Lo que se encontró",
        none_found="Todo estaba en orden.",
        renewed="Lo que se renovó",
        none_renewed="Este mes no se renovó nada.",
        billed="Lo que se facturó",
        none_billed="Este mes no se facturó nada.",
        coming="Lo que vence en los próximos dos meses",
        none_coming="Nada de lo que vigilamos vence en los próximos dos meses.",
        what="Qué",
        which="Dónde",
        since="Desde",
        state="Estado",
        day="Día",
        until="Válido hasta",
        number="Número",
        total="Importe",
        still_open="aún abierto",
        over="resuelto el {day}",
        more="y {number} más",
        page="Página {page} de {pages}",
        problems=_problems(
            "El dominio vence pronto",
            "El certificado vence pronto",
            "Fallo en el certificado",
            "El dominio no se resuelve",
            "Fallo en el DNS",
            "El dominio ya no está registrado",
            "Algo que revisar",
        ),
        things=_things("Dominio", "Certificado", "Dominio renovado", "Certificado nuevo"),
    ),
    "it": ReportLabels(
        title="Rapporto mensile",
        lead="Che cosa {seller} ha controllato, trovato, rinnovato e fatturato per {client} ({month}).",
        domains="Domini controllati",
        endpoints="Server controllati",
        checks="Interrogazioni dei registri",
        scans="Controlli dei certificati",
        found="Che cosa è stato trovato",
        none_found="Era tutto in ordine.",
        renewed="Che cosa è stato rinnovato",
        none_renewed="Questo mese non è stato rinnovato nulla.",
        billed="Che cosa è stato fatturato",
        none_billed="Questo mese non è stato fatturato nulla.",
        coming="Che cosa scade nei prossimi due mesi",
        none_coming="Nulla di ciò che controlliamo scade nei prossimi due mesi.",
        what="Che cosa",
        which="Dove",
        since="Dal",
        state="Stato",
        day="Giorno",
        until="Valido fino al",
        number="Numero",
        total="Importo",
        still_open="ancora aperto",
        over="risolto il {day}",
        more="e altri {number}",
        page="Pagina {page} di {pages}",
        problems=_problems(
            "Il dominio scade presto",
            "Il certificato scade presto",
            "Difetto del certificato",
            "Il dominio non viene risolto",
            "Difetto nel DNS",
            "Il dominio non è più registrato",
            "Qualcosa da esaminare",
        ),
        things=_things("Dominio", "Certificato", "Dominio rinnovato", "Nuovo certificato"),
    ),
    "nl": ReportLabels(
        title="Maandrapport",
        lead="Wat {seller} voor {client} heeft bewaakt, gevonden, verlengd en gefactureerd ({month}).",
        domains="Bewaakte domeinen",
        endpoints="Bewaakte servers",
        checks="Opvragingen bij registers",
        scans="Controles van certificaten",
        found="Wat is gevonden",
        none_found="Alles was in orde.",
        renewed="Wat is verlengd",
        none_renewed="Deze maand is niets verlengd.",
        billed="Wat is gefactureerd",
        none_billed="Deze maand is niets gefactureerd.",
        coming="Wat in de komende twee maanden afloopt",
        none_coming="Niets van wat wij bewaken loopt in de komende twee maanden af.",
        what="Wat",
        which="Waar",
        since="Sinds",
        state="Stand",
        day="Dag",
        until="Geldig tot",
        number="Nummer",
        total="Bedrag",
        still_open="nog open",
        over="opgelost op {day}",
        more="en nog {number}",
        page="Pagina {page} van {pages}",
        problems=_problems(
            "Domein loopt bijna af",
            "Certificaat loopt bijna af",
            "Fout in het certificaat",
            "Domein wordt niet gevonden",
            "Fout in de DNS",
            "Domein niet meer geregistreerd",
            "Iets om naar te kijken",
        ),
        things=_things("Domein", "Certificaat", "Domein verlengd", "Nieuw certificaat"),
    ),
    "pl": ReportLabels(
        title="Raport miesięczny",
        lead="Co {seller} sprawdzał, znalazł, przedłużył i zafakturował dla {client} ({month}).",
        domains="Obserwowane domeny",
        endpoints="Obserwowane serwery",
        checks="Zapytania do rejestrów",
        scans="Sprawdzenia certyfikatów",
        found="Co znaleziono",
        none_found="Wszystko było w porządku.",
        renewed="Co przedłużono",
        none_renewed="W tym miesiącu niczego nie przedłużono.",
        billed="Co zafakturowano",
        none_billed="W tym miesiącu niczego nie zafakturowano.",
        coming="Co kończy się w najbliższych dwóch miesiącach",
        none_coming="Nic z tego, co obserwujemy, nie kończy się w najbliższych dwóch miesiącach.",
        what="Co",
        which="Gdzie",
        since="Od",
        state="Stan",
        day="Dzień",
        until="Ważne do",
        number="Numer",
        total="Kwota",
        still_open="nadal otwarte",
        over="rozwiązano {day}",
        more="i jeszcze {number}",
        page="Strona {page} z {pages}",
        problems=_problems(
            "Domena wkrótce wygasa",
            "Certyfikat wkrótce wygasa",
            "Błąd w certyfikacie",
            "Domena nie jest rozwiązywana",
            "Błąd w DNS",
            "Domena nie jest już zarejestrowana",
            "Coś do sprawdzenia",
        ),
        things=_things("Domena", "Certyfikat", "Przedłużono domenę", "Nowy certyfikat"),
    ),
}
"""The languages that letters are written in."""
