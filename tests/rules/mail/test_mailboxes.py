"""One reader of mail addresses."""

import pytest

from rules.mail import mailboxes
from rules.mail.mailboxes import Mailbox, NotAMailbox


@pytest.mark.parametrize(
    ("written", "box"),
    [
        ("a@b.test", Mailbox("", "a@b.test")),
        ("Agency <a@b.test>", Mailbox("Agency", "a@b.test")),
        ('"Agency, Inc." <a@b.test>', Mailbox("Agency, Inc.", "a@b.test")),
        ("Bäckerei <post@bäckerei.test>", Mailbox("Bäckerei", "post@xn--bckerei-5wa.test")),
        ("nolapse@localhost", Mailbox("", "nolapse@localhost")),
    ],
)
def test_one_mailbox_is_read(written: str, box: Mailbox) -> None:
    assert mailboxes.read(written) == box


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "a",
        "a@",
        "@b",
        "a@x,b@x",
        "a@x, b@x",
        "a@x;b@x",
        "Agency, Inc. <a@b>",
        "a@b\r\nBcc: e@x",
        "a b@x",
        "<>",
        "a@b..test",
        "a@.b.test",
        "a@b.test.",
        "a@-b.test",
    ],
)
def test_what_is_not_exactly_one_mailbox_is_refused(written: str) -> None:
    with pytest.raises(NotAMailbox, match=r"not (one mailbox|a mail address)"):
        mailboxes.read(written)
    assert not mailboxes.is_address(written)
