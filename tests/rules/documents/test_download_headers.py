"""Headers of what is handed out: names that cannot break out, types that run nothing, stretches."""

from urllib.parse import unquote

import pytest

from rules.documents import download_headers
from rules.documents.download_headers import AskedRange


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("INV-000001.pdf", "INV-000001.pdf"),
        ("Rechnung Müller.pdf", "Rechnung M_ller.pdf"),
        ('a";filename="evil.exe', "a__filename__evil.exe"),
        ("a\r\nSet-Cookie: x=1.pdf", "a__Set-Cookie_ x_1.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\windows%2f.pdf", "_windows_2f.pdf"),
        ("\u202efdp.exe", "_fdp.exe"),
        ("...", "document"),
        ("", "document"),
        ("契約.pdf", "__.pdf"),
        ("\ud800.txt", "_.txt"),
    ],
)
def test_a_name_is_safe_in_the_plain_form_and_whole_in_the_other(name: str, plain: str) -> None:
    said = download_headers.content_disposition(name)
    assert said.isascii()
    assert said.isprintable()
    start, _, rest = said.partition(f'filename="{plain}"; ')
    assert start == "attachment; "
    assert unquote(rest.removeprefix("filename*=UTF-8''")) == name.encode("utf-8", "replace").decode()


def test_a_long_name_keeps_its_ending() -> None:
    said = download_headers.content_disposition("a" * 250 + ".pdf")
    assert ".pdf" in said
    assert len(said) < 400


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("application/pdf", "application/pdf"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_what_a_browser_could_run_is_handed_out_as_mere_bytes(kind: str, told: str) -> None:
    assert download_headers.content_type(kind) == told


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        (None, None),
        ("", None),
        ("bytes=0-", AskedRange(0, None)),
        ("bytes=0-0", AskedRange(0, 0)),
        ("bytes=5-9", AskedRange(5, 9)),
        ("bytes=500-", AskedRange(500, None)),
        ("bytes=-3", AskedRange(97, None)),
        ("bytes=-300", AskedRange(0, None)),
        ("bytes=-0", AskedRange(100, None)),
        ("bytes=9-5", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 30 + "-", None),
    ],
)
def test_one_stretch_is_read_and_whatever_else_means_all(header: str | None, asked: AskedRange | None) -> None:
    assert download_headers.asked_range(header, 100) == asked
