"""Notes on the lines of an invoice, in the client's language, and why a line is held back, for staff."""

from collections.abc import Mapping
from typing import Final

from rules import languages
from rules.billing.billables import HeldLine, HeldReason, RenewalEvidence
from rules.billing.charges import PeriodCharge
from rules.translatable import Translatable
from wording.messages import N_

_REGISTERED: Final[Mapping[str, str]] = {
    "en": "Registered until {expires}, says {server} (looked up on {looked_up})",
    "de": "Registriert bis {expires} laut {server} (abgefragt am {looked_up})",
    "fr": "Enregistré jusqu'au {expires} selon {server} (consulté le {looked_up})",
    "es": "Registrado hasta el {expires} según {server} (consultado el {looked_up})",
    "it": "Registrato fino al {expires} secondo {server} (consultato il {looked_up})",
    "nl": "Geregistreerd tot {expires} volgens {server} (opgevraagd op {looked_up})",
    "pl": "Zarejestrowana do {expires} według {server} (sprawdzono {looked_up})",
}
_PART: Final[Mapping[str, str]] = {
    "en": "{days} of {of_days} days",
    "de": "{days} von {of_days} Tagen",
    "fr": "{days} jours sur {of_days}",
    "es": "{days} de {of_days} días",
    "it": "{days} giorni su {of_days}",
    "nl": "{days} van {of_days} dagen",
    "pl": "{days} z {of_days} dni",
}
_HELD: Final[Mapping[HeldReason, str]] = {
    HeldReason.DOMAIN_LEFT: N_("{domain} has left: its registry says that it is deleted, or free"),
    HeldReason.DOMAIN_REMOVED: N_("{domain} was removed from the portfolio"),
    HeldReason.DOMAIN_MOVED: N_("{domain} is another client's by now"),
    HeldReason.DOMAIN_LAPSES: N_("{domain} is to lapse before this period begins"),
    HeldReason.TAX_UNDECIDED: N_("its tax cannot be decided: {detail}"),
    HeldReason.DEFERRED: N_("it was put off, {detail}"),
    HeldReason.OMITTED: N_("it was left out for good: {detail}"),
}


def note(charge: PeriodCharge, evidence: RenewalEvidence | None, language: str) -> str:
    """Return the note beneath a charge: which part of a period it is, and the lookup that shows the expiry."""
    notes: list[str] = []
    if charge.is_part:
        notes.append(_in(_PART, language).format(days=charge.period.days, of_days=charge.of_days))
    if evidence is not None:
        said = _in(_REGISTERED, language)
        server, looked_up = evidence.server[:100], f"{evidence.looked_up_at:%Y-%m-%d %H:%M} UTC"
        notes.append(said.format(expires=f"{evidence.expires:%Y-%m-%d}", server=server, looked_up=looked_up))
    return "; ".join(notes)


def held(line: HeldLine) -> str:
    """Return why a line is not billed, for staff."""
    domain = line.domain_name or Translatable("the domain")
    return Translatable(_HELD[line.reason], domain=domain, detail=line.detail)


def _in(sentences: Mapping[str, str], language: str) -> str:
    return sentences[languages.negotiate(language, tuple(sentences))]
