"""Whoever answers a mail about alerts through its link: who that is, and of which alerts the mail told them.

What they may do is what they may do now: a person who was disabled, or may not act any more, is refused, and the
clients to which they are limited hold here, too.
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
    """Who acts on alerts: their name in the trail, the clients to which they are limited, and their zone."""

    name: str
    within: Within = None
    zone: str = "UTC"

    @classmethod
    def of(cls, who: Principal) -> "Actor":
        """Return a caller as the one who acts."""
        return cls(who.actor, who.within, who.zone)


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """A link that is followed, who answers through it, and the alerts that its mail told of."""

    link: SignedLink
    actor: Actor
    alert_ids: tuple[int, ...]


def admitted(visitor: Visitor, token: str) -> AlertAnswer:
    """Return what a token allows. Raises ``Problem`` 403; 429 after many tries with what is no link."""
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
