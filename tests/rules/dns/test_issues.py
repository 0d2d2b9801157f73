from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.dns import issues, mail_policy
from rules.dns.facts import CONCLUSIVE, AnswerState, DnsAnswer, DnsFacts, NameServer
from rules.dns.issues import DnsIssue, DnsIssueKind, Weight
from wording.domains import dns_issues

NS = ("ns1.dns.test", "ns2.dns.test")
NONE = DnsAnswer(AnswerState.ANSWERED)


def answered(*values: str) -> DnsAnswer:
    return DnsAnswer(AnswerState.ANSWERED, values)


SOUND = DnsFacts(
    name="bakery.test",
    delegated=answered(*NS),
    servers=tuple(NameServer(name, ("192.0.2.1",), AnswerState.ANSWERED) for name in NS),
    zone=answered(*NS),
    mx=answered("10 mail.bakery.test"),
    spf=answered("v=spf1 mx -all"),
    dmarc=answered("v=DMARC1; p=reject"),
    caa=answered('0 issue "ca.test"'),
    ds=answered("1 13 2 abcd"),
    dnskey=answered("257 3 13 abcd"),
)


def found(registered=NS, signed=None, **changes) -> tuple[DnsIssue, ...]:
    return issues.issues(replace(SOUND, **changes), registered=registered, signed=signed)


def kinds(registered=NS, signed=None, **changes) -> list[DnsIssueKind]:
    return [issue.kind for issue in found(registered, signed, **changes)]


def test_a_sound_domain_has_no_issue():
    assert kinds(signed=True) == []


@pytest.mark.parametrize("registered", [(), ("NS2.dns.test.", "ns1.DNS.test")])
def test_a_registry_that_names_no_servers_or_writes_them_differently_is_no_difference(registered):
    assert kinds(registered) == []


def test_the_servers_that_differ_are_listed():
    (unlike_registry,) = found(("ns1.dns.test", "old.dns.test"))
    assert unlike_registry.kind is DnsIssueKind.NS_UNLIKE_REGISTRY
    assert unlike_registry.unknown_to_parent == ("old.dns.test",)
    assert unlike_registry.known_to_parent_alone == ("ns2.dns.test",)
    (unlike_zone,) = found(zone=answered("ns1.dns.test"))
    assert unlike_zone.kind is DnsIssueKind.NS_UNLIKE_ZONE
    assert (unlike_zone.unknown_to_parent, unlike_zone.known_to_parent_alone) == ((), ("ns2.dns.test",))


@pytest.mark.parametrize("delegated", [DnsAnswer(AnswerState.NXDOMAIN), NONE])
def test_what_is_not_delegated_is_that_and_nothing_else(delegated):
    assert kinds(delegated=delegated, mx=DnsAnswer(AnswerState.NXDOMAIN), spf=DnsAnswer(AnswerState.NXDOMAIN)) == [
        DnsIssueKind.NOT_DELEGATED
    ]


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (AnswerState.LAME, DnsIssueKind.LAME),
        (AnswerState.REFUSED, DnsIssueKind.LAME),
        (AnswerState.SERVFAIL, DnsIssueKind.LAME),
        (AnswerState.TIMEOUT, DnsIssueKind.LAME),
        (AnswerState.BROKEN, DnsIssueKind.LAME),
        (AnswerState.FORBIDDEN, DnsIssueKind.LAME),
        (AnswerState.NXDOMAIN, DnsIssueKind.NO_ADDRESS),
    ],
)
def test_a_server_that_does_not_serve_is_named(state, kind):
    servers = (SOUND.servers[0], NameServer("ns2.dns.test", (), state))
    assert [(each.kind, each.server, each.state) for each in found(servers=servers)] == [(kind, "ns2.dns.test", state)]


@pytest.mark.parametrize(
    ("spf", "expected"),
    [
        ((), [DnsIssueKind.SPF_MISSING]),
        (("v=spf1 mx -all", "v=spf1 a -all"), [DnsIssueKind.SPF_MULTIPLE]),
        (("v=spf1 +all",), [DnsIssueKind.SPF_ALLOWS_ALL]),
        (("v=spf1 mx all",), [DnsIssueKind.SPF_ALLOWS_ALL]),
        (("V=SPF1 mx ALL",), [DnsIssueKind.SPF_ALLOWS_ALL]),
        (("v=spf1 ip4:0.0.0.0/0 -all",), [DnsIssueKind.SPF_ALLOWS_ALL]),
        (("v=spf1 -all +all",), []),  # what follows an "all" is never reached
        (("v=spf1 ~all",), []),
        (("v=spf1 ?all",), []),
        (("v=spf1",), []),
        (("v=spf1 include:a.test include:b.test a mx ptr exists:%{i}.c.test " + "a " * 4 + "-all",), []),
        (("v=spf1 " + "include:a.test " * 10 + "redirect=b.test",), [DnsIssueKind.SPF_TOO_MANY_LOOKUPS]),
        (("v=spf1 " + "+mx/24 " * 11 + "-all",), [DnsIssueKind.SPF_TOO_MANY_LOOKUPS]),
        (("v=spf1 " + "ip4:192.0.2.1 " * 40 + "exp=why.test -all",), []),
    ],
)
def test_spf_is_assessed_by_what_receivers_do(spf, expected):
    assert kinds(spf=answered(*spf)) == expected


def test_what_makes_spf_worthless_comes_with_the_issue():
    assert found(spf=answered("v=spf1 +all"))[0].record == "v=spf1 +all"
    assert found(spf=answered("v=spf1 mx", "v=spf1 a"))[0].number == 2
    assert found(spf=answered("v=spf1 " + "mx " * 11))[0].number == 11


def test_what_is_included_counts_too():
    includes = (("a.test", "v=spf1 " + "a " * 5 + "include:b.test -all"), ("b.test", "v=spf1 " + "mx " * 4 + "-all"))
    assert kinds(spf=answered("v=spf1 include:a.test -all"), includes=includes) == [DnsIssueKind.SPF_TOO_MANY_LOOKUPS]
    assert kinds(spf=answered("v=spf1 include:a.test -all"), includes=includes[:1]) == []
    assert mail_policy.lookups("v=spf1 include:a.test -all", dict(includes)) == 11


@pytest.mark.parametrize(
    ("dmarc", "expected"),
    [
        ((), [(DnsIssueKind.DMARC_MISSING, Weight.NOTICE)]),
        (("v=DMARC1; p=none; rua=mailto:a@b.test",), [(DnsIssueKind.DMARC_WITHOUT_EFFECT, Weight.NOTICE)]),
        (("v=DMARC1; sp=reject",), [(DnsIssueKind.DMARC_WITHOUT_EFFECT, Weight.FAULT)]),
        (("v=DMARC1; p=refuse",), [(DnsIssueKind.DMARC_WITHOUT_EFFECT, Weight.FAULT)]),
        (("v=DMARC1;P = Quarantine",), []),
        (("v=DMARC1; p=reject", "v=DMARC1; p=none"), [(DnsIssueKind.DMARC_MULTIPLE, Weight.FAULT)]),
    ],
)
def test_dmarc_is_assessed_by_its_policy(dmarc, expected):
    assert [(each.kind, each.weight) for each in found(dmarc=answered(*dmarc))] == expected


@pytest.mark.parametrize(
    ("caa", "expected"),
    [
        ((), [DnsIssueKind.CAA_MISSING]),
        (('0 iodef "mailto:a@b.test"',), [DnsIssueKind.CAA_MISSING]),
        (('0 issue ";"',), []),
        (('128 issuewild "ca.test"',), []),
    ],
)
def test_caa_is_missed_where_it_forbids_nobody(caa, expected):
    assert kinds(caa=answered(*caa)) == expected


@pytest.mark.parametrize(
    ("changes", "signed", "expected"),
    [
        ({"dnskey": NONE}, None, [DnsIssueKind.DS_WITHOUT_KEYS]),
        ({"dnskey": DnsAnswer(AnswerState.TIMEOUT)}, None, []),
        ({"dnskey": None}, None, []),
        ({"ds": NONE, "dnskey": None}, True, [DnsIssueKind.DS_MISSING]),
        ({"ds": NONE, "dnskey": None}, False, []),
        ({"ds": NONE, "dnskey": None}, None, []),
        ({"ds": DnsAnswer(AnswerState.TIMEOUT), "dnskey": None}, True, []),
    ],
)
def test_dnssec_is_held_against_the_parent_zone_and_the_registry(changes, signed, expected):
    assert kinds(signed=signed, **changes) == expected


def test_no_mail_server_is_a_notice():
    assert kinds(mx=NONE) == [DnsIssueKind.NO_MX]


def test_faults_come_first():
    assert [each.weight for each in found(mx=NONE, caa=NONE, dnskey=NONE)] == [
        Weight.FAULT,
        Weight.NOTICE,
        Weight.NOTICE,
    ]


@pytest.mark.parametrize("state", [state for state in AnswerState if state not in CONCLUSIVE])
def test_silence_is_no_issue(state):
    silent = DnsAnswer(state)
    facts = DnsFacts(name="a.test", delegated=silent, mx=silent, spf=silent, dmarc=silent, caa=silent, ds=silent)
    assert issues.issues(facts, registered=NS, signed=True) == ()


TEXTS = st.lists(st.text(max_size=60) | st.text("v=spf1 include:.a-+~?/%{};DMARC1", max_size=60), max_size=3).map(tuple)
ANSWERS = st.builds(DnsAnswer, st.sampled_from(list(AnswerState)), TEXTS)


@given(ANSWERS, ANSWERS, ANSWERS, ANSWERS, st.lists(st.text(max_size=9), max_size=3))
def test_no_strangers_text_makes_the_assessment_or_its_words_raise(one, two, three, four, registered):
    facts = replace(SOUND, spf=one, dmarc=two, caa=three, mx=four, delegated=three, zone=one)
    assert all(dns_issues.sentence(each).strip() for each in issues.issues(facts, registered=registered))
