"""Which of our mails a message that came back is about."""

from rules.bounces.origin import MailOrigin, origin, return_path

TOKEN = "0123456789abcdef01234567"


def test_a_return_path_of_its_own_names_the_mail() -> None:
    path = return_path("bounces@agency.test", TOKEN)
    assert path == f"bounces+{TOKEN}@agency.test"
    for header in ("To", "Delivered-To", "X-Original-To"):
        assert origin(f"{header}: <{path}>\n\nx".encode()).tokens == (TOKEN,)


def test_the_ids_of_the_returned_mail_come_before_those_of_answers() -> None:
    message = (
        "To: bounces@agency.test\nMessage-ID: <own@mx.test>\nReferences: <b@agency.test>\n"
        "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n"
        "Message-ID: <a@agency.test>\nSubject: Hi\n\n--x--"
    )
    assert origin(message.encode()).message_ids == ("<a@agency.test>", "<b@agency.test>")


def test_an_id_is_found_in_a_copy_that_is_text() -> None:
    message = (
        "From: MAILER-DAEMON@mx.test\n\nfailed\n--- Below is a copy\n\nTo: a@b.test\nMessage-Id: <a@agency.test>\n"
    )
    assert origin(message.encode()).message_ids == ("<a@agency.test>",)


def test_a_message_that_names_none_names_none() -> None:
    assert origin(b"\xff\x00") == MailOrigin((), ())


def test_a_message_full_of_ids_names_only_some() -> None:
    found = origin(("References: " + " ".join(f"<{n}@x.test>" for n in range(500)) + "\n\n").encode())
    assert 0 < len(found.message_ids) <= 20
