"""What is known beside the handshake: the DNS records about an endpoint's certificates, and when its CA would renew."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalWindow:
    """When a CA suggests to renew a certificate (RFC 9773, section 4.2). Times are aware and UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsPolicy:
    """Facts from elsewhere. None says that nothing was asked or answered, an empty tuple that there is no record.

    ``caa`` is the relevant record set (RFC 8659, section 3: the nearest one up the tree) as zone text, such as ``0
    issue "letsencrypt.org"``; ``tlsa`` that of ``_PORT._tcp.HOST`` (RFC 6698, section 3), such as ``3 1 1 0A1B...``;
    ``tlsa_secure`` says whether that answer was validated by DNSSEC. ``window`` is the one of the certificate that
    ``Examined.renewal`` names.
    """

    caa: tuple[str, ...] | None = None
    tlsa: tuple[str, ...] | None = None
    tlsa_secure: bool = False
    window: RenewalWindow | None = None
