"""What name servers say of domains: the newest facts of each, and what is odd about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from db.portfolio.models import DomainDns as Row
from rules import dns
from rules.dns import DnsFacts, DnsIssue, DnsIssueKind, Weight


@dataclass(frozen=True, slots=True)
class DnsSnapshot:
    """What was seen, and how it was judged. UTC."""

    facts: DnsFacts
    remarks: tuple[DnsIssue, ...]
    checked_at: datetime


def keep(domain_id: int, facts: DnsFacts, remarks: Sequence[DnsIssue], *, at: datetime) -> None:
    """Keep the newest facts of a domain, in the caller's transaction."""
    values = {
        "facts": dns.dump(facts),
        "remarks": [[one.kind, one.weight, one.words] for one in remarks],
        "checked_at": at,
    }
    Row.insert(domain=domain_id, **values).on_conflict(conflict_target=[Row.domain], update=values).execute()


def of(domain_id: int) -> DnsSnapshot | None:
    """Return what was seen of a domain last, None where nobody looked."""
    row = Row.get_or_none(Row.domain == domain_id)
    if row is None:
        return None
    remarks = tuple(DnsIssue(DnsIssueKind(kind), Weight(weight), words) for kind, weight, words in row.remarks)
    return DnsSnapshot(dns.load(row.facts), remarks, row.checked_at)
