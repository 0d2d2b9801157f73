import json
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import dns
from rules.dns import AnswerState, DnsAnswer, DnsFacts, DnsIssueKind, NameServer, Weight

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


def judged(registered=NS, signed=None, **changes) -> list[DnsIssueKind]:
    return [each.kind for each in dns.issues(replace(SOUND, **changes), registered=registered, signed=signed)]


def words(kind: DnsIssueKind, registered=NS, signed=None, **changes) -> str:
    found = dns.issues(replace(SOUND, **changes), registered=registered, signed=signed)
    return next(each.words for each in found if each.kind is kind)


def test_a_sound_domain_is_judged_nowhere():
    assert judged(signed=True) == []


@pytest.mark.parametrize("registered", [(), ("NS2.dns.test.", "ns1.DNS.test")])
def test_a_registry_that_names_no_servers_or_writes_them_differently_is_no_difference(registered):
    assert judged(registered) == []


def test_the_servers_that_differ_are_named():
    assert words(DnsIssueKind.NS_UNLIKE_REGISTRY, ("ns1.dns.test", "old.dns.test")) == (
        "The name servers differ: only the registry's record names old.dns.test; only the parent zone names"
        " ns2.dns.test."
    )
    assert words(DnsIssueKind.NS_UNLIKE_ZONE, zone=answered("ns1.dns.test")) == (
        "The name servers differ: only the parent zone names ns2.dns.test."
    )


@pytest.mark.parametrize("delegated", [DnsAnswer(AnswerState.NXDOMAIN), NONE])
def test_what_is_not_delegated_is_that_and_nothing_else(delegated):
    assert judged(delegated=delegated, mx=DnsAnswer(AnswerState.NXDOMAIN), spf=DnsAnswer(AnswerState.NXDOMAIN)) == [
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
    assert judged(servers=servers) == [kind]
    assert "ns2.dns.test" in words(kind, servers=servers)


@pytest.mark.parametrize(
    ("spf", "kinds"),
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
def test_spf_is_judged_by_what_receivers_do(spf, kinds):
    assert judged(spf=answered(*spf)) == kinds


def test_what_is_included_counts_too():
    includes = (("a.test", "v=spf1 " + "a " * 5 + "include:b.test -all"), ("b.test", "v=spf1 " + "mx " * 4 + "-all"))
    assert judged(spf=answered("v=spf1 include:a.test -all"), includes=includes) == [DnsIssueKind.SPF_TOO_MANY_LOOKUPS]
    assert judged(spf=answered("v=spf1 include:a.test -all"), includes=includes[:1]) == []
    assert dns.lookups("v=spf1 include:a.test -all", dict(includes)) == 11


def test_records_that_include_one_another_are_counted_to_an_end():
    circle = {"a.test": "v=spf1 include:b.test", "b.test": "v=spf1 include:a.test include:b.test"}
    assert dns.lookups("v=spf1 include:a.test", circle) == 4


def test_a_thicket_of_includes_is_counted_in_time():
    names = [f"{number}.test" for number in range(30)]
    everyone = "v=spf1 " + " ".join(f"include:{name}" for name in names)
    began = time.monotonic()
    assert dns.lookups(everyone, dict.fromkeys(names, everyone)) > dns.MOST_LOOKUPS
    pairs = {name: f"v=spf1 include:{after} include:{after}" for name, after in pairwise(names)}
    assert dns.lookups("v=spf1 include:0.test", pairs) > dns.MOST_LOOKUPS
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("spf", "names"),
    [
        ("v=spf1 include:A.test. ?include:b.test redirect=c.test a:d.test -all", ("a.test", "b.test", "c.test")),
        ("v=spf1 include:%{d}.a.test include: include", ("",)),
    ],
)
def test_the_names_that_are_included_are_found(spf, names):
    assert dns.included(spf) == names


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("v=spf1", True), ("v=spf1 -all", True), ("V=SPF1 -all", True), ("v=spf10", False), (" v=spf1", False)],
)
def test_an_spf_record_is_told_from_other_texts(text, is_one):
    assert dns.is_spf(text) is is_one


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("v=DMARC1; p=none", True), ("v = DMARC1;p=x", True), ("v=DMARC1", True), ("v=DMARC12", False), ("p=none", False)],
)
def test_a_dmarc_record_is_told_from_other_texts(text, is_one):
    assert dns.is_dmarc(text) is is_one


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
def test_dmarc_is_judged_by_its_policy(dmarc, expected):
    found = dns.issues(replace(SOUND, dmarc=answered(*dmarc)))
    assert [(each.kind, each.weight) for each in found] == expected


@pytest.mark.parametrize(
    ("caa", "kinds"),
    [
        ((), [DnsIssueKind.CAA_MISSING]),
        (('0 iodef "mailto:a@b.test"',), [DnsIssueKind.CAA_MISSING]),
        (('0 issue ";"',), []),
        (('128 issuewild "ca.test"',), []),
    ],
)
def test_caa_is_missed_where_it_forbids_nobody(caa, kinds):
    assert judged(caa=answered(*caa)) == kinds


@pytest.mark.parametrize(
    ("changes", "signed", "kinds"),
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
def test_dnssec_is_held_against_the_parent_zone_and_the_registry(changes, signed, kinds):
    assert judged(signed=signed, **changes) == kinds


def test_no_mail_server_is_a_notice():
    assert judged(mx=NONE) == [DnsIssueKind.NO_MX]


def test_faults_come_first():
    found = dns.issues(replace(SOUND, mx=NONE, caa=NONE, dnskey=NONE))
    assert [each.weight for each in found] == [Weight.FAULT, Weight.NOTICE, Weight.NOTICE]


@pytest.mark.parametrize("state", [state for state in AnswerState if state not in dns.SAID])
def test_silence_is_judged_nowhere(state):
    silent = DnsAnswer(state)
    facts = DnsFacts(name="a.test", delegated=silent, mx=silent, spf=silent, dmarc=silent, caa=silent, ds=silent)
    assert dns.issues(facts, registered=NS, signed=True) == ()


@pytest.mark.parametrize("facts", [SOUND, replace(SOUND, zone=None, dnskey=None, includes=(("a.test", "v=spf1"),))])
def test_facts_survive_json(facts):
    assert dns.load(json.loads(json.dumps(dns.dump(facts)))) == facts


@pytest.mark.parametrize("document", [{}, {"servers": 1}, dns.dump(SOUND) | {"mx": {"state": "fine", "values": []}}])
def test_what_is_not_facts_is_refused(document):
    with pytest.raises((LookupError, TypeError, ValueError)):
        dns.load(document)


TEXTS = st.lists(st.text(max_size=60) | st.text("v=spf1 include:.a-+~?/%{};DMARC1", max_size=60), max_size=3).map(tuple)
FOUND = st.builds(DnsAnswer, st.sampled_from(list(AnswerState)), TEXTS)


@given(FOUND, FOUND, FOUND, FOUND, st.lists(st.text(max_size=9), max_size=3))
def test_no_strangers_text_makes_the_judge_raise(one, two, three, four, registered):
    facts = replace(SOUND, spf=one, dmarc=two, caa=three, mx=four, delegated=three, zone=one)
    assert all(each.words.strip() for each in dns.issues(facts, registered=registered))
