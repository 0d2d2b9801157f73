"""Ways from a leaf to a root: which is found, and what is told where there is none."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any, TypeVar

from cryptography import x509
from cryptography.x509.oid import NameOID

from rules.x509 import paths, verification
from rules.x509.violations import Severity, ViolationKind
from sandbox import pki
from sandbox.pki import Issuer
from tests.support.chains import HOST, kinds, named, now, sentence, verdict

T = TypeVar("T")

LONG_AGO = datetime(2010, 1, 1, tzinfo=UTC)
CPU_S = 5.0  # of processor time


def two_ways(**fields: Any) -> tuple[Issuer, Issuer, Issuer, Issuer, Issuer]:
    """Return two roots, an authority with a certificate of each (the first as told), and a leaf of it."""
    one, other = pki.root("One"), pki.root("Other")
    middle = one.authority("Middle", **fields)
    again = other.again(middle)
    return one, other, middle, again, middle.leaf(HOST)


def test_a_chain_without_its_intermediate_is_incomplete() -> None:
    root = pki.root("Root")
    middle = root.authority("Middle")
    found = verdict(middle.leaf(HOST), roots=[root])
    assert kinds(found) == {ViolationKind.INCOMPLETE_CHAIN}
    assert "CN=Middle" in sentence(found.violations[0])


def test_an_intermediate_from_elsewhere_completes_the_path_and_stays_a_fault_of_the_server() -> None:
    root = pki.root("Root")
    middle = root.authority("Middle", issuers_at=("http://ca.example/root.cer",))
    leaf = middle.leaf(HOST, issuers_at=("http://ca.example/middle.cer",))
    bare = verdict(leaf, roots=[root])
    assert bare.issuer_urls == ("http://ca.example/middle.cer",)
    found = verdict(leaf, roots=[root], extra=[middle])
    assert [one.subject for one in found.path] == ["CN=shop.example", "CN=Middle", "CN=Root"]
    assert kinds(found) == {ViolationKind.INCOMPLETE_CHAIN}
    assert "fetch issuers" in sentence(found.violations[0])


def test_the_lists_of_all_certificates_below_the_root_are_worth_fetching() -> None:
    root = pki.root("Root", crls_at=("http://ca.example/own.crl",))
    middle = root.authority("Middle", crls_at=("http://ca.example/root.crl",))
    leaf = middle.leaf(HOST, crls_at=("http://ca.example/middle.crl",))
    found = verdict(leaf, middle, roots=[root])
    assert found.crl_urls == ("http://ca.example/middle.crl", "http://ca.example/root.crl")


def test_a_certificate_that_signed_itself_is_self_signed() -> None:
    leaf = pki.self_signed(HOST)
    assert kinds(verdict(leaf, roots=[pki.root("Root")])) == {ViolationKind.SELF_SIGNED}
    assert verdict(leaf, roots=[leaf]).ok


def test_a_chain_to_a_root_that_is_not_trusted_has_an_unknown_issuer() -> None:
    root, trusted = pki.root("Root"), pki.root("Trusted")
    middle = root.authority("Middle")
    for sent in ([middle.leaf(HOST), middle], [middle.leaf(HOST), middle, root]):
        assert kinds(verdict(*sent, roots=[trusted])) == {ViolationKind.UNKNOWN_ISSUER}


def test_a_root_of_the_same_name_and_another_key_did_not_sign() -> None:
    root, namesake = pki.root("Root"), pki.root("Root")
    assert kinds(verdict(root.leaf(HOST), roots=[namesake])) == {ViolationKind.INCOMPLETE_CHAIN}
    assert kinds(verdict(root.leaf(HOST), root, roots=[namesake])) == {ViolationKind.UNKNOWN_ISSUER}
    assert kinds(verdict(root.leaf(HOST, issuer_key_id=False), roots=[namesake])) == {ViolationKind.BAD_SIGNATURE}


def test_a_signature_that_was_tampered_with_is_bad() -> None:
    root = pki.root("Root")
    assert kinds(verdict(root.leaf(HOST, tampered=True), roots=[root])) == {ViolationKind.BAD_SIGNATURE}


def test_an_expired_intermediate_is_no_fault_where_another_way_is_open() -> None:
    one, other, middle, again, leaf = two_ways(not_after=LONG_AGO)
    assert verdict(leaf, middle, again, roots=[one, other]).ok
    assert kinds(verdict(leaf, middle, roots=[one, other])) == {ViolationKind.EXPIRED_ISSUER}


def test_of_two_ways_the_one_without_faults_is_taken_wherever_it_stands() -> None:
    faulty: tuple[dict[str, Any], ...] = (
        {"permitted": ("other.example",)},
        {"authority": False},
        {"digest": "sha1"},
        {"authority": None},
    )
    for fields in faulty:
        one, other, middle, again, leaf = two_ways(**fields)
        for sent in ((middle, again), (again, middle)):
            found = verdict(leaf, *sent, roots=[one, other], strict=True)
            assert found.ok, (fields, found.violations)
            assert found.path[-1].subject == "CN=Other"


def test_an_expired_cross_sign_does_not_hide_the_root_itself() -> None:
    old, new = pki.root("Old"), pki.root("New")
    cross = old.again(new, not_after=LONG_AGO)
    assert verdict(new.leaf(HOST), cross, roots=[old, new]).ok


def test_an_expired_root_is_told_of() -> None:
    root = pki.root("Root", not_after=LONG_AGO)
    assert kinds(verdict(root.leaf(HOST), roots=[root])) == {ViolationKind.EXPIRED_ISSUER}


def test_an_authority_that_is_trusted_itself_needs_no_root() -> None:
    root = pki.root("Root")
    middle = root.authority("Middle")
    assert verdict(middle.leaf(HOST), root, roots=[middle], strict=True).ok


def test_both_ends_of_a_lifetime_are_inside_and_fractions_of_a_second_do_not_count() -> None:
    begin, end = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
    root = pki.root("Root")
    leaf = root.leaf(HOST, not_before=begin, not_after=end)
    for at in (begin, end, end + timedelta(milliseconds=5)):
        assert verdict(leaf, roots=[root], at=at).ok
    assert kinds(verdict(leaf, roots=[root], at=begin - timedelta(milliseconds=1))) == {ViolationKind.NOT_YET_VALID}
    assert kinds(verdict(leaf, roots=[root], at=end + timedelta(seconds=1))) == {ViolationKind.EXPIRED}


def test_names_that_differ_in_case_and_spaces_alone_are_the_same() -> None:
    root = pki.root(named((NameOID.COMMON_NAME, "Our  Root"), (NameOID.COUNTRY_NAME, "DE")))
    leaf = root.leaf(HOST, issuer=named((NameOID.COMMON_NAME, " our root "), (NameOID.COUNTRY_NAME, "DE")))
    assert verdict(leaf, roots=[root]).ok


def test_a_chain_out_of_order_works_for_most_and_is_warned_of() -> None:
    root = pki.root("Root")
    upper = root.authority("Upper")
    lower = upper.authority("Lower")
    found = verdict(lower.leaf(HOST), upper, lower, roots=[root])
    assert found.ok
    assert [(one.kind, one.severity) for one in found.violations] == [(ViolationKind.WRONG_ORDER, Severity.WARNING)]


def test_a_certificate_that_belongs_to_no_path_is_noted() -> None:
    root = pki.root("Root")
    stray = pki.root("Stray").authority("Stranger", more=())
    found = verdict(root.leaf(HOST), stray, roots=[root])
    assert [(one.kind, one.severity) for one in found.violations] == [(ViolationKind.WRONG_ORDER, Severity.NOTE)]


def test_who_may_not_sign_is_no_authority() -> None:
    root = pki.root("Root")
    cases: tuple[dict[str, Any], ...] = (
        {"authority": False, "usage": ()},
        {"authority": None},
        {"usage": ("digital_signature",)},
    )
    for fields in cases:
        middle = root.authority("Middle", **fields)
        assert ViolationKind.NOT_AN_AUTHORITY in kinds(verdict(middle.leaf(HOST), middle, roots=[root])), fields
    leaf = root.leaf("other.example")
    assert ViolationKind.NOT_AN_AUTHORITY in kinds(verdict(leaf.leaf(HOST), leaf, roots=[root]))


def test_a_path_is_as_long_as_its_authorities_allow() -> None:
    root = pki.root("Root")
    upper = root.authority("Upper", path_length=0)
    lower = upper.authority("Lower", path_length=2)
    assert verdict(upper.leaf(HOST), upper, roots=[root]).ok
    assert kinds(verdict(lower.leaf(HOST), lower, upper, roots=[root])) == {ViolationKind.NOT_AN_AUTHORITY}
    wide = root.authority("Wide", path_length=1)
    narrow = wide.authority("Narrow", path_length=5)
    assert verdict(narrow.leaf(HOST), narrow, wide, roots=[root]).ok


def test_where_a_way_is_longer_than_is_searched_that_is_told() -> None:
    sent = [pki.root("Root")]
    while len(sent) <= paths.DEEPEST:
        sent.append(sent[-1].authority(f"Authority {len(sent)}"))
    root, *above = sent
    shorter = above[: paths.DEEPEST - 2]
    assert verdict(shorter[-1].leaf(HOST), *reversed(shorter), roots=[root]).ok
    found = verdict(above[-1].leaf(HOST), *reversed(above), roots=[root])
    assert kinds(found) == {ViolationKind.UNKNOWN_ISSUER}
    assert f"at most {paths.DEEPEST} certificates" in sentence(found.violations[0])


def test_an_authority_that_certifies_its_own_new_key_does_not_count() -> None:
    root = pki.root("Root")
    first = root.authority("Same", path_length=1)
    second = first.authority("Same", path_length=1)
    third = second.authority("Third", path_length=0)
    assert verdict(third.leaf(HOST), third, second, first, roots=[root], strict=True).ok


def test_a_required_policy_has_to_hold_along_the_whole_path() -> None:
    def policy(*numbers: str) -> x509.Extension[x509.CertificatePolicies]:
        found = [x509.PolicyInformation(x509.ObjectIdentifier(f"2.999.{number}"), None) for number in numbers]
        return x509.Extension(x509.CertificatePolicies.oid, critical=False, value=x509.CertificatePolicies(found))

    required = x509.Extension(
        x509.PolicyConstraints.oid,
        critical=True,
        value=x509.PolicyConstraints(require_explicit_policy=0, inhibit_policy_mapping=None),
    )
    root = pki.root("Root")
    middle = root.authority("Middle", more=(required, policy("1", "2")))
    assert verdict(middle.leaf(HOST, more=(policy("2"),)), middle, roots=[root]).ok
    for more in ((), (policy("3"),)):
        assert kinds(verdict(middle.leaf(HOST, more=more), middle, roots=[root])) == {ViolationKind.WRONG_PURPOSE}


def test_a_public_leaf_may_live_no_longer_than_its_date_of_issue_allows() -> None:
    root = pki.root("Root")
    days = ((datetime(2017, 1, 2, tzinfo=UTC), 1000), (datetime(2019, 1, 1, tzinfo=UTC), 825))
    days += ((datetime(2021, 1, 1, tzinfo=UTC), 398), (datetime(2026, 3, 15, tzinfo=UTC), 200))
    days += ((datetime(2027, 3, 15, tzinfo=UTC), 100), (datetime(2029, 3, 15, tzinfo=UTC), 47))
    for begin, allowed in days:
        for lifetime, is_fine in ((allowed, True), (allowed + 300, False)):
            end = begin + timedelta(days=lifetime, seconds=-1)
            found = verdict(root.leaf(HOST, not_before=begin, not_after=end), roots=[root], public=True, at=begin)
            assert (ViolationKind.LIFETIME_TOO_LONG not in kinds(found)) is is_fine, (begin, lifetime)
    begin, end = datetime(2026, 3, 15, tzinfo=UTC), datetime(2036, 3, 15, tzinfo=UTC)
    assert verdict(root.leaf(HOST, not_before=begin, not_after=end), roots=[root], at=begin).ok


def test_all_faults_are_told_and_not_the_first_alone() -> None:
    root = pki.root("Root")
    middle = root.authority("Middle", not_after=LONG_AGO, path_length=0)
    lower = middle.authority("Lower", key=pki.kept_key("RSA-1024"), permitted=("other.example",))
    leaf = lower.leaf("elsewhere.example", not_before=LONG_AGO, not_after=LONG_AGO + timedelta(days=9), digest="sha1")
    assert kinds(verdict(leaf, lower, middle, roots=[root])) == {
        ViolationKind.EXPIRED,
        ViolationKind.WRONG_HOST,
        ViolationKind.EXPIRED_ISSUER,
        ViolationKind.NOT_AN_AUTHORITY,
        ViolationKind.NAME_CONSTRAINTS,
        ViolationKind.WEAK_KEY,
        ViolationKind.WEAK_SIGNATURE,
    }


def test_authorities_that_sign_one_another_lead_nowhere_and_are_left_in_time() -> None:
    circle = [pki.root(f"Number {number}") for number in range(9)]
    crosses = [one.again(other) for one in circle for other in circle if one is not other]
    trusted = pki.root("Trusted")
    assert ViolationKind.UNKNOWN_ISSUER in takes(
        lambda: kinds(verdict(circle[0].leaf(HOST), *crosses, roots=[trusted]))
    )
    way_out = trusted.again(circle[8])
    assert takes(lambda: verdict(circle[0].leaf(HOST), *crosses, way_out, roots=[trusted]).ok)


def test_the_way_out_of_a_crowd_of_namesakes_is_found() -> None:
    trusted, crowd = pki.root("Trusted"), [pki.root("Same") for _ in range(12)]
    crosses = [one.again(other) for one in crowd for other in crowd if one is not other]
    way_out = trusted.again(crowd[11])
    assert takes(lambda: verdict(crowd[0].leaf(HOST), *crosses, way_out, roots=[trusted]).ok)


def test_a_circle_that_a_root_opens_is_left_by_the_root() -> None:
    a, b, c = pki.root("A"), pki.root("B"), pki.root("C")
    crosses = [one.again(other) for one in (a, b, c) for other in (a, b, c) if one is not other]
    lower = a.authority("A1")
    assert verdict(lower.leaf(HOST), lower, *crosses, roots=[a], strict=True).ok


def test_hundreds_of_namesakes_are_tried_within_reason() -> None:
    key, trusted = pki.new_key(), pki.root("Trusted")
    same = [pki.root("Same", key=key, serial=number + 1) for number in range(120)]
    others = [pki.root("Same") for _ in range(120)]
    leaf = same[0].leaf(HOST)
    assert ViolationKind.UNKNOWN_ISSUER in takes(lambda: kinds(verdict(leaf, *same, *others, roots=[trusted])))


def test_a_leaf_that_is_no_certificate_is_unreadable_and_an_intermediate_that_is_none_is_passed_over() -> None:
    root = pki.root("Root")
    leaf = root.leaf(HOST).certificate
    anchors = verification.TrustRoots([], [root.certificate])
    for chain in ([], [b""], [b"\x30\x84\xff\xff\xff\xff"], [leaf[:-9]], [leaf + b"\0"], [b"\0" * 10_000_000]):
        found = verification.verify(chain, roots=anchors, at=now(), host=HOST)
        assert [one.kind for one in found.violations] == [ViolationKind.UNREADABLE]
    found = verification.verify([leaf, b"nonsense"], roots=anchors, at=now(), host=HOST)
    assert found.ok
    assert {one.kind for one in found.violations} == {ViolationKind.UNREADABLE}


def takes(work: Callable[[], T]) -> T:
    """Return what ``work`` returns, and fail where it takes longer than hostile input may."""
    begun = process_time()
    result = work()
    assert process_time() - begun < CPU_S
    return result


def test_a_violation_says_at_which_depth_of_the_path_it_is() -> None:
    old = now() - timedelta(days=900)
    root = pki.root("Root")
    middle = root.authority("Middle", not_before=old, not_after=now() - timedelta(days=1))
    leaf = middle.leaf("other.example", tampered=True)
    found = {one.kind: one.depth for one in verdict(leaf, middle, roots=[root]).violations}
    assert found[ViolationKind.WRONG_HOST] == 0
    assert found[ViolationKind.BAD_SIGNATURE] == 0
    assert found[ViolationKind.EXPIRED_ISSUER] == 1
    (missing,) = verdict(root.authority("Unsent").leaf(HOST), roots=[root]).violations
    assert (missing.kind, missing.depth) == (ViolationKind.INCOMPLETE_CHAIN, 1), "one above the last that is there"


def test_an_authority_that_ends_before_its_leaf_is_told_of_wherever_it_stands() -> None:
    soon = now() + timedelta(hours=5)
    root = pki.root("Root", not_after=soon + timedelta(hours=1))
    middle = root.authority("Middle", not_after=soon)
    leaf = middle.leaf(HOST)
    assert (found := verdict(leaf, middle, roots=[root])).early_issuer is not None
    assert found.early_issuer.subject == "CN=Middle"
    direct = verdict(root.leaf(HOST), roots=[root])
    assert direct.early_issuer is not None
    assert direct.early_issuer.subject == "CN=Root"
    assert verdict(leaf, middle, roots=[]).early_issuer is None, "it leads nowhere"


def test_an_end_beside_a_way_that_lasts_longer_is_nobodys_concern() -> None:
    one, other, middle, again, leaf = two_ways(not_after=now() + timedelta(hours=5))
    for sent in ((middle, again), (again, middle)):
        found = verdict(leaf, *sent, roots=[one, other])
        assert found.early_issuer is None
    assert verdict(leaf, middle, again, roots=[one]).early_issuer is not None


def test_of_several_ways_that_end_early_the_last_end_counts() -> None:
    roots = [pki.root(f"Root {hours}") for hours in (5, 9, 7)]
    middle = roots[0].authority("Middle", not_after=now() + timedelta(hours=5))
    ways = [middle, *(roots[n].again(middle, not_after=now() + timedelta(hours=h)) for n, h in ((1, 9), (2, 7)))]
    found = verdict(middle.leaf(HOST), *ways, roots=roots)
    assert found.early_issuer is not None
    assert found.early_issuer.issuer == "CN=Root 9"
