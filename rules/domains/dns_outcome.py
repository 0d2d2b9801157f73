"""All that follows from what name servers said of a domain, in one value: the store saves it, staff are told."""

from dataclasses import dataclass
from datetime import datetime

from rules.dns import issues
from rules.dns.facts import DnsFacts
from rules.dns.issues import DnsIssue, Weight
from rules.domains import lifecycle
from rules.domains.domain import Domain
from rules.domains.lifecycle import LifecycleStage
from rules.domains.renewals import TO_LAPSE

_SHOULD_WORK = frozenset({LifecycleStage.ACTIVE, LifecycleStage.EXPIRING})


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsOutcome:
    """What follows from facts of a domain.

    ``alarming`` are the faults that staff are told of: none where the domain need not work, or cannot.
    """

    at: datetime
    facts: DnsFacts
    issues: tuple[DnsIssue, ...]
    alarming: tuple[DnsIssue, ...]


def assess(domain: Domain, facts: DnsFacts, *, at: datetime) -> DnsOutcome:
    """Return what follows from facts of a domain; ``at`` is aware."""
    found = issues.issues(facts, registered=domain.known.nameservers, signed=domain.known.dnssec)
    faults = tuple(issue for issue in found if issue.weight is Weight.FAULT)
    return DnsOutcome(at=at, facts=facts, issues=found, alarming=faults if _should_work(domain, at) else ())


def _should_work(domain: Domain, at: datetime) -> bool:
    """Return whether a domain is to be reachable; what takes it out of the DNS is an alarm of its own."""
    life = lifecycle.assess(domain.registration, now=at)
    return life.stage in _SHOULD_WORK and not life.dark and domain.decision not in TO_LAPSE
