"""The relay over real sockets: what was accepted, what may be sent again, and what nobody knows."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

import pytest
import trustme

from integrations.errors import Deferred, Rejected, Throttled, Unavailable, Unsettled
from integrations.mail_provider import Receipt
from integrations.smtp import Relay, compose
from integrations.smtp import session as sessions
from rules.billing.logos import CONTENT_ID, Logo
from sandbox.behaviour import Behaviour
from sandbox.smtp import SmtpServer

SENDER, ANNA, BEN = "billing@agency.example", "anna@client.example", "ben@client.example"
WHEN = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
LOGIN = ("nolapse", "hunter2-secret")


@pytest.fixture(params=[True, False], ids=["pipelining", "in-turn"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    with SmtpServer(pipelining=request.param) as server:
        yield server


@pytest.fixture
def relay(server: SmtpServer) -> Iterator[Relay]:
    with Relay(server.url, timeout_s=5, answer_timeout_s=0.3) as relay:
        yield relay


def mail(**changes: object) -> EmailMessage:
    parts: dict[str, object] = {
        "sender": "Agency <billing@agency.example>",
        "to": "Anna <anna@client.example>",
        "subject": "Your invoice",
        "text": "Hello\n",
        "html": "<p>Hello</p>\n",
        "message_id": "<1@agency.example>",
        "date": WHEN,
    }
    return compose(**(parts | changes))  # pyright: ignore[reportArgumentType]


def send(relay: Relay, *recipients: str, message: EmailMessage | None = None) -> Receipt:
    return relay.send(message or mail(), sender=SENDER, recipients=recipients or (ANNA,))


@contextmanager
def scripted(converse: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection by hand, for what no mail server does; yield the relay's URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with closing(connection):
                converse(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"smtp://127.0.0.1:{listener.getsockname()[1]}?tls=none"
        thread.join()


def up_to_data(connection: socket.socket) -> None:
    """Answer as a relay does until it is the client's turn to send lines."""
    connection.sendall(b"220 here\r\n")
    for reply in (b"250 relay", b"250 sender", b"250 recipient", b"354 go on"):
        connection.recv(1000)
        connection.sendall(reply + b"\r\n")


class TestAMailThatIsAccepted:
    def test_arrives_as_it_was_composed(self, server: SmtpServer, relay: Relay) -> None:
        receipt = send(relay, message=mail(attachments=[("Rechnung März.pdf", "application/pdf", b"%PDF\r\n.\r\n")]))
        assert receipt == Receipt(reply="250 2.0.0 OK: kept", refused={})
        (delivered,) = server.mailbox
        assert (delivered.sender, delivered.recipients) == (SENDER, (ANNA,))
        arrived = delivered.message
        assert (arrived["From"], arrived["To"]) == ("Agency <billing@agency.example>", "Anna <anna@client.example>")
        assert (arrived["Subject"], arrived["Message-ID"]) == ("Your invoice", "<1@agency.example>")
        assert parsedate_to_datetime(arrived["Date"]) == WHEN
        plain, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
        assert plain is not None
        assert plain.get_content() == "Hello\r\n"
        assert html is not None
        assert html.get_content() == "<p>Hello</p>\r\n"
        (attachment,) = arrived.iter_attachments()
        assert (attachment.get_filename(), attachment.get_content()) == ("Rechnung März.pdf", b"%PDF\r\n.\r\n")

    def test_shows_a_logo_that_it_carries_beside_its_html(self, server: SmtpServer, relay: Relay) -> None:
        logo, pdf = Logo("png", b"\x89PNG\r\n.\r\n"), ("a.pdf", "application/pdf", b"%PDF")
        send(relay, message=mail(html=f'<img src="cid:{CONTENT_ID}">', logo=logo, attachments=[pdf]))
        (delivered,) = server.mailbox
        kinds = [part.get_content_type() for part in delivered.message.walk()]
        assert kinds == [
            "multipart/mixed", "multipart/alternative", "text/plain",
            "multipart/related", "text/html", "image/png", "application/pdf",
        ]  # fmt: skip
        (image,) = (part for part in delivered.message.walk() if part.get_content_type() == "image/png")
        assert (image["Content-ID"], image.get_content_disposition()) == (f"<{CONTENT_ID}>", "inline")
        assert image.get_content() == logo.image
        assert [one.get_filename() for one in delivered.message.iter_attachments()] == ["a.pdf"]

    def test_reuses_the_threads_connection(self, server: SmtpServer, relay: Relay) -> None:
        send(relay)
        send(relay)
        assert (len(server.mailbox), server.connections) == (2, 1)

    def test_is_offered_once_where_the_kept_connection_says_no(self, server: SmtpServer, relay: Relay) -> None:
        send(relay)
        server.replies[ANNA] = "451 4.3.0 not now"
        with pytest.raises(Deferred):
            send(relay)
        assert server.connections == 1

    def test_gets_a_new_connection_where_the_old_one_says_that_it_closes(
        self, server: SmtpServer, relay: Relay
    ) -> None:
        send(relay)
        server.replies[ANNA] = "421 4.4.2 idle for too long"
        with pytest.raises(Unavailable):
            send(relay)
        assert (len(server.mailbox), server.connections) == (1, 2)

    def test_gets_a_new_connection_where_the_old_one_is_gone(self, relay: Relay, server: SmtpServer) -> None:
        send(relay)
        server.drop_connections()
        send(relay)
        assert (len(server.mailbox), server.connections) == (2, 2)

    def test_gets_a_new_connection_where_the_old_one_was_idle_for_long(
        self, relay: Relay, server: SmtpServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        send(relay)
        monkeypatch.setattr(sessions, "IDLE_LIMIT_S", -1)
        send(relay)
        assert (len(server.mailbox), server.connections) == (2, 2)

    def test_has_a_connection_of_its_own_in_each_thread(self, server: SmtpServer, relay: Relay) -> None:
        together = threading.Barrier(3)

        def work(_number: int) -> None:
            together.wait(10)
            send(relay)

        with ThreadPoolExecutor(3) as threads:  # they live on, and with them their connections, until they are closed
            list(threads.map(work, range(3)))
            relay.close()
        assert (len(server.mailbox), server.connections) == (3, 3)

    def test_may_be_slow(self, server: SmtpServer, relay: Relay) -> None:
        server.conduct.by_name[ANNA], server.conduct.delay_s = Behaviour.SLOW, 0.05
        assert send(relay).refused == {}

    def test_is_kept_as_a_file_until_it_is_pruned(self, tmp_path: Path) -> None:
        with SmtpServer(folder=tmp_path) as server, Relay(server.url) as relay:
            send(relay)
            (path,) = tmp_path.glob("*.eml")
            assert path.read_bytes() == server.mailbox[0].raw
            server.prune(older_than=datetime(2000, 1, 1, tzinfo=UTC))
            assert len(server.mailbox) == len(list(tmp_path.iterdir())) == 1
            server.prune(older_than=datetime(2100, 1, 1, tzinfo=UTC))
            assert server.mailbox == list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("From", '"Doe, John" <john@a.example>'),
            ("From", "a@a.example"),
            ("To", "Anna <anna@client.example>"),
            ("Subject", "Your  invoice, with  spaces"),
            ("Date", "Sun, 29 Nov 2026 16:00:00 +0000"),
            ("Message-ID", "<1@agency.example>"),
            ("List-Unsubscribe", "<https://nolapse.example/unsubscribe/1.x>"),
            ("Content-Type", 'text/plain; charset="utf-8"'),
            ("Content-Disposition", 'attachment; filename="a b.pdf"'),
            ("MIME-Version", "1.0"),
        ],
    )
    def test_a_header_that_fits_on_a_line_is_written_as_the_library_writes_it(self, name: str, value: str) -> None:
        ours, library = (EmailMessage(policy=one) for one in (mail().policy, EmailPolicy(linesep="\r\n")))
        for message in (ours, library):
            message[name] = value
        assert ours.as_bytes() == library.as_bytes()


class TestWhatTheRelayDoesNotTake:
    @pytest.mark.parametrize("reply", ["450 4.7.1 greylisted", "452 4.2.2 full", "421 4.3.2 going down"])
    def test_a_refusal_for_now_is_unavailable(self, server: SmtpServer, relay: Relay, reply: str) -> None:
        server.replies[ANNA] = reply
        with pytest.raises(Unavailable, match=reply):
            send(relay)
        del server.replies[ANNA]
        assert send(relay).refused == {}

    @pytest.mark.parametrize("reply", ["550 5.1.1 no such user", "552 5.3.4 too big", "554 5.7.1 no relaying"])
    def test_a_refusal_for_good_is_rejected(self, server: SmtpServer, relay: Relay, reply: str) -> None:
        server.replies[ANNA] = reply
        with pytest.raises(Rejected, match=reply):
            send(relay)

    def test_a_relay_that_is_asked_too_often_says_so(self, server: SmtpServer, relay: Relay) -> None:
        server.conduct.by_name[ANNA] = Behaviour.THROTTLE
        with pytest.raises(Throttled, match="slow down"):
            send(relay)

    @pytest.mark.parametrize("behaviour", [Behaviour.GARBAGE, Behaviour.HANG_UP])
    def test_a_broken_dialogue_is_unavailable(self, server: SmtpServer, relay: Relay, behaviour: Behaviour) -> None:
        server.conduct.by_name[ANNA] = behaviour
        with pytest.raises(Unavailable):
            send(relay)
        assert server.mailbox == []

    def test_a_refusal_of_the_lines_means_what_its_code_says(self, server: SmtpServer, relay: Relay) -> None:
        server.final_replies |= {ANNA: "452 4.3.1 disk full", BEN: "554 5.7.1 spam"}
        with pytest.raises(Unavailable, match="disk full"):
            send(relay, ANNA)
        with pytest.raises(Rejected, match="spam"):
            send(relay, BEN)

    def test_one_recipient_that_is_refused_does_not_keep_the_mail_from_the_other(
        self, server: SmtpServer, relay: Relay
    ) -> None:
        server.replies |= {BEN: "550 5.1.1 no such user", "greta@client.example": "450 4.2.0 greylisted"}
        receipt = send(relay, ANNA, BEN, "greta@client.example")
        assert receipt.refused == {BEN: "550 5.1.1 no such user", "greta@client.example": "450 4.2.0 greylisted"}
        assert server.mailbox[0].recipients == (ANNA,)

    def test_where_all_are_refused_one_for_now_is_reason_to_try_again(self, server: SmtpServer, relay: Relay) -> None:
        server.replies |= {ANNA: "550 5.1.1 no such user", BEN: "450 4.2.0 greylisted"}
        with pytest.raises(Unavailable, match="greylisted"):
            send(relay, ANNA, BEN)

    def test_nobody_listening_is_unavailable(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with Relay(f"smtp://127.0.0.1:{port}?tls=none") as relay, pytest.raises(Unavailable, match="refused"):
            send(relay)

    def test_a_drop_among_the_lines_is_unavailable(self) -> None:
        def converse(connection: socket.socket) -> None:
            up_to_data(connection)
            connection.recv(1000)

        # More than the sockets' buffers hold, so that the drop comes before the final dot can.
        big = mail(attachments=[("big.bin", "application/octet-stream", bytes(12_000_000))])
        with scripted(converse) as url, Relay(url, timeout_s=20) as relay, pytest.raises(Unavailable):
            send(relay, message=big)

    def test_a_relay_that_gives_up_before_the_final_dot_never_gets_it(self) -> None:
        seen = bytearray()

        def converse(connection: socket.socket) -> None:
            connection.sendall(b"220 here\r\n")
            for reply in (b"250 relay", b"250 sender", b"250 recipient"):
                connection.recv(1000)
                connection.sendall(reply + b"\r\n")
            connection.recv(1000)
            connection.sendall(b"354 go on\r\n421 no, stop\r\n")
            with suppress(ConnectionError):
                while chunk := connection.recv(1000):
                    seen.extend(chunk)

        with scripted(converse) as url, Relay(url, timeout_s=5) as relay, pytest.raises(Unavailable):
            send(relay)
        assert b"Message-ID" in seen
        assert b"\r\n.\r\n" not in seen

    def test_a_relay_that_drips_costs_its_deadline_and_no_more(self) -> None:
        gave_up = threading.Event()

        def converse(connection: socket.socket) -> None:
            connection.sendall(b"220 ")
            with suppress(OSError):
                while not gave_up.wait(0.05):
                    connection.sendall(b"x")

        with scripted(converse) as url, Relay(url, timeout_s=0.3) as relay:
            with pytest.raises(Unavailable, match=r"timed out|deadline"):
                send(relay)
            gave_up.set()

    def test_a_reply_without_an_end_is_unavailable(self) -> None:
        def converse(connection: socket.socket) -> None:
            with suppress(OSError):
                while True:
                    connection.sendall(b"220-and on and on\r\n" * 100)

        with scripted(converse) as url, Relay(url, timeout_s=5) as relay, pytest.raises(Unavailable, match="not end"):
            send(relay)


class TestTheUnknownWindow:
    def test_silence_after_the_final_dot_is_unsettled(self, server: SmtpServer, relay: Relay) -> None:
        server.conduct.by_name[ANNA] = Behaviour.SILENT
        with pytest.raises(Unsettled, match="sent whole"):
            send(relay)
        assert len(server.wait_for(1, timeout_s=5)) == 1

    @pytest.mark.parametrize("last_words", [b"", b"%%% not SMTP\r\n"])
    def test_a_drop_or_garbage_after_the_final_dot_is_unsettled(self, last_words: bytes) -> None:
        def converse(connection: socket.socket) -> None:
            up_to_data(connection)
            data = bytearray()
            while not data.endswith(b"\r\n.\r\n"):
                data += connection.recv(1000)
            connection.sendall(last_words)

        with scripted(converse) as url, Relay(url, timeout_s=5) as relay, pytest.raises(Unsettled):
            send(relay)


class TestTls:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def trust(self, authority: trustme.CA) -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context

    @pytest.fixture
    def guarded(self, authority: trustme.CA) -> Iterator[SmtpServer]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        with SmtpServer(tls=context, login=LOGIN) as server:
            yield server

    def test_a_mail_goes_over_starttls_after_signing_in(self, guarded: SmtpServer, trust: ssl.SSLContext) -> None:
        with Relay(f"smtp://nolapse:hunter2-secret@127.0.0.1:{guarded.port}", trust=trust) as relay:
            send(relay)
            send(relay)
        assert (len(guarded.mailbox), guarded.connections) == (2, 1)

    def test_a_relay_that_offers_no_starttls_gets_no_mail(self, server: SmtpServer) -> None:
        with (
            Relay(f"smtp://127.0.0.1:{server.port}?tls=starttls") as relay,
            pytest.raises(Unavailable, match="STARTTLS"),
        ):
            send(relay)
        assert server.mailbox == []

    def test_a_certificate_that_nobody_vouches_for_gets_no_mail(self, guarded: SmtpServer) -> None:
        with Relay(f"smtp://127.0.0.1:{guarded.port}") as relay, pytest.raises(Unavailable, match="certificate"):
            send(relay)

    def test_a_wrong_password_is_unavailable_and_not_shown(self, guarded: SmtpServer, trust: ssl.SSLContext) -> None:
        url = f"smtp://nolapse:wrong-secret@127.0.0.1:{guarded.port}"
        with Relay(url, trust=trust) as relay, pytest.raises(Unavailable, match="535") as caught:
            send(relay)
        assert "wrong-secret" not in repr((caught.value, caught.value.__cause__, relay, relay._place))

    def test_implicit_tls_is_tls_from_the_first_byte(self, authority: trustme.CA, trust: ssl.SSLContext) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)

        def converse(connection: socket.socket) -> None:
            with context.wrap_socket(connection, server_side=True) as protected:
                up_to_data(protected)
                data = bytearray()
                while not data.endswith(b"\r\n.\r\n"):
                    data += protected.recv(1000)
                protected.sendall(b"250 kept\r\n")
                protected.recv(1000)
                protected.sendall(b"221 bye\r\n")

        with scripted(converse) as url, Relay(url.replace("none", "implicit"), trust=trust) as relay:
            assert send(relay).reply == "250 kept"


class TestAUrlThatIsRefused:
    @pytest.mark.parametrize(
        "url",
        [
            "http://nolapse:s3cret@relay.example",
            "smtp://",
            "smtp://nolapse:s3cret@relay.example:port",
            "smtp://nolapse:s3cret@relay.example?tls=maybe",
            "smtp://nolapse:s3cret@relay.example?tls=none",
            "smtp://nolapse:s3cret\N{LATIN SMALL LETTER E WITH ACUTE}@relay.example",
            "smtp://nolapse:s3cret@rel\N{ACCOUNT OF}ay.example",
        ],
    )
    def test_is_refused_without_showing_the_password(self, url: str) -> None:
        with pytest.raises(ValueError, match="relay") as caught:
            Relay(url)
        assert "s3cret" not in repr((caught.value, caught.value.__cause__))


class TestHostileInput:
    @pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\0", "\N{NEXT LINE}", "\N{LINE SEPARATOR}"])
    @pytest.mark.parametrize("part", ["subject", "to", "sender", "message_id"])
    def test_a_line_end_in_a_header_is_refused(self, part: str, break_: str) -> None:
        value = {"message_id": f"<1{break_}Bcc:@a.example>"}.get(part, f"Anna{break_}Bcc: <eve@evil.example>")
        with pytest.raises(Rejected):
            mail(**{part: value})

    def test_a_line_end_in_a_file_name_or_type_is_refused(self) -> None:
        for attachment in (("a\r\nb.pdf", "application/pdf", b""), ("a.pdf", "application/pdf\r\nX: y", b"")):
            with pytest.raises(Rejected):
                mail(attachments=[attachment])

    @pytest.mark.parametrize("part", ["subject", "to", "sender"])
    def test_an_encoded_line_end_stays_text(self, server: SmtpServer, relay: Relay, part: str) -> None:
        encoded = "=?utf-8?q?x=0D=0ABcc:_eve=40evil.example?="
        send(relay, message=mail(**{part: encoded if part == "subject" else f'"{encoded}" <anna@client.example>'}))
        (delivered,) = server.mailbox
        assert set(delivered.message.keys()) == set(mail().keys())
        assert "0D=0ABcc:" in delivered.message[{"sender": "from"}.get(part, part)]

    @pytest.mark.parametrize("subject", ["Rechnung für März 🎉", "x" * 2000, "ünïcödé " * 100])
    def test_a_long_or_unicode_subject_arrives(self, server: SmtpServer, relay: Relay, subject: str) -> None:
        send(relay, message=mail(subject=subject))
        (delivered,) = server.mailbox
        assert max(map(len, delivered.raw.split(b"\r\n"))) <= 998
        assert set(delivered.message.keys()) == set(mail().keys())

    @pytest.mark.parametrize(
        "words",
        [
            "Сертификат сервера www.agency.test истекает через семь дней, и клиенты его не примут",  # noqa: RUF001 - Russian
            "日本語のドメイン名 は 更新 されません でした、www.agency.test の証明書も同じです",
            "Plain words at first, so that the line is long already, und dann Größe über alles",
        ],
    )
    def test_long_texts_beyond_ascii_keep_their_spaces_in_subjects_and_names(
        self, server: SmtpServer, relay: Relay, words: str
    ) -> None:
        for length in range(len(words) - 12, len(words)):  # the line is folded at another place each time
            given = words[:length].strip(" ,、")
            send(relay, message=mail(subject=given, sender=f'"{given}" <billing@agency.example>'))
            headers = message_from_bytes(
                server.mailbox[-1].raw
            )  # unstructured: as the RFC has it, not as Python parses
            name, address = parseaddr(headers["From"])
            read = [str(make_header(decode_header(text))) for text in (headers["Subject"], name)]
            assert (read, address) == ([given, given], "billing@agency.example")

    @pytest.mark.parametrize("end", ["\n.\n", "\r\n.\r\n", "\n.\r\n", "\r.\r", "\r\n.\n"])
    def test_a_dot_in_the_text_does_not_end_the_mail(self, server: SmtpServer, relay: Relay, end: str) -> None:
        text = f"before{end}MAIL FROM:<eve@evil.example>\n"
        receipt = send(relay, message=mail(text=text, html=text))
        assert receipt.reply == "250 2.0.0 OK: kept"
        (delivered,) = server.mailbox
        assert b"\n" not in delivered.raw.replace(b"\r\n", b"")
        assert b"\r" not in delivered.raw.replace(b"\r\n", b"")
        body = delivered.message.get_body(("plain",))
        assert body is not None
        assert body.get_content().splitlines() == ["before", ".", "MAIL FROM:<eve@evil.example>"]

    @pytest.mark.parametrize(
        "address",
        [
            "", "anna", "@client.example", "anna@", "a b@c.example", "<a@b.example>", "a,b@c.example",
            "a@b.example>\r\nRCPT TO:<eve@evil.example", "anna@\N{SNOWMAN WITHOUT SNOW}.example", "ä@ö..example",
        ],
    )  # fmt: skip
    def test_what_is_no_address_is_refused_before_anything_is_sent(
        self, server: SmtpServer, relay: Relay, address: str
    ) -> None:
        with pytest.raises(Rejected):
            send(relay, ANNA, address)
        assert server.connections == 0

    def test_two_mailboxes_where_one_belongs_are_refused(self) -> None:
        with pytest.raises(Rejected, match="not one mailbox"):
            mail(to="anna@client.example, eve@evil.example")

    def test_an_address_in_another_script_arrives(self, server: SmtpServer, relay: Relay) -> None:
        receipt = send(relay, "änne@müller.example", message=mail(to="Änne <änne@müller.example>"))
        assert receipt.refused == {}
        (delivered,) = server.mailbox
        assert delivered.recipients == ("änne@xn--mller-kva.example",)
        assert "änne@xn--mller-kva.example".encode() in delivered.raw

    def test_a_mail_without_recipients_or_zone_is_a_mistake(self, relay: Relay) -> None:
        with pytest.raises(ValueError, match="recipient"):
            relay.send(mail(), sender=SENDER, recipients=[])
        with pytest.raises(ValueError, match="time zone"):
            mail(date=datetime(2026, 1, 1))  # noqa: DTZ001 -- what is refused
