"""What was decided about a domain's renewal, in words."""

from rules.domains.renewals import RenewalDecision

DECISIONS = {
    RenewalDecision.UNDECIDED: "Nothing is decided",
    RenewalDecision.AUTO: "It renews by itself",
    RenewalDecision.MANUAL: "We renew it",
    RenewalDecision.LAPSE: "We let it lapse",
    RenewalDecision.DECLINED: "The client has declined",
    RenewalDecision.UNANSWERED: "The client has not answered",
}
