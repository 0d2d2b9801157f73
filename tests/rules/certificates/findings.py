"""Certificates and findings as plain values, for rules that read no bytes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rules.certificates import history
from rules.certificates.faults import Fault, FaultKind, fault
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole, Finding, Grade
from rules.certificates.history import EndpointHistory, ServedCertificate
from rules.certificates.observation import Protocol

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOST = "www.agency.test"
LETS_ENCRYPT = "CN=R12,O=Let's Encrypt,C=US"
DIGICERT = r"CN=DigiCert TLS RSA CA,O=DigiCert\, Inc.,C=US"


def leaf(serial: str = "01", *, begins: datetime = NOW, life: timedelta = 90 * DAY, **other: Any) -> ChainLink:
    given: dict[str, Any] = {
        "role": ChainRole.LEAF,
        "sent": True,
        "subject": f"CN={HOST}",
        "issuer": LETS_ENCRYPT,
        "serial": serial,
        "not_before": begins,
        "not_after": begins + life,
        "names": (HOST,),
        "key": "EC-256",
        "key_id": f"key of {serial}",
        "signature": "ECDSA-SHA256",
        "fingerprint": f"print of {serial}",
    }
    return ChainLink(**{**given, **other})


def address_finding(address: str = "192.0.2.1", certificate: ChainLink | None = None, *faults: Fault) -> AddressFinding:
    return AddressFinding(address=address, faults=faults, chain=(certificate,) if certificate else ())


def finding(*addresses: AddressFinding, faults: tuple[Fault, ...] = (), **other: Any) -> Finding:
    leafs = [one.leaf for one in addresses if one.leaf]
    given: dict[str, Any] = {
        "host": HOST,
        "port": 443,
        "protocol": Protocol.TLS,
        "grade": Grade.SOUND,
        "faults": faults or tuple(one for each in addresses for one in each.faults),
        "leaf": min(leafs, key=lambda one: one.not_after or NOW) if leafs else None,
        "addresses": addresses,
    }
    return Finding(**{**given, **other})


SILENT = fault(FaultKind.UNREACHABLE, "no_answer", reason="connection refused")


def scanned(*findings: Finding, every: timedelta = DAY, last: datetime = NOW) -> EndpointHistory:
    """Return what is known after these scans, the last one made at ``last``."""
    known = EndpointHistory()
    for number, one in enumerate(findings):
        known = known.after(one, now=last - (len(findings) - 1 - number) * every)
    return known


def served(link: ChainLink, *, first: datetime, last: datetime) -> ServedCertificate:
    found = history.served(link, first=first, last=last)
    assert found
    return found
