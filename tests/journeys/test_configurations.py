"""The truth: every server of the catalogue is scanned over TLS and judged, and shows its faults and no other."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from rules.certificates.faults import FaultKind, Severity
from rules.certificates.finding import Finding
from sandbox import configurations
from sandbox.configurations import Catalogue
from sandbox.files import Files
from sandbox.pki import fingerprint
from sandbox.served import TlsServers
from tests.support import findings

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""A moment at which certificates of both rules about lifetimes are alive."""

FAULTY, SOUND = 40, 20
"""How many servers of each kind are promised."""


def _names() -> tuple[list[str], list[str]]:
    """Return names alone: the certificates are made anew for the tests, where their authority's files are served."""
    with Files() as files:
        made = configurations.catalogue(NOW, files)
    return [each.name for each in made.faulty], [each.name for each in made.sound]


NAMES_OF_FAULTY, NAMES_OF_SOUND = _names()


@pytest.fixture(scope="module")
def catalogue() -> Iterator[Catalogue]:
    with Files() as files:
        yield configurations.catalogue(NOW, files)


@pytest.fixture(scope="module")
def found(catalogue: Catalogue) -> Iterator[dict[str, Finding]]:
    with TlsServers(catalogue.all) as servers:
        yield findings.of_catalogue(catalogue, servers)


@pytest.mark.parametrize("name", NAMES_OF_FAULTY)
def test_each_fault_is_found_and_no_other(name: str, catalogue: Catalogue, found: dict[str, Finding]):
    configuration = next(each for each in catalogue.faulty if each.name == name)
    assert configuration.faults
    assert _faults(found[name]) == configuration.faults, found[name].faults
    assert _notes(found[name]) == configuration.notes
    assert not found[name].ok


@pytest.mark.parametrize("name", NAMES_OF_SOUND)
def test_a_sound_server_is_found_sound(name: str, catalogue: Catalogue, found: dict[str, Finding]):
    configuration = next(each for each in catalogue.sound if each.name == name)
    if ":" in configuration.host and name not in found:
        pytest.skip("this machine has no IPv6")
    assert not _faults(found[name]), found[name].faults
    assert _notes(found[name]) == configuration.notes
    assert found[name].ok


def test_a_leaf_is_seen_as_it_was_issued(catalogue: Catalogue, found: dict[str, Finding]):
    seen = {name: finding.leaf.fingerprint for name, finding in found.items() if finding.leaf}
    issued = {each.name: {fingerprint(leaf.certificate) for leaf in each.leaves} for each in catalogue.all}
    assert len(seen) >= FAULTY + SOUND
    assert all(one in issued[name] for name, one in seen.items())


def test_the_catalogue_is_as_large_as_promised(catalogue: Catalogue):
    assert len(catalogue.faulty) >= FAULTY
    assert len(catalogue.sound) >= SOUND
    assert len({each.name for each in catalogue.all}) == len(catalogue.all)


def test_every_fault_that_one_address_can_show_is_in_the_catalogue(catalogue: Catalogue):
    shown = frozenset[FaultKind]().union(*(each.faults | each.notes for each in catalogue.all))
    assert set(FaultKind) - shown == ELSEWHERE


ELSEWHERE = {
    FaultKind.UNREACHABLE,
    FaultKind.NOT_NOW,
    FaultKind.UNREADABLE,
    FaultKind.CHECKERS_DISAGREE,
    FaultKind.ADDRESSES_DIFFER,
    FaultKind.MACHINES_DIFFER,
    FaultKind.TLSA_MISMATCH,
    FaultKind.CAA_MISMATCH,
}
"""What takes several addresses, DNS, or no server at all: tested beside the scanner and the rules."""


def _faults(finding: Finding) -> frozenset[FaultKind]:
    return frozenset(one.kind for one in finding.faults if one.severity > Severity.NOTE)


def _notes(finding: Finding) -> frozenset[FaultKind]:
    return frozenset(one.kind for one in finding.faults if one.severity is Severity.NOTE)
