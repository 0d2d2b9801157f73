"""The page on which a client turns off notices of ends, in each language of the letters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribingWords:
    """The words of the page before and after that, in one language; ``about`` and ``ended`` with {client}."""

    asks: str
    about: str
    button: str
    done: str
    ended: str


WORDS: Final[Mapping[str, UnsubscribingWords]] = {
    "en": UnsubscribingWords(
        asks="No more notices?",
        about="{client} is told by mail of domains and certificates that end soon.",
        button="Send no more notices",
        done="No more notices",
        ended="{client} is not told any more of domains and certificates that end. Invoices and reminders still come. "
        "To have notices again, answer one of our mails.",
    ),
    "de": UnsubscribingWords(
        asks="Keine Hinweise mehr?",
        about="{client} erfährt per Mail von Domains und Zertifikaten, die bald enden.",
        button="Keine Hinweise mehr senden",
        done="Keine Hinweise mehr",
        ended="{client} erfährt nicht mehr von Domains und Zertifikaten, die enden. Rechnungen und Erinnerungen kommen "
        "weiterhin. Um wieder Hinweise zu bekommen, antworten Sie auf eine unserer Mails.",
    ),
    "fr": UnsubscribingWords(
        asks="Ne plus recevoir d'avis ?",
        about="{client} est informé par courriel des domaines et des certificats qui expirent bientôt.",
        button="Ne plus envoyer d'avis",
        done="Plus aucun avis",
        ended="{client} n'est plus informé des domaines et des certificats qui expirent. Les factures et les rappels "
        "continuent d'arriver. Pour recevoir de nouveau des avis, répondez à l'un de nos courriels.",
    ),
    "es": UnsubscribingWords(
        asks="¿No recibir más avisos?",
        about="{client} recibe por correo avisos sobre dominios y certificados que vencen pronto.",
        button="No enviar más avisos",
        done="No habrá más avisos",
        ended="{client} ya no recibe avisos sobre dominios y certificados que vencen. Las facturas y los recordatorios "
        "siguen llegando. Para recibir avisos de nuevo, responda a uno de nuestros correos.",
    ),
    "it": UnsubscribingWords(
        asks="Non ricevere più avvisi?",
        about="{client} riceve per posta elettronica avvisi su domini e certificati che scadono presto.",
        button="Non inviare più avvisi",
        done="Nessun altro avviso",
        ended="{client} non riceve più avvisi su domini e certificati che scadono. Le fatture e i solleciti continuano "
        "ad arrivare. Per ricevere di nuovo gli avvisi, risponda a una delle nostre mail.",
    ),
    "nl": UnsubscribingWords(
        asks="Geen meldingen meer?",
        about="{client} krijgt per mail bericht over domeinen en certificaten die binnenkort aflopen.",
        button="Geen meldingen meer sturen",
        done="Geen meldingen meer",
        ended="{client} krijgt geen bericht meer over domeinen en certificaten die aflopen. Facturen en herinneringen "
        "blijven komen. Antwoord op een van onze mails om weer meldingen te krijgen.",
    ),
    "pl": UnsubscribingWords(
        asks="Nie wysyłać więcej powiadomień?",
        about="{client} otrzymuje mailem powiadomienia o domenach i certyfikatach, które wkrótce wygasają.",
        button="Nie wysyłać powiadomień",
        done="Powiadomienia wyłączone",
        ended="{client} nie otrzymuje już powiadomień o wygasających domenach i certyfikatach. Faktury i przypomnienia "
        "nadal przychodzą. Aby znów otrzymywać powiadomienia, wystarczy odpowiedzieć na jeden z naszych maili.",
    ),
}
