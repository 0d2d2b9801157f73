"""Expectations of the demo: what follows from the sandbox's truth, compared with what Nolapse found."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cli.demo import computed, late_invoice, mail_expectations, uploads
from db.billing import invoice_audit, invoices
from db.documents import documents
from db.ledger import health, runs
from db.portfolio import alerts, domains, endpoints
from rules.billing import invoicing
from rules.certificates.faults import FaultKind, Severity
from rules.certificates.finding import Finding
from rules.documents import DocumentState
from rules.jobs import UNFINISHED, JobState
from sandbox.truth import Chain, Portfolio, RegistryState
from sandbox.world import World
from wording.certificates import findings

_FAULTS = {
    Chain.EXPIRING: FaultKind.RENEWAL_LATE,
    Chain.EXPIRED: FaultKind.EXPIRED,
    Chain.WRONG_HOST: FaultKind.WRONG_HOST,
    Chain.SELF_SIGNED: FaultKind.SELF_SIGNED,
    Chain.INCOMPLETE: FaultKind.INCOMPLETE_CHAIN,
}

DISPUTED = "payment_disputed"
"""The kind of alerts that is compared with Stripe's book in ``payments``, and not here."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must hold, and whether it did; ``detail`` says what was different."""

    name: str
    held: bool
    detail: str = ""


def examine(world: World, now: datetime) -> list[Expectation]:
    """Return all expectations, compared. ``now`` is the moment at which the portfolio was made."""
    portfolio, mailbox = world.portfolio, world.smtp.mailbox
    checks: dict[str, Callable[[], Iterable[str]]] = {
        "every domain has its registry's answer, expiry and registrar": lambda: _domains(portfolio),
        "every endpoint has the faults that it serves, and no other": lambda: _endpoints(portfolio),
        "what lapses soon, or is late, is an open alert at its stage": lambda: _alerts(portfolio, now),
        "every client with something due got one invoice over all of it": lambda: _invoices(portfolio, now.date()),
        "invoice numbers have no gap and no double": invoice_audit.gaps,
        "every invoice was mailed once to its client, with its PDF": lambda: mail_expectations.invoice_mails(
            portfolio, mailbox, now.date()
        ),
        "each of these mails has a link that opens its invoice, and no other's": lambda: (
            mail_expectations.invoice_links(mailbox)
        ),
        "staff were told of every alert, and of none twice": lambda: mail_expectations.staff_mails(mailbox),
        "of two uploaded files one is clean, and one is quarantined and handed to nobody": _uploads,
        "a storm is one line of a mail that leads to all of it": lambda: mail_expectations.storms(mailbox),
        "who wants a digest got what can wait in one mail": lambda: mail_expectations.digest(portfolio, mailbox, now),
        "what came back is known, its address gets no mail, and its client is an alert": lambda: (
            mail_expectations.bounces(portfolio, mailbox)
        ),
        "who wants to be told what ends was told, once and in their language": lambda: mail_expectations.notices(
            portfolio, mailbox, now
        ),
        "the alert that staff saw to says so, and by whom": mail_expectations.seen_to,
        "no mail is left over": lambda: mail_expectations.left_over(portfolio, now.date()),
        "every job ended, and none badly": _jobs,
        "every run is closed": _runs,
    }
    return compared(checks)


def compared(checks: Mapping[str, Callable[[], Iterable[str]]]) -> list[Expectation]:
    """Return the expectations by name; each check yields the differences that it finds."""
    return [_expectation(name, list(differences())) for name, differences in checks.items()]


def _expectation(name: str, differences: list[str]) -> Expectation:
    more = f" and {len(differences) - 3} more" if len(differences) > 3 else ""  # noqa: PLR2004 - enough to begin with
    return Expectation(name, not differences, "; ".join(differences[:3]) + more)


def _domains(portfolio: Portfolio) -> Iterable[str]:
    for truth in portfolio.domains:
        found = domains.named(truth.name)
        if found is None or not found.is_checked:
            yield f"{truth.name} was not looked up"
            continue
        known = found.known
        if known.answer != truth.registration:
            yield f"{truth.name} is {truth.registration}, found {known.answer}"
        if truth.registration is RegistryState.REGISTERED:
            found_values = (known.expires, known.registrar, known.nameservers)
            expected = (truth.expires, truth.registrar, tuple(sorted(truth.nameservers)))
            if found_values != expected:
                yield f"{truth.name}: {expected}, found {found_values}"


def _endpoints(portfolio: Portfolio) -> Iterable[str]:
    found = {one.host: one for one in map(endpoints.get, endpoints.ids_after(0, len(portfolio.endpoints) + 1))}
    for truth in portfolio.endpoints:
        finding = found[truth.host].known if truth.host in found else None
        expected = {_FAULTS[truth.chain]} if truth.chain in _FAULTS else set()
        if finding is None:
            yield f"{truth.host} was not scanned"
        elif _kinds(finding) != expected or finding.not_after != truth.not_after:
            yield f"{truth.host} serves {truth.chain} until {truth.not_after}, found {findings.message(finding)}"


def _kinds(finding: Finding) -> set[FaultKind]:
    """Return the kinds of an endpoint's faults that have to be mended."""
    return {one.kind for one in finding.faults if one.severity > Severity.NOTE}


def _alerts(portfolio: Portfolio, now: datetime) -> Iterable[str]:
    expected = Counter(alarm for domain in portfolio.domains if (alarm := computed.alarm(domain, now)))
    for endpoint in portfolio.endpoints:
        if (stage := computed.stage(endpoint.not_after, now)) is not None and computed.is_late(endpoint, now):
            expected["certificate_expiry", stage] += 1
        if endpoint.chain in (Chain.WRONG_HOST, Chain.SELF_SIGNED, Chain.INCOMPLETE):
            expected["certificate_fault", None] += 1
    expected["document_quarantined", None] += 1
    expected["billing_address_bounces", None] += len(mail_expectations.gone(portfolio))
    open_ = [one for one in alerts.open_() if one.kind != DISPUTED]
    found = Counter((one.kind, one.stage if one.kind.endswith("_expiry") else None) for one in open_)
    for key in expected | found:
        if expected[key] != found[key]:
            yield f"{key}: {expected[key]} expected, {found[key]} open"


def _uploads() -> Iterable[str]:
    expected = {uploads.CLEAN: DocumentState.CLEAN, uploads.INFECTED: DocumentState.QUARANTINED}
    found = {one.name: one for one in documents.LIST.page("-id", size=200).rows if one.name in expected}
    for name, state in expected.items():
        document = found.get(name)
        if document is None or document.state is not state:
            yield f"{name} is {document.state if document else 'not there'}, not {state}"
        elif bool(document.why_withheld) == (state is DocumentState.CLEAN):
            yield f"{name} is {state}, and withheld: {document.why_withheld!r}"


def _invoices(portfolio: Portfolio, today: date) -> Iterable[str]:
    expected = Counter(computed.gross(client, today) for client in computed.due(portfolio, today))
    expected[late_invoice.GROSS_MINOR, late_invoice.payer(portfolio, today).currency] += 1
    sums = [invoicing.totals(invoices.lines(one.id)).gross for one in invoices.all_()]
    found = Counter((one.minor, one.currency) for one in sums)
    for amount in expected | found:
        if expected[amount] != found[amount]:
            yield f"{expected[amount]} invoices over {amount} expected, {found[amount]} issued"


def _jobs() -> Iterable[str]:
    for state, number in health.states().items():
        if state in (*UNFINISHED, JobState.FAILED, JobState.DEAD, JobState.UNKNOWN, JobState.CANCELLED):
            yield f"{number} jobs are {state}"


def _runs() -> Iterable[str]:
    for run in runs.newest(limit=100):
        if run.finished_at is None:
            yield f"run {run.id} of {run.task} is open"
