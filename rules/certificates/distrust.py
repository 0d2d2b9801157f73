"""Authorities that root programmes of browsers have ceased to trust, as a dated table of facts.

A programme either removes a root at once, or stops trusting what it issues after a day, so that what was issued before
lives on until it ends. Chrome judges that day by the earliest SCT, Mozilla by notBefore; an authority signs when it
logs, so notBefore stands for both here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol

from rules.certificates import authorities
from rules.certificates.faults import Fault, FaultKind, Severity, fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Distrust:
    """One decision.

    ``organisations`` stand in the names of the roots, and ``by`` says whose decision it is. Since ``since``,
    certificates that were issued after ``issued_after`` are refused (that whole day, UTC, is still trusted); all where
    it is None.
    """

    name: str
    organisations: tuple[str, ...]
    by: str
    since: date
    issued_after: date | None = None
    source: str

    def refuses(self, not_before: datetime) -> bool:
        """Return whether a certificate issued at ``not_before`` (aware) is refused."""
        if self.issued_after is None:
            return True
        return not_before > datetime.combine(self.issued_after, time.max, tzinfo=UTC)


DISTRUSTED: tuple[Distrust, ...] = (
    Distrust(
        name="DigiNotar",
        organisations=("DigiNotar",),
        by="all browsers",
        since=date(2011, 8, 29),
        source="https://blog.mozilla.org/security/2011/08/29/fraudulent-google-com-certificate/",
    ),
    Distrust(
        name="WoSign",
        organisations=("WoSign CA Limited",),
        by="Chrome and Firefox",
        since=date(2017, 9, 5),
        source="https://groups.google.com/a/chromium.org/g/net-dev/c/FKXe-76GO8Y/m/Ka8K5lj9AgAJ",
    ),
    Distrust(
        name="StartCom",
        organisations=("StartCom Ltd.", "StartCom CA"),
        by="Chrome and Firefox",
        since=date(2017, 9, 5),
        source="https://groups.google.com/a/chromium.org/g/net-dev/c/FKXe-76GO8Y/m/Ka8K5lj9AgAJ",
    ),
    Distrust(
        name="Symantec",
        organisations=(
            "Symantec Corporation", "VeriSign, Inc.", "GeoTrust Inc.", "Equifax",
            "thawte, Inc.", "Thawte, Inc.", "Thawte Consulting cc",
        ),
        by="Chrome and Firefox",
        since=date(2018, 10, 16),
        source="https://knowledge.digicert.com/alerts/ALERT2530.html",
    ),
    Distrust(
        name="Camerfirma",
        organisations=("AC Camerfirma S.A.", "AC Camerfirma SA CIF A82743287"),
        by="Chrome and Firefox",
        since=date(2021, 4, 19),
        source="https://security.stackexchange.com/questions/247888/",
    ),
    Distrust(
        name="TrustCor",
        organisations=("TrustCor Systems S. de R.L.",),
        by="Chrome",
        since=date(2023, 3, 7),
        source="https://www.techtarget.com/searchsecurity/news/252528417/Google-drops-TrustCor-certificates-as-questions-loom",
    ),
    Distrust(
        name="e-Tugra",
        organisations=(
            "E-Tugra EBG A.S.",
            "E-Tuğra EBG A.Ş.",
            "E-Tuğra EBG Bilişim Teknolojileri ve Hizmetleri A.Ş.",
        ),
        by="Chrome and Firefox",
        since=date(2023, 6, 5),
        source="https://groups.google.com/a/mozilla.org/g/dev-security-policy/c/C-HrP1SEq1A",
    ),
    Distrust(
        name="GLOBALTRUST",
        organisations=("e-commerce monitoring GmbH",),
        by="Chrome and Firefox",
        since=date(2024, 7, 1),
        issued_after=date(2024, 6, 30),
        source="https://groups.google.com/a/ccadb.org/g/public/c/wRs-zec8w7k",
    ),
    Distrust(
        name="Entrust",
        organisations=("Entrust, Inc.", "Entrust.net"),
        by="Chrome, and Firefox from 2024-12-01",
        since=date(2024, 11, 12),
        issued_after=date(2024, 11, 11),
        source="https://security.googleblog.com/2024/06/sustaining-digital-certificate-security.html",
    ),
    Distrust(
        name="AffirmTrust",
        organisations=("AffirmTrust",),
        by="Chrome, and Firefox from 2024-12-01",
        since=date(2024, 11, 12),
        issued_after=date(2024, 11, 11),
        source="https://security.googleblog.com/2024/06/sustaining-digital-certificate-security.html",
    ),
    Distrust(
        name="Chunghwa Telecom",
        organisations=("Chunghwa Telecom Co., Ltd.",),
        by="Chrome",
        since=date(2025, 8, 1),
        issued_after=date(2025, 7, 31),
        source="https://groups.google.com/a/ccadb.org/g/public/c/eMOETf47kFY",
    ),
    Distrust(
        name="Netlock",
        organisations=("NetLock Kft.", "NETLOCK Kft.", "NETLOCK Ltd."),
        by="Chrome",
        since=date(2025, 8, 1),
        issued_after=date(2025, 7, 31),
        source="https://groups.google.com/a/ccadb.org/g/public/c/eMOETf47kFY",
    ),
    Distrust(
        name="Izenpe",
        organisations=("IZENPE S.A.",),
        by="Firefox",
        since=date(2026, 4, 16),
        issued_after=date(2026, 4, 15),
        source="https://groups.google.com/a/mozilla.org/g/dev-security-policy/c/o1VliD70ctg/m/pY0JBzTlAQAJ",
    ),
)  # fmt: skip
"""Decisions known on 2026-11-23, oldest first; ``source`` of each is the announcement, or a page that quotes it.

Organisations are those of the roots' subjects: intermediates of the same name may stand under another root that is
trusted, as those do that Entrust sells today. Izenpe's root is distrusted because of its age, not for a fault.
"""


_BY_ORGANISATION = {who: one for one in DISTRUSTED for who in one.organisations}


class Issued(Protocol):
    """A certificate of a path, as far as this table needs it."""

    @property
    def issuer(self) -> str: ...
    @property
    def not_before(self) -> datetime | None: ...


def check(path: Sequence[Issued]) -> tuple[Fault, ...]:
    """Return what is wrong with a chain (leaf first, as far as it was found) whose root is in the table.

    A leaf from before the day is a note: it works, and its successor must come from elsewhere.
    """
    if not path or path[0].not_before is None:
        return ()
    found = _BY_ORGANISATION.get(authorities.organisation(path[-1].issuer))
    if found is None:
        return ()
    refused = found.refuses(path[0].not_before)
    return (
        fault(
            FaultKind.DISTRUSTED,
            "refused" if refused else "older",
            severity=None if refused else Severity.NOTE,
            depth=len(path) - 1,
            authority=found.name,
            by=found.by,
            since=found.since.isoformat(),
            issued_after=found.issued_after.isoformat() if found.issued_after else "",
        ),
    )
