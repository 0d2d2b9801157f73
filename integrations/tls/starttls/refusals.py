"""How a dialogue ends before TLS, worded alike for all protocols."""

from integrations.tls.channel import ConnectionEnded
from integrations.tls.error_texts import said
from rules.certificates.faults import FaultKind


def another(protocol: str, heard: bytes) -> ConnectionEnded:
    """Return that the server speaks something else."""
    return ConnectionEnded(FaultKind.NOT_TLS, f'it does not speak {protocol}: it says "{said(heard)}"')


def turned_away(heard: bytes) -> ConnectionEnded:
    """Return that the server speaks its protocol, and not with us."""
    return ConnectionEnded(FaultKind.NO_STARTTLS, f'it turns us away: "{said(heard)}"')


def not_offered(heard: bytes) -> ConnectionEnded:
    """Return that TLS is not among what the server says it can do."""
    return ConnectionEnded(FaultKind.NO_STARTTLS, f'it does not offer TLS; it says "{said(heard)}"')


def refused(heard: bytes) -> ConnectionEnded:
    """Return that the server was asked for TLS and said no."""
    return ConnectionEnded(FaultKind.NO_STARTTLS, f'asked for TLS, it answers "{said(heard)}"')
