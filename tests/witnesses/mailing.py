"""Postfix that greylists (postgrey) and verifies DKIM (opendkim), and Dovecot for the mailbox of bounces, from Debian.

our relay's client ──STARTTLS, XOAUTH2──> Postfix ──asks──> postgrey: not yet     ──> 450, and once more later
                                               └──asks──> opendkim: whose is it ──> Authentication-Results
a mail to who is gone ──> Postfix' report to the return path ──> Dovecot ──IMAP, XOAUTH2──> what came back
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from pathlib import Path
from time import monotonic, sleep

from integrations import imap
from integrations.deadline import Deadline
from integrations.errors import Deferred, Rejected, Unavailable
from integrations.mail_provider import Receipt
from integrations.smtp import Relay, compose
from rules import bounces
from rules.bounces.origin import origin, return_path
from rules.bounces.verdict import BounceKind
from tests.witnesses import mail_servers, packages
from tests.witnesses.mail_servers import DELAY_S, GUARD, MailServers
from tests.witnesses.servers.place import NotStarted

SENDER, BOUNCES = "nolapse@nolapse.test", "bounces@nolapse.test"
ADA, GONE, NOBODY = "ada@clients.test", "gone@clients.test", "nobody@clients.test"
TOKEN = "5f0c7b1e9a2d4c6b8a0e1f3d"
_WITHIN_S = 30.0


def failures(folder: Path) -> list[str]:
    """Return what real mail servers see or do otherwise than we expect, each in a sentence."""
    try:
        if not all(Path(one).exists() for one in mail_servers.BRINGS):
            packages.install(mail_servers.PACKAGES)
        with mail_servers.running(folder / "mailing") as servers:
            return [*_greylisted(servers), *_verified(servers), *_returned(servers), *_refused(servers)]
    except (packages.Missing, NotStarted) as error:
        return [f"Postfix, postgrey, opendkim and Dovecot could not be had: {error}"]


def _greylisted(servers: MailServers) -> Iterator[str]:
    """Yield what is wrong where a mail is put off, and taken once its time has come."""
    with servers.relay() as relay:
        try:
            _send(relay, ADA)
            yield "Postfix with postgrey takes a mail at its first sight"
        except Deferred as error:
            if error.retry_after != 300:
                yield f"greylisting is not known as such: {error}"
        sleep(DELAY_S + 1)
        if _send(relay, ADA).refused:
            yield "Postfix refuses a recipient that it has let wait"
        try:
            _send(relay, NOBODY)
            yield "Postfix takes a mail to nobody"
        except Rejected:
            pass


def _verified(servers: MailServers) -> Iterator[str]:
    """Yield what is wrong with what opendkim says of our signatures."""
    with servers.relay(signed=False) as relay:
        _send(relay, ADA, number=2)
    results = [_result(one) for one in _awaited(servers, "ada", 2)]
    if sorted(results) != ["fail", "pass"]:
        yield f"opendkim says {results} of a signed mail and one that was altered behind its signature"


def _returned(servers: MailServers) -> Iterator[str]:
    """Yield what is wrong with what comes back of a mail that was taken and cannot be delivered."""
    with servers.relay() as relay:
        try:
            _send(relay, GONE)
        except Deferred:
            sleep(DELAY_S + 1)
            _send(relay, GONE)
    _awaited(servers, "bounces", 1)
    with imap.opened(servers.box, guard=GUARD, deadline=Deadline.after(20), tokens=servers.tokens) as box:
        found = [(uid, box.message(uid)) for uid in box.unseen(most=9)]
        for uid, _ in found:
            box.seen(uid)
        left = box.unseen(most=9)
    said = [(bounces.classify(raw), origin(raw)) for _, raw in found]
    if [(verdict.kind, verdict.recipient) for verdict, _ in said] != [(BounceKind.UNKNOWN_RECIPIENT, GONE)] or left:
        yield f"of Postfix' report we read {said}, and {len(left)} stay unseen"
    if [TOKEN in where.tokens for _, where in said] != [True]:
        yield "Postfix' report does not lead to its mail"


def _refused(servers: MailServers) -> Iterator[str]:
    """Yield what is wrong where a token is revoked, and a new one is asked for."""
    servers.endpoint.revoke()
    asked = len(servers.endpoint.forms)
    for name, sign_in in {"Postfix": lambda: servers.relay().check(), "Dovecot": lambda: _open(servers)}.items():
        try:
            sign_in()
            yield f"{name} takes a token that was revoked"
        except Unavailable as error:
            if "it refuses the token of bounces" not in str(error):
                yield f"{name}'s refusal of a token is told as: {error}"
        sign_in()
        servers.endpoint.revoke()
    if len(servers.endpoint.forms) != asked + 2:
        yield "a refused token is shown again, or asked for too often"


def _open(servers: MailServers) -> None:
    with imap.opened(servers.box, guard=GUARD, deadline=Deadline.after(20), tokens=servers.tokens):
        pass


def _send(relay: Relay, to: str, *, number: int = 1) -> Receipt:
    mail = _mail(to, number)
    return relay.send(mail, sender=return_path(BOUNCES, TOKEN), recipients=[to])


def _mail(to: str, number: int) -> EmailMessage:
    return compose(
        sender=SENDER,
        to=to,
        subject="Grüße",
        text="Hello\n",
        html="<p>Hello</p>\n",
        message_id=f"<{number}.{to}>",
        date=datetime.now(UTC),
    )


def _result(mail: Message) -> str:
    return str(mail["Authentication-Results"]).partition("dkim=")[2].partition(" ")[0]


def _awaited(servers: MailServers, box: str, number: int) -> list[Message]:
    until = monotonic() + _WITHIN_S
    while len(found := servers.taken(box)) < number and monotonic() < until:
        sleep(0.1)
    return found
