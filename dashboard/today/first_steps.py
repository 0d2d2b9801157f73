"""First steps: what a new installation still needs. A step is done once its condition is true, in whatever way."""

from dataclasses import dataclass
from typing import Final

import settings
from api_stub.security.principal import Principal
from db.access import passkeys, second_factors
from db.alerting import alert_routes
from db.mail import outbox
from db.portfolio import domain_lists, endpoint_lists
from rules.access import Permission
from rules.mail.mail_outcomes import MailState
from wording.messages import _

_ANY: Final = 1
"""Rows to count, where the question is whether there is any."""


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One thing to do: what, why, where it is done, and whether it is."""

    title: str
    why: str
    where: str
    done: bool


def remaining(who: Principal) -> list[FirstStep]:
    """Return all steps for an owner without a limit while one is left to do; empty once all are done, or for others."""
    if who.within is not None or not who.may(Permission.OWNERS):
        return []
    steps = of(who)
    return [] if all(one.done for one in steps) else steps


def of(who: Principal) -> list[FirstStep]:
    """Return all steps, in the order in which they are taken."""
    return [
        FirstStep(
            _("Send a mail to yourself"), _("alerts and invoices go out by mail"), "/first-steps#mail", _mail_left()
        ),
        FirstStep(
            _("Say who is told of alerts"),
            _("a route, or addresses in NOLAPSE_STAFF_EMAILS"),
            "/alert-routes",
            bool(settings.current().staff_emails or alert_routes.all_()),
        ),
        FirstStep(
            _("Enter what must not lapse"), _("domains and endpoints, by hand or as CSV"), "/import", _has_portfolio()
        ),
        FirstStep(
            _("Have it looked at once"), _("registries and servers say what they know"), "/first-steps#check", _seen()
        ),
        FirstStep(
            _("Guard your account"),
            _("a second factor or a passkey beside your password"),
            "/account#factor",
            _is_guarded(who.user_id),
        ),
    ]


def _mail_left() -> bool:
    return any(outbox.LIST.count(state=state, most=_ANY) for state in (MailState.SENT, MailState.DELIVERED))


def _has_portfolio() -> bool:
    return any(one.count(most=_ANY) for one in (domain_lists.LIST, endpoint_lists.LIST))


def _seen() -> bool:
    """Tell whether a registry has answered, or a scan was made."""
    return bool(domain_lists.LIST.count(failing=False, most=_ANY)) or any(
        endpoint_lists.LIST.count(faulty=faulty, most=_ANY) for faulty in (False, True)
    )


def _is_guarded(user_id: int) -> bool:
    factor = second_factors.of_user(user_id)
    return bool((factor and factor.confirmed) or passkeys.counts(user_id))
