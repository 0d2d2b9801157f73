"""No canary gets through redaction, in whatever spelling; what is no secret stays readable."""

import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

import settings
from settings import redaction

CANARY = "canary-7f3a"
AWKWARD = 'can"ary\\/@\n£ 9'

HIDDEN = [
    f"postgres://user:{CANARY}@db.example/nolapse",
    f"redis://:{CANARY}@cache.example:6379/0",
    f"https://{CANARY}@sentry.example/1",
    f"password={CANARY}",
    f"smtp_password = '{CANARY}'",
    f"Settings(stripe_api_key='{CANARY}', level='INFO')",
    f"SENTRY_DSN={CANARY}",
    f"{{'session_token': '{CANARY}', 'a': 1}}",
    json.dumps({"client-secret": CANARY}),
    json.dumps({"body": json.dumps({"token": CANARY, "a": 1})}),
    f"Authorization: Bearer {CANARY}",
    f"Authorization: Digest username=x, response={CANARY}",
    f"Proxy-Authorization: Basic {CANARY}=",
    f"Set-Cookie: session={CANARY}; HttpOnly",
    f"Cookie: theme=dark; session={CANARY}",
    f"[(b'authorization', b'Bearer {CANARY}'), (b'accept', b'*/*')]",
    f"GET /callback?state=1&token={CANARY} HTTP/1.1",
    f"sent Bearer {CANARY} to the registry",
    f"-----BEGIN EC PRIVATE KEY-----\n{CANARY}\n-----END EC PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\n{CANARY}",
]

KEPT = [
    "https://registry.example/domain/nolapse.example?contact=ops@example.com",
    "X509v3 Basic Constraints: critical CA:FALSE",
    "the bearer of bad news",
    "wordsnippet=3",
    "invalid token at line 3",
    "ops@example.com",
    "",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_secret_is_known_by_what_stands_around_it(text: str) -> None:
    scrubbed = redaction.scrubber([])(text)
    assert CANARY not in scrubbed
    assert redaction.REDACTED in scrubbed


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redaction.scrubber([CANARY])(text) == text


def test_what_follows_a_secret_stays() -> None:
    scrub = redaction.scrubber([])
    assert scrub("password=x, host=db.example") == "password=[redacted], host=db.example"
    assert scrub("Cookie: a=1; b=2\r\nHost: db.example") == "Cookie: [redacted]\r\nHost: db.example"
    assert scrub('{"authorization": "Bearer x", "a": 1}') == '{"authorization": [redacted], "a": 1}'
    assert scrub("postgres://u:p@db.example/x") == "postgres://[redacted]@db.example/x"


@pytest.mark.parametrize(
    "spelling",
    [AWKWARD, quote(AWKWARD), quote(AWKWARD, safe=""), json.dumps(AWKWARD), repr(AWKWARD), repr(AWKWARD.encode())],
)
def test_a_configured_secret_is_found_in_each_spelling(spelling: str) -> None:
    assert "ary" not in redaction.scrubber([AWKWARD])(f"the server said {spelling} to us")


def test_a_secret_inside_another_leaves_no_part_behind() -> None:
    assert redaction.scrubber(["canary", "canary-7f3a"])("x canary-7f3a x") == "x [redacted] x"


def test_a_secret_of_a_few_letters_does_not_shred_the_text() -> None:
    assert redaction.scrubber(["", "a"])("a banana") == "a banana"


def test_a_tree_loses_the_values_of_secret_keys_and_every_secret_text() -> None:
    given = {"api_key": 17, "Cookie": {"a": "b"}, "token": None, "rows": [{"url": f"http://u:{CANARY}@h"}], CANARY: 1}
    assert redaction.tree(given, redaction.scrubber([CANARY])) == {
        "api_key": "[redacted]",
        "Cookie": "[redacted]",
        "token": None,
        "rows": [{"url": "http://[redacted]@h"}],
        "[redacted]": 1,
    }


def test_a_tree_holds_only_what_json_has() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError(CANARY)

    cycle: list[object] = []
    cycle.append(cycle)
    values = (datetime(2026, 1, 2, tzinfo=UTC), {1}, b"x", float("nan"), 1.5, True, Broken(), cycle)
    copied = redaction.tree(values, redaction.scrubber([]))
    assert copied == ["2026-01-02T00:00:00+00:00", [1], "b'x'", "nan", 1.5, True, "[unprintable Broken]", ["[cycle]"]]


pieces = st.sampled_from(
    [CANARY, AWKWARD, "token", "Cookie", "://", "@", "=", ": ", '"', "'", "\\", "\n", ",", " ", "Bearer "]
)


@given(st.lists(pieces | st.text(max_size=5), max_size=20).map("".join))
def test_a_configured_secret_never_survives(text: str) -> None:
    scrub = redaction.scrubber([CANARY, AWKWARD])
    scrubbed = scrub(text)
    assert CANARY not in scrubbed
    assert AWKWARD not in scrubbed


@pytest.mark.parametrize(
    "piece", ['token="', "token", "://", "cookie=", 'token=\\"', "Bearer a", "-----BEGIN PRIVATE KEY-----"]
)
def test_hostile_text_costs_time_in_proportion_to_its_length(piece: str) -> None:
    scrub = redaction.scrubber([CANARY])
    assert CANARY not in scrub(piece * (1_000_000 // len(piece)) + CANARY)


def test_a_password_inside_a_url_is_a_secret_by_itself() -> None:
    with settings.override(smtp_url=SecretStr("smtp://agency:four%20words@relay.test"), redis_url_given=None):
        assert settings.scrub("535 'four words' (four%20words) is wrong, agency") == (
            "535 '[redacted]' ([redacted]) is wrong, agency"
        )
    with settings.override(smtp_url=SecretStr("smtp://agency:agency@relay.test"), redis_url_given=None):
        assert settings.scrub("no mail for agency") == "no mail for agency"
