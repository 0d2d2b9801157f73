"""Which browser on which system a User-Agent header means, in words of ours: nothing of the header is repeated."""

UNKNOWN = "an unknown browser"

_BROWSERS = (  # the first that is named counts: most browsers also name those that they want to be taken for
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "a Python program"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_LONGEST = 1000  # of the header


def described(user_agent: str) -> str:
    """Return a device in words: "Firefox on Linux", "curl", or ``UNKNOWN``."""
    text = user_agent[:_LONGEST]
    browser = next((name for sign, name in _BROWSERS if sign in text), UNKNOWN)
    system = next((name for sign, name in _SYSTEMS if sign in text), None)
    return f"{browser} on {system}" if system else browser
