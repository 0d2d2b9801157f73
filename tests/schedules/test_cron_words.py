"""Times in words are read as what people mean by them; what says nothing that can be due is refused with examples."""

import pytest

from schedules import cron_words
from schedules.cron import BadSchedule, Cron


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("every 15 minutes", "*/15 * * * *"),
        ("every minute", "* * * * *"),
        ("hourly at minute 17", "17 * * * *"),
        ("Hourly at :17", "17 * * * *"),
        ("every 6 hours at minute 17", "17 */6 * * *"),
        ("every 12 hours", "0 */12 * * *"),
        ("daily at 02:17", "17 2 * * *"),
        ("every day at 2.17", "17 2 * * *"),
        ("weekdays  at 9:00", "0 9 * * mon-fri"),
        ("Mondays at 04:11", "11 4 * * mon"),
        ("on wednesday at 23:59", "59 23 * * wed"),
        ("on the 1st at 05:00", "0 5 1 * *"),
        ("monthly on the 15th at 5:00", "0 5 15 * *"),
        ("17 2 * * mon", "17 2 * * mon"),
    ],
)
def test_words_mean_an_expression(said: str, meant: str) -> None:
    assert cron_words.expression(said) == meant
    Cron(cron_words.expression(said), "Europe/Berlin")


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ("every 7 hours", "does not go evenly into 24"),
        ("every 45 minutes", "write one of 2, 3, 4, 5"),
        ("daily at 25:00", "hour: 25 is not from 0 to 23"),
        ("hourly at minute 61", "minute: 61 is not from 0 to 59"),
        ("now and then", "neither five fields of crontab nor words such as"),
        ("every full moon at 05:00", "words such as 'every 6 hours at minute 17'"),
    ],
)
def test_what_cannot_be_due_says_how_to_mend_it(said: str, complaint: str) -> None:
    with pytest.raises(BadSchedule, match=complaint):
        cron_words.expression(said)
