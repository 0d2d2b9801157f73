"""Tells the last resort straight away, with neither outbox nor job: where these are what does not work.

Promise: at most once for each call; no row records it. An alert says the same.
"""

from datetime import UTC, datetime
from secrets import token_hex

import structlog

import settings
from integrations import smtp
from integrations.errors import IntegrationError
from rules.alerts.alert_channels import ChannelMessage
from rules.mail import mailboxes
from tasks.engine.errors import Parked
from tasks.mail import handing_over, letters
from tasks.outside import alert_channels

log = structlog.get_logger()


def tell(headline: str, lines: list[str]) -> int:
    """Tell each address of last resort, and each channel; returns how many took it."""
    config = settings.current()
    mailed = [_mailed(address, headline, lines) for address in config.staff_emails]
    message = ChannelMessage(headline, "\n".join(lines), "installation.silent", {"headline": headline, "lines": lines})
    sent = [_sent(name, message) for name in config.alert_channels]
    return sum(mailed) + sum(sent)


def _mailed(address: str, headline: str, lines: list[str]) -> bool:
    config = settings.current()
    sender = mailboxes.read(config.mail_from).address
    letter = letters.render(
        "alert",
        language="en",
        subject_name="Nolapse",
        headline=headline,
        client_name="",
        what_to_do=" ".join(lines),
        link=f"{config.link_url}/",
    )
    message = smtp.compose(
        sender=config.mail_from,
        to=address,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id=f"<{token_hex(16)}@{sender.rpartition('@')[2]}>",
        date=datetime.now(UTC),
    )
    try:
        handing_over.hand_over(message, sender=sender, recipient=mailboxes.read(address).address)
    except (IntegrationError, Parked) as error:
        log.warning("straight_mail_failed", error=settings.scrub(str(error)))
        return False
    return True


def _sent(channel: str, message: ChannelMessage) -> bool:
    try:
        alert_channels.send(channel, message, message_id=f"msg_{token_hex(16)}", made_at=datetime.now(UTC))
    except (IntegrationError, Parked) as error:
        log.warning("straight_message_failed", channel=channel, error=settings.scrub(str(error)))
        return False
    return True
