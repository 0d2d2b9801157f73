"""What an alert says, to its reader: in their language where it kept what it was made of, else in English."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from rules.alerts.reconciliation import FACT
from rules.translatable import Kept
from wording import alert_advice, messages
from wording.messages import N_


class SaidAlert(Protocol):
    """An alert, as far as it says something."""

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
        *(N_("Client"), N_("Registrar"), N_("Expires"), N_("Decision"), N_("Found"), N_("Issuer"), N_("Valid until")),
        *(N_("Why"), N_("Verified"), N_("Seen last"), N_("Task"), N_("State"), N_("Run"), N_("Message"), N_("Payment")),
        *(N_("Evidence is due"), N_("Events"), N_("VAT-ID"), N_("Owner"), N_("Added by"), N_("Subject"), N_("Address")),
        *(N_("Fault"), N_("Received"), N_("Asked for"), N_("At"), N_("The relay's reply")),
    )
)
"""What stands before the facts of alerts, as tasks store it."""


def label(stored: str) -> str:
    """Return what stands before a fact."""
    return messages._(stored) if stored in _LABELS else stored


def facts(alert: SaidAlert) -> list[tuple[str, str]]:
    """Return the alert's facts, each with what stands before it."""
    return [
        (label(stored), messages.kept_words(value, alert.said.get(FACT.format(number))))
        for number, (stored, value) in enumerate(alert.facts)
    ]


def headline(alert: SaidAlert) -> str:
    """Return the alert in one line."""
    return _part_of(alert, "headline", alert.headline)


def advice(alert: SaidAlert) -> str:
    """Return what to do about it: what it says itself, or what is said of its kind."""
    return _part_of(alert, "what_to_do", alert.what_to_do) or alert_advice.advice(alert.kind)


def _part_of(alert: SaidAlert, part: str, english: str) -> str:
    return messages.kept_words(english, alert.said.get(part))
