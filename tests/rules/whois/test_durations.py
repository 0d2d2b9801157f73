"""When a refusal lets us come back, in any spelling and some languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.whois import durations

HOUR, DAY = 3600, 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Rate limit exceeded. Try again after: 24h0m0s", DAY),
        ("Please wait 30 seconds.", 30),
        ("Too many requests, try again in 5 minutes", 300),
        ("Quota exceeded; retry after 2 hours", 2 * HOUR),
        ("try again in 1 hour and 30 minutes", 1.5 * HOUR),
        ("Retry after 1h30m", 1.5 * HOUR),
        ("try again in an hour", HOUR),
        ("Please try again after 00:15:00", 900),
        ("retry-after: PT15M", 900),
        ("Come back tomorrow.", DAY),
        ("Please go away for 13 Seconds", 13),
        ("-1: Still in grace period, wait 7777 seconds", 7777),
        ("The quota has been exceeded\n    and will be replenished in 50 seconds.", 50),
        ("Your address is blocked for 2 days", 2 * DAY),
        ("limit of 100 in 24 hours exceeded, try again in 60 secs", 60),
        ("Inténtelo de nuevo en 30 minutos.", 1800),
        ("tente novamente em 60 segundos", 60),
        ("réessayez dans 10 minutes", 600),
        ("Bitte versuchen Sie es in 5 Minuten erneut.", 300),
        ("Riprovare tra 2 ore", 2 * HOUR),
        ("Spróbuj ponownie za 15 minut", 900),
        ("Повторите через 60 секунд.", 60),
        ("Lütfen 10 dakika sonra tekrar deneyin", 600),
        ("Probeer het over 1 uur opnieuw", HOUR),
        ("limit exceeded; retry after 1.5 hours", 1.5 * HOUR),
        ("try again in half an hour", 1800),
        ("Versuchen Sie es in einer halben Stunde erneut", 1800),
        ("Retry-After: 3600", HOUR),
        ("查询过于频繁 请60秒后再试", 60),
        ("2時間後に再試行してください", 2 * HOUR),
        ("Query rate limit of 100 in 24 hours exceeded", None),
        ("Query rate limit of 100 in 24 hours exceeded. Try again later.", None),
        ("Maximum queries per hour reached (100)", None),
        ("", None),
    ],
)
def test_a_refusal_says_when_to_come_back(text, seconds):
    assert durations.come_back(text) == seconds


@given(st.text())
def test_no_text_makes_it_fail(text):
    found = durations.come_back(f"again in {text}")
    assert found is None or found >= 0
