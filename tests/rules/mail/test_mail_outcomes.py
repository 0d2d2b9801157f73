"""What a mail becomes by what comes back about it, and which addresses get none any more."""

import pytest

from rules.bounces.verdict import BounceKind, BounceVerdict
from rules.mail import mail_outcomes
from rules.mail.mail_outcomes import BOUNCES, FULL_AFTER, GONE, MailState, NoticeKind, state_after, suppression


@pytest.mark.parametrize("kind", sorted(BOUNCES))
@pytest.mark.parametrize("state", [MailState.SENDING, MailState.SENT, MailState.DELIVERED, MailState.UNKNOWN])
def test_a_bounce_counts_whatever_was_thought_before(kind: NoticeKind, state: MailState) -> None:
    assert state_after(state, kind) is MailState.BOUNCED


def test_a_complaint_comes_last_and_nothing_comes_after_it() -> None:
    assert state_after(MailState.BOUNCED, NoticeKind.COMPLAINT) is MailState.COMPLAINED
    assert {state_after(MailState.COMPLAINED, kind) for kind in NoticeKind} == {MailState.COMPLAINED}


def test_a_delivery_that_is_told_late_does_not_undo_a_bounce() -> None:
    assert state_after(MailState.BOUNCED, NoticeKind.DELIVERED) is MailState.BOUNCED


@pytest.mark.parametrize("kind", sorted(NoticeKind))
def test_whatever_comes_back_about_an_unknown_mail_says_that_it_had_gone(kind: NoticeKind) -> None:
    assert state_after(MailState.UNKNOWN, kind) in GONE


@pytest.mark.parametrize("kind", sorted(NoticeKind))
@pytest.mark.parametrize("state", [MailState.QUEUED, MailState.FAILED, MailState.CANCELLED, MailState.SUPPRESSED])
def test_what_was_not_sent_is_not_changed_by_what_comes(kind: NoticeKind, state: MailState) -> None:
    assert state_after(state, kind) is state


def test_an_answer_changes_nothing_of_a_mail_that_was_sent() -> None:
    for kind in (NoticeKind.AUTO_REPLY, NoticeKind.CHALLENGE, NoticeKind.DELAYED):
        assert state_after(MailState.SENT, kind) is MailState.SENT


def test_an_address_is_suppressed_for_what_will_not_pass() -> None:
    suppressing = {kind for kind in NoticeKind if suppression(kind)}
    assert suppressing == {NoticeKind.HARD, NoticeKind.UNKNOWN_RECIPIENT, NoticeKind.COMPLAINT}
    unwanted = suppression(NoticeKind.COMPLAINT)
    assert unwanted
    assert unwanted.length is None


def test_a_mailbox_that_stays_full_is_suppressed_for_a_while() -> None:
    assert suppression(NoticeKind.FULL, full=FULL_AFTER - 1) is None
    assert suppression(NoticeKind.FULL, full=FULL_AFTER)


def test_a_verdict_becomes_what_it_tells_of_its_mail() -> None:
    assert mail_outcomes.kind_of(BounceVerdict(BounceKind.NOT_A_BOUNCE)) is None
    assert mail_outcomes.kind_of(BounceVerdict(BounceKind.NOT_A_BOUNCE, status="2.1.5")) is NoticeKind.DELIVERED
    assert mail_outcomes.kind_of(BounceVerdict(BounceKind.FULL, final=False)) is NoticeKind.DELAYED
    assert mail_outcomes.kind_of(BounceVerdict(BounceKind.FULL)) is NoticeKind.FULL
