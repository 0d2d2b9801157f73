from datetime import UTC, datetime, timedelta

import pytest

from rules.certificates.downloads import DownloadKind, fresh_until

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "next_update", "hours"),
    [
        (DownloadKind.CRL, None, 24),
        (DownloadKind.CRL, NOW + 7 * 24 * HOUR, 24),
        (DownloadKind.CRL, NOW + 5 * HOUR, 5),
        (DownloadKind.CRL, NOW + timedelta(minutes=5), 1),
        (DownloadKind.CRL, NOW - 5 * HOUR, 1),
        (DownloadKind.ISSUER, None, 30 * 24),
        (DownloadKind.DIRECTORY, None, 7 * 24),
        (DownloadKind.RENEWAL, None, 6),
    ],
)
def test_what_was_fetched_counts_until_something_newer_is_promised(
    kind: DownloadKind, next_update: datetime | None, hours: int
):
    assert fresh_until(kind, now=NOW, next_update=next_update) == NOW + hours * HOUR


@pytest.mark.parametrize(
    ("seconds", "hours"), [(0, 1), (60, 1), (3600, 1), (21600, 6), (86400, 24), (604800, 24), (1e12, 24)]
)
def test_a_ca_says_itself_when_it_wants_to_be_asked_again_within_a_day(seconds: float, hours: int):
    assert fresh_until(DownloadKind.RENEWAL, now=NOW, retry_after_s=seconds) == NOW + hours * HOUR


def test_of_other_things_only_their_own_dates_count():
    assert fresh_until(DownloadKind.CRL, now=NOW, retry_after_s=3600) == NOW + 24 * HOUR
