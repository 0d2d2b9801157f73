"""IMAP, POP3 and ManageSieve: each answer begins with a word."""

from integrations.tls.channel import Channel
from integrations.tls.starttls.refusals import another, not_offered, refused, turned_away


async def imap(channel: Channel, _name: str) -> None:
    """Ask for TLS by STARTTLS in IMAP (RFC 9051, 6.2.1)."""
    greeting = await channel.line()
    if not greeting.startswith(b"* "):
        raise another("IMAP", greeting)
    said = greeting.upper().split()[1:2]
    if said == [b"PREAUTH"]:  # there TLS cannot be begun any more (RFC 9051, 7.1.4)
        raise refused(greeting, for_now=False)
    if said != [b"OK"]:
        raise turned_away(greeting)
    offers = await _tagged(channel, b"a1", b"CAPABILITY")
    if offers[-1].upper().split()[1:2] != [b"OK"]:
        raise refused(offers[-1])
    if b"STARTTLS" not in b" ".join(offers).upper().split():
        raise not_offered(offers[0])
    answer = (await _tagged(channel, b"a2", b"STARTTLS"))[-1]
    if answer.upper().split()[1:2] != [b"OK"]:
        raise refused(answer)


async def _tagged(channel: Channel, tag: bytes, command: bytes) -> list[bytes]:
    """Return the lines of the answer to a command; the last one begins with its tag."""
    await channel.send(tag + b" " + command + b"\r\n")
    lines = [await channel.line()]
    while not lines[-1].startswith(tag + b" "):
        if lines[-1].upper().startswith(b"* BYE"):  # at any time (RFC 9051, 7.1.5)
            raise turned_away(lines[-1])
        lines.append(await channel.line())
    return lines


async def pop3(channel: Channel, _name: str) -> None:
    """Ask for TLS by STLS in POP3 (RFC 2595, section 4), also a server that cannot tell what it offers (RFC 2449)."""
    greeting = await channel.line()
    if not greeting.startswith((b"+OK", b"-ERR")):
        raise another("POP3", greeting)
    if greeting.startswith(b"-"):
        raise turned_away(greeting)
    await channel.send(b"CAPA\r\n")
    if (await channel.line()).startswith(b"+OK"):
        offers = await channel.lines_to_dot()
        if not any(line.upper().split()[:1] == [b"STLS"] for line in offers):
            raise not_offered(b" / ".join(offers))
    await channel.send(b"STLS\r\n")
    if not (answer := await channel.line()).startswith(b"+OK"):
        raise refused(answer)


async def sieve(channel: Channel, _name: str) -> None:
    """Ask for TLS by STARTTLS in ManageSieve (RFC 5804, 2.2); the server begins by telling what it offers."""
    offers = [await channel.line()]
    if not offers[0].startswith((b'"', b"OK", b"NO", b"BYE")):
        raise another("ManageSieve", offers[0])
    while offers[-1].startswith(b'"'):
        offers.append(await channel.line())
    if not offers[-1].upper().startswith(b"OK"):
        raise turned_away(offers[-1])
    if b'"STARTTLS"' not in {line.strip().upper() for line in offers}:
        raise not_offered(b" / ".join(offers))
    await channel.send(b"STARTTLS\r\n")
    answer = await channel.line()
    if answer.upper().startswith(b"BYE"):
        raise turned_away(answer)
    if not answer.upper().startswith(b"OK"):
        raise refused(answer)
