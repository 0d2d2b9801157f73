"""What is known of a domain after a lookup: statements, silence, doubt."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.domains import knowledge
from rules.domains.knowledge import (
    ASK_AGAIN,
    DOUBT_APART,
    FIELDS,
    REGISTRY_COUNTS,
    Doubt,
    Expiry,
    FieldStatement,
    Known,
    Silence,
)
from rules.domains.records import SETTLED, Answer, Asked, RegistryRecord, Source

AT = datetime(2026, 1, 1, 10, tzinfo=UTC)
LATER = AT + timedelta(days=1)
SOON = timedelta(minutes=5)

RDAP = RegistryRecord(
    name="example.com",
    answer=Answer.REGISTERED,
    source="rdap",
    server="rdap.example",
    created=datetime(2001, 2, 3, tzinfo=UTC),
    updated=datetime(2025, 6, 7, tzinfo=UTC),
    expires=datetime(2027, 2, 3, tzinfo=UTC),
    registrar="Example Registrar Ltd",
    registrar_id="9999",
    abuse="abuse@registrar.example",
    nameservers=("ns1.example.net", "ns2.example.net"),
    statuses=("ok",),
    dnssec=False,
    registrant="Example Ltd",
    evidence={"expires": '{"eventAction": "expiration"}'},
)
WHOIS = RegistryRecord(name="example.com", answer=Answer.REGISTERED, source="whois", server="whois.example")
FREE_BY_RDAP = RegistryRecord(name="example.com", answer=Answer.AVAILABLE, source="rdap", server="rdap.example")
FREE_BY_WHOIS = replace(FREE_BY_RDAP, source="whois", server="whois.example")
TROUBLES = (Answer.THROTTLED, Answer.UNAVAILABLE, Answer.UNPARSABLE)


def known(*answers: RegistryRecord, before: Known | None = None, at: datetime = AT) -> Known:
    return knowledge.learn(before, answers, at=at)


def fields_of(some: Known | RegistryRecord) -> dict[str, object]:
    return {name: getattr(some, name) for name in FIELDS}


def test_what_one_answer_says_is_known_with_who_said_it_when_and_in_which_words():
    learnt = known(RDAP)
    assert learnt.answer is Answer.REGISTERED
    assert fields_of(learnt) == fields_of(RDAP)
    assert learnt.statements["expires"] == FieldStatement(
        source="rdap", server="rdap.example", at=AT, evidence='{"eventAction": "expiration"}'
    )
    assert learnt.statements.keys() == {*FIELDS, "answer"}
    assert learnt.silent == {}


def test_nothing_is_learnt_where_nothing_was_known_and_nobody_answered():
    with pytest.raises(ValueError, match="no answer"):
        knowledge.learn(None, [], at=AT)


def test_nobody_answering_leaves_what_was_known():
    before = known(RDAP)
    after = knowledge.learn(before, [], at=LATER)
    assert replace(after, silent={}) == before
    assert set(after.silent.values()) == {Silence.UNSAID}


def test_fields_come_from_the_surest_that_states_them():
    registrars = replace(
        WHOIS, asked="registrar", server="whois.registrar.example", registrant="Ann Example", abuse="help@x.example"
    )
    thin = replace(RDAP, registrar=None, abuse=None, registrant=None)
    named = replace(WHOIS, registrar="EXAMPLE REGISTRAR", registrant="Example Limited")
    learnt = known(registrars, named, thin)
    assert (learnt.registrar, learnt.registrant, learnt.abuse) == (
        "EXAMPLE REGISTRAR",
        "Example Limited",
        "help@x.example",
    )
    assert learnt.expires == RDAP.expires
    assert [learnt.statements[name].server for name in ("expires", "registrar", "abuse")] == [
        "rdap.example",
        "whois.example",
        "whois.registrar.example",
    ]
    assert learnt.statements["abuse"].asked == "registrar"


def test_a_registrar_alone_decides_nothing():
    registrars = replace(RDAP, asked="registrar")
    first = known(registrars)
    assert (first.answer, fields_of(first)) == (None, fields_of(Known(name="x")))
    doubted = known(FREE_BY_RDAP, before=known(RDAP), at=LATER)
    assert known(registrars, before=doubted, at=LATER + SOON).doubt == doubted.doubt
    gone = replace(FREE_BY_WHOIS, asked="registrar")
    assert known(gone, before=known(RDAP), at=LATER).doubt is None


def test_a_registrars_word_does_not_overwrite_the_registrys_for_a_month():
    before = known(RDAP)
    thin = replace(WHOIS, nameservers=("ns1.example.net",))
    registrars = replace(WHOIS, asked="registrar", expires=datetime(2028, 2, 3, tzinfo=UTC))
    soon = known(thin, registrars, before=before, at=AT + REGISTRY_COUNTS - SOON)
    assert (soon.expires, soon.statements["expires"].at) == (RDAP.expires, AT)
    late = known(thin, registrars, before=before, at=AT + REGISTRY_COUNTS)
    assert (late.expires, late.statements["expires"].asked) == (registrars.expires, "registrar")


def test_silence_keeps_a_field_with_its_age():
    after = known(WHOIS, before=known(RDAP), at=LATER)
    assert fields_of(after) == fields_of(RDAP)
    assert {after.statements[name].at for name in FIELDS} == {AT}
    assert after.statements["answer"] == FieldStatement(source="whois", server="whois.example", at=LATER)
    assert after.silent == dict.fromkeys(FIELDS, Silence.UNSAID)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer.THROTTLED, Silence.THROTTLED),
        (Answer.UNAVAILABLE, Silence.DOWN),
        (Answer.UNPARSABLE, Silence.UNREADABLE),
    ],
)
def test_a_silence_has_its_reason(answer, why):
    trouble = replace(FREE_BY_WHOIS, answer=answer)
    assert known(trouble, before=known(RDAP), at=LATER).silent == dict.fromkeys((*FIELDS, "answer"), why)
    thin = replace(RDAP, registrant=None)
    assert known(thin, trouble).silent == {"registrant": why}
    assert known(trouble).silent == {"answer": why}


def test_who_refuses_explains_a_silence_before_who_is_away():
    answers = [replace(FREE_BY_WHOIS, answer=answer) for answer in reversed(TROUBLES)]
    assert known(*answers).silent == {"answer": Silence.THROTTLED}


@pytest.mark.parametrize("tld", ["de", "eu", "at", "ch", "nl", "hu", "au", "nz", "li", "lu", "be", "no"])
def test_a_registry_that_publishes_no_expiry_is_said_to(tld):
    answer = replace(RDAP, name=f"example.{tld}", expires=None)
    trouble = replace(FREE_BY_WHOIS, name=answer.name, answer=Answer.THROTTLED)
    assert known(answer).silent == {"expires": Silence.NOT_PUBLISHED}
    assert known(answer, trouble).silent["expires"] is Silence.NOT_PUBLISHED
    dated = known(replace(answer, expires=RDAP.expires))
    assert known(trouble, before=dated, at=LATER).silent["expires"] is Silence.THROTTLED


def test_one_answer_that_calls_a_registered_name_free_is_a_doubt():
    before = known(RDAP)
    after = known(FREE_BY_RDAP, before=before, at=LATER)
    assert after.answer is Answer.REGISTERED
    assert after.doubt == Doubt(answer=Answer.AVAILABLE, since=LATER, source="rdap", server="rdap.example")
    assert (fields_of(after), after.statements) == (fields_of(before), before.statements)


def test_two_sources_in_one_look_make_it_gone():
    after = known(FREE_BY_RDAP, FREE_BY_WHOIS, before=known(RDAP), at=LATER)
    assert (after.answer, after.doubt, after.silent) == (Answer.AVAILABLE, None, {})
    assert after.statements["answer"] == FieldStatement(source="rdap", server="rdap.example", at=LATER)
    assert fields_of(after) == fields_of(RDAP)


def test_one_source_twice_in_one_look_is_still_one():
    assert known(FREE_BY_RDAP, FREE_BY_RDAP, before=known(RDAP), at=LATER).doubt is not None


@pytest.mark.parametrize(
    ("answer", "after", "gone"),
    [
        (FREE_BY_RDAP, DOUBT_APART - timedelta(seconds=1), False),
        (FREE_BY_RDAP, DOUBT_APART, True),
        (FREE_BY_WHOIS, timedelta(0), True),
        (replace(FREE_BY_RDAP, answer=Answer.RESERVED), DOUBT_APART, True),
        (replace(FREE_BY_RDAP, answer=Answer.THROTTLED), DOUBT_APART, False),
    ],
)
def test_a_second_source_or_a_second_answer_apart_in_time_settles_a_doubt(answer, after, gone):
    doubted = known(FREE_BY_RDAP, before=known(RDAP), at=LATER)
    second = known(answer, before=doubted, at=LATER + after)
    assert (second.answer is not Answer.REGISTERED) is gone
    assert second.doubt == (None if gone else doubted.doubt)


def test_a_registered_answer_clears_the_doubt_also_beside_a_free_one():
    doubted = known(FREE_BY_RDAP, before=known(RDAP), at=LATER)
    assert known(WHOIS, before=doubted, at=LATER + SOON).doubt is None
    assert known(FREE_BY_RDAP, WHOIS, before=doubted, at=LATER + DOUBT_APART).answer is Answer.REGISTERED


@pytest.mark.parametrize("refuses", ["rdap", "whois"])
def test_a_refusal_is_no_second_source(refuses):
    free, other = (FREE_BY_WHOIS, FREE_BY_RDAP) if refuses == "rdap" else (FREE_BY_RDAP, FREE_BY_WHOIS)
    reserved = replace(other, answer=Answer.RESERVED)
    before = known(RDAP)
    at_once = known(free, reserved, before=before, at=LATER)
    assert (at_once.answer, at_once.doubt is not None) == (Answer.REGISTERED, True)
    for first, second in ((free, reserved), (reserved, free)):
        doubted = known(first, before=before, at=LATER)
        assert known(second, before=doubted, at=LATER + SOON).answer is Answer.REGISTERED
        assert known(second, before=doubted, at=LATER + DOUBT_APART).answer is second.answer


def test_reserved_says_more_than_free():
    reserved = replace(FREE_BY_WHOIS, answer=Answer.RESERVED)
    doubted = known(FREE_BY_RDAP, reserved, before=known(RDAP), at=LATER)
    assert known(FREE_BY_RDAP, reserved, before=doubted, at=LATER + DOUBT_APART).answer is Answer.RESERVED


def test_a_name_that_was_never_registered_needs_one_answer():
    assert known(FREE_BY_RDAP).answer is Answer.AVAILABLE
    assert known(replace(FREE_BY_RDAP, answer=Answer.RESERVED), before=known(FREE_BY_RDAP)).answer is Answer.RESERVED


@pytest.mark.parametrize("answer", [Answer.AVAILABLE, Answer.RESERVED])
def test_of_a_name_that_is_back_nothing_old_is_kept(answer):
    gone = replace(known(RDAP), answer=answer)
    back = known(replace(WHOIS, registrar="Drop Catchers"), before=gone, at=LATER)
    assert fields_of(back) == fields_of(Known(name="x", registrar="Drop Catchers"))
    assert back.statements.keys() == {"answer", "registrar"}


STATED = {
    "answer": FieldStatement(source="rdap", at=AT),
    "expires": FieldStatement(source="rdap", server="rdap.example", at=AT),
}
DATED = Known(
    name="example.com", answer=Answer.REGISTERED, expires=datetime(2027, 2, 3, 4, tzinfo=UTC), statements=STATED
)
UNDATED = Known(name="example.de", answer=Answer.REGISTERED)
BY_HAND, PAID = date(2027, 3, 1), date(2027, 4, 1)


@pytest.mark.parametrize(
    ("of", "by_hand", "paid_until", "expiry"),
    [
        (DATED, BY_HAND, PAID, Expiry(datetime(2027, 2, 3, 4, tzinfo=UTC), STATED["expires"])),
        (UNDATED, BY_HAND, PAID, Expiry(datetime(2027, 3, 1, tzinfo=UTC), FieldStatement(source="hand"))),
        (UNDATED, None, PAID, Expiry(datetime(2027, 4, 1, tzinfo=UTC), FieldStatement(source="subscription"))),
        (UNDATED, None, None, None),
        (
            Known(name="example.de"),
            BY_HAND,
            None,
            Expiry(datetime(2027, 3, 1, tzinfo=UTC), FieldStatement(source="hand")),
        ),
        (replace(DATED, answer=Answer.AVAILABLE), BY_HAND, PAID, None),
        (replace(DATED, answer=Answer.RESERVED), None, None, None),
    ],
)
def test_the_expiry_is_the_registrys_or_a_persons_or_the_subscriptions(of, by_hand, paid_until, expiry):
    assert knowledge.expiry(of, by_hand, paid_until) == expiry


DAY = timedelta(days=1)
FI_RDAP = replace(RDAP, name="example.fi", expires=None)
FI_ENDS = datetime(2026, 12, 15, tzinfo=UTC)
FI_WHOIS = replace(WHOIS, name="example.fi", expires=FI_ENDS)


def test_what_the_first_source_leaves_out_is_asked_of_the_next():
    assert knowledge.leaves_out(FI_RDAP, None, at=AT)
    assert knowledge.leaves_out(replace(RDAP, registrar=None), None, at=AT)
    assert not knowledge.leaves_out(RDAP, None, at=AT)
    withheld = replace(FI_RDAP, name="example.de")
    assert not knowledge.leaves_out(withheld, None, at=AT)
    assert knowledge.leaves_out(replace(withheld, registrar=None), None, at=AT)


def test_the_next_is_asked_each_time_while_it_helps_and_seldom_where_it_is_silent_too():
    helped = known(FI_RDAP, FI_WHOIS)
    assert helped.expires == FI_WHOIS.expires
    assert knowledge.leaves_out(FI_RDAP, helped, at=AT + DAY)
    silent = known(FI_RDAP, replace(FI_WHOIS, expires=None), before=helped, at=AT + DAY)
    assert not knowledge.leaves_out(FI_RDAP, silent, at=AT + 2 * DAY)
    assert knowledge.leaves_out(FI_RDAP, silent, at=AT + DAY + ASK_AGAIN)
    assert known(FI_RDAP, FI_WHOIS, before=silent, at=LATER).asked_in_vain is None


@pytest.mark.parametrize("answer", [Answer.THROTTLED, Answer.UNAVAILABLE])
def test_a_next_source_in_trouble_was_not_asked_in_vain(answer):
    trouble = replace(FREE_BY_WHOIS, name="example.fi", answer=answer)
    assert known(FI_RDAP, trouble).asked_in_vain is None
    assert known(FI_RDAP, replace(trouble, answer=Answer.UNPARSABLE)).asked_in_vain == AT


def test_a_later_date_by_hand_wins_over_one_whose_source_has_fallen_silent():
    stated = known(FI_RDAP, FI_WHOIS)
    later, earlier = date(2027, 12, 15), date(2026, 6, 1)
    assert knowledge.expiry(stated, later, None) == Expiry(FI_ENDS, stated.statements["expires"])
    silent = known(FI_RDAP, replace(FI_WHOIS, expires=None), before=stated, at=LATER)
    assert knowledge.expiry(silent, later, None) == Expiry(
        datetime(2027, 12, 15, tzinfo=UTC), FieldStatement(source="hand")
    )
    for by_hand in (earlier, None):
        kept = Expiry(FI_ENDS, stated.statements["expires"], is_stale=True)
        assert knowledge.expiry(silent, by_hand, None) == kept


def test_trouble_makes_an_expiry_stale_only_when_it_lasts():
    trouble = replace(FREE_BY_WHOIS, name="example.fi", answer=Answer.THROTTLED)
    stated = known(FI_RDAP, FI_WHOIS)
    for after, stale in ((DAY, False), (REGISTRY_COUNTS, True)):
        expiry = knowledge.expiry(known(FI_RDAP, trouble, before=stated, at=AT + after), None, None)
        assert expiry is not None
        assert expiry.is_stale is stale


TIMES = st.integers(0, 10_000).map(lambda days: datetime(2001, 2, 3, tzinfo=UTC) + timedelta(days=days))
TEXTS = st.sampled_from(["Example Ltd", "EXAMPLE, LTD.", "Other Inc", "9999", "292"])
SOURCES: st.SearchStrategy[Source] = st.sampled_from(["rdap", "whois"])
ASKED: st.SearchStrategy[Asked] = st.sampled_from(["registry", "registry", "registrar"])


@st.composite
def records(draw: st.DrawFn, answers: tuple[Answer, ...] = tuple(Answer), **given_: object) -> RegistryRecord:
    answer = draw(st.sampled_from(answers))
    bare = RegistryRecord(
        name="example.com", answer=answer, source=draw(SOURCES), server=draw(TEXTS), asked=draw(ASKED)
    )
    if answer is not Answer.REGISTERED:
        return replace(bare, **given_)
    optional = {
        **dict.fromkeys(("created", "updated", "expires"), TIMES),
        **dict.fromkeys(("registrar", "registrar_id", "abuse", "registrant"), TEXTS),
        "dnssec": st.booleans(),
    }
    said = {name: draw(st.none() | values) for name, values in optional.items()}
    lists = {name: draw(st.lists(TEXTS, max_size=2).map(tuple)) for name in ("nameservers", "statuses")}
    return replace(bare, **{**said, **lists, **given_})


LOOKUPS = st.lists(st.lists(records(), max_size=3), min_size=1, max_size=5)
GAPS = st.timedeltas(timedelta(0), timedelta(days=60))


@st.composite
def knowns(draw: st.DrawFn) -> Known:
    """Return what is known after some lookups."""
    some, at = known(draw(records()), at=AT - timedelta(days=400)), AT - timedelta(days=400)
    for lookup in draw(LOOKUPS):
        at += draw(st.sampled_from([SOON, DOUBT_APART, timedelta(days=40)]))
        some = knowledge.learn(some, lookup, at=at)
    return some


@settings(deadline=None)
@given(knowns(), st.lists(records(), max_size=3), GAPS)
def test_the_same_answers_twice_teach_nothing_new(before, lookup, gap):
    once = knowledge.learn(before, lookup, at=AT + gap)
    assert knowledge.learn(once, lookup, at=AT + gap) == once


@settings(deadline=None)
@given(knowns(), st.lists(records(answers=TROUBLES), max_size=4))
def test_trouble_changes_nothing_that_is_known(before, lookup):
    after = knowledge.learn(before, lookup, at=LATER)
    assert replace(after, silent=before.silent) == before


@settings(deadline=None)
@given(knowns(), st.lists(records(), max_size=4))
def test_silence_never_loses_a_field(before, lookup):
    after = knowledge.learn(before, lookup, at=LATER)
    if before.answer in {None, Answer.REGISTERED} or after.answer is not Answer.REGISTERED:
        for name in FIELDS:
            lost = getattr(before, name) not in (None, "", ()) and getattr(after, name) in (None, "", ())
            assert not lost, name


@settings(deadline=None)
@given(knowns(), st.lists(records(), max_size=4))
def test_each_known_field_has_its_statement(before, lookup):
    after = knowledge.learn(before, lookup, at=LATER)
    present = {name for name in FIELDS if getattr(after, name) not in (None, "", ())}
    assert after.statements.keys() - {"answer"} == present
    assert ("answer" in after.statements) is (after.answer is not None)
    assert after.answer is None or after.answer in SETTLED


@settings(deadline=None)
@given(records(answers=(Answer.REGISTERED,), asked="registry"), records(), GAPS)
def test_no_single_answer_makes_a_registered_name_free(first, second, gap):
    assert known(second, before=known(first), at=AT + gap).answer is Answer.REGISTERED


@settings(deadline=None)
@given(records(answers=(Answer.REGISTERED,), asked="registry"), st.lists(st.lists(records(), max_size=3), max_size=6))
def test_a_name_is_gone_only_after_two_registries_answers_with_none_between_that_it_is_registered(first, lookups):
    now, before, denied = AT, known(first), 0
    for lookup in lookups:
        now += DOUBT_APART / 2
        by_registry = [each for each in lookup if each.asked == "registry" and each.answer in SETTLED]
        if any(each.answer is Answer.REGISTERED for each in by_registry):
            denied = 0
        else:
            denied += len(by_registry)
        before = knowledge.learn(before, lookup, at=now)
        if before.answer is not Answer.REGISTERED:
            assert denied > 1
            return
