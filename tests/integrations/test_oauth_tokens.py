"""Tokens of mail accounts: asked for when they are needed, kept while they hold, and nothing of them in an error."""

import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path

import pytest

from integrations import oauth_tokens
from integrations.deadline import Deadline
from integrations.errors import Unavailable
from integrations.guard import Guard
from integrations.oauth_tokens import TokenSource
from rules.mail import oauth_accounts
from sandbox.behaviour import Behaviour
from sandbox.oauth import CLIENT, REFRESH_TOKEN, TokenEndpoint

GUARD = Guard(allowed=(ip_network("127.0.0.0/8"),))


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as server:
        yield server


def source(endpoint: TokenEndpoint, **changes: str) -> TokenSource:
    client_id, client_secret = CLIENT
    given = {"token_url": endpoint.url, "client_id": client_id, "client_secret": client_secret, **changes}
    return oauth_tokens.source(oauth_accounts.read(json.dumps({"ada": given}))["ada"], GUARD)


def current(source: TokenSource, within_s: float = 5) -> str:
    return source.current(Deadline.after(within_s))


class TestAsked:
    def test_once_for_all_threads_until_it_ends(self, endpoint: TokenEndpoint) -> None:
        tokens = source(endpoint, refresh_token=REFRESH_TOKEN)
        with ThreadPoolExecutor(8) as threads:
            given = set(threads.map(lambda _: current(tokens), range(16)))
        assert len(given) == len(endpoint.forms) == 1
        assert endpoint.holds("ada", given.pop())

    def test_again_once_it_has_ended(self, endpoint: TokenEndpoint) -> None:
        endpoint.lasts = 0
        tokens = source(endpoint, refresh_token=REFRESH_TOKEN)
        assert current(tokens) != current(tokens)

    def test_again_where_a_server_refused_it_and_not_for_another(self, endpoint: TokenEndpoint) -> None:
        tokens = source(endpoint, refresh_token=REFRESH_TOKEN)
        first = current(tokens)
        tokens.refused("another one")
        assert current(tokens) == first
        tokens.refused(first)
        assert current(tokens) != first

    def test_in_the_name_of_the_application(self, endpoint: TokenEndpoint) -> None:
        assert endpoint.holds("ada", current(source(endpoint, scope="mail")))
        assert endpoint.forms[0]["grant_type"] == "client_credentials"
        assert endpoint.forms[0]["scope"] == "mail"

    @pytest.mark.parametrize(
        ("behaviour", "told"),
        [
            (Behaviour.HANG_UP, "RemoteDisconnected"),
            (Behaviour.GARBAGE, "its answer is not JSON"),
            (Behaviour.HUGE, "larger than"),
            (Behaviour.THROTTLE, "it answers 429"),
            (Behaviour.SILENT, "in time|deadline|late"),
        ],
    )
    def test_an_endpoint_that_misbehaves_is_unavailable(
        self, endpoint: TokenEndpoint, behaviour: Behaviour, told: str
    ) -> None:
        endpoint.conduct.default = behaviour
        with pytest.raises(Unavailable, match=told) as raised:
            current(source(endpoint, refresh_token=REFRESH_TOKEN), 0.5)
        assert raised.value.retry_after == (7 if behaviour is Behaviour.THROTTLE else None)

    def test_a_refusal_is_told_with_how_to_mend_it_and_no_secret(self, endpoint: TokenEndpoint) -> None:
        with pytest.raises(Unavailable, match=r"invalid_grant.*make a new one") as raised:
            current(source(endpoint, refresh_token="1//revoked-secret"))
        assert "revoked-secret" not in str(raised.value)
        with pytest.raises(Unavailable, match="invalid_client") as raised:
            current(source(endpoint, refresh_token=REFRESH_TOKEN, client_secret="wrong-secret"))
        assert "wrong-secret" not in str(raised.value)


class TestReplaced:
    def test_a_refresh_token_is_kept_for_the_next_start(self, endpoint: TokenEndpoint, tmp_path: Path) -> None:
        kept = tmp_path / "refresh-token"
        kept.write_text(REFRESH_TOKEN + "\n")
        endpoint.replaces = True
        for _ in range(3):  # three starts of ours
            current(source(endpoint, refresh_token_file=str(kept)))
        assert [form["refresh_token"] for form in endpoint.forms] == [
            REFRESH_TOKEN, "1//refresh-token-1", "1//refresh-token-2",
        ]  # fmt: skip
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert sorted(one.name for one in tmp_path.iterdir()) == ["refresh-token", "refresh-token.lock"]

    def test_processes_do_not_spend_the_same_one(self, endpoint: TokenEndpoint, tmp_path: Path) -> None:
        kept = tmp_path / "refresh-token"
        kept.write_text(REFRESH_TOKEN)
        endpoint.replaces = True
        with ThreadPoolExecutor(6) as threads:  # sources of their own, as processes have them
            given = list(threads.map(lambda _: current(source(endpoint, refresh_token_file=str(kept))), range(6)))
        assert len(set(given)) == 6

    def test_a_folder_that_cannot_be_written_is_told(self, endpoint: TokenEndpoint, tmp_path: Path) -> None:
        with pytest.raises(Unavailable, match="cannot be written"):
            current(source(endpoint, refresh_token_file=str(tmp_path / "missing" / "token")))
        assert endpoint.forms == []


class TestFile:
    def test_it_is_read_at_each_sign_in(self, tmp_path: Path) -> None:
        held = tmp_path / "token"
        tokens = oauth_tokens.source(oauth_accounts.TokenFile(str(held)), GUARD)
        for token in ("first", "second"):
            held.write_text(f"{token}\n")
            assert current(tokens) == token
            tokens.refused(token)

    @pytest.mark.parametrize(
        ("content", "told"), [(b"", "no token"), (b"a b", "visible"), (b"\xff", "ASCII"), (b"x" * 9000, "visible")]
    )
    def test_one_without_a_token_is_told(self, tmp_path: Path, content: bytes, told: str) -> None:
        held = tmp_path / "token"
        held.write_bytes(content)
        with pytest.raises(Unavailable, match=told):
            current(oauth_tokens.source(oauth_accounts.TokenFile(str(held)), GUARD))
        held.unlink()
        with pytest.raises(Unavailable, match="No such file"):
            current(oauth_tokens.source(oauth_accounts.TokenFile(str(held)), GUARD))
