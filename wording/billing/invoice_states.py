"""The page on which a client sees and pays an invoice, in each language of the letters."""

from collections.abc import Mapping
from typing import Final

from rules import languages
from rules.billing.settlement import SettlementState

LANGUAGES: Final = tuple(languages.NAMES)

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
    "fr": {
        SettlementState.OPEN: "À payer",
        SettlementState.PARTLY_PAID: "Payée en partie",
        SettlementState.PAID: "Payée",
        SettlementState.OVERDUE: "En retard",
        SettlementState.REFUNDED: "Remboursée",
        SettlementState.DISPUTED: "Contestée",
    },
    "es": {
        SettlementState.OPEN: "Por pagar",
        SettlementState.PARTLY_PAID: "Pagada en parte",
        SettlementState.PAID: "Pagada",
        SettlementState.OVERDUE: "Vencida",
        SettlementState.REFUNDED: "Reembolsada",
        SettlementState.DISPUTED: "En disputa",
    },
    "it": {
        SettlementState.OPEN: "Da pagare",
        SettlementState.PARTLY_PAID: "Pagata in parte",
        SettlementState.PAID: "Pagata",
        SettlementState.OVERDUE: "Scaduta",
        SettlementState.REFUNDED: "Rimborsata",
        SettlementState.DISPUTED: "Contestata",
    },
    "nl": {
        SettlementState.OPEN: "Te betalen",
        SettlementState.PARTLY_PAID: "Gedeeltelijk betaald",
        SettlementState.PAID: "Betaald",
        SettlementState.OVERDUE: "Te laat",
        SettlementState.REFUNDED: "Terugbetaald",
        SettlementState.DISPUTED: "Betwist",
    },
    "pl": {
        SettlementState.OPEN: "Do zapłaty",
        SettlementState.PARTLY_PAID: "Opłacona częściowo",
        SettlementState.PAID: "Opłacona",
        SettlementState.OVERDUE: "Po terminie",
        SettlementState.REFUNDED: "Zwrócona",
        SettlementState.DISPUTED: "Sporna",
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
        "refused": (
            "It cannot be paid just now: a payment is under way, or nothing is left to pay. Look again in a few "
            "minutes."
        ),
        "onward": "On to Stripe",
        "go_on": "Go on if nothing happens",
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
        "refused": (
            "Gerade kann sie nicht bezahlt werden: Eine Zahlung läuft noch, oder es ist nichts mehr offen. Sehen "
            "Sie in einigen Minuten wieder nach."
        ),
        "onward": "Weiter zu Stripe",
        "go_on": "Weiter, falls nichts geschieht",
    },
    "fr": {
        "invoice": "Facture",
        "total": "Montant",
        "outstanding": "Reste à payer",
        "issued": "Émise le",
        "due": "À payer le",
        "document": "Document",
        "download": "Télécharger le PDF",
        "not_yet": "Il est en préparation.",
        "pay": "Payer maintenant",
        "keep": "Garder ma carte et y débiter les factures suivantes sans me demander",
        "leads": "Le bouton mène à une page de Stripe, où vous payez. Nous ne voyons jamais votre carte.",
        "coming": "Votre paiement est en cours de confirmation ; cette page l'affichera dans un instant.",
        "offline": "Cette facture ne peut pas être payée ici ; le document indique comment la payer.",
        "payments": "Ce qui a été payé",
        "received": "Reçu le",
        "given_back": "remboursé",
        "statement": "Toutes vos factures",
        "credit": "Votre avoir",
        "preparing": "La page de paiement est en préparation ; appuyez de nouveau sur le bouton dans un instant.",
        "refused": (
            "Elle ne peut pas être payée pour le moment : un paiement est en cours, ou il ne reste rien à payer. "
            "Revenez dans quelques minutes."
        ),
        "onward": "Vers Stripe",
        "go_on": "Continuer si rien ne se passe",
    },
    "es": {
        "invoice": "Factura",
        "total": "Importe",
        "outstanding": "Pendiente de pago",
        "issued": "Emitida el",
        "due": "Vence el",
        "document": "Documento",
        "download": "Descargar el PDF",
        "not_yet": "Se está preparando.",
        "pay": "Pagar ahora",
        "keep": "Guardar mi tarjeta y cobrar en ella las próximas facturas sin preguntarme",
        "leads": "El botón lleva a una página de Stripe, donde usted paga. Nunca vemos su tarjeta.",
        "coming": "Su pago se está confirmando; esta página lo mostrará en un momento.",
        "offline": "Esta factura no se puede pagar aquí; el documento indica cómo pagarla.",
        "payments": "Lo que se ha pagado",
        "received": "Recibido el",
        "given_back": "reembolsado",
        "statement": "Todas sus facturas",
        "credit": "Su saldo a favor",
        "preparing": "La página de pago se está preparando; pulse de nuevo el botón dentro de un momento.",
        "refused": (
            "Ahora mismo no se puede pagar: hay un pago en curso o no queda nada pendiente. Vuelva dentro de "
            "unos minutos."
        ),
        "onward": "Ir a Stripe",
        "go_on": "Continuar si no ocurre nada",
    },
    "it": {
        "invoice": "Fattura",
        "total": "Importo",
        "outstanding": "Ancora da pagare",
        "issued": "Emessa il",
        "due": "Scade il",
        "document": "Documento",
        "download": "Scarica il PDF",
        "not_yet": "È in preparazione.",
        "pay": "Paga ora",
        "keep": "Conservare la mia carta e addebitarvi le prossime fatture senza chiedermelo",
        "leads": "Il pulsante porta a una pagina di Stripe, dove si paga. Noi non vediamo mai la Sua carta.",
        "coming": "Il Suo pagamento è in corso di conferma; questa pagina lo mostrerà tra poco.",
        "offline": "Questa fattura non si può pagare qui; il documento indica come pagarla.",
        "payments": "Quanto è stato pagato",
        "received": "Ricevuto il",
        "given_back": "rimborsato",
        "statement": "Tutte le Sue fatture",
        "credit": "Il Suo credito",
        "preparing": "La pagina di pagamento è in preparazione; prema di nuovo il pulsante tra poco.",
        "refused": (
            "Al momento non si può pagare: un pagamento è in corso o non resta nulla da pagare. Torni tra "
            "qualche minuto."
        ),
        "onward": "Vai a Stripe",
        "go_on": "Prosegua se non succede nulla",
    },
    "nl": {
        "invoice": "Factuur",
        "total": "Bedrag",
        "outstanding": "Nog te betalen",
        "issued": "Datum",
        "due": "Te betalen op",
        "document": "Document",
        "download": "De pdf downloaden",
        "not_yet": "Deze wordt gemaakt.",
        "pay": "Nu betalen",
        "keep": "Mijn kaart bewaren en latere facturen daarmee betalen zonder het mij te vragen",
        "leads": "De knop leidt naar een pagina van Stripe, waar u betaalt. Wij zien uw kaart nooit.",
        "coming": "Uw betaling wordt bevestigd; deze pagina toont dat zo dadelijk.",
        "offline": "Deze factuur kan hier niet worden betaald; in het document staat hoe u betaalt.",
        "payments": "Wat er is betaald",
        "received": "Ontvangen op",
        "given_back": "terugbetaald",
        "statement": "Al uw facturen",
        "credit": "Uw tegoed",
        "preparing": "De betaalpagina wordt voorbereid; druk zo dadelijk nog eens op de knop.",
        "refused": (
            "Nu kan er niet worden betaald: er loopt al een betaling, of er staat niets meer open. Kijk over "
            "enkele minuten opnieuw."
        ),
        "onward": "Naar Stripe",
        "go_on": "Ga verder als er niets gebeurt",
    },
    "pl": {
        "invoice": "Faktura",
        "total": "Kwota",
        "outstanding": "Pozostało do zapłaty",
        "issued": "Wystawiona",
        "due": "Termin płatności",
        "document": "Dokument",
        "download": "Pobierz plik PDF",
        "not_yet": "Jest w przygotowaniu.",
        "pay": "Zapłać teraz",
        "keep": "Zachować moją kartę i opłacać nią kolejne faktury bez pytania",
        "leads": (
            "Przycisk prowadzi na stronę Stripe, na której dokonuje się płatności. Nigdy nie widzimy Państwa karty."
        ),
        "coming": "Trwa potwierdzanie płatności; za chwilę pojawi się ona na tej stronie.",
        "offline": "Tej faktury nie można tu opłacić; sposób zapłaty podano w dokumencie.",
        "payments": "Dokonane wpłaty",
        "received": "Otrzymano",
        "given_back": "zwrócono",
        "statement": "Wszystkie Państwa faktury",
        "credit": "Państwa nadpłata",
        "preparing": "Strona płatności jest w przygotowaniu; proszę za chwilę ponownie nacisnąć przycisk.",
        "refused": (
            "W tej chwili nie można zapłacić: płatność jest w toku albo nic nie pozostało do zapłaty. Proszę "
            "zajrzeć ponownie za kilka minut."
        ),
        "onward": "Przejście do Stripe",
        "go_on": "Przejdź dalej, jeśli nic się nie dzieje",
    },
}


def spoken(language: str) -> str:
    """Return the one of LANGUAGES that fits a client's language best."""
    return languages.negotiate(language, LANGUAGES)


def states(language: str) -> Mapping[SettlementState, str]:
    """Return the name of each state in one of LANGUAGES."""
    return _STATES[language]


def page(language: str) -> Mapping[str, str]:
    """Return the words of the client's page in one of LANGUAGES."""
    return _PAGE[language]
