"""What is news between two lookups: each kind of event, and what only resembles one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.checks.changes import Change
from rules.domains import changes, knowledge
from rules.domains.changes import DomainChangeKind
from rules.domains.knowledge import FIELDS, Doubt, FieldStatement, Known
from rules.domains.records import Answer, RegistryRecord
from tests.rules.domains.test_knowledge import records

AT = datetime(2026, 1, 1, 10, tzinfo=UTC)
END = datetime(2027, 2, 3, tzinfo=UTC)
BY_RDAP = FieldStatement(source="rdap", server="rdap.example", at=AT)
BY_WHOIS = FieldStatement(source="whois", server="whois.example", at=AT)
BY_REGISTRAR = FieldStatement(source="whois", server="whois.registrar.example", at=AT, asked="registrar")

BEFORE = Known(
    name="example.com",
    answer=Answer.REGISTERED,
    expires=END,
    registrar="Example Registrar Ltd",
    nameservers=("ns1.example.net", "ns2.example.net"),
    statuses=("clientTransferProhibited",),
    dnssec=False,
    registrant="Example Ltd",
    statements=dict.fromkeys(("answer", *FIELDS), BY_RDAP),
)


def after(statement: FieldStatement = BY_RDAP, **fields: object) -> Known:
    return replace(BEFORE, statements={**BEFORE.statements, **dict.fromkeys(fields, statement)}, **fields)


def change(before: Known, since: Known) -> list[tuple[DomainChangeKind, object, object]]:
    return [(each.kind, each.before, each.after) for each in changes.changes(before, since)]


@pytest.mark.parametrize(
    ("field", "value", "kind", "was", "is_now"),
    [
        ("registrar", "Other Inc", DomainChangeKind.REGISTRAR_CHANGED, "Example Registrar Ltd", "Other Inc"),
        ("registrant", "Ann Other", DomainChangeKind.REGISTRANT_CHANGED, "Example Ltd", "Ann Other"),
        (
            "nameservers",
            ("ns1.other.example",),
            DomainChangeKind.NAMESERVERS_CHANGED,
            BEFORE.nameservers,
            ("ns1.other.example",),
        ),
        ("expires", END.replace(year=2028), DomainChangeKind.RENEWED, END, END.replace(year=2028)),
        ("expires", END.replace(year=2026), DomainChangeKind.EXPIRY_EARLIER, END, END.replace(year=2026)),
        ("expires", END + timedelta(days=1), DomainChangeKind.RENEWED, END, END + timedelta(days=1)),
        ("statuses", (*BEFORE.statuses, "clientHold"), DomainChangeKind.STATUS_ADDED, (), ("clientHold",)),
        ("statuses", ("ok",), DomainChangeKind.STATUS_LOST, BEFORE.statuses, ()),
        ("dnssec", True, DomainChangeKind.DNSSEC_SIGNED, False, True),
    ],
)
def test_what_moved_is_news_with_before_and_after(field, value, kind, was, is_now):
    assert change(BEFORE, after(**{field: value})) == [(kind, was, is_now)]


def test_a_delegation_that_is_no_longer_signed_is_news():
    assert change(after(dnssec=True), BEFORE) == [(DomainChangeKind.DNSSEC_UNSIGNED, True, False)]


def test_statuses_that_came_and_went_are_two_pieces_of_news():
    assert change(BEFORE, after(statuses=("serverHold", "redemptionPeriod"))) == [
        (DomainChangeKind.STATUS_ADDED, (), ("serverHold", "redemptionPeriod")),
        (DomainChangeKind.STATUS_LOST, ("clientTransferProhibited",), ()),
    ]


@pytest.mark.parametrize(
    ("moved", "statuses", "kind"),
    [
        (timedelta(days=365), ("autoRenewPeriod",), DomainChangeKind.AUTO_RENEWED),
        (timedelta(days=366), ("autoRenewPeriod", "clientHold"), DomainChangeKind.AUTO_RENEWED),
        (timedelta(days=730), ("autoRenewPeriod",), DomainChangeKind.RENEWED),
        (timedelta(days=365), ("ok",), DomainChangeKind.RENEWED),
        (timedelta(days=-365), ("autoRenewPeriod",), DomainChangeKind.EXPIRY_EARLIER),
    ],
)
def test_a_year_more_in_the_auto_renew_period_is_the_registrys_doing(moved, statuses, kind):
    since = replace(BEFORE, expires=END + moved, statuses=statuses)
    assert (kind, END, END + moved) in change(replace(BEFORE, statuses=statuses), since)


@pytest.mark.parametrize(
    "since",
    [
        BEFORE,
        after(registrar="EXAMPLE REGISTRAR, LTD."),
        after(registrant="example ltd"),
        after(nameservers=tuple(reversed(BEFORE.nameservers))),
        after(expires=END + timedelta(hours=23)),
        after(statuses=(*BEFORE.statuses, "ok")),
        after(registrar=None, nameservers=(), statuses=(), dnssec=None, expires=None, registrant=None),
        replace(BEFORE, doubt=Doubt(answer=Answer.AVAILABLE, since=AT, source="rdap")),
    ],
)
def test_what_stayed_is_no_news(since):
    assert change(BEFORE, since) == []
    assert change(since, BEFORE) == []


@pytest.mark.parametrize(
    "since",
    [
        after(BY_WHOIS, registrar="EXAMPLE REGISTRAR"),
        after(BY_WHOIS, registrar="Example Reg."),
        after(BY_WHOIS, registrar="292"),
        after(BY_WHOIS, registrant="Ann Example"),
        after(BY_WHOIS, statuses=("Registered until expiry date", "clientTransferProhibited", "ok")),
        after(BY_WHOIS, expires=END + timedelta(hours=47)),
        after(BY_REGISTRAR, expires=END.replace(year=2026)),
        after(BY_REGISTRAR, statuses=("clientHold",)),
        after(BY_REGISTRAR, nameservers=("ns1.other.example",)),
        after(BY_REGISTRAR, dnssec=True),
        after(BY_REGISTRAR, registrar="Reseller of Examples"),
    ],
)
def test_another_sources_way_of_saying_it_is_no_news(since):
    assert change(BEFORE, since) == []
    assert change(since, BEFORE) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("registrar", "Other Inc"),
        ("nameservers", ("ns1.other.example",)),
        ("statuses", ("clientHold", "clientTransferProhibited")),
        ("expires", END + timedelta(days=2)),
        ("dnssec", True),
    ],
)
def test_what_two_sources_cannot_mean_alike_is_news(field, value):
    assert len(change(BEFORE, after(BY_WHOIS, **{field: value}))) == 1


def test_a_registrar_of_the_same_number_is_the_same_under_another_name():
    before, since = after(registrar_id="9999"), after(registrar_id="9999", registrar="New Name Inc")
    assert change(before, since) == []


@pytest.mark.parametrize("at", [AT, AT - timedelta(days=1)])
def test_a_number_of_another_day_says_nothing_of_todays_registrar(at):
    number = replace(BY_RDAP, at=at)
    since = after(registrar="Other Inc", registrar_id="9999")
    since = replace(since, statements={**since.statements, "registrar_id": number})
    assert (change(after(registrar_id="9999"), since) == []) is (at == AT)


def test_a_day_within_a_status_is_not_the_status():
    before, since = after(statuses=("Connected (2027/02/28)",)), after(statuses=("Connected (2028/02/28)",))
    assert change(before, since) == []


@pytest.mark.parametrize("answer", [Answer.AVAILABLE, Answer.RESERVED])
def test_a_name_that_is_gone_is_one_piece_of_news(answer):
    gone = replace(BEFORE, answer=answer, statuses=("clientHold",))
    assert change(BEFORE, gone) == [(DomainChangeKind.GONE, "registered", answer)]
    assert change(gone, gone) == []


def test_a_name_that_is_back_tells_who_has_it_now():
    gone = replace(BEFORE, answer=Answer.AVAILABLE)
    caught = Known(
        name="example.com",
        answer=Answer.REGISTERED,
        registrar="Drop Catchers",
        registrant="Squatter",
        nameservers=("ns1.park.example",),
        expires=END.replace(year=2028),
        statements=dict.fromkeys(("answer", *FIELDS), BY_WHOIS),
    )
    assert [kind for kind, _, _ in change(gone, caught)] == [
        DomainChangeKind.BACK,
        DomainChangeKind.REGISTRAR_CHANGED,
        DomainChangeKind.NAMESERVERS_CHANGED,
    ]


@pytest.mark.parametrize("before", [None, Known(name="example.com")])
def test_the_first_look_is_no_news(before):
    assert changes.changes(before, BEFORE) == ()


def test_a_change_is_told_once_however_the_sources_take_turns():
    rdap = RegistryRecord(
        name="example.com", answer=Answer.REGISTERED, source="rdap", server="rdap.example", registrar="Example Ltd"
    )
    whois = replace(rdap, source="whois", server="whois.example", registrar="EXAMPLE")
    moved = [replace(each, registrar=name) for each, name in ((rdap, "Other, Inc."), (whois, "Other Inc"))]
    known, news = knowledge.learn(None, [rdap], at=AT), []
    for number, answer in enumerate((whois, rdap, *moved, *moved)):
        since = knowledge.learn(known, [answer], at=AT + timedelta(days=number))
        news += changes.changes(known, since)
        known = since
    assert news == [Change(DomainChangeKind.REGISTRAR_CHANGED, "Example Ltd", "Other, Inc.")]


@settings(deadline=None)
@given(records(), st.lists(records(), max_size=3))
def test_every_change_has_a_before_and_an_after_that_differ(first, lookup):
    before = knowledge.learn(None, [first], at=AT)
    since = knowledge.learn(before, lookup, at=AT + timedelta(days=1))
    for each in changes.changes(before, since):
        assert each.before != each.after
    assert changes.changes(since, since) == ()


@settings(deadline=None)
@given(records(answers=(Answer.REGISTERED,), asked="registry"))
def test_hearing_the_same_again_is_no_news(first):
    before = knowledge.learn(None, [first], at=AT)
    assert changes.changes(before, knowledge.learn(before, [first], at=AT + timedelta(days=1))) == ()
