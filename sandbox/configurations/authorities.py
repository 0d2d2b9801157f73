"""The authorities of the catalogue: one that counts as public, one that its owner trusts, and how they issue.

public root  ── issuer ── leaf with SCTs, a CRL and the address of its issuer
private root ── issuer ── leaf
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from cryptography import x509

from rules.certificates.faults import FaultKind
from sandbox import pki, revocation
from sandbox.configurations.configuration import Configuration
from sandbox.files import Files
from sandbox.pki import Issuer
from sandbox.sct import Log

DAY = timedelta(days=1)
DOMAIN = "configurations.test"


@dataclass(frozen=True)
class Branch:
    """An issuer, the certificates (DER) that a server sends after a leaf of it, and the fields of its leaves."""

    issuer: Issuer
    sent: tuple[bytes, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict[str, Any])

    def under(self, called: str | x509.Name, **fields: Any) -> Self:
        """Return the branch of a new authority below this one."""
        return self.below(self.issuer.authority(called, **fields))

    def below(self, issuer: Issuer) -> Self:
        """Return the branch of ``issuer``, whose certificate is sent before those above it."""
        return replace(self, issuer=issuer, sent=(issuer.certificate, *self.sent))


class Authorities:
    """Both authorities, at one moment. What they publish goes to ``files``."""

    def __init__(self, now: datetime, files: Files) -> None:
        self.now = now.replace(microsecond=0)
        self.files = files
        self.public_root = Branch(pki.root("Sandbox Public Root"), fields={"logs": (Log(), Log())})
        self.trusted: list[Issuer] = []
        self.private_root = self.trusting(Branch(pki.root("Sandbox Private Root")))
        self.public = self.publishing(self.public_root.under("Sandbox Public Issuer"), "public")
        self.private = self.private_root.under("Sandbox Private Issuer")

    def trusting(self, root: Branch) -> Branch:
        """Have the scanner trust a root as its owner does."""
        self.trusted.append(root.issuer)
        return root

    def publishing(self, branch: Branch, name: str, revoked: Iterable[Issuer] = ()) -> Branch:
        """Publish a branch's certificate and its CRL under ``name``; its leaves tell where both are."""
        issuer = self.files.publish(f"{name}.cer", branch.issuer.certificate)
        crl = self.publish_crl(name, branch.issuer, revoked)
        return replace(branch, fields={**branch.fields, "issuers_at": (issuer,), "crls_at": (crl,)})

    def publish_crl(self, name: str, by: Issuer, revoked: Iterable[Issuer] = ()) -> str:
        """Publish what ``by`` revoked, in a CRL of this week; return its URL."""
        span = revocation.Span.around(self.now)
        return self.files.publish(f"{name}.crl", revocation.crl(by, revoked, span=span))

    def leaf(self, host: str, branch: Branch | None = None, **fields: Any) -> Issuer:
        """Issue a leaf that is a month old and lives two more, by the private authority where none is named."""
        branch = branch or self.private
        dates = {"not_before": self.now - 30 * DAY, "not_after": self.now + 60 * DAY}
        return branch.issuer.leaf(host, **{**dates, **branch.fields, **fields})

    def serving(
        self, name: str, *faults: FaultKind, host: str = "", branch: Branch | None = None, **fields: Any
    ) -> Configuration:
        """Return a server whose leaf says ``fields``, with the certificates that belong to it."""
        branch, host = branch or self.private, host or host_of(name)
        leaf = self.leaf(host, branch, **fields)
        return configuration(name, *faults, host=host, leaves=(leaf,), sent=branch.sent)


def host_of(name: str) -> str:
    """Return the host of the configuration of this name."""
    return f"{name}.{DOMAIN}"


def configuration(name: str, *faults: FaultKind, **parts: Any) -> Configuration:
    """Return a configuration with these faults; where no host is given, its host is made of its name."""
    return Configuration(name=name, faults=frozenset(faults), **{"host": host_of(name), **parts})
