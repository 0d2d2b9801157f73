"""Signing in by a token (XOAUTH2), to relays and mailboxes that take it, refuse it, or do neither."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from ipaddress import ip_network

import pytest

from integrations import imap
from integrations.deadline import Deadline
from integrations.errors import Unavailable
from integrations.guard import Guard
from integrations.imap import ReturnedMailbox
from integrations.oauth_tokens import TokenSource
from integrations.smtp import Relay
from rules.mail.mailbox_address import MailboxAddress
from sandbox.behaviour import Behaviour
from sandbox.imap import ImapServer
from sandbox.oauth import REFRESH_TOKEN, TokenEndpoint
from sandbox.smtp import SmtpServer
from tests.integrations.test_oauth_tokens import source
from tests.integrations.test_smtp import send

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as server:
        yield server


@pytest.fixture
def tokens(endpoint: TokenEndpoint) -> TokenSource:
    return source(endpoint, refresh_token=REFRESH_TOKEN)


class TestRelay:
    @pytest.fixture
    def server(self, endpoint: TokenEndpoint) -> Iterator[SmtpServer]:
        with SmtpServer(token_holds=endpoint.holds) as server:
            yield server

    @pytest.fixture
    def relay(self, server: SmtpServer, tokens: TokenSource) -> Iterator[Relay]:
        with Relay(f"smtp://ada@127.0.0.1:{server.port}?tls=none&auth=xoauth2", timeout_s=2, tokens=tokens) as relay:
            yield relay

    def test_it_signs_in_and_mails_go_out(self, relay: Relay, server: SmtpServer, endpoint: TokenEndpoint) -> None:
        send(relay)
        send(relay)
        assert (len(server.mailbox), server.connections, len(endpoint.forms)) == (2, 1, 1)

    def test_a_refusal_is_answered_by_an_empty_line_and_told_with_its_reason(
        self, relay: Relay, server: SmtpServer, endpoint: TokenEndpoint
    ) -> None:
        relay.check()
        relay.close()
        endpoint.revoke()
        with pytest.raises(
            Unavailable, match=r"the token of ada: 535 5\.7\.8 .*status 400.*mail\.google\.com"
        ) as raised:
            relay.check()
        assert server.answers_to_refusals == [b""]
        assert "ya29" not in str(raised.value), "the server repeats the token"
        relay.check()
        assert len(endpoint.forms) == 2, "the refused token is not shown again"

    @pytest.mark.parametrize("behaviour", [Behaviour.GARBAGE, Behaviour.SILENT])
    def test_a_refusal_without_an_explanation(self, relay: Relay, server: SmtpServer, behaviour: Behaviour) -> None:
        server.conduct.by_name["AUTH"] = behaviour
        with pytest.raises(Unavailable, match=r"the token of ada: 5\d\d "):
            relay.check()

    def test_what_it_cannot_say_now_costs_no_token(
        self, relay: Relay, server: SmtpServer, endpoint: TokenEndpoint
    ) -> None:
        server.conduct.by_name["AUTH"] = Behaviour.THROTTLE
        with pytest.raises(Unavailable, match=r"454 4\.7\.0"):
            relay.check()
        server.conduct.by_name.clear()
        relay.check()
        assert len(endpoint.forms) == 1

    def test_one_that_hangs_up_is_unavailable(self, relay: Relay, server: SmtpServer) -> None:
        server.conduct.by_name["AUTH"] = Behaviour.HANG_UP
        with pytest.raises(Unavailable):
            relay.check()

    def test_without_a_token_nothing_is_sent(self, relay: Relay, server: SmtpServer, endpoint: TokenEndpoint) -> None:
        endpoint.error = {"error": "invalid_grant"}
        with pytest.raises(Unavailable, match="invalid_grant"):
            send(relay)
        assert (server.refused_tokens, server.mailbox) == (0, [])

    def test_one_that_does_not_offer_it_is_never_shown_the_token(
        self, tokens: TokenSource, endpoint: TokenEndpoint
    ) -> None:
        with (
            SmtpServer() as server,
            Relay(f"smtp://ada@127.0.0.1:{server.port}?tls=none&auth=xoauth2", tokens=tokens) as relay,
            pytest.raises(Unavailable, match="does not offer XOAUTH2"),
        ):
            relay.check()
        assert endpoint.forms == []


class TestMailbox:
    @pytest.fixture
    def server(self, endpoint: TokenEndpoint) -> Iterator[ImapServer]:
        with ImapServer(token_holds=endpoint.holds) as server:
            yield server

    def opened(self, server: ImapServer, tokens: TokenSource) -> AbstractContextManager[ReturnedMailbox]:
        address = MailboxAddress.parse(f"imap://ada@{server.address}/INBOX?auth=xoauth2")
        return imap.opened(address, guard=GUARD, deadline=Deadline.after(2), tokens=tokens)

    def test_it_is_read(self, server: ImapServer, tokens: TokenSource) -> None:
        server.messages.append(b"Subject: hello\r\n\r\n")
        with self.opened(server, tokens) as box:
            assert box.unseen(most=9) == ["1"]
        assert server.requests["LOGIN"] == 0

    def test_a_refusal_is_answered_by_an_empty_line_and_told(
        self, server: ImapServer, tokens: TokenSource, endpoint: TokenEndpoint
    ) -> None:
        with self.opened(server, tokens):
            pass
        endpoint.revoke()
        with pytest.raises(Unavailable, match=r"the token of ada: .*Invalid credentials.*status 400") as raised:
            self.opened(server, tokens).__enter__()
        assert server.answers_to_refusals == [b"\r\n"]
        assert "ya29" not in str(raised.value)
        with self.opened(server, tokens):
            assert len(endpoint.forms) == 2

    @pytest.mark.parametrize("behaviour", [Behaviour.HANG_UP, Behaviour.GARBAGE, Behaviour.HUGE])
    def test_one_that_misbehaves_is_unavailable(
        self, server: ImapServer, tokens: TokenSource, behaviour: Behaviour
    ) -> None:
        server.conduct.by_name["AUTHENTICATE"] = behaviour
        with pytest.raises(Unavailable):
            self.opened(server, tokens).__enter__()
