"""How long a registry keeps a name after its end. Each number has a source; nothing is guessed of other registries.

expiry ──renewable──> deletion ──restorable──> pending ──> anybody can register it
         └─dark after some days, at some registries
"""

from dataclasses import dataclass
from types import MappingProxyType

from rules.names import sold_zones

RESTORE_REPORT_DAYS = 7
"""Days in which a registrar usually has to confirm a restore (ICANN, "EPP Status Codes", pendingRestore)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One registry's rules, in days. None: not known, or not bounded by the registry."""

    renewable: int | None = None
    """After the expiry: how long it can be renewed at the most. Its registrar may give it up sooner."""
    dark_after: int | None = None
    """After the expiry: when the registry takes it out of the DNS."""
    restorable: int | None = None
    """After its deletion: how long it is dark, and only its last holder can have it back, usually for a fee."""
    pending: int = 0
    """After that: how long nobody can have it, before anybody can register it."""
    pending_delete_is_restorable: bool = False
    """The registry calls the restorable days pendingDelete."""
    note: str = ""
    """What else staff should know once it may have ended; a sentence."""
    source: str = ""


UNKNOWN = Terms()

GENERIC = Terms(
    renewable=45,
    restorable=30,
    pending=5,
    source="RFC 3915; ICANN, Life Cycle of a Typical gTLD Domain Name;"
    " https://www.icann.org/resources/pages/epp-status-codes-2014-06-16-en",
)
"""What ICANN's contracts give the generic TLDs."""

_AFNIC = Terms(
    restorable=30,
    source="http://www.afnic.fr/en/your-domain-name/manage-your-domain-name/remember-to-renew-your-domain-name-3.html",
)
_SWEDISH = Terms(
    renewable=70,
    dark_after=10,
    restorable=0,
    pending=7,
    source="https://internetstiftelsen.se/en/domains/how-to-register-a-domain-name/"
    "se-and-nu-domains-that-may-soon-be-available/;"
    " https://support.registry.se/en-US/kb/articles/hur-g-r-frisl-ppning-av-dom-ner-till",
)

BY_TLD = MappingProxyType(
    {
        "at": Terms(
            restorable=56, pending_delete_is_restorable=True, source="https://www.nic.at/faq/pending-delete/"
        ),  # "about 8 weeks"
        "au": Terms(
            renewable=30,
            dark_after=0,
            restorable=30,
            pending=1,
            source="https://www.auda.org.au/au-domain-names/domain-name-help/what-happens-when-domain-name-expires",
        ),
        "be": Terms(restorable=40, source="https://docs.dnsbelgium.be/be/general/deletes.html"),
        "ca": Terms(
            renewable=45,
            restorable=30,
            source="https://cira.ca/domain-name-life-cycle; https://www.domdom.ca/help/ca_lifecycle.aspx (a registrar)",
        ),
        "cz": Terms(
            renewable=60,
            dark_after=30,
            restorable=0,
            source="https://www.regzone.cz/novinka/uprava-pravidel-registrace-domeny-cz/ (a registrar)",
        ),
        "de": Terms(
            restorable=30,
            note="A .de name that its registrar gives up goes into TRANSIT: DENIC writes to its holder, who has to name"
            " another registrar in time.",
            source="https://denic.de/en/domains/de-domains/domain-deletion/redemption-grace-period;"
            " https://www.denic.de/en/faqs/faqs-about-transit/",
        ),
        "dk": Terms(
            renewable=30,
            dark_after=0,
            restorable=0,
            source="https://punktum.dk/artikler/procedure-for-opsigelse-af-brugsret-til-et-domaene",
        ),
        "es": Terms(
            renewable=10,
            dark_after=0,
            restorable=0,
            source="https://www.dominios.es/dominios/en/content/"
            "march-13-2010-came-force-order-chief-executive-officer-redes-developing-procedures",
        ),
        "eu": Terms(
            restorable=40,
            source="https://help.eurid.eu/hc/en-gb/articles/"
            "9731562911261-Why-is-my-domain-name-in-quarantine-How-can-I-restore-it",
        ),
        **dict.fromkeys(("fr", "pm", "re", "tf", "wf", "yt"), _AFNIC),
        "it": Terms(
            renewable=15,
            restorable=30,
            pending=5,
            source="https://guide.hosting.aruba.it/rinnovare-un-dominio/avvisi-e-domini-scaduti/"
            "stati-domini-it-mancato-rinnovo.aspx (a registrar)",
        ),
        "nl": Terms(
            restorable=40, source="https://www.sidn.nl/en/nl-domain-name/undoing-the-cancellation-of-a-domain-name"
        ),
        "nu": _SWEDISH,
        "nz": Terms(
            restorable=90,
            pending_delete_is_restorable=True,
            source="https://docs.internetnz.nz/registry/IRS_features/registry_concepts/",
        ),
        "se": _SWEDISH,
        "uk": Terms(
            renewable=90,
            dark_after=30,
            restorable=0,
            pending=5,
            source="https://expiry.org.uk/current-process/ (quoting Nominet);"
            " https://blog.2020media.com/tag/nominet (a registrar)",
        ),
    }
)


def of(name: str) -> Terms:
    """Return the terms of the registry of ``name``, an A-label domain.

    A TLD of two letters is a country's, and an IDN may be: of one that is not listed here nothing is known. All other
    TLDs are generic. A zone that another registry sells below a TLD does not have the TLD's terms.
    """
    if sold_zones.of(name):
        return UNKNOWN
    tld = name.rpartition(".")[2].lower()
    if tld in BY_TLD:
        return BY_TLD[tld]
    return UNKNOWN if len(tld) == len("uk") or tld.startswith("xn--") else GENERIC
