"""What is odd about a domain in the DNS, in sentences."""

import pytest

from rules.dns.facts import AnswerState
from rules.dns.issues import DnsIssue, DnsIssueKind, Weight
from wording.domains import dns_issues


def words(kind: DnsIssueKind, weight: Weight = Weight.FAULT, **parameters) -> str:
    return dns_issues.sentence(DnsIssue(kind=kind, weight=weight, **parameters))


def test_the_servers_that_differ_are_named():
    unlike = {"unknown_to_parent": ("old.dns.test",), "known_to_parent_alone": ("ns2.dns.test", "ns3.dns.test")}
    assert words(DnsIssueKind.NS_UNLIKE_REGISTRY, **unlike) == (
        "The name servers differ: only the registry's record names old.dns.test; only the parent zone names"
        " ns2.dns.test, ns3.dns.test."
    )
    assert words(DnsIssueKind.NS_UNLIKE_ZONE, known_to_parent_alone=("ns2.dns.test",)) == (
        "The name servers differ: only the parent zone names ns2.dns.test."
    )


@pytest.mark.parametrize("state", [state for state in AnswerState if state not in {"answered", "nxdomain"}])
def test_a_server_that_does_not_serve_is_named_with_what_it_does(state):
    said = words(DnsIssueKind.LAME, server="ns2.dns.test", state=state)
    assert said.startswith("The name server ns2.dns.test ")
    assert not said.endswith(" .")


@pytest.mark.parametrize(
    ("kind", "parameters", "expected"),
    [
        (DnsIssueKind.NO_ADDRESS, {"server": "ns2.a"}, "The name server ns2.a has no address."),
        (
            DnsIssueKind.SPF_MULTIPLE,
            {"number": 2},
            "There are 2 SPF records; receivers then use none (RFC 7208, 4.5).",
        ),
        (
            DnsIssueKind.SPF_ALLOWS_ALL,
            {"record": "v=spf1 +all {0}"},
            "The SPF record lets everybody send mail in this name: v=spf1 +all {0}",
        ),
        (
            DnsIssueKind.SPF_TOO_MANY_LOOKUPS,
            {"number": 11},
            (
                "A check of the SPF record costs 11 look-ups or more; 10 are allowed, so receivers may refuse mail"
                " (RFC 7208, 4.6.4)."
            ),
        ),
        (DnsIssueKind.DMARC_WITHOUT_EFFECT, {"record": "p=x"}, "The DMARC record names no policy: p=x"),
    ],
)
def test_what_is_at_fault_is_quoted(kind, parameters, expected):
    assert words(kind, **parameters) == expected


def test_a_policy_without_effect_is_told_apart_from_none():
    assert words(DnsIssueKind.DMARC_WITHOUT_EFFECT, Weight.NOTICE) == (
        "The DMARC policy is p=none: forged mail is delivered all the same."
    )


@pytest.mark.parametrize("kind", DnsIssueKind)
def test_every_kind_has_a_sentence(kind):
    assert words(kind, server="ns.a", state=AnswerState.LAME, record="x", number=2, unknown_to_parent=("ns.b",))
