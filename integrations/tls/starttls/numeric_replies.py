"""SMTP, FTP and NNTP: each reply begins with a number, and is of one line or of several.

220-mail.example.test at your service    a hyphen: more lines of this reply follow
220 ready                                a space: the last one
"""

import re

from integrations.tls.channel import Channel
from integrations.tls.starttls.refusals import another, not_now, not_offered, refused, turned_away

_REPLY = re.compile(rb"[1-5][0-9][0-9](?:[ -]|$)")


_UNKNOWN_COMMAND = frozenset({b"500", b"502"})
"""Not 504, by which Postfix refuses the name in a greeting."""


async def smtp(channel: Channel, _name: str) -> None:
    """Ask for TLS by STARTTLS in SMTP (RFC 3207). A server that knows no EHLO offers nothing (RFC 5321, 4.1.4)."""
    await _greeted(channel, "SMTP", {b"220"})
    await channel.send(b"EHLO " + channel.own_name.encode() + b"\r\n")
    code, offers = await _reply(channel, "SMTP")
    if code in _UNKNOWN_COMMAND or (code == b"250" and not any(map(_is_starttls, offers))):
        raise not_offered(_joined(offers))
    if code != b"250":
        raise turned_away(_joined(offers), for_now=_is_for_now(code))
    await _begin(channel, "SMTP", b"STARTTLS", b"220")


def _is_starttls(line: bytes) -> bool:
    """Say whether a line of an answer to EHLO offers TLS; the keyword may have parameters (RFC 5321, 4.1.1.1)."""
    return line[4:].upper().split()[:1] == [b"STARTTLS"]


async def ftp(channel: Channel, _name: str) -> None:
    """Ask for TLS by AUTH TLS in FTP (RFC 4217, section 4)."""
    await _greeted(channel, "FTP", {b"220"})
    await _begin(channel, "FTP", b"AUTH TLS", b"234")


async def nntp(channel: Channel, _name: str) -> None:
    """Ask for TLS by STARTTLS in NNTP (RFC 4642), also a server that cannot tell what it offers (RFC 3977, 5.2)."""
    await _greeted(channel, "NNTP", {b"200", b"201"})
    await channel.send(b"CAPABILITIES\r\n")
    code, lines = await _reply(channel, "NNTP")
    if code == b"101":
        offers = await channel.lines_to_dot()
        if not any(line.upper().split()[:1] == [b"STARTTLS"] for line in offers):
            raise not_offered(_joined([*lines, *offers]))
    elif _is_for_now(code):
        raise not_now(_joined(lines))
    await _begin(channel, "NNTP", b"STARTTLS", b"382")


async def _greeted(channel: Channel, protocol: str, welcome: set[bytes]) -> None:
    code, lines = await _reply(channel, protocol)
    while code == b"120":  # FTP: ready in some minutes (RFC 959, 5.4)
        code, lines = await _reply(channel, protocol)
    if code not in welcome:
        raise turned_away(_joined(lines), for_now=_is_for_now(code))


async def _begin(channel: Channel, protocol: str, command: bytes, consent: bytes) -> None:
    await channel.send(command + b"\r\n")
    code, lines = await _reply(channel, protocol)
    if code != consent:
        raise refused(_joined(lines), for_now=_is_for_now(code))


def _is_for_now(code: bytes) -> bool:
    """Say whether a refusal is one for now: its first digit says so in all of these protocols (RFC 5321, 4.2.1)."""
    return code.startswith(b"4")


async def _reply(channel: Channel, protocol: str) -> tuple[bytes, list[bytes]]:
    """Return the number of a reply and its lines; those in between may be free text (RFC 959, 4.2)."""
    lines = [await channel.line()]
    if not _REPLY.match(lines[0]):
        raise another(protocol, lines[0])
    code = lines[0][:3]
    if lines[0][3:4] == b"-":
        while lines[-1][:3] != code or lines[-1][3:4] == b"-":
            lines.append(await channel.line())
    return code, lines


def _joined(lines: list[bytes]) -> bytes:
    return b" / ".join(lines)
