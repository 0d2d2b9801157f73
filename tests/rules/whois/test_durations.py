"""When a refusal lets us come back, in any spelling and some languages."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.whois import durations

HOUR, DAY = 3600, 86400
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


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
        ("Maximum queries per hour reached. Next query allowed in 37 min 12 sec.", 2232),
        ("quota resets in 5 hours", 18000),
        ("Please come back in a quarter of an hour", 900),
        ("Erneuter Versuch in 1 Std.", 3600),
        ("Próxima consulta permitida em 45 minutos", 2700),
        ("Kolejne zapytanie możliwe za 30 sekund", 30),
        ("Zkuste to za 5 minut", 300),
        ("cooldown 120 seconds", 120),
        ("Ban lifts in 24 hours", 86400),
        ("Access will be restored in 15 minutes", 900),
        ("Ripetere tra un'ora", 3600),
        ("Volte a tentar daqui a 10 minutos", 600),
        ("Odotakaa 10 minuuttia", 600),
        ("Vänta 10 minuter", 600),
        ("Vent 5 minutter", 300),
        ("Vuelva a intentar en 20 minutos", 1200),
        ("Várjon 10 percet", 600),
        ("Próbálja újra 10 perc múlva", 600),
        ("Reîncercați peste 10 minute", 600),
        ("Silakan coba lagi dalam 30 menit", 1800),
        ("Vui lòng thử lại sau 5 phút", 300),
        ("Δοκιμάστε ξανά σε 10 λεπτά", 600),
        ("Спробуйте через 1 годину", 3600),
        ("Опитайте след 10 минути", 600),
        ("Pokušajte ponovo za 2 sata", 7200),
        ("Proovige uuesti 10 minuti pärast", 600),
        ("Bandykite po 1 valandos", 3600),
        ("Mēģiniet pēc 15 minūtēm", 900),
        ("limit of 100 queries in 24 hours", None),
        ("at most 10 per minute", None),
        ("Limit 20 lookups within 1 hour, 5 per day", None),
        ("max. 50 Anfragen in 24 Std.", None),
        ("límite de 100 consultas en 24 horas", None),
        ("limit 100 zapytań na 24 godziny", None),
        ("Réessayez dans un quart d'heure", 900),
        ("try again: 90", 90),
        ("You may retry in 300", 300),
        ("try again 5 times", None),
        ("", None),
    ],
)
def test_a_refusal_says_when_to_come_back(text, seconds):
    assert durations.come_back(text, NOW) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("quota resets at 2026-12-01 00:00:00 UTC", 12 * HOUR),
        ("Quota resets at 2026-11-30T12:20:00Z.", 1200),
        ("blocked until 12:30 UTC", 1800),
        ("blocked until 12:30", 1800),
        ("Please wait until 18:00:00 +0200", 4 * HOUR),
        ("Next query allowed at 12:03", 180),
        ("Limit resets daily at 00:00 (GMT+3)", 9 * HOUR),
        ("quota resets at midnight", 12 * HOUR),
        ("Limit resets at 5 pm", 5 * HOUR),
        ("Your IP is blocked until 30/11/2026 14:00:00", 2 * HOUR),
        ("blocked until 12/01/2026 02:00", 14 * HOUR),
        ("Gesperrt bis 30.11.2026 13:15 CET", 900),
        ("Bitte versuchen Sie es ab 14:00 Uhr erneut", 2 * HOUR),
        ("bloqué jusqu'à 13h30", 1.5 * HOUR),
        ("limit 100 per 24 hours; ban expires 2026-11-30 12:05:00", 300),
        ("banned until 1796083200", 12 * HOUR),
        ("blocked until 2030-01-01", DAY),
        ("Blocked until 2026-11-30 11:00:00 UTC", None),
        ("blocked until 11:58 UTC", None),
        ("again 24:99 UTC", None),
        ("Last update of the database: 2026-11-30 13:00:00", None),
    ],
)
def test_a_refusal_says_a_moment_that_counts_where_it_lies_ahead_and_for_a_day_at_most(text, seconds):
    assert durations.come_back(text, NOW) == seconds


@given(st.text())
def test_no_text_makes_it_fail(text):
    durations.come_back(f"until 12:{text}", NOW)
    found = durations.come_back(f"again in {text}", NOW)
    assert found is None or found >= 0
