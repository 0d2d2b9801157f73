"""Chains to verify: what a server sends, what is trusted, and when."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509

from rules.certificates import faults
from rules.x509 import verification
from rules.x509.verification import Verification
from rules.x509.violations import Severity, Violation, ViolationKind
from sandbox import profiles
from sandbox.pki import Issuer
from wording.certificates import certificate_faults

HOST = "shop.example"


def now() -> datetime:
    """Return the time at which leaves of the sandbox are in their prime."""
    return datetime.now(UTC)


def verdict(
    *sent: Issuer,
    roots: Sequence[Issuer],
    host: str = HOST,
    at: datetime | None = None,
    extra: Sequence[Issuer] = (),
    public: bool = False,
    strict: bool = False,
) -> Verification:
    """Verify what is sent under roots that are private, or public where told so."""
    trusted = [root.certificate for root in roots]
    anchors = verification.TrustRoots(trusted, []) if public else verification.TrustRoots([], trusted)
    return verification.verify(
        [one.certificate for one in sent],
        roots=anchors,
        at=at or now(),
        host=host,
        extra=[one.certificate for one in extra],
        strict=strict,
    )


def kinds(found: Verification, least: Severity = Severity.WARNING) -> set[ViolationKind]:
    """Return the kinds of violations that are at least that severe."""
    return {one.kind for one in found.violations if one.severity >= least}


def sentence(found: Violation) -> str:
    """Return a violation in words."""
    return certificate_faults.sentence(faults.of_violation(found))


def extension(value: x509.ExtensionType, *, critical: bool = False) -> x509.Extension[x509.ExtensionType]:
    """Return an extension as ``Profile.more`` takes it."""
    return x509.Extension(value.oid, critical, value)


def raw(dotted: str, content: bytes, *, critical: bool = False) -> x509.Extension[x509.UnrecognizedExtension]:
    """Return an extension with these bytes inside."""
    return profiles.extension(x509.ObjectIdentifier(dotted), content, critical=critical)


def named(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """Return a name of these attributes."""
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])
