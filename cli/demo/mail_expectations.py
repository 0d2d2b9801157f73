"""Expectations of the demo's mails and their effects, compared with the mails that the sandbox's relay took."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl

from cli.demo import computed, late_invoice, morning
from db.billing import invoices
from db.mail import outbox, suppressions
from db.portfolio import alerts, clients
from rules.access.signed_links import SignedLink, SignedPurpose
from sandbox.smtp import Delivered
from sandbox.truth import Client, Domain, Portfolio
from sandbox.world import STAFF
from tasks import signed_links

_TOKEN = re.compile(r"/pay/([0-9]+\.[A-Za-z0-9_-]+)")
_STORM = re.compile(r"([0-9]+) [^\n]*\n?[^\n]*/alerts\?(kind=\S+)")
"""A line of a storm: its number of alerts, and the query of the list that it leads to."""
_GREETING = {"de": "Guten Tag", "en": "Dear"}


def invoice_mails(portfolio: Portfolio, mailbox: list[Delivered], today: date) -> Iterable[str]:
    got = Counter(to for mail in mailbox for to in mail.recipients if to != STAFF and _has_pdf(mail))
    due = {one.email for one in (*computed.due(portfolio, today), late_invoice.payer(portfolio, today))}
    for address in due | set(got):
        if got[address] != (1 if address in due else 0):
            yield f"{address} got {got[address]} invoices"


def invoice_links(mailbox: list[Delivered]) -> Iterable[str]:
    expected = Counter((one.id, clients.get(one.client_id).email) for one in invoices.all_())
    mails = [mail for mail in mailbox if STAFF not in mail.recipients and _has_pdf(mail)]
    found = Counter((link, to) for mail in mails for to in mail.recipients for link in _linked(mail))
    for invoice_id, address in expected | found:
        number = found[invoice_id, address]
        if number != expected[invoice_id, address]:
            yield f"{address} got {number} links that open invoice {invoice_id}"


def _linked(mail: Delivered) -> Iterable[int]:
    """Yield the ids of the invoices that a mail's links open."""
    for token in _TOKEN.findall(_text(mail)):
        judged = signed_links.judge(token, SignedPurpose.INVOICE, method="POST", audience="")
        if isinstance(judged, SignedLink):
            yield judged.subject.id


def _has_pdf(mail: Delivered) -> bool:
    parts = list(mail.message.iter_attachments())
    return len(parts) == 1 and parts[0].get_content().startswith(b"%PDF-")


def staff_mails(mailbox: list[Delivered]) -> Iterable[str]:
    """Yield the alerts that were not told, and addresses whose mails are about a wrong number of alerts."""
    open_ = alerts.open_()
    yield from (f"{one.headline!r} was not told" for one in open_ if not one.told)
    for address in (STAFF, morning.READER):
        routed = [one for one in open_ if (one.kind == morning.DIGESTED) == (address == morning.READER)]
        together = sum(_number_of_alerts(_text(mail)) for mail in mailbox if address in mail.recipients)
        if together != len(routed):
            yield f"the mails to {address} are about {together} alerts, not {len(routed)}"


def storms(mailbox: list[Delivered]) -> Iterable[str]:
    """Yield the lines of storms that lead to fewer alerts than they count; a sentence where no mail has such a line."""
    lines = [found for mail in mailbox if STAFF in mail.recipients for found in _STORM.findall(_written(mail))]
    if not lines:
        yield "no mail has a line for many alerts"
    for number, query in lines:
        asked = dict(parse_qsl(query))
        led = [
            one for one in alerts.open_() if one.kind == asked["kind"] and one.storm == asked.get("storm", one.storm)
        ]
        if len(led) < int(number):
            yield f"a line says {number} and leads to {len(led)} ({query})"


def digest(portfolio: Portfolio, mailbox: list[Delivered], now: datetime) -> Iterable[str]:
    """Yield a sentence where the last digest is not about all certificates that are late and can wait."""
    stages = [computed.stage(one.not_after, now) for one in portfolio.endpoints if computed.is_late(one, now)]
    can_wait = sum(bool(stage) for stage in stages)
    mails = [_number_of_alerts(_text(mail)) for mail in mailbox if morning.READER in mail.recipients]
    if not mails or mails[-1] != can_wait:
        yield f"the mails are about {mails} certificates; the last should be about {can_wait}"


def gone(portfolio: Portfolio) -> list[Client]:
    return [one for one in portfolio.clients if one.mailbox_gone]


def bounces(portfolio: Portfolio, mailbox: list[Delivered]) -> Iterable[str]:
    for client in gone(portfolio):
        if not any(client.email in mail.recipients for mail in mailbox):
            yield f"{client.email} was mailed nothing that could come back"
        if suppressions.active(client.email) is None:
            yield f"{client.email} still gets mail"
    known = {one.address for one in suppressions.LIST.page("-id", size=200).rows}
    yield from (
        f"{one} gets no mail, and its mailbox is there" for one in known - {one.email for one in gone(portfolio)}
    )


def notices(portfolio: Portfolio, mailbox: list[Delivered], now: datetime) -> Iterable[str]:
    for client in portfolio.clients:
        told = [mail for mail in mailbox if client.email in mail.recipients and mail.message["List-Unsubscribe"]]
        ending = [one for one in portfolio.domains if one.client == client.name and _is_told(one, client, now)]
        if len(told) != bool(ending):
            yield f"{client.email} got {len(told)} notices about {len(ending)} domains"
        for mail in told:
            missing = [one.name for one in ending if one.name not in _text(mail)]
            yield from (f"the notice to {client.email} does not name {name}" for name in missing)
            if _GREETING[client.language] not in _text(mail):
                yield f"the notice to {client.email} is not written in {client.language!r}"


def _is_told(domain: Domain, client: Client, now: datetime) -> bool:
    """Tell whether a client gets a notice about a domain: they want notices, and it ends within thirty days."""
    left = domain.expires - now if domain.expires else timedelta.max
    return client.wants_notices and not domain.to_lapse and timedelta(0) <= left <= timedelta(days=30)


def seen_to() -> Iterable[str]:
    for one in alerts.open_():
        if bool(one.state.acknowledged_by) != (one.kind == morning.SEEN_TO):
            yield f"{one.headline!r} was acknowledged by {one.state.acknowledged_by or 'nobody'}"


def _written(mail: Delivered) -> str:
    body = mail.message.get_body(("plain",))
    return body.get_content() if body else ""


def _text(mail: Delivered) -> str:
    return " ".join(_written(mail).split())


def _number_of_alerts(text: str) -> int:
    """Return how many alerts a mail is about: the number at its beginning, or 1 without a number."""
    first = text.partition(" ")[0].replace(",", "")
    return int(first) if first.isdigit() else 1


def left_over(portfolio: Portfolio, today: date) -> Iterable[str]:
    came_back = len([one for one in computed.due(portfolio, today) if one.mailbox_gone])
    for state, number in outbox.counts().items():
        expected = {str(outbox.MailState.SENT): number, str(outbox.MailState.BOUNCED): came_back}.get(state, 0)
        if number != expected:
            yield f"{number} mails are {state}"
