"""Mail hosts of a domain, out of its MX records (RFC 5321, section 5): their certificates matter too."""

from collections.abc import Iterable

from rules import names


def hosts(records: Iterable[str]) -> tuple[str, ...]:
    """Return the hosts of MX records in zone text ("10 mail.bakery.example"), the preferred first, each once.

    A null MX (RFC 7505) names none; what is no host name is passed over.
    """
    found = sorted(filter(None, map(_ranked, records)))
    return tuple(dict.fromkeys(host for _, host in found))


def _ranked(record: str) -> tuple[int, str] | None:
    preference, _, written = record.strip().partition(" ")
    try:
        return int(preference), names.host(written)
    except ValueError:
        return None
