"""What is known of certificate authorities: how they sign, which CAA records name them, and where ACME is asked."""

import re
from dataclasses import dataclass
from functools import lru_cache

_ATTRIBUTE = re.compile(r"(?:\\.|[^,+\\])+", re.DOTALL)
_ORGANISATION = "O="
_ESCAPED = re.compile(r"\\([0-9A-Fa-f]{2}|.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAuthority:
    """One authority.

    ``organisations`` stand in the names of its issuing certificates, ``domains`` in CAA records that allow it;
    ``directory`` is its ACME directory where that announces renewal information (RFC 9773), and ``automated`` says
    that it issues to programs alone.
    """

    name: str
    organisations: tuple[str, ...]
    domains: tuple[str, ...]
    directory: str = ""
    automated: bool = False


AUTHORITIES: tuple[KnownAuthority, ...] = (
    KnownAuthority(
        name="Let's Encrypt",
        organisations=("Let's Encrypt",),
        domains=("letsencrypt.org",),
        directory="https://acme-v02.api.letsencrypt.org/directory",
        automated=True,
    ),
    KnownAuthority(
        name="Google Trust Services",
        organisations=("Google Trust Services", "Google Trust Services LLC"),
        domains=("pki.goog",),
        directory="https://dv.acme-v02.api.pki.goog/directory",
        automated=True,
    ),
    KnownAuthority(
        name="Amazon",
        organisations=("Amazon",),
        domains=("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"),
    ),
    KnownAuthority(
        name="DigiCert",
        organisations=("DigiCert Inc", "DigiCert, Inc.", "DigiCert Ireland Limited"),
        domains=(
            "digicert.com", "www.digicert.com", "digicert.ne.jp", "cybertrust.ne.jp", "symantec.com",
            "thawte.com", "geotrust.com", "rapidssl.com", "digitalcertvalidation.com", "quovadisglobal.com",
        ),
    ),
    KnownAuthority(
        name="Sectigo",
        organisations=("Sectigo Limited", "COMODO CA Limited", "The USERTRUST Network", "ZeroSSL"),
        domains=(
            "sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com",
            "netsolssl.com", "entrust.net", "affirmtrust.com",
        ),
    ),
    KnownAuthority(name="GlobalSign", organisations=("GlobalSign nv-sa",), domains=("globalsign.com",)),
    KnownAuthority(
        name="GoDaddy",
        organisations=("GoDaddy.com, Inc.", "Starfield Technologies, Inc."),
        domains=("godaddy.com", "starfieldtech.com"),
    ),
    KnownAuthority(name="SSL.com", organisations=("SSL Corporation", "SSL Corp"), domains=("ssl.com",)),
    KnownAuthority(
        name="Microsoft", organisations=("Microsoft Corporation",), domains=("microsoft.com", "digicert.com")
    ),
    KnownAuthority(
        name="Certum",
        organisations=("Unizeto Technologies S.A.", "Asseco Data Systems S.A."),
        domains=("certum.pl", "certum.eu"),
    ),
    KnownAuthority(
        name="Actalis", organisations=("Actalis S.p.A.", "Actalis S.p.A./03358520967"), domains=("actalis.it",)
    ),
    KnownAuthority(name="D-Trust", organisations=("D-Trust GmbH",), domains=("d-trust.net", "dtrust.de", "d-trust.de")),
    KnownAuthority(name="Telekom Security", organisations=("Deutsche Telekom Security GmbH",), domains=("telesec.de",)),
    KnownAuthority(
        name="HARICA", organisations=("Hellenic Academic and Research Institutions CA",), domains=("harica.gr",)
    ),
)  # fmt: skip
"""Authorities that agencies meet; nothing is known of others.

CAA names: the authorities' practice statements, section 4.2, and their help pages, such as
https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html and
https://www.sectigo.com/faqs/detail/CAA-Record-Certification-Authority-Authorization-1527076091491/kA01N000000zFMO.
Directories: those that RFC 9773's draft names as implementations (draft-ietf-acme-ari-08); other authorities may have
followed, and are asked once they are entered here.
"""


_BY_ORGANISATION = {who: one for one in AUTHORITIES for who in one.organisations}


@lru_cache(maxsize=512)
def organisation(name: str) -> str:
    """Return the organisation (O) of a distinguished name as RFC 4514 writes it, empty where it has none."""
    attributes = (found.group() for found in _ATTRIBUTE.finditer(name))
    found = next((one for one in attributes if one.startswith(_ORGANISATION)), "")
    return _unescaped(found.removeprefix(_ORGANISATION))


def of_issuer(name: str) -> KnownAuthority | None:
    """Return the authority whose issuing certificate has this distinguished name, None where it is not known."""
    return _BY_ORGANISATION.get(organisation(name))


def _unescaped(value: str) -> str:
    """Undo RFC 4514's escapes: of a character, or of the octets of its UTF-8 (section 2.4)."""
    octets = bytearray()
    last = 0
    for found in _ESCAPED.finditer(value):
        octets += value[last : found.start()].encode("utf-8", "replace")
        last = found.end()
        escaped = found.group(1)
        octets += bytes.fromhex(escaped) if len(escaped) > 1 else escaped.encode("utf-8", "replace")
    octets += value[last:].encode("utf-8", "replace")
    return octets.decode("utf-8", "replace")
