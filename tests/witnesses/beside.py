"""The sandbox's catalogue before all witnesses at once: what each says, and why they differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rules.certificates.faults import FaultKind, Severity
from rules.certificates.finding import Finding
from sandbox import configurations, pki
from sandbox.configurations import Catalogue, Configuration
from sandbox.files import Files
from sandbox.served import TlsServers, address_of
from tests.support import findings
from tests.witnesses import openssl_client, sslyze_scanner
from tests.witnesses.explanations import OPENSSL, SSLYZE, Explanations
from tests.witnesses.witness import Asked, Said


@dataclass(frozen=True, slots=True)
class Row:
    """One server: what is wrong with it, what we found, what each witness said, and where they differ why (or None)."""

    configuration: Configuration
    ours: frozenset[FaultKind]
    notes: frozenset[FaultKind]
    said: Mapping[str, Said]
    differences: Mapping[str, str | None]

    @property
    def is_true(self) -> bool:
        """Whether we found what is wrong, and nothing else."""
        return (self.ours, self.notes) == (self.configuration.faults, self.configuration.notes)

    @property
    def unexplained(self) -> list[str]:
        """The witnesses that differ from us, nobody knows why."""
        return [witness for witness, why in self.differences.items() if why is None]


def rows(folder: Path, explanations: Mapping[str, Explanations]) -> list[Row]:
    """Serve the catalogue of this moment, put it to everybody, and return a row for each server.

    The moment is now, because sslyze cannot be told another. ``folder`` is for the file of roots.
    """
    with Files() as files:
        catalogue = configurations.catalogue(datetime.now(UTC), files)
        with TlsServers(catalogue.all) as servers:
            ours = findings.of_catalogue(catalogue, servers)
            said = _asked(catalogue, servers, folder)
    return [_row(each, ours[each.name], said, explanations) for each in catalogue.all if each.name in ours]


def faults(finding: Finding) -> frozenset[FaultKind]:
    """Return the faults of a finding without its notes."""
    return frozenset(one.kind for one in finding.faults if one.severity > Severity.NOTE)


def notes(finding: Finding) -> frozenset[FaultKind]:
    """Return what a finding tells as a note alone."""
    return frozenset(one.kind for one in finding.faults if one.severity is Severity.NOTE)


def _asked(catalogue: Catalogue, servers: TlsServers, folder: Path) -> dict[str, dict[str, Said]]:
    roots = folder / "roots.pem"
    roots.write_bytes(pki.pem(*catalogue.public_roots, *catalogue.private_roots))
    asked = [_question(each, servers) for each in catalogue.all if each.name in servers.ports]
    return {OPENSSL: openssl_client.ask(asked, roots), SSLYZE: sslyze_scanner.ask(asked, roots)}


def _question(each: Configuration, servers: TlsServers) -> Asked:
    where = {"address": address_of(each), "port": servers.ports[each.name]}
    return Asked(name=each.name, host=each.host, protocol=each.protocol, **where)


def _row(
    each: Configuration, finding: Finding, said: dict[str, dict[str, Said]], explanations: Mapping[str, Explanations]
) -> Row:
    ours = faults(finding)
    answers = {witness: answers[each.name] for witness, answers in said.items()}
    differences = {
        witness: explanations[witness].explain(each.name, ours, answer)
        for witness, answer in answers.items()
        if explanations[witness].differ(ours, answer)
    }
    return Row(each, ours, notes(finding), answers, differences)
