from datetime import UTC, datetime

from rules.certificates import troubles

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_after_our_own_trouble_we_come_back_soon_and_later_each_time():
    minutes = [(troubles.again(failures, now=NOW).at - NOW).total_seconds() / 60 for failures in range(1, 7)]
    assert minutes == [5, 10, 20, 40, 60, 60]
    assert troubles.again(10**9, now=NOW).at == troubles.again(5, now=NOW).at
    assert troubles.again(1, now=NOW).reason == "we could not look ourselves"
