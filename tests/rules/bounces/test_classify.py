"""What a message that came back says: samples of real systems' shapes, and of what only looks like one."""

import pytest

from rules import bounces
from rules.bounces.verdict import BounceKind, BounceVerdict
from tests.support.bounces import BounceSample, samples

SAMPLES = [one for name in ("first", "second", "third", "fourth") for one in samples(f"{name}_unseen.txt")]
REPORT = """Return-Path: <>
From: MAILER-DAEMON@mx.test
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: message/delivery-status

Final-Recipient: rfc822; ada@clients.test
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}
--x--
"""


def reported(said: str, *, status: str = "5.0.0", action: str = "failed") -> BounceKind:
    return bounces.classify(REPORT.format(action=action, status=status, said=said).encode()).kind


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_a_shape_of_the_field_is_read(sample: BounceSample) -> None:
    expected = BounceVerdict(BounceKind(sample.kind), sample.recipient or None, sample.status or None)
    assert bounces.classify(sample.message) == expected


def test_there_are_shapes_enough() -> None:
    assert len({one.name for one in SAMPLES}) == len(SAMPLES) >= 120
    assert {one.kind for one in SAMPLES} == {str(kind) for kind in BounceKind}


@pytest.mark.parametrize("sample", SAMPLES[::5], ids=lambda one: one.name)
def test_line_ends_do_not_matter(sample: BounceSample) -> None:
    assert bounces.classify(sample.message.replace(b"\n", b"\r\n")) == bounces.classify(sample.message)


class TestReports:
    def test_a_code_that_speaks_for_itself_decides(self) -> None:
        assert reported("550 go away", status="5.1.1") is BounceKind.UNKNOWN_RECIPIENT
        assert reported("550 go away", status="5.2.2") is BounceKind.FULL
        assert reported("550 go away", status="5.7.26") is BounceKind.POLICY

    def test_words_decide_where_the_code_says_nothing(self) -> None:
        assert reported("550 mailbox is full") is BounceKind.FULL
        assert reported("550 5.7.1 user unknown", status="5.7.1") is BounceKind.UNKNOWN_RECIPIENT
        assert reported("550 looks like spam") is BounceKind.POLICY

    def test_who_still_tries_is_soft_whatever_it_says(self) -> None:
        assert reported("550 user unknown", action="delayed", status="4.1.1") is BounceKind.SOFT

    def test_who_gave_up_on_a_code_for_now_is_soft(self) -> None:
        assert reported("450 greylisted", status="4.7.1") is BounceKind.SOFT

    def test_the_worst_recipient_is_told(self) -> None:
        both = REPORT.replace(
            "--x--", "\nFinal-Recipient: rfc822; ben@clients.test\nAction: failed\nStatus: 5.2.2\n--x--"
        )
        found = bounces.classify(both.format(action="relayed", status="2.0.0", said="250 ok").encode())
        assert found == BounceVerdict(BounceKind.FULL, "ben@clients.test", "5.2.2")

    def test_a_recipient_of_rfc_6533_is_read(self) -> None:
        written = REPORT.replace("rfc822; ada@", r"utf-8; \x{{C4}}da@")
        assert bounces.classify(written.format(action="failed", status="5.1.1", said="no").encode()).recipient == (
            "Äda@clients.test"
        )


class TestWhatOnlyLooksLikeOne:
    @pytest.mark.parametrize("prefix", ["Re: ", "AW: ", "SV: "])
    def test_an_answer_of_a_person_to_a_bounce(self, prefix: str) -> None:
        answer = (
            f"From: Ada <ada@clients.test>\nSubject: {prefix}Undelivered Mail\n\nFixed.\n> 550 5.1.1 user unknown\n"
        )
        assert bounces.classify(answer.encode()).kind is BounceKind.NOT_A_BOUNCE

    def test_the_words_of_the_returned_mail_are_not_the_servers(self) -> None:
        text = (
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.test\nSubject: failure notice\n\n<ada@clients.test>:\n"
            "550 no such user\n\n--- Below this line is a copy of the message.\n\nFrom: x@y.test\n\nMailbox is full.\n"
        )
        assert bounces.classify(text.encode()).kind is BounceKind.UNKNOWN_RECIPIENT
