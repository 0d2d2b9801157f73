"""Mails that let people in: a link to sign in, to give an account another password, to accept an invitation.

    request_link -> a mail whose text holds a placeholder -> send_link: a token is made, its hash kept, and the link put
    in the placeholder's place on the way to the relay

The token stands in no row and no job: whoever may read the outbox cannot sign in as somebody else. A mail that is tried
again has another token. Promise: that of ``mail``.
"""

from dataclasses import replace

import settings
from db.access import mailed_links, secret_tokens, users
from db.access.mailed_links import LinkPurpose, MailedLink
from db.access.users import User
from db.mail import outbox
from db.mail.outbox import Mail
from rules.mail.mail_outcomes import MailState
from tasks import mail
from tasks.engine.context import completing, current
from tasks.engine.task import Queue, task
from tasks.mail import letters

PLACEHOLDER = "[this link stands in the mail alone]"
"""What the outbox shows in place of a link."""

HOLDS_S = {LinkPurpose.SIGN_IN: 15 * 60, LinkPurpose.RESET: 30 * 60, LinkPurpose.INVITATION: 7 * 86400}
_PATHS = {LinkPurpose.SIGN_IN: "sign-in/mailed", LinkPurpose.RESET: "reset", LinkPurpose.INVITATION: "invitation"}
_LETTERS = {LinkPurpose.SIGN_IN: "sign_in", LinkPurpose.RESET: "reset", LinkPurpose.INVITATION: "invitation"}


@task(Queue.MAIL, attempts=5, unique=("email", "purpose"), internal=True)
def request_link(*, email: str, purpose: str) -> None:
    """Mail a link to the person with this address; where there is none, nothing happens."""
    user = users.with_email(email)
    job = current()
    with completing():
        if user is not None and user.disabled_at is None:
            post_link(user, LinkPurpose(purpose), dedupe=f"job {job.claim.job_id if job else 0}")


def post_link(user: User, purpose: LinkPurpose, *, dedupe: str) -> None:
    """Put a mail with a link into the outbox, in the caller's transaction. ``dedupe`` names the request."""
    letter = letters.render(
        _LETTERS[purpose], language=user.language, user_name=user.name, link=PLACEHOLDER, minutes=HOLDS_S[purpose] // 60
    )
    mail_id = mail.post(
        Mail(
            dedupe_key=f"link:{purpose}:{user.id}:{dedupe}",
            recipient=user.email or "",
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
        ),
        sent_by=send_link,
    )
    mailed_links.add(mail_id, user.id, purpose)


@task(Queue.MAIL, attempts=5, backoff_s=30, deadline_s=900, unique=("mail_id",), internal=True, on_ended=mail.not_sent)
def send_link(*, mail_id: int) -> None:
    """Hand a mail with a link to the relay; the link is made now."""
    waiting = outbox.get(mail_id)
    if waiting.state is MailState.SENT:
        return
    link = mailed_links.of_mail(mail_id, waiting.recipient)
    if link is None:
        with completing():
            outbox.ended(
                mail_id, MailState.FAILED, reply="its link is over: replaced, or its person's address is another"
            )
        return
    mail.deliver(_completed(waiting, link))


def _completed(waiting: Mail, link: MailedLink) -> Mail:
    token = secret_tokens.made()
    mailed_links.issue(waiting.id, link, secret_tokens.hashed(token), holds_s=HOLDS_S[link.purpose])
    url = f"{settings.current().link_url}/{_PATHS[link.purpose]}/{token}"
    return replace(waiting, text=waiting.text.replace(PLACEHOLDER, url), html=waiting.html.replace(PLACEHOLDER, url))
