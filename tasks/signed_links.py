"""Signed links: how one is made, put into a mail, shown as an address, and judged when it comes back.

A purpose is a word of ``SignedPurpose`` in ``rules.access.signed_links`` and a path in ``PATHS``. Then, in a task that
posts a mail:

    with completing():
        link_id = signed_links.add(NewLink(purpose=..., subject=..., holds_s=..., created_by="invoices.document"))
        letter = letters.render("invoice", link=signed_links.placeholder(link_id), ...)
        mail.post(Mail(...), links=[link_id])

and in the handler of the path ``/PATH/{token}``, whose policy is PUBLIC, with ``api_stub.security.signed_links``:

    link = signed_links.admitted(routes.visitor(request), token, SignedPurpose.DOCUMENT)    # or Problem 403
    ...
    signed_links.used(routes.visitor(request), link, "fetched")

The outbox holds the placeholder, and the mail is completed on its way to the relay: so an address that works stands in
no row, no job and no log. Only the links of this very mail are put in, whatever else its text says. Where a link
changes something, its method is POST and its page asks first, because programs that read mail open every address.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import settings
from db.access import signed_links
from db.mail.outbox import Mail
from rules.access import signed_links as rules
from rules.access.signed_links import LinkRefusal, RefusedLink, SignedLink, SignedPurpose
from settings import link_keys

PATHS = {
    SignedPurpose.DOWNLOAD: "documents/fetch",
    SignedPurpose.DOCUMENT: "d",
    SignedPurpose.INVOICE: "pay",
    SignedPurpose.ALERTS: "answer",
    SignedPurpose.NOTICES: "unsubscribe",
    SignedPurpose.STATUS: "status",
}
"""Where the page of each purpose stands; the token follows."""

_PLACEHOLDER = re.compile(r"signed-link:([0-9]{1,19})(?![0-9])")


def placeholder(link_id: int) -> str:
    """Return what stands in a mail's text and HTML in place of a link until the mail goes out."""
    return f"signed-link:{link_id}"


def address(link: SignedLink) -> str:
    """Return the address that works. It is a secret: show it to its recipient alone, and store it nowhere."""
    return f"{settings.current().link_url}/{path(link)}"


def path(link: SignedLink) -> str:
    """Return the path of that address, without the slash before it."""
    return f"{PATHS[link.purpose]}/{rules.signed(link, _keys())}"


def go_out_in(mail_id: int, link_ids: Sequence[int]) -> None:
    """Record, in the transaction that posts a mail, that these links go out in this mail alone."""
    signed_links.go_out_in(mail_id, link_ids)


def completed(mail: Mail) -> Mail:
    """Return a mail with its own links in place of their placeholders."""
    own = {link.id: address(link) for link in signed_links.of_mail(mail.id)}
    if not own:
        return mail

    def put_in(found: re.Match[str]) -> str:
        return own.get(int(found[1]), found[0])

    return replace(
        mail,
        text=_PLACEHOLDER.sub(put_in, mail.text),
        html=_PLACEHOLDER.sub(put_in, mail.html),
        unsubscribe=_PLACEHOLDER.sub(put_in, mail.unsubscribe) if mail.unsubscribe else None,
    )


def judge(token: str, purpose: SignedPurpose, *, method: str, audience: str) -> SignedLink | RefusedLink:
    """Return the link that a token belongs to, or why the link is refused."""
    shown = rules.read(token)
    link = signed_links.find(shown[0]) if shown else None
    if shown is None or link is None:
        return RefusedLink(LinkRefusal.FORGED)
    refusal = rules.why_refused(
        link, shown[1], _keys(), purpose=purpose, method=method, audience=audience, now=datetime.now(UTC)
    )
    if refusal is None:
        return link
    return RefusedLink(refusal, None if refusal is LinkRefusal.FORGED else link.subject.client_id)


def _keys() -> Mapping[str, bytes]:
    config = settings.current()
    return link_keys.keys(config.link_keys, config.home)
