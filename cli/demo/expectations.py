"""What the demo must have found, computed from the sandbox's truth, compared with what Nolapse found."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cli.demo import late_invoice, uploads
from db.documents import documents
from db.ledger import health, runs
from db.mail import outbox
from db.money import invoice_audit, invoices
from db.portfolio import alerts, clients, domains, endpoints
from rules.billing import invoicing
from rules.certificates.faults import FaultKind, Severity
from rules.certificates.finding import Finding
from rules.documents import DocumentState
from rules.jobs import UNFINISHED, JobState
from rules.signed_links import SignedLink, SignedPurpose
from sandbox.smtp import Delivered
from sandbox.truth import Chain, Client, Domain, Endpoint, Portfolio, Registration
from sandbox.world import STAFF, World
from tasks import signed_links
from wording import findings

_STAGES = (1, 3, 7, 14, 30, 60)  # days, as promised to staff; 0 is after the end
_LATE_AFTER = 2 / 3 + 1 / 10  # of a lifetime, without a successor: as promised to staff
_TOKEN = re.compile(r"/pay/([0-9]+\.[A-Za-z0-9_-]+)")
_FAULTS = {
    Chain.EXPIRING: FaultKind.RENEWAL_LATE,
    Chain.EXPIRED: FaultKind.EXPIRED,
    Chain.WRONG_HOST: FaultKind.WRONG_HOST,
    Chain.SELF_SIGNED: FaultKind.SELF_SIGNED,
    Chain.INCOMPLETE: FaultKind.INCOMPLETE_CHAIN,
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that must hold, and whether it did; ``detail`` says what was different."""

    name: str
    held: bool
    detail: str = ""


def examine(world: World, now: datetime) -> list[Expectation]:
    """Compare everything. ``now`` is when the portfolio was made."""
    portfolio, mailbox = world.portfolio, world.smtp.mailbox
    checks: dict[str, Callable[[], Iterable[str]]] = {
        "every domain has its registry's answer, expiry and registrar": lambda: _domains(portfolio),
        "every endpoint has the faults that it serves, and no other": lambda: _endpoints(portfolio),
        "what lapses soon, or is late, is an open alert at its stage": lambda: _alerts(portfolio, now),
        "every client with something due got one invoice over all of it": lambda: _invoices(portfolio, now.date()),
        "invoice numbers have no gap and no double": invoice_audit.gaps,
        "every invoice was mailed once to its client, with its PDF": lambda: _invoice_mails(
            portfolio, mailbox, now.date()
        ),
        "each of these mails has a link that opens its invoice, and no other's": lambda: _invoice_links(mailbox),
        "staff were told of every alert, and of none twice": lambda: _staff_mails(mailbox),
        "of two uploaded files one is clean, and one is quarantined and handed to nobody": _uploads,
        "no mail is left over": _outbox,
        "every job ended, and none badly": _jobs,
        "every run is closed": _runs,
    }
    return compared(checks)


def compared(checks: Mapping[str, Callable[[], Iterable[str]]]) -> list[Expectation]:
    """Return what was expected, each name with what yields what is different."""
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
        if truth.registration is Registration.REGISTERED:
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


def _is_late(endpoint: Endpoint, now: datetime) -> bool:
    """Return whether a certificate should have its successor by now; those of the sandbox are a program's to renew."""
    return now - endpoint.not_before >= _LATE_AFTER * (endpoint.not_after - endpoint.not_before)


def _alerts(portfolio: Portfolio, now: datetime) -> Iterable[str]:
    expected = Counter(alarm for domain in portfolio.domains if (alarm := _alarm(domain, now)))
    for endpoint in portfolio.endpoints:
        if (stage := _stage(endpoint.not_after, now)) is not None and _is_late(endpoint, now):
            expected["certificate_expiry", stage] += 1
        if endpoint.chain in (Chain.WRONG_HOST, Chain.SELF_SIGNED, Chain.INCOMPLETE):
            expected["certificate_fault", None] += 1
    found = Counter((one.kind, one.stage if one.kind.endswith("_expiry") else None) for one in alerts.open_())
    expected["document_quarantined", None] += 1
    expected["payment_disputed", None] += 1
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


def _alarm(domain: Domain, now: datetime) -> tuple[str, int | None] | None:
    """Return the alarm that a domain gives; the one that is to lapse gives none."""
    if domain.to_lapse:
        return None
    if domain.registration is Registration.AVAILABLE or domain.statuses == ("pendingDelete",):
        return "domain_gone", None
    late = next((kind for status, kind in _LATE.items() if status in domain.statuses), None)
    if late:
        return late, None
    stage = _stage(domain.expires, now) if domain.expires else None
    return None if stage is None else ("domain_expiry", stage)


_LATE = {
    "redemptionPeriod": "domain_redemption",
    "autoRenewPeriod": "domain_renewed",
    "clientHold": "domain_dark",
}


def _stage(end: datetime, now: datetime) -> int | None:
    if end <= now:
        return 0
    return next((days for days in _STAGES if end - now <= timedelta(days=days)), None)


def _invoices(portfolio: Portfolio, today: date) -> Iterable[str]:
    expected = Counter(_gross(client, today) for client in _due(portfolio, today))
    expected[late_invoice.GROSS_MINOR, late_invoice.payer(portfolio, today).currency] += 1
    sums = [invoicing.totals(invoices.lines(one.id)).gross for one in invoices.all_()]
    found = Counter((one.minor, one.currency) for one in sums)
    for amount in expected | found:
        if expected[amount] != found[amount]:
            yield f"{expected[amount]} invoices over {amount} expected, {found[amount]} issued"


def _due(portfolio: Portfolio, today: date) -> list[Client]:
    return [one for one in portfolio.clients if any(sub.next_due <= today for sub in one.subscriptions)]


def _gross(client: Client, today: date) -> tuple[int, str]:
    """Add up what a client owes, by hand: periods so far, and the tax of each rate rounded half up."""
    net: Counter[int] = Counter()
    for sub in client.subscriptions:
        start = sub.next_due
        while start <= today:
            net[sub.tax_basis_points] += sub.price_minor
            months = start.year * 12 + start.month - 1 + sub.months
            start = _same_day(months // 12, months % 12 + 1, sub.next_due.day)
    return sum(net.values()) + sum((minor * rate + 5000) // 10000 for rate, minor in net.items()), client.currency


def _same_day(year: int, month: int, day: int) -> date:
    first_of_next = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day, (first_of_next - timedelta(days=1)).day))


def _invoice_mails(portfolio: Portfolio, mailbox: list[Delivered], today: date) -> Iterable[str]:
    got = Counter(to for mail in mailbox for to in mail.recipients if to != STAFF and _has_pdf(mail))
    due = {one.email for one in (*_due(portfolio, today), late_invoice.payer(portfolio, today))}
    for address in due | set(got):
        if got[address] != (1 if address in due else 0):
            yield f"{address} got {got[address]} invoices"


def _invoice_links(mailbox: list[Delivered]) -> Iterable[str]:
    expected = Counter((one.id, clients.get(one.client_id).email) for one in invoices.all_())
    mails = [mail for mail in mailbox if STAFF not in mail.recipients and _has_pdf(mail)]
    found = Counter((link, to) for mail in mails for to in mail.recipients for link in _linked(mail))
    for invoice_id, address in expected | found:
        number = found[invoice_id, address]
        if number != expected[invoice_id, address]:
            yield f"{address} got {number} links that open invoice {invoice_id}"


def _linked(mail: Delivered) -> Iterable[int]:
    """Yield the invoices that the links of a mail open for whoever follows them."""
    for token in _TOKEN.findall(_text(mail)):
        judged = signed_links.judge(token, SignedPurpose.INVOICE, method="POST", audience="")
        if isinstance(judged, SignedLink):
            yield judged.subject.id


def _has_pdf(mail: Delivered) -> bool:
    parts = list(mail.message.iter_attachments())
    return len(parts) == 1 and parts[0].get_content().startswith(b"%PDF-")


def _staff_mails(mailbox: list[Delivered]) -> Iterable[str]:
    """Yield what staff were not told, or told twice. A mail is about one alert, or says about how many it is."""
    open_ = alerts.open_()
    yield from (f"{one.headline!r} was not told" for one in open_ if not one.told)
    together = sum(_counted(_text(mail)) for mail in mailbox if STAFF in mail.recipients)
    if together != len(open_):
        yield f"the mails are about {together} alerts, not {len(open_)}"


def _text(mail: Delivered) -> str:
    body = mail.message.get_body(("plain",))
    return " ".join(body.get_content().split()) if body else ""


def _counted(text: str) -> int:
    """Return how many alerts a mail is about, as it says itself."""
    first = text.partition(" ")[0].replace(",", "")
    return int(first) if first.isdigit() else 1


def _outbox() -> Iterable[str]:
    for state, number in outbox.counts().items():
        if number and state != outbox.MailState.SENT:
            yield f"{number} mails are {state}"


def _jobs() -> Iterable[str]:
    for state, number in health.states().items():
        if state in (*UNFINISHED, JobState.FAILED, JobState.DEAD, JobState.UNKNOWN, JobState.CANCELLED):
            yield f"{number} jobs are {state}"


def _runs() -> Iterable[str]:
    for run in runs.newest(limit=100):
        if run.finished_at is None:
            yield f"run {run.id} of {run.task} is open"
