"""The words of the pages, found in the tree, and the catalogues that have them in other languages.

    make words    writes each catalogue anew: what is new gets an empty line to fill, what nobody says any more goes

Messages of templates are found by what translates them (``dashboard/rendering/translated_templates.py``); those of
Python by the calls of ARGUMENTS, by tables of a module, and by VOCABULARIES.
"""

import ast
from collections.abc import Iterator, Mapping
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from dashboard.rendering import formatting, render, template_literals, translated_templates
from db.payments.webhooks import WebhookState
from rules.access import Role
from rules.alerts.alert_channels import DeliveryState
from rules.bank.entry_states import BankEntryState
from rules.billing.attempts import AttemptState
from rules.billing.product_kinds import UNITS, ProductKind
from rules.billing.settlement import DisputeState, RefundState, SettlementState
from rules.certificates.alarms import CertificateAlarmKind
from rules.certificates.changes import CertificateChangeKind
from rules.certificates.faults import Severity
from rules.certificates.finding import ChainRole
from rules.checks.alarms import Urgency
from rules.dns.issues import Weight
from rules.documents import DocumentState
from rules.domains.changes import DomainChangeKind
from rules.domains.knowledge import Silence
from rules.domains.lifecycle import LifecycleStage
from rules.domains.ownership import OwnershipChangeKind, OwnershipState
from rules.domains.records import Answer
from rules.domains.renewals import DomainAlarmKind
from rules.jobs import AttemptOutcome, JobState, Priority
from rules.mail.mail_outcomes import MailState
from schedules.table import CatchUp
from wording import kinds, messages

ROOT: Final = Path(__file__).parents[1]
TRANSLATED: Final = tuple(one for one in messages.LANGUAGES if one != messages.LANGUAGES[0])
ARGUMENTS: Final[Mapping[str, tuple[int | str, ...]]] = {
    "_": (0,),
    "N_": (0,),
    "Place": (0,),
    "FormField": ("label", "hint"),
    "EntryPage": ("title", "label", "lead"),
    "ListPage": ("title", "sorts"),
    "ListKey": ("about",),
    "plain": (1,),
    "choice": (1,),
    "flag": (1,),
    "moment": (1,),
    "ends": (0,),
    "Remediation": (0, 1),
    "BadFilter": (0,),
    "Translatable": (0,),
    "reading": (1,),
    "NotKept": (0,),
    "LetterKind": (1,),
    "TranslatableError": (0,),
    "UnknownRate": (0,),
}
"""Calls whose arguments are messages: the functions of gettext, and what is made once and said where it is shown."""
OWN_WAY: Final = frozenset(
    {"handed_out", "invoice_labels", "invoice_states", "printed_invoices", "refused_links", "unsubscribing"}
)
"""Modules of ``wording`` that have all their languages themselves."""
STORED: Final = frozenset(
    {
        "billing_lines", "document_objections", "omissions", "lookup_documents", "storms", "badges",
    }
)  # fmt: skip
"""Modules whose sentences are English everywhere: they are stored and mailed as they are, or programs read them."""
VOCABULARIES: Final[tuple[type[StrEnum], ...]] = (
    JobState, AttemptOutcome, MailState, Role, Answer, LifecycleStage, DocumentState, DeliveryState, BankEntryState,
    SettlementState, AttemptState, RefundState, DisputeState, OwnershipState, WebhookState, Weight, ProductKind,
    Silence, CatchUp, ChainRole,
)  # fmt: skip
"""States and kinds that pages show as they are called."""
TITLED: Final[tuple[type[StrEnum], ...]] = (
    DomainChangeKind, CertificateChangeKind, OwnershipChangeKind, DomainAlarmKind, CertificateAlarmKind,
)  # fmt: skip
"""Kinds that pages show as titles."""
_FOLDERS: Final = ("dashboard", "wording")
_KEPT: Final = (
    "api_stub",
    "rules/billing",
    "rules/lists",
    "rules/portfolio",
    "rules/jobs",
    "rules/rate_limits",
    "db/access",
    "db/ledger",
    "tasks",
)
"""Where errors are raised, and texts stored, that pages say in other languages (``rules.translatable``)."""

Words = tuple[str, ...]
"""A message: one form, or the two of one that counts."""


def found() -> Iterator[tuple[Words, str]]:
    """Yield each message of the tree with the file that says it, as often as it is said."""
    for folder in _FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from ((words, str(path.relative_to(ROOT))) for words in _of_python(path))
    for kept in _KEPT:
        where = ROOT / kept
        for path in [where] if where.is_file() else sorted(where.rglob("*.py")):
            yield from ((words, str(path.relative_to(ROOT))) for words in _of_calls(path))
    yield from _of_vocabularies()
    for path in sorted((ROOT / "dashboard/templates").rglob("*.html")):
        yield from ((words, str(path.relative_to(ROOT))) for words in of_template(path.read_text()))


def _of_python(path: Path) -> Iterator[Words]:
    yield from _of_calls(path)
    if path.stem not in OWN_WAY | STORED:
        for statement in ast.parse(path.read_text()).body:
            yield from _of_table(statement)


def _of_calls(path: Path) -> Iterator[Words]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield from _of_call(node, ast.unparse(node.func).rpartition(".")[2])


def _of_call(call: ast.Call, name: str) -> Iterator[Words]:
    if name in {"ngettext", "counted"}:
        forms = tuple(text for one in call.args[:2] for text in _texts(one))
        yield from (forms,) if forms else ()
    for one in ARGUMENTS.get(name, ()):
        chosen = call.args[one : one + 1] if isinstance(one, int) else [k.value for k in call.keywords if k.arg == one]
        yield from ((text,) for value in chosen for text in _texts(value))


def _of_table(statement: ast.stmt) -> Iterator[Words]:
    """Yield what a module's table of sentences, or of words that begin with a capital, has."""
    table = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    for value in table.values if isinstance(table, ast.Dict) else ():
        yield from ((text,) for text in _texts(value) if " " in text or text[:1].isupper())


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and template_literals.is_words(node.value):
        yield node.value
    for value in node.values if isinstance(node, ast.Dict) else ():
        yield from _texts(value)


def _of_vocabularies() -> Iterator[tuple[Words, str]]:
    for one in VOCABULARIES:
        yield from (((word.replace("_", " "),), one.__module__) for word in one)
    for kinds_of in TITLED:
        yield from (((kinds.title(one),), kinds_of.__module__) for one in kinds_of)
    yield from (((unit,), "rules/billing/product_kinds.py") for unit in UNITS.values())
    for numbers in (Priority, Urgency, Severity):
        yield from (((one.name.lower(),), numbers.__module__) for one in numbers)
    for names in formatting.SHADES.values():
        yield from (((name,), "dashboard/rendering/formatting.py") for name in names)


def of_template(source: str) -> list[Words]:
    """Return the messages of a template."""
    heard = list[Words]()

    def hear(message: str) -> str:
        heard.append((message,))
        return message

    parsed = render.environment().parse(source)
    heard.extend(filter(None, translated_templates.said(parsed)))
    translated_templates.translate(parsed, hear)
    return heard


def said() -> Catalog:
    """Return all messages of the tree, each with the files that say it, in their order."""
    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for words, where in found():
        catalogue.add(words if len(words) > 1 else words[0], locations=[(where, None)])  # type: ignore[list-item]
    return catalogue


def path_of(language: str) -> Path:
    """Return where a language's words are."""
    return ROOT / "wording/locale" / language / "LC_MESSAGES/nolapse.po"


def written(language: str) -> Catalog:
    """Return a language's words as they are."""
    with path_of(language).open("rb") as source:
        return read_po(source, locale=language)


def update(language: str) -> list[Message]:
    """Write a language's catalogue anew, in the order of the tree. Return what lacks words.

    Its head, which has the translator's glossary, stays as it is.
    """
    before = written(language)
    anew = Catalog(locale=language, charset="utf-8", fuzzy=False)
    for message in said():
        if message.id:
            old = before.get(message.id)
            anew.add(message.id, old.string if old else "", locations=message.locations[:1])
    path, body = path_of(language), BytesIO()
    write_po(body, anew, width=110, omit_header=True, ignore_obsolete=True)
    head = path.read_text(encoding="utf-8").partition("\n\n")[0]
    path.write_text(f"{head}\n\n{body.getvalue().decode().strip()}\n", encoding="utf-8")
    return [one for one in anew if one.id and not all(forms(one))]


def forms(message: Message) -> tuple[str, ...]:
    """Return what a language has for a message: one form, or several that count."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


if __name__ == "__main__":
    for each in TRANSLATED:
        for lacking in update(each):
            print(f"{each}: {lacking.id!r}")
