"""What a domain's owner says in the DNS: who may issue certificates, which one is right, which hosts take its mail."""

from collections.abc import Iterable
from dataclasses import dataclass

from rules import names
from rules.certificates.ari import RenewalWindow

_NEVER = ".invalid"
"""Names under it do not exist (RFC 6761, section 6.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsPolicy:
    """What the DNS says of an endpoint's certificates.

    None says that nothing was asked or answered, an empty tuple that there is no record. ``caa`` is the relevant record
    set (RFC 8659, section 3: the nearest one up the tree) as zone text, such as ``0 issue "letsencrypt.org"``; ``tlsa``
    that of ``_PORT._tcp.HOST`` (RFC 6698, section 3), such as ``3 1 1 0A1B...``; ``tlsa_secure`` says whether that
    answer was validated by DNSSEC. ``window`` is when the CA would renew the certificate that ``ExaminedScan.renewal``
    asks about.
    """

    caa: tuple[str, ...] | None = None
    tlsa: tuple[str, ...] | None = None
    tlsa_secure: bool = False
    window: RenewalWindow | None = None


def mail_hosts(records: Iterable[str]) -> tuple[str, ...]:
    """Return the hosts of MX records in zone text ("10 mail.bakery.example"), the preferred first, each once.

    A null MX (RFC 7505) names none. What is no host name is passed over, and so is a host below ``.invalid``, which
    never has an address: with such a host people prove to Nolapse and others that a domain is theirs.
    """
    found = sorted(filter(None, map(_ranked, records)))
    return tuple(dict.fromkeys(host for _, host in found))


def _ranked(record: str) -> tuple[int, str] | None:
    preference, _, written = record.strip().partition(" ")
    try:
        ranked = int(preference), names.host(written)
    except ValueError:
        return None
    return None if ranked[1].endswith(_NEVER) else ranked
