"""Servers of mail, files, directories, chats and databases, each as far as STARTTLS, and then TLS.

    greeting ──> what it offers ──> consent, as the manner is ──> TLS handshake ──> wait until the client is gone

One thread with an event loop serves all of them, each on a free port of 127.0.0.1.
"""

import asyncio
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from rules.certificates.observation import Protocol
from sandbox.loop_server import LoopServer
from sandbox.pki import Issuer

CHUNK = 16 * 1024
INJECTED = b"250 injected\r\n"
"""What somebody on the way puts between the consent and the handshake."""

_TLS = b"urn:ietf:params:xml:ns:xmpp-tls"
_LDAP_REQUEST = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
_LDAP_ANSWERS = {
    0: bytes.fromhex("300c02010178070a010004000400"),
    52: bytes.fromhex("301a02010178150a01340400040e") + b"no TLS for you",
}
_SSL_REQUEST = struct.pack(">ii", 8, 80877103)
_MYSQL_SSL = 0x800


class Manner(StrEnum):
    """How a server takes the wish for TLS."""

    CONSENTS = "consents"
    OFFERS_NONE = "offers_none"  # TLS is not among what it offers, and it knows no such command
    REFUSES = "refuses"  # it offers TLS, and then cannot
    TURNS_AWAY = "turns_away"  # it does not talk with us at all
    INJECTS = "injects"  # somebody adds plain text to its consent
    ENDLESS = "endless"  # its greeting never ends
    SILENT = "silent"
    ANOTHER = "another"  # it speaks some other protocol


@dataclass(frozen=True)
class Greeting:
    """What a server says first, where it does not talk with us, and again and again where it never ends."""

    text: bytes
    away: bytes
    endless: bytes


@dataclass(frozen=True)
class Offer:
    """The line that offers TLS, among others of the answer to ``ask``, or of the greeting where nobody asks."""

    line: bytes = b""
    ask: bytes = b""
    before: bytes = b""
    after: bytes = b""


@dataclass(frozen=True)
class Wish:
    """The command by which a client wishes for TLS, and what it is answered; ``unknown`` is told of any other one."""

    command: bytes
    consent: bytes
    refusal: bytes
    unknown: bytes


@dataclass(frozen=True)
class Script:
    """A protocol of lines, in the order of its dialogue. Where it is ``tagged``, {tag} is what a command began with."""

    greeting: Greeting
    offer: Offer
    wish: Wish
    tagged: bool = False


_SMTP = Script(
    Greeting(b"220-mail.sandbox.test ESMTP\r\n220 speak slowly\r\n", b"554 not for you\r\n", b"220-welcome\r\n"),
    Offer(b"250-STARTTLS\r\n", b"EHLO", b"250-mail.sandbox.test\r\n250-PIPELINING\r\n", b"250 8BITMIME\r\n"),
    Wish(b"STARTTLS", b"220 go ahead\r\n", b"454 TLS not available due to temporary reason\r\n", b"500 what?\r\n"),
)
_SCRIPTS = {
    Protocol.SMTP: _SMTP,
    Protocol.SUBMISSION: _SMTP,
    Protocol.FTP: Script(
        Greeting(
            b"120 in a moment\r\n220-files.sandbox.test\r\n any text, 220 lines of it\r\n220 ready\r\n",
            b"421 too many users\r\n",
            b"220-welcome\r\n",
        ),
        Offer(),
        Wish(b"AUTH TLS", b"234 go ahead\r\n", b"431 no security today\r\n", b"500 what?\r\n"),
    ),
    Protocol.NNTP: Script(
        Greeting(b"201 news.sandbox.test, no posting\r\n", b"502 not for you\r\n", b"200-welcome\r\n"),
        Offer(b"STARTTLS\r\n", b"CAPABILITIES", b"101 this is what I can do\r\nVERSION 2\r\n", b"READER\r\n.\r\n"),
        Wish(b"STARTTLS", b"382 go ahead\r\n", b"580 cannot begin TLS\r\n", b"500 what?\r\n"),
    ),
    Protocol.IMAP: Script(
        Greeting(b"* OK [CAPABILITY IMAP4rev2] ready\r\n", b"* BYE not for you\r\n", b"* OK"),
        Offer(
            b" STARTTLS",
            b"CAPABILITY",
            b"* CAPABILITY IMAP4rev2",
            b" LOGINDISABLED\r\n{tag} OK that was all\r\n",
        ),
        Wish(b"STARTTLS", b"{tag} OK go ahead\r\n", b"{tag} NO not today\r\n", b"{tag} BAD what?\r\n"),
        tagged=True,
    ),
    Protocol.POP3: Script(
        Greeting(b"+OK ready <1@sandbox.test>\r\n", b"-ERR not for you\r\n", b"+OK"),
        Offer(b"STLS\r\n", b"CAPA", b"+OK this is what I can do\r\nUIDL\r\n", b"TOP\r\n.\r\n"),
        Wish(b"STLS", b"+OK go ahead\r\n", b"-ERR not today\r\n", b"-ERR what?\r\n"),
    ),
    Protocol.SIEVE: Script(
        Greeting(
            b'"IMPLEMENTATION" "sandbox"\r\n"SIEVE" "fileinto"\r\n', b'BYE "not for you"\r\n', b'"SIEVE" "fileinto"\r\n'
        ),
        Offer(b'"STARTTLS"\r\n', after=b"OK ready\r\n"),
        Wish(b"STARTTLS", b"OK go ahead\r\n", b'NO "not today"\r\n', b'NO "what?"\r\n'),
    ),
}


class StarttlsServer(LoopServer):
    """Serves each protocol with the certificate of ``leaf``, sent with ``chain`` (DER), while its ``with`` lasts.

    ``manner`` may be changed while it runs; ``accepted`` counts connections, ``secured`` those with TLS. ``partings``
    are the first words under TLS, after which the server closes the connection.
    """

    def __init__(self, leaf: Issuer, manner: Manner = Manner.CONSENTS) -> None:
        super().__init__("starttls")
        self.manner = manner
        self.ports: dict[Protocol, int] = {}
        self.partings: dict[Protocol, bytes] = {}
        self.accepted = 0
        self.secured = 0
        self._context = _context(leaf)

    async def _listen(self) -> list[asyncio.Server]:
        return [await self._start(protocol) for protocol in Protocol if protocol is not Protocol.TLS]

    async def _start(self, protocol: Protocol) -> asyncio.Server:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.accepted += 1
            self._begin(self._converse(protocol, reader, writer), writer)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self.ports[protocol] = server.sockets[0].getsockname()[1]
        return server

    async def _converse(self, protocol: Protocol, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError, ssl.SSLError):  # whoever asks may go away at any time
            talk = _Talk(reader, writer, self.manner)
            if await _hostile(protocol, talk) or not await _dialogue(protocol, talk):
                await _until_gone(reader)
                return
            await self._secure(protocol, reader, writer)

    async def _secure(self, protocol: Protocol, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Shake hands in memory: asyncio's own way is meant for streams that begin with TLS."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(incoming, outgoing, server_side=True)
        over = False
        while data := await reader.read(CHUNK):
            incoming.write(data)
            if not over and (over := _advance(tls)):
                self.secured += 1
            writer.write(outgoing.read())
            if over and (words := _heard(tls)):
                self.partings[protocol] = words
                return


@dataclass(frozen=True)
class _Talk:
    """One conversation before TLS."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    manner: Manner

    async def say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    async def decide(self, consent: bytes, refusal: bytes) -> bool:
        """Answer the wish for TLS as the manner is; return whether the handshake may begin."""
        if self.manner is Manner.REFUSES:
            await self.say(refusal)
            return False
        await self.say(consent + (INJECTED if self.manner is Manner.INJECTS else b""))
        return True


async def _hostile(protocol: Protocol, talk: _Talk) -> bool:
    """Treat the client in a manner that has nothing to do with what it says; return whether that was so."""
    match talk.manner:
        case Manner.SILENT:
            await _until_gone(talk.reader)
        case Manner.ANOTHER:
            await talk.say(b"\x00\x00\x00\x00SSH-2.0-sandbox\r\n")
        case Manner.ENDLESS:
            while True:
                await talk.say(_ENDLESS.get(protocol) or _SCRIPTS[protocol].greeting.endless * 100)
        case _:
            return False
    return True


async def _dialogue(protocol: Protocol, talk: _Talk) -> bool:
    if script := _SCRIPTS.get(protocol):
        return await _lines(script, talk)
    return await _PACKETS[protocol](talk)


async def _lines(script: Script, talk: _Talk) -> bool:
    if talk.manner is Manner.TURNS_AWAY:
        await talk.say(script.greeting.away)
        return False
    offers, offer, wish = talk.manner is not Manner.OFFERS_NONE, script.offer, script.wish
    offered = offer.before + (offer.line if offers else b"") + offer.after
    await talk.say(script.greeting.text + (b"" if offer.ask else offered))
    while line := (await talk.reader.readuntil(b"\r\n")).removesuffix(b"\r\n"):
        tag, command = line.split(b" ", 1) if script.tagged else (b"", line)
        if offer.ask and command.startswith(offer.ask):
            await talk.say(offered.replace(b"{tag}", tag))
        elif command == wish.command and offers:
            return await talk.decide(wish.consent.replace(b"{tag}", tag), wish.refusal.replace(b"{tag}", tag))
        else:
            await talk.say(wish.unknown.replace(b"{tag}", tag))
    return False


async def _ldap(talk: _Talk) -> bool:
    if await talk.reader.readexactly(len(_LDAP_REQUEST)) != _LDAP_REQUEST:
        return False
    return await talk.decide(_LDAP_ANSWERS[0], _LDAP_ANSWERS[52])


async def _xmpp(talk: _Talk) -> bool:
    opening = await talk.reader.readuntil(b"jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>")
    if b" to='" not in opening:
        return False
    offer = b"" if talk.manner is Manner.OFFERS_NONE else b"<starttls xmlns='" + _TLS + b"'><required/></starttls>"
    await talk.say(
        b"<?xml version='1.0'?><stream:stream id='1' version='1.0' xmlns='jabber:client'"
        b" xmlns:stream='http://etherx.jabber.org/streams'><stream:features>" + offer + b"</stream:features>"
    )
    await talk.reader.readuntil(b"<starttls xmlns='" + _TLS + b"'/>")
    return await talk.decide(b"<proceed xmlns='" + _TLS + b"'/>", b"<failure xmlns='" + _TLS + b"'/></stream:stream>")


async def _postgres(talk: _Talk) -> bool:
    if await talk.reader.readexactly(len(_SSL_REQUEST)) != _SSL_REQUEST:
        return False
    return await talk.decide(b"S", b"N")


async def _mysql(talk: _Talk) -> bool:
    if talk.manner is Manner.TURNS_AWAY:
        await talk.say(_packet(b"\xff" + struct.pack("<H", 1130) + b"#HY000Host '127.0.0.1' is not allowed"))
        return False
    able = 0xF7FF | (0 if talk.manner in {Manner.OFFERS_NONE, Manner.REFUSES} else _MYSQL_SSL)
    greeting = b"\x0a8.4.0-sandbox\0" + struct.pack("<I8sxHBHHB10x", 7, b"saltsalt", able, 33, 2, 0xDFFF, 21)
    injected = INJECTED if talk.manner is Manner.INJECTS else b""
    await talk.say(_packet(greeting + b"salt" * 3 + b"\0caching_sha2_password\0") + injected)
    head = await talk.reader.readexactly(4)
    answer = await talk.reader.readexactly(int.from_bytes(head[:3], "little"))
    return head == b"\x20\0\0\1" and bool(int.from_bytes(answer[:4], "little") & _MYSQL_SSL)


def _packet(payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + b"\0" + payload


_PACKETS: dict[Protocol, Callable[[_Talk], Awaitable[bool]]] = {
    Protocol.LDAP: _ldap,
    Protocol.XMPP: _xmpp,
    Protocol.POSTGRES: _postgres,
    Protocol.MYSQL: _mysql,
}
_ENDLESS = {
    Protocol.LDAP: b"\x30\x84\x7f\xff\xff\xff",
    Protocol.XMPP: b"<stream:stream><stream:features ",
    Protocol.POSTGRES: b"E" * 1000,
    Protocol.MYSQL: b"\xff\xff\xff\0" * 100,
}
"""What a greeting consists of that never ends."""


def _advance(tls: ssl.SSLObject) -> bool:
    """Return whether the handshake is completed; one that fails raises ``SSLError``."""
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def _heard(tls: ssl.SSLObject) -> bytes:
    """Return what was said under TLS, nothing where nothing was, or goodbye."""
    try:
        return tls.read(CHUNK)
    except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
        return b""


async def _until_gone(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK):
        pass


def _context(leaf: Issuer) -> ssl.SSLContext:
    """Python reads certificates from files alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with TemporaryDirectory() as folder:
        served = Path(folder, "served.pem")
        served.write_bytes(leaf.key_pem + leaf.pem)
        context.load_cert_chain(served)
    return context
