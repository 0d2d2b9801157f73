"""What comes back about a mail: told once, it changes the mail's state, may suppress its address, and staff hear of it.

Promise: local. All that follows is written in one transaction, under the key of what came.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from db import connection
from db.mail import mail_notices, outbox, suppressions
from db.mail.mail_notices import MailNotice
from db.mail.outbox import Mail
from db.mail.suppressions import Suppression
from db.portfolio import alerts, clients
from db.portfolio.alerts import Notice, Standing
from rules import bounces
from rules.bounces.origin import origin
from rules.checks.subjects import Subject
from rules.mail import mail_outcomes
from rules.mail.mail_outcomes import BILLING_ADDRESS, FULL_WITHIN, MailState, NoticeKind
from rules.translatable import Translatable
from tasks.engine.task import find
from tasks.mail import settling
from wording.messages import N_


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of something that came back: the mail that it was about, and whether it was news."""

    mail_id: int | None
    kind: NoticeKind | None
    new: bool


def take_in(raw: bytes, *, source: str) -> TakenIn:
    """Read a message that came back, and write what follows. What is about no mail of ours changes nothing."""
    verdict = bounces.classify(raw)
    kind = mail_outcomes.kind_of(verdict)
    found = origin(raw)
    mail = outbox.of_bounce(tokens=found.tokens, message_ids=found.message_ids)
    if mail is None or kind is None:
        return TakenIn(mail.id if mail else None, kind, new=False)
    notice = MailNotice(
        mail_id=mail.id,
        key=sha256(raw).hexdigest(),
        kind=kind,
        recipient=suppressions.of(mail.recipient),
        status=verdict.status,
        said=f"about {verdict.recipient}" if verdict.recipient else "",
        source=source,
        at=datetime.now(UTC),
    )
    return TakenIn(mail.id, kind, new=tell(notice))


def tell(notice: MailNotice) -> bool:
    """Write what follows from a notice, in one transaction; False where it was told before."""
    with connection.transaction():
        mail = outbox.locked(notice.mail_id)
        if not mail_notices.add(notice):
            return False
        after = mail_outcomes.state_after(mail.state, notice.kind)
        if after is not mail.state:
            outbox.came_back(mail.id, after)
        if mail.state is MailState.UNKNOWN and after is not MailState.UNKNOWN:
            settling.known_to_have_gone(mail.id)
        _suppress(mail, notice)
    return True


def _suppress(mail: Mail, notice: MailNotice) -> None:
    full = mail_notices.count(notice.recipient, NoticeKind.FULL, within=FULL_WITHIN)
    term = mail_outcomes.suppression(notice.kind, full=full)
    if term is None:
        return
    suppressions.add(
        Suppression(
            address=mail.recipient,
            reason=str(notice.kind),
            said=" ".join(filter(None, (notice.status, notice.said))),
            mail_id=mail.id,
            created_by=notice.source,
            created_at=notice.at,
            expires_at=notice.at + term.length if term.length else None,
        )
    )
    theirs = clients.of_email(suppressions.of(mail.recipient))
    if alerts.reconcile([_billing_alert(one, notice) for one in theirs]):
        find("alerts.tell_all").enqueue()


_CALLED_SPAM = N_("{client}: the billing address {address} called our mail spam")
_TAKES_NONE = N_("{client}: the billing address {address} does not take our mail")


def _billing_alert(client: clients.Client, notice: MailNotice) -> Standing:
    headline = _CALLED_SPAM if notice.kind is NoticeKind.COMPLAINT else _TAKES_NONE
    alert = Notice(
        kind=BILLING_ADDRESS,
        headline=Translatable(headline, client=client.name, address=client.email),
        facts=(("Address", client.email), ("Why", " ".join(filter(None, (str(notice.kind), notice.status))))),
        what_to_do=Translatable(
            "Ask the client for another address, enter it, or lift the suppression once the mailbox works."
        ),
    )
    return Standing(subject=Subject("client", client.id, client.id), notices=(alert,))
