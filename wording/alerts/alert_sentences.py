"""What alerts say to their reader: each by itself, or many in one line.

An alert speaks the reader's language where its translatable texts are stored, else English.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rules.alerts.reconciliation import FACT
from rules.translatable import Kept
from wording import kinds, messages
from wording.messages import N_, _


class SaidAlert(Protocol):
    """An alert, as far as its texts go."""

    @property
    def kind(self) -> str: ...
    @property
    def headline(self) -> str: ...
    @property
    def what_to_do(self) -> str: ...
    @property
    def facts(self) -> Sequence[tuple[str, str]]: ...
    @property
    def said(self) -> Mapping[str, Kept | str]: ...


_LABELS = frozenset(
    (
        N_("Client"), N_("Registrar"), N_("Expires"), N_("Decision"), N_("Found"), N_("Issuer"), N_("Valid until"),
        N_("Why"), N_("Verified"), N_("Seen last"), N_("Task"), N_("State"), N_("Run"), N_("Message"), N_("Payment"),
        N_("Evidence is due"), N_("Events"), N_("VAT-ID"), N_("Owner"), N_("Added by"), N_("Subject"), N_("Address"),
        N_("Fault"), N_("Received"), N_("Asked for"), N_("At"), N_("The relay's reply"),
    )
)  # fmt: skip
"""The labels of the facts of alerts, as tasks store them."""

_ADVICE = {
    "domain_dns": "Mend the zone or its delegation at the provider who hosts the domain's DNS.",
    "certificate_expiry": "Renew the certificate and check that the server serves the new one.",
    "certificate_fault": "Look at what the server sends; visitors may see a warning now.",
    "mail_failed": "Mend the client's address, then retry the job; the relay's reply says what is wrong.",
    "invoice_not_issued": "Mend the field that it names, of the client or the sender, then bill the client again.",
    "invoice_undocumented": "Mend what the error names, such as a letter in the client's name, then retry the job.",
    "billing_held_back": "End the subscription, or mend what it names; the next run bills it then.",
    "document_quarantined": "Nobody can open it. Tell whoever sent it, then delete it.",
    "document_unscanned": "See that clamd answers and is fit (nolapse doctor --outside); the scan is made up for.",
    "alert_mail_failed": "Mend the address of whoever is told of alerts, or lift its suppression.",
    "jobs_unknown:mail.send": "Ask the recipient, or the relay's log, before the mail is sent again.",
}
_BEGINNINGS = {
    "alert_channel_failed:": "Mend NOLAPSE_ALERT_CHANNELS, or its service, then send a test; mails stand in for it.",
}
_OTHERWISE = N_("Look at the jobs' errors; retry them when the cause is gone.")


def label(stored: str) -> str:
    """Return a fact's label in the reader's language."""
    return _(stored) if stored in _LABELS else stored


def facts(alert: SaidAlert) -> list[tuple[str, str]]:
    """Return the alert's facts: pairs of a label and a value."""
    return [
        (label(stored), messages.kept_words(value, alert.said.get(FACT.format(number))))
        for number, (stored, value) in enumerate(alert.facts)
    ]


def headline(alert: SaidAlert) -> str:
    """Return the alert in one line."""
    return _part_of(alert, "headline", alert.headline)


def advice(alert: SaidAlert) -> str:
    """Return what to do about an alert: its own advice, else that on its kind."""
    return _part_of(alert, "what_to_do", alert.what_to_do) or advice_on(alert.kind)


def advice_on(kind: str) -> str:
    """Return what to do about an alert of a kind."""
    begun = (words for beginning, words in _BEGINNINGS.items() if kind.startswith(beginning))
    return _(_ADVICE.get(kind) or next(begun, _OTHERWISE))


def storm_line(kind: str, group: str, number: int) -> str:
    """Return the line of a storm: ``142 endpoints with a fault (R11)``."""
    return f"{number:,} {kinds.alerts(kind)}{f' ({group})' if group else ''}"


def storm_banner(kind: str, group: str, number: str) -> str:
    """Return the headline of a storm: ``142 endpoints with a fault``, and what they share."""
    return f"{number} {kinds.alerts(kind)}{f', all of them: {group}' if group else ''}"


def _part_of(alert: SaidAlert, part: str, english: str) -> str:
    return messages.kept_words(english, alert.said.get(part))
