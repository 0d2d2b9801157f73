"""What name servers say of domains: the newest facts of each, and what is odd about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from db.portfolio import models
from rules.dns import facts
from rules.dns.facts import DnsFacts
from rules.dns.issues import DnsIssueKind, Weight
from rules.translatable import dump, load


@dataclass(frozen=True, slots=True)
class DnsRemark:
    """A DNS issue as it is stored: in words."""

    kind: DnsIssueKind
    weight: Weight
    words: str


@dataclass(frozen=True, slots=True)
class DnsSnapshot:
    """What was answered, and what is odd about it. UTC."""

    facts: DnsFacts
    remarks: tuple[DnsRemark, ...]
    checked_at: datetime


def save(domain_id: int, answered: DnsFacts, remarks: Sequence[DnsRemark], *, at: datetime) -> None:
    """Keep the newest facts of a domain, in the caller's transaction."""
    values = {
        "facts": facts.dump(answered),
        "remarks": [[remark.kind, remark.weight, remark.words] for remark in remarks],
        "remarks_said": [dump(remark.words, str) for remark in remarks],
        "checked_at": at,
    }
    models.DomainDns.insert(domain=domain_id, **values).on_conflict(
        conflict_target=[models.DomainDns.domain], update=values
    ).execute()


def get(domain_id: int) -> DnsSnapshot | None:
    """Return the newest facts of a domain, None where nobody asked."""
    row = models.DomainDns.get_or_none(models.DomainDns.domain == domain_id)
    if row is None:
        return None
    said = row.remarks_said or []
    remarks = tuple(
        DnsRemark(DnsIssueKind(kind), Weight(weight), load(words, kept))
        for (kind, weight, words), kept in zip_longest(row.remarks, said[: len(row.remarks)])
    )
    return DnsSnapshot(facts.load(row.facts), remarks, row.checked_at)
