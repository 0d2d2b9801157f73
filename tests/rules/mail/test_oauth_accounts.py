"""Accounts that sign in by a token: what the settings may say of them, and what an endpoint may answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.mail import oauth_accounts, oauth_tokens
from rules.mail.oauth_accounts import BadOauthAccount, TokenFile, TokenGrant
from rules.mail.oauth_tokens import NoToken

APP = {"client_id": "app", "client_secret": "app-secret"}


def account(**given: str) -> TokenGrant:
    found = oauth_accounts.read(json.dumps({"ada@agency.example": given}))["ada@agency.example"]
    assert isinstance(found, TokenGrant)
    return found


class TestAccounts:
    def test_google_is_asked_with_a_refresh_token(self) -> None:
        google = account(provider="google", refresh_token="r", **APP)
        assert google.endpoint == "https://oauth2.googleapis.com/token"
        assert google.form("r") == {"grant_type": "refresh_token", "refresh_token": "r", **APP}

    def test_microsoft_is_asked_in_the_name_of_an_application(self) -> None:
        microsoft = account(provider="microsoft", tenant="agency.example", **APP)
        assert microsoft.endpoint == "https://login.microsoftonline.com/agency.example/oauth2/v2.0/token"
        scope = "https://outlook.office365.com/.default"
        assert microsoft.form("") == {"grant_type": "client_credentials", **APP, "scope": scope}

    def test_microsoft_is_asked_with_a_refresh_token_by_a_public_client(self) -> None:
        microsoft = account(provider="microsoft", client_id="app", refresh_token_file="/var/lib/token")
        assert microsoft.endpoint == "https://login.microsoftonline.com/common/oauth2/v2.0/token"
        assert microsoft.form("r") == {"grant_type": "refresh_token", "refresh_token": "r", "client_id": "app"}

    def test_a_file_of_somebody_elses_keeping(self) -> None:
        assert oauth_accounts.read('{"a": {"token_file": "/run/token"}}') == {"a": TokenFile("/run/token")}

    def test_its_secrets_are_known_and_not_shown(self) -> None:
        google = account(provider="google", refresh_token="refresh-secret", **APP)
        assert google.secrets == ("app-secret", "refresh-secret")
        assert "secret" not in repr(google).replace("client_secret", "")

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"provider": "google", **APP}, "refresh_token is missing"),
            ({"provider": "microsoft", **APP}, "tenant"),
            ({"provider": "microsoft", "tenant": "a/b", **APP}, "tenant"),
            ({"provider": "yahoo", **APP}, "token_url"),
            ({"token_url": "http://id.example/token", **APP}, "https://"),
            ({"token_url": "https://me:pw@id.example/token", **APP}, "without a user"),
            ({"token_url": "https://id.example:x/token", **APP}, "no address"),
            ({"provider": "google", "refresh_token": "r"}, "client_id is missing"),
            ({"token_url": "https://id.example/token", "client_id": "app"}, "client_secret is missing"),
            ({"token_file": "/a", "client_id": "app"}, "stands alone"),
            ({"provider": "google", "refresh_token": "r", "refresh_token_file": "/r", **APP}, "keep one"),
            ({"refresh": "r", **APP}, "no 'refresh'"),
            ({"provider": "google", "refresh_token": "r\n", **APP}, "refresh_token is a text"),
            ({"provider": "google", "refresh_token": 7, **APP}, "refresh_token is a text"),
            ("text", "JSON object"),
        ],
    )
    def test_what_cannot_be_one_is_told_with_its_name_and_no_secret(self, given: object, told: str) -> None:
        with pytest.raises(BadOauthAccount, match=told) as raised:
            oauth_accounts.read(json.dumps({"ada@agency.example": given}))
        assert str(raised.value).startswith("ada@agency.example: ")
        assert "app-secret" not in str(raised.value)

    @pytest.mark.parametrize("written", ["", "[]", "{", json.dumps({str(one): {} for one in range(21)})])
    def test_what_is_no_list_of_accounts(self, written: str) -> None:
        with pytest.raises(BadOauthAccount, match="JSON object"):
            oauth_accounts.read(written)


class TestAnswers:
    @pytest.mark.parametrize(
        ("lasts", "use_s"),
        [(3600, 3540), ("3600", 3540), (10, 5), (0, 0), (None, 240), (-1, 240), ("soon", 240), (10**12, 86340)],
    )
    def test_a_token_is_used_for_less_than_it_lasts(self, lasts: object, use_s: float) -> None:
        body = json.dumps({"access_token": "t", "expires_in": lasts}).encode()
        assert oauth_tokens.read_answer(body).use_s == use_s

    def test_an_error_is_told_with_how_to_mend_it_and_without_secrets(self) -> None:
        body = json.dumps({"error": "invalid_grant", "error_description": "AADSTS700082: r-secret\nhas expired"})
        with pytest.raises(NoToken) as raised:
            oauth_tokens.read_answer(body.encode(), secrets=("r-secret",))
        assert str(raised.value) == (
            "it answers invalid_grant (AADSTS700082: *** has expired); the refresh token has run out or was revoked:"
            " make a new one"
        )

    @pytest.mark.parametrize(
        "body", ["", "[]", "{}", '{"access_token": 1}', '{"access_token": ""}', '{"access_token": "a b"}', "[" * 9999]
    )
    def test_what_holds_no_token(self, body: str) -> None:
        with pytest.raises(NoToken):
            oauth_tokens.read_answer(body.encode())

    @given(st.binary(max_size=200))
    def test_whatever_an_endpoint_answers_there_is_a_token_or_none(self, body: bytes) -> None:
        try:
            found = oauth_tokens.read_answer(body)
        except NoToken:
            return
        assert found.token.isprintable()


def test_the_initial_response_is_that_of_googles_documentation() -> None:
    made = oauth_tokens.initial_response("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg")
    assert made == b"user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"


def test_a_refusal_is_told_with_its_reason_and_without_the_token() -> None:
    told = oauth_tokens.refusal(
        "535 5.7.8 no, not with secret-token", b'{"status": "400", "scope": "s"}', user="ada", token="secret-token"
    )
    assert told == "it refuses the token of ada: 535 5.7.8 no, not with *** (status 400, scope s)"
