"""Mails to clients: a letter, in the name of the client's sender."""

from db.billing.senders import Sender
from db.mail.outbox import Mail
from db.portfolio.clients import Client
from tasks.mail.letters import Letter


def mail(
    letter: Letter,
    client: Client,
    sender: Sender,
    *,
    dedupe_key: str,
    attachments: tuple[tuple[str, str, str], ...] = (),
    unsubscribe: str | None = None,
) -> Mail:
    """Return the mail that brings a letter to a client; the client's answer goes to the sender."""
    return Mail(
        dedupe_key=dedupe_key,
        recipient=client.email,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        attachments=attachments,
        client_id=client.id,
        from_name=sender.in_name,
        reply_to=sender.email,
        logo_of=letter.logo_of,
        unsubscribe=unsubscribe,
    )
