"""What was found, and why something is done when it is, said in German: no English is left in any sentence of it."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rules import portfolio
from rules.billing import tax_decision
from rules.billing.billables import HeldLine, HeldReason
from rules.billing.tax_decision import TaxedBuyer, TaxedProduct, TaxedSeller, Undecided
from rules.certificates.faults import Fault, FaultKind, Severity
from rules.certificates.next_scan import NextScan, ScanReason
from rules.certificates.renewal import RenewalBasis
from rules.dns.facts import AnswerState
from rules.dns.issues import DnsIssue, DnsIssueKind, Weight
from rules.domains import lifecycle
from rules.domains.lifecycle import Registration
from rules.domains.next_check import CheckReason, NextDomainCheck
from rules.domains.ownership import MOST_MISSES, Ownership, OwnershipMethod, OwnershipState
from rules.domains.records import Answer
from rules.jobs.pacing import LaneShare, RunPlan
from rules.portfolio import Complaint, PortfolioEntry, portfolio_plan
from rules.portfolio.portfolio_plan import Existing, OwnedName
from rules.rate_limits import circuit_breaker
from rules.rate_limits.circuit_breaker import BreakerState
from rules.rate_limits.lanes import Lane
from rules.translatable import Translatable, dump, load
from wording import import_lines, messages
from wording.billing import billing_lines
from wording.certificates import certificate_faults, certificate_renewals, findings, scan_reasons
from wording.certificates.remediation import REMEDIATION
from wording.domains import check_reasons, dns_issues, lifecycles, ownership

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENGLISH = re.compile(
    r"\b(the|is|are|of|and|that|its|it|not|which|for|by|to|from|has|have|does|cannot|no|nobody|with|ago|days?|hours?"
    r"|server|serves?|certificates?|addresses)\b",
    re.IGNORECASE,
)
SAME_IN_GERMAN = re.compile(r"\bServer\b")
PARAMETERS: dict[str, object] = {
    **dict.fromkeys(("at", "not_after", "not_before", "first_end", "last_end", "until"), "2026-11-21T12:00:00+00:00"),
    **dict.fromkeys(("count", "bits", "exponent", "most", "days", "wanted", "signatures", "steps", "allowed"), 3),
    "comparisons": 250_000,
    "following": 4,
    "total": 9,
    "more": 2,
    "percent": 66,
    "left_s": 3 * 86400,
    "life_s": 90 * 86400,
    "after_s": 60 * 86400,
    "before_end_s": 30 * 86400,
    "behind": ("192.0.2.1",),
    "names": ("a.test",),
    "reason": "connection refused",
    "issued_after": "2024-11-11",
    "since": "2024-11-12",
    **dict.fromkeys(("subject", "issuer", "authority", "by", "host", "name", "key", "curve", "oid"), "X"),
    **dict.fromkeys(("version", "digest", "algorithm", "extension", "found", "issued_on"), "X"),
}
LISTED = {FaultKind.CAA_MISMATCH: {"allowed": ("a.test",)}}


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    with messages.speaking("de"):
        yield


def is_german(said: str) -> bool:
    return bool(said) and "{" not in said and not ENGLISH.search(SAME_IN_GERMAN.sub("", said))


def test_speaking_ends_with_its_block() -> None:
    with messages.speaking("fr"):
        assert messages.language() == "en"
    assert messages.language() == "de"


@pytest.mark.parametrize(
    ("kind", "detail"),
    [(kind, detail) for kind, details in certificate_faults._SENTENCES.items() for detail in details],
)
@pytest.mark.parametrize("subject", ["X", ""])
def test_every_fault(kind: FaultKind, detail: str, subject: str) -> None:
    given = {**PARAMETERS, **LISTED.get(kind, {}), "subject": subject}
    said = certificate_faults.sentence(Fault(kind, Severity.CRITICAL, detail, tuple(given.items())))
    assert is_german(said), said
    assert said != f"{messages._(REMEDIATION[kind].title)}.", "a parameter is missing"


@pytest.mark.parametrize("kind", FaultKind)
def test_how_every_fault_is_mended(kind: FaultKind) -> None:
    assert messages._(REMEDIATION[kind].how) != REMEDIATION[kind].how
    assert messages._(REMEDIATION[kind].title) != REMEDIATION[kind].title


@pytest.mark.parametrize("reason", CheckReason)
@pytest.mark.parametrize("number", [0, 1, 3])
def test_why_a_domain_is_checked(reason: CheckReason, number: int) -> None:
    assert is_german(said := messages.said(check_reasons.because(NextDomainCheck(NOW, reason, number)))), said


@pytest.mark.parametrize("reason", ScanReason)
@pytest.mark.parametrize("number", [1, 3])
def test_why_an_endpoint_is_scanned(reason: ScanReason, number: int) -> None:
    scan = NextScan(NOW, reason, (("times", number), ("length_s", number * 7200)))
    assert is_german(said := messages.said(scan_reasons.because(scan))), said


@pytest.mark.parametrize("basis", RenewalBasis)
def test_why_a_certificate_is_renewed(basis: RenewalBasis) -> None:
    given = {name: value for name, value in PARAMETERS.items() if isinstance(value, str | int | tuple)}
    assert is_german(said := certificate_renewals.of_basis(basis, given)), said


@pytest.mark.parametrize("kind", DnsIssueKind)
@pytest.mark.parametrize("weight", Weight)
def test_every_oddity_in_the_dns(kind: DnsIssueKind, weight: Weight) -> None:
    states = [AnswerState.LAME, AnswerState.TIMEOUT] if kind is DnsIssueKind.LAME else [AnswerState.ANSWERED]
    for state in states:
        issue = DnsIssue(
            kind=kind, weight=weight, state=state, server="X", record="X", number=2, unknown_to_parent=("X",)
        )
        assert is_german(said := messages.said(dns_issues.sentence(issue))), said


@pytest.mark.parametrize(
    ("answer", "statuses"),
    [
        *((Answer.REGISTERED, (one,)) for one in ("ok", "redemptionPeriod", "pendingRestore", "pendingDelete")),
        *((Answer.REGISTERED, (one,)) for one in ("autoRenewPeriod", "clientHold", "pendingTransfer")),
        *((one, ()) for one in (Answer.AVAILABLE, Answer.RESERVED)),
    ],
)
@pytest.mark.parametrize("left", [-10, 10, 300])
def test_every_part_of_a_domain_s_life(answer: Answer, statuses: tuple[str, ...], left: int) -> None:
    registration = Registration(
        name="bakery.com",
        answer=answer,
        statuses=statuses,
        expires=NOW + timedelta(days=left),
        doubted=bool(statuses),
    )
    said = lifecycles.sentences(lifecycle.assess(registration, now=NOW))
    assert is_german(said.replace("pendingDelete", "").replace("clientHold", "")), said


@pytest.mark.parametrize("state", OwnershipState)
def test_how_a_verification_stands(state: OwnershipState) -> None:
    known = Ownership(token="t", begun_at=NOW, state=state, method=OwnershipMethod.TXT, misses=MOST_MISSES - 1)
    assert is_german(said := ownership.standing(known)), said


WAITS = [
    circuit_breaker.reason("whois.test", BreakerState(openings=1, failures=5)),
    circuit_breaker.reason("whois.test", BreakerState(throttles=1)),
    circuit_breaker.reason("whois.test", BreakerState()),
    Lane("whois.test", 60.0, 1, "").words,
    Lane("whois.test", 0.1, 1, "").words,
    Lane("whois.test", 0.1, 1, "", "mail").words,
    RunPlan((LaneShare("whois.test", 1, 90_000.0),)).words(),
    RunPlan((LaneShare("whois.test", 1, 5.0),)).words(),
]


@pytest.mark.parametrize("reason", WAITS)
def test_what_a_job_waits_for(reason: str) -> None:
    assert is_german(said := messages.said(reason)), said


def test_addresses_that_disagree() -> None:
    names = ("192.0.2.1", "192.0.2.2")
    for what in (certificate_faults.ADDRESSES, certificate_faults.CERTIFICATES, certificate_faults.MACHINES):
        assert is_german(said := certificate_faults.of_addresses(names, 5, 9, what)), said
    assert is_german(said := findings._of_silence({"Zeit überschritten": [names[0]]}, 2)), said
    assert is_german(said := findings._of_silence({"Zeit überschritten": list(names)}, 2)), said


IMPORTED = """client,domain,email,decision,expires,port,host
Alba,alba.com,a@alba.test,auto,,,
Alba,,b@alba.test,,,,www.alba.com
Bora,alba.com,,,,,
,,c@alba.test,,,,
Alba,,,keep,1.2.2027,99999,
Alba;alba.com
Alba,alba.com,,,,,,more
Alba,alba.com,,,,,,
Cura,cura.com,,lapse,,,www.cura.com
Doro,doro.com,,,,,
Doro,doro.com,,,,,
"""


@pytest.mark.parametrize("edits", [False, True])
def test_what_becomes_of_each_line_of_an_import(*, edits: bool) -> None:
    read = list(portfolio.read(io.StringIO(IMPORTED)))
    there = OwnedName(id=1, client="Cura", values={"decision": "auto"})
    theirs = OwnedName(id=2, client="Doro", values={})
    planner = portfolio_plan.Planner(edits=edits)
    planner.add(
        [one for one in read if isinstance(one, PortfolioEntry)],
        Existing(clients={"Cura": there, "Doro": theirs}, domains={"cura.com": there, "doro.com": theirs}),
    )
    planned = planner.plan()
    wrong = tuple(one for one in read if isinstance(one, Complaint))
    said = import_lines.fates(read, replace(planned, complaints=wrong + planned.complaints))
    assert {one.line for one in said} == set(range(2, 13))
    for line in said:
        for words in line.words:
            assert is_german(words), words


@pytest.mark.parametrize("reason", HeldReason)
def test_why_something_due_is_not_billed(reason: HeldReason) -> None:
    with pytest.raises(Undecided) as missing:
        tax_decision.decide(
            TaxedSeller(country="DE"),
            TaxedBuyer(country="FR"),
            TaxedProduct(),
            NOW.date(),
        )
    line = HeldLine(description="bakery.de", reason=reason, detail=missing.value.said)
    assert is_german(said := messages.said(billing_lines.held(line))), said


class TestWhatIsStored:
    COUNTED = Translatable.counted("{number} day of {name}", "{number} days of {name}", 3, name=Translatable("nothing"))

    def test_is_read_as_it_was(self) -> None:
        read = load(str(self.COUNTED), dump(self.COUNTED, str))
        assert isinstance(read, Translatable)
        assert (read, dump(read, str)) == ("3 days of nothing", dump(self.COUNTED, str))

    @pytest.mark.parametrize(
        "kept", [None, "3 days of nothing", {}, {"message": "{gone}", "values": {}}, {"message": "older", "values": {}}]
    )
    def test_is_a_plain_text_where_what_stands_beside_it_is_of_another(self, kept: dict[str, object] | None) -> None:
        assert type(load("3 days of nothing", kept)) is str
