"""STARTTLS in XMPP, as a client (RFC 6120, section 5). What comes is searched for tags, not parsed: it is hostile."""

import re

from integrations.tls.channel import Channel
from integrations.tls.starttls.refusals import another, not_offered, refused, turned_away

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
_ERROR = re.compile(rb"<" + _PREFIX + rb"error[\s>]")
_FOR_NOW = re.compile(
    rb"<(?:resource-constraint|system-shutdown|internal-server-error|reset|connection-timeout|remote-connection-failed|see-other-host)\b"
)
_AWAY = re.compile(rb"<(?:policy-violation|not-authorized)\b")
"""Conditions of a stream error (RFC 6120, 4.9.3) that will pass, and those that are about who asks."""


async def start(channel: Channel, name: str) -> None:
    """Open a stream to the domain ``name`` and ask for TLS."""
    await channel.send(_STREAM.format(name=name).encode("ascii"))
    if (first := await channel.exactly(1)) != b"<":
        raise another("XMPP", first + channel.buffered)
    offers = first + await channel.through(_OFFERS)
    if _ERROR.search(offers):
        if _AWAY.search(offers):
            raise turned_away(offers)
        raise refused(offers, for_now=bool(_FOR_NOW.search(offers)))
    if _TLS not in offers:
        raise not_offered(offers)
    await channel.send(b"<starttls xmlns='" + _TLS + b"'/>")
    answer = await channel.through(_ANSWER)
    if b"proceed" not in answer:
        raise refused(answer, for_now=bool(_FOR_NOW.search(answer)))
