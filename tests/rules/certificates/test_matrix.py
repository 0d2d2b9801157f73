"""What people see of a finding: which addresses differ, which chains there are, and where in a chain a fault is."""

from dataclasses import replace

import pytest

from rules.certificates import matrix
from rules.certificates.faults import Fault, FaultKind, fault
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole
from rules.certificates.matrix import ChainDrawing, Column
from tests.rules.certificates.findings import DAY, NOW, address_finding, leaf

OLD, NEW = leaf("01", begins=NOW - 87 * DAY), leaf("02", begins=NOW - DAY)
ROOT = leaf("r", begins=NOW - 900 * DAY, life=9000 * DAY, role=ChainRole.ROOT, sent=False, subject="CN=Root")
MIDDLE = leaf("m", begins=NOW - 90 * DAY, life=900 * DAY, role=ChainRole.INTERMEDIATE, subject="CN=Middle")


def chained(address: str, *links: ChainLink, faults: tuple[Fault, ...] = ()) -> AddressFinding:
    return AddressFinding(address=address, chain=links, faults=faults)


def drawing(*links: ChainLink, faults: tuple[Fault, ...] = ()) -> ChainDrawing:
    (found,) = matrix.chains([chained("192.0.2.1", *links, faults=faults)])
    return found


def kinds(found: ChainDrawing) -> list[tuple[str | None, list[FaultKind]]]:
    return [(box.link and box.link.role.value, [one.kind for one in box.faults]) for box in found.boxes]


class TestRows:
    def test_what_is_unlike_most_addresses_is_marked_and_nothing_else(self) -> None:
        common = replace(address_finding("192.0.2.1", NEW), tls_version="TLSv1.3", hsts="max-age=1")
        address_findings = [
            common,
            replace(common, address="192.0.2.2"),
            replace(common, address="192.0.2.3", chain=(OLD,), tls_version="TLSv1.2"),
            replace(common, address="192.0.2.4", hsts="", faults=(fault(FaultKind.WRONG_ORDER),), stapled=True),
        ]
        assert [set(row.differs) for row in matrix.rows(address_findings)] == [
            set(),
            set(),
            {Column.CERTIFICATE, Column.TLS_VERSION},
            {Column.HSTS, Column.VERDICT, Column.STAPLE},
        ]

    def test_an_address_that_shows_nothing_is_no_difference(self) -> None:
        silent = address_finding("192.0.2.9", None, fault(FaultKind.UNREACHABLE))
        rows = matrix.rows([silent, silent, address_finding("192.0.2.1", NEW)])
        assert [(row.number, set(row.differs)) for row in rows] == [(None, set()), (None, set()), (1, set())]

    def test_what_was_not_asked_is_no_difference(self) -> None:
        asked = replace(address_finding("192.0.2.1", NEW), hsts="")
        assert [set(row.differs) for row in matrix.rows([replace(asked, hsts=None), asked])] == [set(), set()]

    def test_of_as_many_the_first_address_is_the_usual_one(self) -> None:
        first, second = matrix.rows([address_finding("192.0.2.1", NEW), address_finding("192.0.2.2", OLD)])
        assert (set(first.differs), set(second.differs)) == (set(), {Column.CERTIFICATE})

    def test_certificates_are_numbered_as_they_appear(self) -> None:
        rows = matrix.rows([address_finding("a", OLD), address_finding("b", NEW), address_finding("c", OLD)])
        assert [row.number for row in rows] == [1, 2, 1]


class TestChains:
    def test_equal_chains_are_shown_once_with_all_their_addresses(self) -> None:
        address_findings = [
            chained("a", NEW, MIDDLE, ROOT),
            chained("b", OLD, MIDDLE, ROOT),
            chained("c", NEW, MIDDLE, ROOT),
            chained("d", NEW),
        ]
        found = matrix.chains(address_findings)
        assert [(one.number, one.addresses, one.is_first) for one in found] == [
            (1, ("a", "c"), True),
            (2, ("b",), True),
            (1, ("d",), False),
        ]

    def test_a_chain_stands_from_its_root_to_its_leaf_and_strays_apart(self) -> None:
        stray = replace(MIDDLE, role=ChainRole.STRAY)
        found = drawing(NEW, MIDDLE, ROOT, stray)
        assert [box.link for box in found.boxes] == [ROOT, MIDDLE, NEW]
        assert found.strays == (stray,)

    @pytest.mark.parametrize(("depth", "place"), [(0, "leaf"), (1, "intermediate"), (2, "root"), (3, None)])
    def test_a_fault_is_at_the_certificate_of_its_depth(self, depth: int, place: str | None) -> None:
        found = drawing(NEW, MIDDLE, ROOT, faults=(fault(FaultKind.MALFORMED, depth=depth),))
        assert [role for role, faults in kinds(found) if faults] == [place]
        assert found.faults == ()

    def test_an_issuer_that_nobody_sends_is_a_gap_above_the_leaf(self) -> None:
        found = drawing(NEW, faults=(fault(FaultKind.INCOMPLETE_CHAIN, depth=1),))
        assert kinds(found) == [(None, [FaultKind.INCOMPLETE_CHAIN]), ("leaf", [])]

    def test_an_issuer_whose_name_begins_with_the_leafs_has_its_own_faults(self) -> None:
        namesake = replace(MIDDLE, subject=f"{NEW.subject},O=Agency CA")
        weak = fault(FaultKind.WEAK_KEY, "dsa", depth=1, subject=namesake.subject, key="DSA-1024")
        found = drawing(NEW, namesake, ROOT, faults=(weak,))
        assert kinds(found) == [("root", []), ("intermediate", [FaultKind.WEAK_KEY]), ("leaf", [])]

    def test_what_is_at_no_certificate_alone_is_a_fault_of_the_chain(self) -> None:
        found = drawing(NEW, MIDDLE, ROOT, faults=(fault(FaultKind.WRONG_ORDER), fault(FaultKind.OLD_PROTOCOL)))
        assert [one.kind for one in found.faults] == [FaultKind.WRONG_ORDER], "a protocol is no part of a chain"

    @pytest.mark.parametrize("depth", [None, 0, 1, 2, 3, 4, 99])
    @pytest.mark.parametrize("kind", FaultKind)
    def test_every_fault_of_a_chain_is_shown_once(self, kind: FaultKind, depth: int | None) -> None:
        found = drawing(NEW, MIDDLE, ROOT, faults=(fault(kind, depth=depth),))
        shown = [one.kind for box in found.boxes for one in box.faults] + [one.kind for one in found.faults]
        assert shown in ([kind], []), "never twice"
        assert shown == [kind] or kind in matrix.NOT_OF_A_CHAIN


def test_a_lifetime_is_lived_from_none_to_all_of_it() -> None:
    link = leaf(begins=NOW, life=90 * DAY)
    assert [matrix.lived(link, now=NOW + days * DAY) for days in (-1, 0, 45, 90, 91)] == [0, 0, 0.5, 1, 1]
    assert matrix.lived(replace(link, not_after=None), now=NOW) is None
    assert matrix.lived(replace(link, not_after=link.not_before), now=NOW) is None


def test_a_fault_that_was_found_more_than_once_is_kept_as_often() -> None:
    twice = (fault(FaultKind.REVOKED, "one", depth=0), fault(FaultKind.REVOKED, "two", depth=0))
    (found,) = matrix.chains([replace(address_finding("a", NEW), faults=twice)])
    assert found.boxes[-1].faults == twice
