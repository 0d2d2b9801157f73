"""Servers below roots that browsers have ceased to trust: made-up roots with the names that were announced.

The scanner is told to trust them, so that they are not found as unknown.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from rules.certificates.faults import FaultKind
from sandbox import pki
from sandbox.configurations.authorities import DAY, Authorities, Branch
from sandbox.configurations.configuration import Configuration

STILL_TRUSTED = datetime(2024, 11, 1, tzinfo=UTC)
"""Chrome trusts what Entrust's roots issued until 2024-11-11 (security.googleblog.com, 2024-06-27); this is before."""


def faulty(made: Authorities) -> Iterator[Configuration]:
    fault = FaultKind.DISTRUSTED
    yield made.serving("distrusted-altogether", fault, branch=_root(made, "TrustCor Systems S. de R.L."))
    yield made.serving("distrusted-by-date", fault, branch=_root(made, "Entrust, Inc."))


def sound(made: Authorities) -> Iterator[Configuration]:
    older = made.serving(
        "distrusted-since",
        branch=_root(made, "Entrust, Inc."),
        not_before=STILL_TRUSTED,
        not_after=made.now + 3000 * DAY,
    )
    yield older.noting(FaultKind.DISTRUSTED)


def _root(made: Authorities, organisation: str) -> Branch:
    called = (
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox Root of Bad Repute"),
    )
    return made.trusting(Branch(pki.root(x509.Name(called)))).under("Sandbox Issuer of Bad Repute")
