"""Letters as they are shown before they are sent: with the sample values of their kind, in the language's own form."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from db.billing.senders import Sender
from rules.billing import logos, money
from rules.billing.money import Money
from rules.clients.client_reports import ReportMonth
from tasks.mail import letters
from tasks.mail.letters import Letter, letter_kinds, texts
from tasks.mail.letters.brand import Brand
from tasks.mail.letters.letter_kinds import Audience, Fact, LetterKind, LetterLine, Sample
from wording import written_days
from wording.clients import client_reports


def shown(kind: LetterKind, language: str, given: Mapping[str, str], *, sender: Sender | None = None) -> Letter:
    """Return a letter made of ``given`` parts and its kind's sample values, in one of LANGUAGES.

    A letter for clients is shown as ``sender`` sends it. The logo, which a mail carries beside its HTML, is put into
    the HTML here.
    """
    brand = Brand.of_sender(sender) if sender and kind.audience is Audience.CLIENT else None
    made = letters.filled(
        kind,
        language,
        given,
        values=values(kind, language),
        facts=facts(kind, language),
        entries=entries(kind, language),
        brand=brand,
    )
    logo = (sender.logo if sender else "") or ""
    return replace(made, html=made.html.replace(f"cid:{logos.CONTENT_ID}", logo)) if made.logo_of else made


def values(kind: LetterKind, language: str) -> dict[str, str | int]:
    """Return the sample values of a letter by their names."""
    return {name: _written(sample, language) for name, sample in kind.samples.items()}


def facts(kind: LetterKind, language: str) -> list[Fact]:
    """Return the sample facts of a letter that has any."""
    return [(label, str(_written(sample, language))) for label, sample in kind.facts]


def entries(kind: LetterKind, language: str) -> list[LetterLine]:
    """Return the sample lines of a letter that has any; ``ANSWER`` gets its text in the language."""
    answer = texts.section(language, texts.COMMON)["answer"]
    return [replace(one, text=answer) if one is letter_kinds.ANSWER else one for one in kind.entries]


def _written(sample: Sample, language: str) -> str | int:
    match sample:
        case date():
            return written_days.written(sample, language)
        case Money():
            return money.display(sample, language)
        case ReportMonth():
            return client_reports.month_named(sample, language)
        case _:
            return sample
