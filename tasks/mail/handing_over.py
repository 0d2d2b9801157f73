"""Hands a mail to the first provider that takes it. Another one is asked only where the one before surely did not.

relay down, throttled, its circuit breaker open ──> the next one
refused for good, put off for this mail alone    ──> no other one: it would say the same
unknown whether it took the mail                 ──> no other one: it might arrive twice
"""

from dataclasses import dataclass
from email.message import EmailMessage

import structlog

from integrations.errors import Deferred, Rejected, Unavailable, Unsettled
from integrations.mail_provider import MailProvider, Receipt
from rules.translatable import Translatable
from tasks import outside
from tasks.engine.errors import Parked
from tasks.outside import limiter, rate_limits

log = structlog.get_logger()

_PATIENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class Taken:
    """Who took a mail, and its receipt."""

    provider: str
    receipt: Receipt


def hand_over(message: EmailMessage, *, sender: str, recipient: str) -> Taken:
    """Hand a message over for one recipient.

    Raises what its provider raises; of several that could not take it now, what the first one raised.
    """
    _wait_for_domain(recipient.rpartition("@")[2])
    trouble: Unavailable | None = None
    for provider in outside.mail_providers():
        try:
            return Taken(provider.server, _handed_to(provider, message, sender=sender, recipient=recipient))
        except Deferred:
            raise
        except Unavailable as error:
            log.info("mail_provider_unavailable", provider=provider.server, error=str(error))
            trouble = trouble or error
    assert trouble is not None  # noqa: S101 - there is one provider at least
    raise trouble


def _handed_to(provider: MailProvider, message: EmailMessage, *, sender: str, recipient: str) -> Receipt:
    """Hand a message to one provider, through its lane; an answer about this mail alone does not change the lane.

    The provider's answer holds, even where the lane cannot be updated: the database may be away by then.
    """
    limit = rate_limits.for_mail()
    said: Deferred | Rejected | Unsettled | None = None
    receipt: Receipt | None = None
    try:
        with limit(provider.service, provider.server):
            try:
                receipt = provider.send(message, sender=sender, recipients=[recipient])
            except (Deferred, Rejected) as error:
                said = error
            except Unsettled as error:
                said = error
                raise
    except Exception as error:
        if receipt is None and said is None:
            raise  # it was not asked, or has not taken the mail
        if error is not said:
            log.warning("mail_provider_not_noted", provider=provider.server, error=str(error))
    if said is not None:
        raise said
    assert receipt is not None  # noqa: S101 - or it would have raised
    return receipt


def _wait_for_domain(domain: str) -> None:
    """Take a permit for a recipients' domain where the settings give it a rate. Raises ``Parked``."""
    lane = limiter.mail_lane_of(f"to {domain}")
    if not lane.period_s:
        return
    permit = limiter.acquire(lane, patience_s=_PATIENCE_S)
    if not permit.taken:
        reason = Translatable("a slot for mails to {domain} ({often})", domain=domain, often=lane.words)
        raise Parked(reason, delay_s=permit.wait_s)
