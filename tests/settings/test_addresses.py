"""Every setting that is an address, a port, a path or a list of such is refused at start where it can never work.

Settings are read by what reads them later, so what starts goes on, and exit 2 names the variable and what is wrong.
"""

from pathlib import Path

import pytest

import settings
from sandbox import pki

NEVER = {
    "DATABASE_URL": [
        "postgresql://", "postgresql://h/", "postgresql://u:hunter22@h:99999/x", "postgresql://u:p@h:abc/x",
        "postgresql://h/x?sslmode=bogus", "postgresql://h/x?foo=bar", "sqlite:///", "mysql://h/x",
    ],
    "REDIS_URL": [
        "redis://h:99999", "redis://h/abc", "redis://h/-1", "redis://h/0/1", "redis://h/0?foo=bar",
        "rediss://h?ssl_cert_reqs=bogus", "unix://", "http://h",
    ],
    "SENTRY_DSN": ["x", "https://sentry.example", "https://key@host", "https://key@host/abc", "ftp://k@h/1"],
    "NOLAPSE_HOME": ["/dev/null", "/etc/passwd/x"],
    "NOLAPSE_RDAP_BOOTSTRAP_URL": ["x", "ftp://h/x", "https://", "https://h:0/", "https://u:p@h/x", "https://h a/x"],
    "NOLAPSE_WHOIS_ROOT": ["host:", "host:abc", "host:99999", "whois://h", "h h:43", "[::1", ":43", "a,b", "1.2.3"],
    "NOLAPSE_DNS_RESOLVERS": ["resolver.example", "192.0.2.1:99999", "192.0.2.1:x", "1.2.3", "[::1", "0.0.0.0"],
    "NOLAPSE_ALLOWED_NETWORKS": ["10.0.0.1/8", "10.0.0.0/33", "x", "10.0.0.0-10.0.0.9", "10.0.0.*"],
    "NOLAPSE_TRUSTED_PROXIES": ["proxy.example", "*", "10.0.0.1:80"],
    "NOLAPSE_HOSTS": ["[]", "x", '{"a": "x"}', '{"": "10.0.0.1"}', '{"a b": "10.0.0.1"}', '{"a": "10.0.0.1:80"}'],
    "NOLAPSE_LANES": ["[]", '{"": 5}', '{"a b": 5}', '{"http://a": 5}', '{"a": 0}', '{"a": NaN}', '{"a": "x"}'],
    "NOLAPSE_CA_FILE": ["/nowhere.pem", "/etc/passwd", "/tmp", "/dev/null"],
    "NOLAPSE_WEB_HOST": ["x y", "999.1.1.1", "localhost:8450", "http://localhost", "[::1]", "*"],
    "NOLAPSE_PUBLIC_URL": ["example.com", "https://h:99999", "https://h:", "https://.", "https://*.a", "https://[::1"],
    "NOLAPSE_CORS_ORIGINS": ["*", "https://a/", "https://a:99999"],
    "NOLAPSE_SMTP_URL": [
        "smtp://", "smtp://h:x", "smtp://h:99999", "smtps://h", "smtp://h h:25", "smtp://u@h", "smtp://h?tls=maybe",
        "smtp://h?tls=starttls&foo=1", "smtp://relay.example:25?tls=none",
    ],
    "NOLAPSE_MAIL_FROM": ["Agency, Inc. <a@b.example>", "a@b,b@x", "a", "a@b.example\nBcc: x@y.z", "@b", "a@"],
    "NOLAPSE_MAIL_RATES": ["[]", "x", '{"": 1}', '{"a": 0}', '{"a": "x"}', '{"a b": 1}'],
    "NOLAPSE_MAIL_SNS_TOPICS": ["x", "arn:aws:sns", "arn:aws:sqs:eu-central-1:123456789012:t"],
    "NOLAPSE_STORAGE_URL": ["x", "s3://", "file://relative", "file:///etc/passwd/x", "s3://b?endpoint=ftp://h"],
    "NOLAPSE_CLAMD_URL": ["x", "tcp://", "tcp://h:abc", "unix://relative", "tcp://h:3310/x"],
    "NOLAPSE_STRIPE_URL": ["x", "https://", "https://h:99999", "https://h/path", "https://h h"],
    "NOLAPSE_VIES_URL": ["x", "https://h:99999/x", "https://h", "https://h h/x", "https://h/x/"],
    "NOLAPSE_PING_URLS": ["[]", '{"invoices": "https://h:99999"}', '{"invoices": "x"}', '{"invoices": "https://"}'],
    "NOLAPSE_ALERT_CHANNELS": [
        "[]",
        '{"a": {"webhook": "https://h:abc/", "secret": "whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4"}}',
    ],
    "NOLAPSE_OIDC": ["[]", '{"a": {"issuer": "https://h:99999", "client_id": "a", "client_secret": "b"}}'],
    "NOLAPSE_TASK_MODULES": ["a b", "../x", "os;x", ".x"],
    "NOLAPSE_INVOICE_SERIES": ["a b", "inv", "{yea}"],
    "NOLAPSE_SCAN_EHLO_NAME": ["localhost", "a..b", "-a.example", "[192.0.2.1]"],
    "NOLAPSE_KEEP_JOBS_DAYS": ["0", "99999999"],
    "NOLAPSE_SESSION_IDLE_S": ["59", "100000000000000000000"],
    "NOLAPSE_CLAIM_S": ["0", "nan", "inf", "20s"],
}  # fmt: skip


@pytest.mark.parametrize(("variable", "value"), [(name, value) for name, values in NEVER.items() for value in values])
def test_what_can_never_work_is_refused_by_its_name(variable, value, monkeypatch):
    monkeypatch.setenv(variable, value)
    with pytest.raises(settings.BadSettings) as refused:
        settings.load()
    said = str(refused.value)
    assert variable in said
    assert "Value error" not in said
    assert "pattern" not in said
    assert "hunter22" not in said


GOOD = {
    "DATABASE_URL": [
        "postgresql://u@h",
        "postgresql://u:p%40@h:5432/x?sslmode=verify-full",
        "postgresql:///x?host=/run",
        "sqlite:////srv/x.db",
    ],
    "REDIS_URL": [
        "redis:///1",
        "redis://h",
        "redis://:p@h:6379/3",
        "rediss://u:p@[::1]:6380/0",
        "unix:///run/redis.sock?db=2",
    ],
    "SENTRY_DSN": ["https://key@sentry.example/12"],
    "NOLAPSE_WHOIS_ROOT": ["whois.iana.org", "127.0.0.1:4343", "[::1]:43", "::1"],
    "NOLAPSE_DNS_RESOLVERS": ["192.0.2.1, [2001:db8::1]:5353, ::1"],
    "NOLAPSE_HOSTS": ['{"*.intranet.example": "10.0.0.7", "rdap_1.example": "::1"}'],
    "NOLAPSE_LANES": ['{"*": 10, "whois.denic.de": 20, "127.0.0.1:4343": 5}'],
    "NOLAPSE_WEB_HOST": ["0.0.0.0", "::", "localhost"],
    "NOLAPSE_PUBLIC_URL": ["https://nolapse.example", "http://[::1]:8450/"],
    "NOLAPSE_SMTP_URL": ["smtp://u:p@relay.example", "smtp://127.0.0.1:25?tls=none", "smtp://[::1]:25?tls=none"],
    "NOLAPSE_MAIL_RATES": ['{"gmail.com": 120, "relay.example:587": 10}'],
    "NOLAPSE_MAIL_SNS_TOPICS": ["arn:aws:sns:eu-central-1:123456789012:bounces"],
    "NOLAPSE_VIES_URL": ["https://ec.europa.eu/taxation_customs/vies/rest-api"],
    "NOLAPSE_INVOICE_SERIES": ["INV-{year}-"],
}


@pytest.mark.parametrize(("variable", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_what_works_is_taken(variable, value, monkeypatch):
    monkeypatch.setenv(variable, value)
    settings.load()


def test_roots_of_ones_own_are_read_as_scans_read_them(tmp_path: Path, monkeypatch):
    held = tmp_path / "roots.pem"
    held.write_bytes(pki.root("A root").pem)
    monkeypatch.setenv("NOLAPSE_CA_FILE", str(held))
    assert settings.load().ca_file == held


SECRET = "hunter22"
TORN = [
    f"{SECRET}/x", f"x/{SECRET}", f"x@{SECRET}/y", f"x@y/{SECRET}", f"x:{SECRET}/y", f"{SECRET}!/x", f"x@{SECRET}!/y",
    f"x#{SECRET}", f"{SECRET}#x", f"x@{SECRET}#y", f"x@y#{SECRET}", f"x@y/{SECRET}#z",
]  # fmt: skip
"""Passwords that are not percent-encoded, so that a part of each comes to stand as a host, a port or a path."""
ODD = [
    f"{SECRET}?x", f"x?{SECRET}", f"x@{SECRET}?y", f"x@y?{SECRET}", f"x@y?{SECRET}=z", f"x@{SECRET}?tls=none&z",
    f"x@y?endpoint={SECRET}", f"[{SECRET}", f"x]{SECRET}", f"{SECRET} x", f"{SECRET}\u2100", f"x,{SECRET}",
]  # fmt: skip
"""Those that come to stand as options, or that no URL may hold."""
WITH_PASSWORD = {
    "DATABASE_URL": "postgresql://user:{}@host:5432/x",
    "REDIS_URL": "redis://:{}@host:6379/0",
    "NOLAPSE_SMTP_URL": "smtp://user:{}@relay.example:587",
    "NOLAPSE_MAIL_BOX_URL": "imaps://user:{}@mail.example/INBOX",
    "NOLAPSE_MAIL_URLS": "ses://KEY:{}@eu-central-1",
    "NOLAPSE_STORAGE_URL": "s3://KEY:{}@bucket",
    "SENTRY_DSN": "https://{}@sentry.example/12",
}


@pytest.mark.parametrize("torn", TORN)
@pytest.mark.parametrize("variable", WITH_PASSWORD)
def test_a_password_that_is_torn_apart_is_refused_and_not_shown(variable, torn, monkeypatch):
    monkeypatch.setenv(variable, WITH_PASSWORD[variable].format(torn))
    with pytest.raises(settings.BadSettings) as refused:
        settings.load()
    assert variable in str(refused.value)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("variable", WITH_PASSWORD)
def test_no_message_shows_an_odd_password(variable, odd, monkeypatch):
    """Some are taken: what they are as options is what the URL says."""
    monkeypatch.setenv(variable, WITH_PASSWORD[variable].format(odd))
    try:
        settings.load()
    except settings.BadSettings as refused:
        assert SECRET not in str(refused)  # noqa: PT017 - see above
