"""Kinds and states of the ledger as a person reads them."""

import re
from collections.abc import Mapping
from typing import Final

from rules.certificates.faults import Severity
from rules.domains.ownership import OwnershipChangeKind, OwnershipMethod
from wording.certificates.remediation import REMEDIATION
from wording.domains.ownership import METHODS
from wording.messages import N_, _

ALERTS: Final[Mapping[str, str]] = {
    "domain_gone": "domains lost",
    "domain_redemption": "domains to restore",
    "domain_expiry": "domains lapse within 60 days",
    "certificate_expiry": "certificates end within 60 days",
    "certificate_fault": "endpoints with a fault",
    "domain_dark": "domains do not resolve",
    "domain_dns": "domains with a fault in DNS",
    "domain_transfer": "transfers pending",
    "domain_ownership": "domains not verified any more",
    "domain_renewed": "renewals to look at",
    "invoice_not_issued": "clients who could not be billed",
    "invoice_undocumented": "invoices that could not be made",
    "billing_held_back": "things that are due and not billed",
    "billing_address_bounces": "clients whose billing address bounces",
    "run_failures": "runs with failures",
}
"""Kind of alert -> the words after the number of its open alerts; the gravest kind first."""

SUBJECTS: Final = (
    N_("client"), N_("domain"), N_("endpoint"), N_("invoice"), N_("subscription"), N_("task"), N_("run"), N_("mail"),
    N_("document"), N_("alert"), N_("payment"), N_("channel"), N_("machine"), N_("job"),
)  # fmt: skip
"""The kinds of subjects of alerts and documents, as links name them."""

TITLES: Final = (
    N_("Billing held back"), N_("Invoice not issued"), N_("Invoice undocumented"), N_("Billing address bounces"),
    N_("Mail failed"), N_("Alert mail failed"), N_("Alert channel failed"), N_("Run failures"), N_("Jobs dead"),
    N_("Jobs unknown"), N_("Webhooks missed"), N_("Refund failed"), N_("Payment mismatch"), N_("Payment disputed"),
    N_("Vat id unregistered"), N_("Document unscanned"), N_("Document quarantined"), N_("Domain dns"),
    *(N_("Domain ownership")),
)  # fmt: skip
"""The titles of kinds of alerts that are in no vocabulary."""

_STAGES: Final = {"auto_renew_period": "not paid yet", "unknown": "no answer", "available": "not registered"}
_DATED_EVENTS: Final = {"expiry_changed", "renewed", "auto_renewed", "expiry_earlier"}
_CERTIFICATE_EVENTS: Final = {"certificate_changed", "rollout_began", "rollout_ended"}
_FAULTS: Final = {str(kind): remediation.title for kind, remediation in REMEDIATION.items()}
_LONG_NUMBER: Final = re.compile(r"\b([0-9a-f]{12})[0-9a-f]+\b")


def title(kind: str) -> str:
    """Return a kind as a title: ``nameservers_changed`` -> "Nameservers changed"."""
    return kind.replace("_", " ").capitalize()


def titled(kind: str) -> str:
    """Return a kind as a title in the reader's language; its subject follows unchanged: "Jobs dead: mail.send"."""
    what, colon, about = kind.partition(":")
    return f"{_(title(what))}{colon}{' ' if about else ''}{about}"


def in_sentence(title: str) -> str:
    """Return a title for the inside of a sentence: with a small first letter, unless it begins with a name like CAA."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def alerts(kind: str) -> str:
    """Return the words after the number of open alerts of a kind."""
    return _(ALERTS[kind]) if kind in ALERTS else _("alerts: {title}", title=title(kind).lower())


def stage(stage: str) -> str:
    """Return a stage of a domain's life in the words of staff."""
    return _STAGES.get(stage, stage.replace("_", " "))


def severity(value: int) -> str:
    """Return a fault's severity: critical, warning, note; ``sound`` for 0, which is no fault."""
    return Severity(value).name.lower() if value else "sound"


def changed(value: str, kind: str) -> str:
    """Return the value before or after an event for people: a day, a fault's title, the beginning of a long number."""
    if kind in _DATED_EVENTS:
        return value.partition("T")[0]
    if kind.startswith("fault"):
        return _(_FAULTS.get(value) or title(value))
    if kind in set(OwnershipChangeKind):
        return _(METHODS[OwnershipMethod(value)])
    if kind in _CERTIFICATE_EVENTS:
        return _LONG_NUMBER.sub("\\1\N{HORIZONTAL ELLIPSIS}", value)
    return value
