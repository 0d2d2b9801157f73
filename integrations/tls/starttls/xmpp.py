"""STARTTLS in XMPP, as a client (RFC 6120, section 5). What comes is searched for tags, not parsed: it is hostile."""

import re

from integrations.tls.channel import Channel
from integrations.tls.starttls.refusals import another, not_offered, refused

_TLS = b"urn:ietf:params:xml:ns:xmpp-tls"
_STREAM = (
    "<?xml version='1.0'?><stream:stream to='{name}' version='1.0' xml:lang='en'"
    " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
_PREFIX = rb"(?:\w{1,32}:)?"  # every part is bounded, so that hostile text costs no more time than other text
_OFFERS = re.compile(rb"<" + _PREFIX + rb"features[^<>]{0,200}/>|</" + _PREFIX + rb"(?:features|error|stream)\s{0,9}>")
_ANSWER = re.compile(
    rb"<" + _PREFIX + rb"(?:proceed|failure)[^<>]{0,200}/>|</" + _PREFIX + rb"(?:proceed|failure|error|stream)\s{0,9}>"
)


async def start(channel: Channel, name: str) -> None:
    """Open a stream to the domain ``name`` and ask for TLS."""
    await channel.send(_STREAM.format(name=name).encode("ascii"))
    if (first := await channel.exactly(1)) != b"<":
        raise another("XMPP", first + channel.buffered)
    offers = first + await channel.through(_OFFERS)
    if _TLS not in offers:
        raise not_offered(offers)
    await channel.send(b"<starttls xmlns='" + _TLS + b"'/>")
    answer = await channel.through(_ANSWER)
    if b"proceed" not in answer:
        raise refused(answer)
