"""A domain of the portfolio: whose it is, what was decided about it, and what is known of it now."""

from dataclasses import dataclass
from datetime import date, datetime

from rules.checks import stages
from rules.checks.next_check import NextCheck
from rules.checks.subjects import Subject
from rules.domains import knowledge
from rules.domains.knowledge import Expiry, Known
from rules.domains.lifecycle import LifecycleStage, Registration
from rules.domains.recent_checks import RecentCheck
from rules.domains.records import Answer
from rules.domains.renewals import RenewalDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A domain, what people say of it, and what is known. Times are UTC.

    ``failure`` is why the last check had no answer, and ``failures`` how many in a row had none. ``recent_checks`` is
    what the last checks brought; it is empty in domains that were loaded for a list. ``own_alert_days`` is None where
    the client's days or the default count.
    """

    id: int
    name: str
    client_id: int
    client_name: str
    decision: RenewalDecision = RenewalDecision.UNDECIDED
    decided_for: datetime | None = None
    expires_by_hand: date | None = None
    paid_until: date | None = None
    own_alert_days: tuple[int, ...] | None = None
    alert_days: tuple[int, ...] = stages.STAGES
    known: Known
    stage: LifecycleStage | None = None
    stage_since: datetime | None = None
    changed_at: datetime | None = None
    next_check: NextCheck | None = None
    checked_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    failures: int = 0
    recent_checks: tuple[RecentCheck, ...] = ()

    @property
    def subject(self) -> Subject:
        return Subject("domain", self.id, self.client_id)

    @property
    def is_checked(self) -> bool:
        """Whether its registry was ever asked, also in vain."""
        return self.checked_at is not None or self.failed_at is not None

    @property
    def expiry(self) -> Expiry | None:
        """When it lapses, and who says so."""
        return knowledge.expiry(self.known, self.expires_by_hand, self.paid_until)

    @property
    def expires(self) -> datetime | None:
        return self.expiry.at if self.expiry else None

    @property
    def registration(self) -> Registration:
        """What its lifecycle follows from."""
        known, expiry = self.known, self.expiry
        return Registration(
            name=self.name,
            answer=known.answer or Answer.UNAVAILABLE,
            statuses=known.statuses,
            updated=known.updated,
            expires=expiry.at if expiry else None,
            expiry_is_ours=expiry is None or expiry.statement.source in {"hand", "subscription"},
            expiry_is_stale=expiry is not None and expiry.is_stale,
            since=self.stage_since,
            doubted=known.doubt is not None,
        )
