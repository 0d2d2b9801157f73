"""How a dialogue ends before TLS, told alike for all protocols."""

from integrations.tls.channel import Ended
from integrations.tls.words import said
from rules.certificates.faults import Fault


def another(protocol: str, heard: bytes) -> Ended:
    """Return that the server speaks something else."""
    return Ended(Fault.NOT_TLS, f'it does not speak {protocol}: it says "{said(heard)}"')


def turned_away(heard: bytes) -> Ended:
    """Return that the server speaks its protocol, and not with us."""
    return Ended(Fault.NO_STARTTLS, f'it turns us away: "{said(heard)}"')


def not_offered(heard: bytes) -> Ended:
    """Return that TLS is not among what the server says it can do."""
    return Ended(Fault.NO_STARTTLS, f'it does not offer TLS; it says "{said(heard)}"')


def refused(heard: bytes) -> Ended:
    """Return that the server was asked for TLS and said no."""
    return Ended(Fault.NO_STARTTLS, f'asked for TLS, it answers "{said(heard)}"')
