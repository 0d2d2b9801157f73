"""What people see of a finding: which addresses differ, which chains there are, and where in a chain a fault is."""

from dataclasses import replace

import pytest

from rules.certificates import matrix
from rules.certificates.faults import FaultKind
from rules.certificates.finding import AddressFinding, ChainLink, ChainRole, Grade
from rules.certificates.matrix import ChainDrawing, Column
from tests.rules.certificates.findings import DAY, NOW, fault, leaf, sight

OLD, NEW = leaf("01", begins=NOW - 87 * DAY), leaf("02", begins=NOW - DAY)
ROOT = leaf("r", begins=NOW - 900 * DAY, life=9000 * DAY, role=ChainRole.ROOT, sent=False, subject="CN=Root")
MIDDLE = leaf("m", begins=NOW - 90 * DAY, life=900 * DAY, role=ChainRole.INTERMEDIATE, subject="CN=Middle")


def chained(address: str, *links: ChainLink, faults: tuple[FaultKind, ...] = ()) -> AddressFinding:
    return AddressFinding(address=address, chain=links, faults=tuple(map(fault, faults)))


def path(*links: ChainLink, faults: tuple[FaultKind, ...] = ()) -> ChainDrawing:
    (found,) = matrix.paths([chained("192.0.2.1", *links, faults=faults)], now=NOW)
    return found


def kinds(found: ChainDrawing) -> list[tuple[str | None, list[FaultKind]]]:
    return [(box.link and box.link.role.value, [one.fault for one in box.faults]) for box in found.boxes]


class TestRows:
    def test_what_is_unlike_most_addresses_is_marked_and_nothing_else(self) -> None:
        common = replace(sight("192.0.2.1", NEW), tls_version="TLSv1.3", hsts="max-age=1")
        sights = [
            common,
            replace(common, address="192.0.2.2"),
            replace(common, address="192.0.2.3", chain=(OLD,), tls_version="TLSv1.2"),
            replace(common, address="192.0.2.4", hsts="", faults=(fault(FaultKind.WRONG_ORDER),), stapled=True),
        ]
        assert [set(row.differs) for row in matrix.rows(sights)] == [
            set(),
            set(),
            {Column.CERTIFICATE, Column.TLS_VERSION},
            {Column.HSTS, Column.VERDICT, Column.STAPLE},
        ]

    def test_an_address_that_shows_nothing_is_no_difference(self) -> None:
        silent = sight("192.0.2.9", None, fault(FaultKind.UNREACHABLE))
        rows = matrix.rows([silent, silent, sight("192.0.2.1", NEW)])
        assert [(row.number, set(row.differs)) for row in rows] == [(None, set()), (None, set()), (1, set())]

    def test_what_was_not_asked_is_no_difference(self) -> None:
        asked = replace(sight("192.0.2.1", NEW), hsts="")
        assert [set(row.differs) for row in matrix.rows([replace(asked, hsts=None), asked])] == [set(), set()]

    def test_of_as_many_the_first_address_is_the_usual_one(self) -> None:
        first, second = matrix.rows([sight("192.0.2.1", NEW), sight("192.0.2.2", OLD)])
        assert (set(first.differs), set(second.differs)) == (set(), {Column.CERTIFICATE})

    def test_certificates_are_numbered_as_they_appear(self) -> None:
        rows = matrix.rows([sight("a", OLD), sight("b", NEW), sight("c", OLD)])
        assert [row.number for row in rows] == [1, 2, 1]


class TestPaths:
    def test_equal_chains_are_shown_once_with_all_their_addresses(self) -> None:
        sights = [
            chained("a", NEW, MIDDLE, ROOT),
            chained("b", OLD, MIDDLE, ROOT),
            chained("c", NEW, MIDDLE, ROOT),
            chained("d", NEW),
        ]
        found = matrix.paths(sights, now=NOW)
        assert [(one.number, one.addresses, one.is_first) for one in found] == [
            (1, ("a", "c"), True),
            (2, ("b",), True),
            (1, ("d",), False),
        ]

    def test_a_chain_stands_from_its_root_to_its_leaf_and_strays_apart(self) -> None:
        stray = replace(MIDDLE, role=ChainRole.STRAY)
        found = path(NEW, MIDDLE, ROOT, stray)
        assert [box.link for box in found.boxes] == [ROOT, MIDDLE, NEW]
        assert found.strays == (stray,)

    @pytest.mark.parametrize(
        "kind", [FaultKind.EXPIRED, FaultKind.WRONG_HOST, FaultKind.RENEWAL_LATE, FaultKind.SCTS_MISSING]
    )
    def test_a_fault_of_the_leaf_is_at_the_leaf(self, kind: FaultKind) -> None:
        found = path(NEW, MIDDLE, ROOT, faults=(kind,))
        assert (kinds(found), found.faults) == ([("root", []), ("intermediate", []), ("leaf", [kind])], ())

    def test_an_issuer_that_has_expired_is_the_one_that_is_marked(self) -> None:
        ended = replace(MIDDLE, not_after=NOW - DAY)
        found = path(NEW, ended, ROOT, faults=(FaultKind.EXPIRED_ISSUER,))
        assert kinds(found) == [("root", []), ("intermediate", [FaultKind.EXPIRED_ISSUER]), ("leaf", [])]

    def test_an_intermediate_that_was_fetched_is_where_the_chain_is_incomplete(self) -> None:
        found = path(NEW, replace(MIDDLE, sent=False), ROOT, faults=(FaultKind.INCOMPLETE_CHAIN,))
        assert kinds(found) == [("root", []), ("intermediate", [FaultKind.INCOMPLETE_CHAIN]), ("leaf", [])]

    def test_an_issuer_that_nobody_has_seen_is_a_gap_above_the_leaf(self) -> None:
        assert kinds(path(NEW, faults=(FaultKind.INCOMPLETE_CHAIN,))) == [
            (None, [FaultKind.INCOMPLETE_CHAIN]),
            ("leaf", []),
        ]

    def test_an_issuer_that_is_not_trusted_is_the_highest(self) -> None:
        found = path(NEW, MIDDLE, faults=(FaultKind.UNKNOWN_ISSUER,))
        assert kinds(found) == [("intermediate", [FaultKind.UNKNOWN_ISSUER]), ("leaf", [])]

    @pytest.mark.parametrize(
        ("kind", "words", "place"),
        [
            (FaultKind.WEAK_KEY, "The key of CN=Middle is RSA-1024.", "intermediate"),
            (
                FaultKind.BAD_SIGNATURE,
                "The certificate of CN=Middle is not signed by the key of CN=Root.",
                "intermediate",
            ),
            (FaultKind.BAD_SIGNATURE, f"The certificate of {NEW.subject} is not signed by CN=Middle.", "leaf"),
            (FaultKind.NOT_YET_VALID, "The certificate of the authority CN=Middle is not valid yet.", "intermediate"),
            (FaultKind.NOT_YET_VALID, "The certificate is not valid yet.", "leaf"),
            (FaultKind.WRONG_HOST, "The certificate is for CN=Middle.", "leaf"),
        ],
    )
    def test_a_fault_is_at_the_certificate_that_its_words_name_first(
        self, kind: FaultKind, words: str, place: str
    ) -> None:
        (found,) = matrix.paths(
            [AddressFinding(address="a", chain=(NEW, MIDDLE, ROOT), faults=(fault(kind, words),))], now=NOW
        )
        assert [role for role, faults in kinds(found) if faults] == [place]

    def test_what_is_at_no_certificate_alone_is_a_fault_of_the_chain(self) -> None:
        found = path(NEW, MIDDLE, ROOT, faults=(FaultKind.WRONG_ORDER, FaultKind.OLD_PROTOCOL))
        assert [one.fault for one in found.faults] == [FaultKind.WRONG_ORDER], "a protocol is no part of a chain"

    @pytest.mark.parametrize("kind", FaultKind)
    def test_every_fault_of_a_chain_is_told_once(self, kind: FaultKind) -> None:
        found = path(NEW, MIDDLE, ROOT, faults=(kind,))
        told_of = [one.fault for box in found.boxes for one in box.faults] + [one.fault for one in found.faults]
        assert told_of in ([kind], []), "never twice"
        assert told_of == [kind] or kind in matrix.BESIDE_THE_CHAIN


def test_a_lifetime_is_lived_from_none_to_all_of_it() -> None:
    link = leaf(begins=NOW, life=90 * DAY)
    assert [matrix.lived(link, now=NOW + days * DAY) for days in (-1, 0, 45, 90, 91)] == [0, 0, 0.5, 1, 1]
    assert matrix.lived(replace(link, not_after=None), now=NOW) is None
    assert matrix.lived(replace(link, not_after=link.not_before), now=NOW) is None


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("CN=www.bakery.test", "www.bakery.test"),
        ("CN=R3,O=Let's Encrypt,C=US", "R3"),
        ("C=DE,O=Bakery,CN=inner", "inner"),
        (r"OU=Roots,O=DigiCert\, Inc.,C=US", "Roots"),
        (r"O=DigiCert\, Inc.,C=US", "DigiCert, Inc."),
        (r"CN=a\+b\=c", "a+b=c"),
        ("1.2.3=#0401", "1.2.3=#0401"),
        ("CN=", "CN="),
        ("", ""),
    ],
)
def test_an_authority_is_called_by_its_common_name(subject: str, name: str) -> None:
    assert matrix.called(subject) == name


def test_a_certificate_without_a_subject_is_called_by_what_it_stands_for() -> None:
    assert [matrix.named(replace(NEW, subject="", names=names)) for names in (("a.test", "b.test"), ())] == [
        "a.test",
        "without a name",
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (None, "not asked"),
        ("", "no"),
        ("max-age=31536000", "365 days"),
        ('MAX-AGE="86400" ; IncludeSubDomains; preload', "1 day, subdomains"),
        ("max-age=0", "0 days"),
        ("max-age=99999999999999999999", "unreadable"),
        ("<script>", "unreadable"),
    ],
)
def test_hsts_is_said_in_days(header: str | None, said: str) -> None:
    assert matrix.hsts(header) == said


def test_every_grade_has_its_words() -> None:
    assert set(matrix.IN_WORDS) == set(Grade)


def test_a_fault_that_was_told_more_than_once_is_kept_as_often() -> None:
    twice = (fault(FaultKind.EXPIRED, "One."), fault(FaultKind.EXPIRED, "Two."))
    (found,) = matrix.paths([replace(sight("a", NEW), faults=twice)], now=NOW)
    assert found.boxes[-1].faults == twice
