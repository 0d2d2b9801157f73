"""Answers to a mail about alerts through its link: who answers, and which alerts the mail told them of.

The person's rights of now count: a person who is disabled, or may not act on alerts any more, is refused, and their
limit to some clients holds here, too.
"""

from dataclasses import dataclass

from api_stub.problems import Problem
from api_stub.security import signed_links
from api_stub.security.admission import Visitor
from api_stub.security.principal import Principal
from db.access import users
from db.alerting import alert_tellings
from rules.access import Permission, Within
from rules.access.signed_links import SignedLink, SignedPurpose
from rules.alerts.routing import Recipient


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts on alerts: their name in the audit trail, their limit to clients, and their zone."""

    name: str
    within: Within = None
    zone: str = "UTC"

    @classmethod
    def of(cls, who: Principal) -> "Actor":
        """Return a caller as the one who acts."""
        return cls(who.actor, who.within, who.zone)


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """A link that is valid, the one who answers through it, and the ids of the alerts that its mail told of."""

    link: SignedLink
    actor: Actor
    alert_ids: tuple[int, ...]


def admitted(visitor: Visitor, token: str) -> AlertAnswer:
    """Return what a token allows. Raises ``Problem`` 403; 429 after many tries with forged tokens."""
    link = signed_links.admitted(visitor, token, SignedPurpose.ALERTS, method="POST")
    recipient, alert_ids = alert_tellings.of_mail(link.mail_id or 0)
    if recipient is None:
        raise Problem(403, "refused-link", "The alerts that this link was about are not there any more")
    return AlertAnswer(link, _actor(recipient), tuple(alert_ids))


def _actor(recipient: Recipient) -> Actor:
    if recipient.kind != "person":
        return Actor(recipient.name)
    user = users.get(int(recipient.name))
    if user.disabled_at is not None or not user.role.may(Permission.JOBS):
        raise Problem(403, "refused-link", "Who got this mail may not act on alerts any more; sign in to see them")
    return Actor(user.name, users.within(user.id), user.zone)
