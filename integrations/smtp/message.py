"""Composes mails, and turns them into what goes over the wire. No header and no line can be smuggled in."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.policy import EmailPolicy
from secrets import token_hex
from typing import Any, Self

from integrations.errors import Rejected
from rules.billing.logos import CONTENT_ID, Logo
from rules.mail import mailboxes
from rules.mail.mailboxes import NotAMailbox

Signer = Callable[[bytes], bytes]
"""A function that puts a signature before a message, whose lines all end in CRLF."""

_WIDTH = 76
"""Characters of a line that holds encoded words (RFC 2047, section 2)."""

_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
_CONTENT_TYPE = re.compile(r"([a-z0-9.+-]+)/([a-z0-9.+-]+)")
_URL = re.compile(r"https?://[!-;=?-~]+")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class _Policy(EmailPolicy):
    """A policy that writes headers with letters beyond ASCII as encoded words of one text (RFC 2047).

    The library's own folding loses or adds spaces where it breaks such a text, in subjects and in names. What fits on
    a line as it stands is not folded at all: the library would parse it once more, for half of what a mail costs.
    """

    def fold(self, name: str, value: Any) -> str:
        return self._on_a_line(name, value) or self._encoded(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        written = self._on_a_line(name, value) or self._encoded(name, value)
        return written.encode("ascii") if written else super().fold_binary(name, value)

    def _on_a_line(self, name: str, value: Any) -> str | None:
        line = f"{name}: {value}"
        return line + self.linesep if len(line) <= _WIDTH and line.isascii() and line.isprintable() else None

    def _encoded(self, name: str, value: Any) -> str | None:
        if self.utf8 or str(value).isascii():
            return None
        if isinstance(value, AddressHeader) and len(value.addresses) == 1:
            (box,) = value.addresses
            return f"{name}: {self._words(box.display_name, name)}{self.linesep} <{box.addr_spec}>{self.linesep}"
        return f"{name}: {self._words(str(value), name)}{self.linesep}" if name.lower() == "subject" else None

    def _words(self, text: str, name: str) -> str:
        return Header(text, "utf-8", maxlinelen=_WIDTH, header_name=name).encode(linesep=self.linesep)


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")  # readable by every relay, whether or not it offers 8BITMIME
_INTERNATIONAL_POLICY = _POLICY.clone(utf8=True)


def compose(  # noqa: PLR0913 - a mail has its parts
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    date: datetime,
    attachments: Sequence[tuple[str, str, bytes]] = (),
    logo: Logo | None = None,
    reply_to: str | None = None,
    unsubscribe: str | None = None,
) -> EmailMessage:
    """Return a mail in a plain and an HTML form, with ``attachments`` as (file name, content type, bytes).

    ``sender`` and ``to`` are one mailbox each, bare or as "Name <local@domain>". A mail that is sent again keeps its
    ``message_id`` ("<unique@domain>") and its ``date`` (aware), by which its receiver recognises it. ``unsubscribe`` is
    an address to which mail programs post (RFC 8058); ``logo`` is shown where the HTML names its ``CONTENT_ID``.
    Raises Rejected for what a header cannot hold: line ends and other control characters, malformed addresses, ids
    and types.
    """
    if date.tzinfo is None:
        raise ValueError("the date of a mail has a time zone")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise Rejected(f"not a Message-ID: {message_id!r}")
    message = EmailMessage(policy=_POLICY)
    message["From"] = _mailbox(sender)
    message["To"] = _mailbox(to)
    message["Subject"] = _one_line(subject)
    message["Date"] = date
    message["Message-ID"] = message_id
    if reply_to:
        message["Reply-To"] = _mailbox(reply_to)
    if unsubscribe:
        message["List-Unsubscribe"] = _address(unsubscribe)
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday notices do not answer it
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    if logo:
        _show(message, logo)
    for file_name, content_type, data in attachments:
        _attach(message, file_name, content_type, data)
    _set_boundaries(message)
    return message


def _set_boundaries(message: EmailMessage) -> None:
    """Give each multipart a boundary that nobody foresees.

    The library would make one up at each writing, search the whole mail for it, and fold the long header.
    """
    for part in message.walk():
        if part.is_multipart():
            part.set_boundary(f"=_{token_hex(12)}")


@dataclass(frozen=True, slots=True)
class ComposedMail:
    """A mail as it goes over the wire. ``recipients`` maps each address, as it was given, to its wire form.

    ``raw`` has CRLF at each line's end.
    """

    sender: str
    recipients: Mapping[str, str]
    raw: bytes
    international: bool

    @property
    def content(self) -> bytes:
        """The message as DATA wants it: no line of it is a lone dot (RFC 5321, section 4.5.2)."""
        return _LEADING_DOT.sub(b"..", self.raw) if b"\n." in self.raw or self.raw.startswith(b".") else self.raw

    @classmethod
    def of(cls, message: EmailMessage, *, sender: str, recipients: Sequence[str], sign: Signer | None = None) -> Self:
        """Return a message as it is sent, signed where there is a signer.

        Raise Rejected for an address or a message that cannot be written, ValueError for no recipients.
        """
        if not recipients:
            raise ValueError("a mail has at least one recipient")
        wire_sender = _wire_address(sender)
        wire_recipients = {recipient: _wire_address(recipient) for recipient in recipients}
        international = not all(address.isascii() for address in (wire_sender, *wire_recipients.values()))
        raw = _raw(message, international=international)
        return cls(wire_sender, wire_recipients, sign(raw) if sign else raw, international)


def _show(message: EmailMessage, logo: Logo) -> None:
    """Put an image beside the HTML that shows it (multipart/related)."""
    html = message.get_body(("html",))
    assert html is not None  # noqa: S101 - it was added just now
    html.add_related(logo.image, "image", logo.subtype, cid=f"<{CONTENT_ID}>")


def _attach(message: EmailMessage, file_name: str, content_type: str, data: bytes) -> None:
    kind = _CONTENT_TYPE.fullmatch(content_type)
    if not kind:
        raise Rejected(f"not a content type: {content_type!r}")
    message.add_attachment(data, maintype=kind[1], subtype=kind[2], filename=_one_line(file_name))


def _one_line(value: str) -> str:
    """Return the value as a header can hold it: plain text that nobody decodes.

    Python decodes "=?...?=" where a header is set, and writes the line ends in it out as they are (CVE-2024-6923). Such
    text is broken up rather than refused: a registrar's name in an alert must not be able to keep the alert back.
    """
    if mailboxes.CONTROL.search(value):
        raise Rejected(f"a control character cannot stand in a mail's header: {value!r}")
    return value.replace("=?", "= ?")


def _address(url: str) -> str:
    """Return an address as List-Unsubscribe holds it (RFC 2369)."""
    if not _URL.fullmatch(url):
        raise Rejected(f"not an address to unsubscribe at: {url!r}")
    return f"<{url}>"


def _mailbox(value: str) -> Address:
    try:
        box = mailboxes.read(_one_line(value))
    except NotAMailbox as error:
        raise Rejected(str(error)) from error
    local, _, domain = box.address.rpartition("@")
    return Address(box.name, local, domain)


def _wire_address(address: str) -> str:
    try:
        return mailboxes.wire_address(address)
    except NotAMailbox as error:
        raise Rejected(str(error)) from error


def _raw(message: EmailMessage, *, international: bool) -> bytes:
    """Return the message in bytes: CRLF alone ends a line.

    Some receivers take a bare CR or LF for a line's end; with one, a text could smuggle in an end of data.
    """
    try:
        raw = message.as_bytes(policy=_INTERNATIONAL_POLICY if international else _POLICY)
    except (MessageError, ValueError) as error:
        raise Rejected(f"the mail cannot be written: {error}") from error
    if not raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n"):
        raw = _LINE_END.sub(b"\r\n", raw)
    return raw.removesuffix(b"\r\n") + b"\r\n"
