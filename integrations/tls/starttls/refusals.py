"""How a dialogue ends before TLS, worded alike for all protocols.

it lists what it can do, without TLS        NO_STARTTLS at once
it was asked for TLS and says no for good   NO_STARTTLS at once
it says: not now                            NOT_NOW, which is told once it has lasted
it says: not you, nor your name             TurnedAway: we could not look, and nothing is said of the endpoint
"""

import re

from integrations.tls.channel import ConnectionEnded, TurnedAway
from integrations.tls.error_texts import said
from rules.certificates.faults import FaultKind

_FOR_NOW = re.compile(
    rb"\[(?:SYS/TEMP|IN-USE|LOGIN-DELAY|UNAVAILABLE|INUSE|LIMIT|SERVERBUG)[\] ]|\(TRYLATER|\(QUOTA"
    rb"|temporar|try again|try later|later\b|too many|too busy|\bbusy\b|overload|shutting down|starting up|maintenance",
    re.IGNORECASE,
)
"""What servers say in words where a refusal will pass (RFC 3206, RFC 5530, RFC 5804, 1.3), or without a code."""


_NOT_YOU = re.compile(
    rb"block(?:ed|ed by|list)|black-?list|banned|\b(?:access|connection|client) denied|client host|reputation"
    rb"|your (?:ip|address|host|network)|not allowed to connect|\bhelo\b|\behlo\b|spamhaus",
    re.IGNORECASE,
)
"""What servers say where it is us whom they refuse: our address, or the name that we greet them with."""


def another(protocol: str, heard: bytes) -> ConnectionEnded:
    """Return that the server speaks something else."""
    return ConnectionEnded(FaultKind.NOT_TLS, f'it does not speak {protocol}: it says "{said(heard)}"')


def turned_away(heard: bytes, *, for_now: bool | None = None) -> ConnectionEnded | TurnedAway:
    """Return that the server speaks its protocol, and not with us; its words say whether that is for now."""
    if for_now or (for_now is None and _FOR_NOW.search(heard)):
        return not_now(heard)
    return TurnedAway(f'it turns our address away: "{said(heard)}"')


def not_offered(heard: bytes) -> ConnectionEnded:
    """Return that TLS is not among what the server says it can do."""
    return ConnectionEnded(FaultKind.NO_STARTTLS, f'it does not offer TLS; it says "{said(heard)}"')


def refused(heard: bytes, *, for_now: bool | None = None) -> ConnectionEnded | TurnedAway:
    """Return that the server was asked for TLS and said no: for now, to us, or for good."""
    if for_now or (for_now is None and _FOR_NOW.search(heard)):
        return not_now(heard)
    if _NOT_YOU.search(heard):
        return turned_away(heard, for_now=False)
    return ConnectionEnded(FaultKind.NO_STARTTLS, f'asked for TLS, it answers "{said(heard)}"', detail="refused")


def not_now(heard: bytes) -> ConnectionEnded:
    """Return that the server cannot serve us at this time."""
    return ConnectionEnded(FaultKind.NOT_NOW, f'it says "{said(heard)}"')
