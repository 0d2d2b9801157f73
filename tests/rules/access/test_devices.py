import pytest

from rules.access import devices

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/141.0.0.0 Safari/537.36"
EDGE = CHROME + " Edg/141.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1"


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Windows"),
        (EDGE, "Edge on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("curl/8.5.0", "curl"),
        ("", devices.UNKNOWN),
        ("<script>alert(1)</script>", devices.UNKNOWN),
        ("x" * 5000 + FIREFOX, devices.UNKNOWN),
    ],
)
def test_a_device_is_named_in_words_of_ours(header: str, words: str) -> None:
    assert devices.described(header) == words
