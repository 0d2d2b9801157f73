"""What an alert says, to its reader: in their language where it kept what it was made of, else in English."""

from collections.abc import Mapping
from typing import Protocol

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
    def said(self) -> Mapping[str, Kept | str]: ...


_LABELS = frozenset(
    (
        *(N_("Client"), N_("Registrar"), N_("Expires"), N_("Decision"), N_("Found"), N_("Issuer"), N_("Valid until")),
        *(N_("Why"), N_("Verified"), N_("Seen last"), N_("Task"), N_("State"), N_("Run"), N_("Message"), N_("Payment")),
        *(N_("Evidence is due"), N_("Events"), N_("VAT-ID"), N_("Owner"), N_("Added by"), N_("Subject"), N_("Address")),
        *(N_("Received"), N_("Asked for"), N_("At"), N_("The relay's reply")),
    )
)
"""What stands before the facts of alerts, as tasks store it."""


def label(stored: str) -> str:
    """Return what stands before a fact."""
    return messages._(stored) if stored in _LABELS else stored


def headline(alert: SaidAlert) -> str:
    """Return the alert in one line."""
    return _said(alert, "headline", alert.headline)


def advice(alert: SaidAlert) -> str:
    """Return what to do about it: what it says itself, or what is said of its kind."""
    return _said(alert, "what_to_do", alert.what_to_do) or alert_advice.advice(alert.kind)


def _said(alert: SaidAlert, part: str, english: str) -> str:
    if messages.language() == messages.LANGUAGES[0] or not alert.said.get(part):
        return english
    try:
        return messages.said_again(alert.said[part])
    except (LookupError, ValueError):  # kept by another release, of a message with other places
        return english
