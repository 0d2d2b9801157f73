"""What was decided about a domain's renewal, in words."""

from rules.domains.renewals import RenewalDecision
from wording.messages import _

DECISIONS = {
    RenewalDecision.UNDECIDED: "Nothing is decided",
    RenewalDecision.AUTO: "It renews by itself",
    RenewalDecision.MANUAL: "We renew it",
    RenewalDecision.LAPSE: "We let it lapse",
    RenewalDecision.DECLINED: "The client has declined",
    RenewalDecision.UNANSWERED: "The client has not answered",
}


def decided(decision: RenewalDecision) -> str:
    """Return a decision as it stands within a sentence."""
    words = _(DECISIONS[decision])
    return f"{words[:1].lower()}{words[1:]}"
