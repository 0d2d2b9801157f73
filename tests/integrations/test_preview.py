"""Previews of files, also of such as would break who decodes them."""

import io
import resource
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pytest
from PIL import Image

from integrations import preview
from integrations.errors import Rejected
from integrations.preview import LONGEST_SIDE, PREVIEWED, Preview
from tests.support import files
from tests.support.good_files import GOOD


@contextmanager
def on_disk(content: bytes) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file


def rendered(content: bytes, media_type: str) -> Preview:
    with on_disk(content) as file:
        return preview.render(file, media_type)


@pytest.mark.parametrize("title", [title for title, one in GOOD.items() if one.kind in PREVIEWED])
def test_each_picture_and_pdf_has_a_preview(title: str) -> None:
    good = GOOD[title]
    made = rendered(good.make(), good.kind)
    with Image.open(io.BytesIO(made.webp)) as shown:
        assert shown.format == "WEBP"
        assert shown.size == (made.width, made.height)
    assert max(made.width, made.height) <= LONGEST_SIDE + 1


def test_a_large_picture_is_made_small() -> None:
    out = io.BytesIO()
    Image.new("RGB", (4000, 1000), (9, 99, 199)).save(out, "PNG")
    made = rendered(out.getvalue(), "image/png")
    assert (made.width, made.height) == (LONGEST_SIDE, LONGEST_SIDE // 4)


def test_a_preview_keeps_nothing_of_the_pictures_metadata() -> None:
    made = rendered(files.picture("JPEG", comment=b"where it was taken"), "image/jpeg")
    assert b"where it was taken" not in made.webp


BROKEN = {
    "a broken PDF": (b"%PDF-1.7\n1 0 obj\n<<>>\n%%EOF", "application/pdf"),
    "a PDF of no pages": (files.pdf().replace(b"/Kids [3 0 R] /Count 1", b"/Kids [] /Count 0     "), "application/pdf"),
    "a cut-off picture": (files.picture("JPEG")[:300], "image/jpeg"),
    "a picture of ten thousand megapixels": (files.png(100_000, 100_000, claims=True), "image/png"),
    "text": (b"hello", "image/webp"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_shown_has_no_preview_and_does_no_harm(what: str) -> None:
    content, media_type = BROKEN[what]
    with pytest.raises(Rejected):
        rendered(content, media_type)


def test_a_pdf_that_unpacks_to_gigabytes_ends_the_child_alone() -> None:
    packer = zlib.compressobj(9)
    begins = packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(b" " * 16_000_000) + packer.flush(zlib.Z_FULL_FLUSH)  # which may be repeated
    content = files.pdf(files.stream(b"/Filter /FlateDecode", begins + piece * 100), page=b"/Contents 5 0 R")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Rejected, match="exit -"):  # by a signal
        rendered(content.replace(b"/Contents 4 0 R", b""), "application/pdf")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # kB, without the child's


def test_a_kind_without_previews_is_refused() -> None:
    with pytest.raises(Rejected, match="no previews"):
        rendered(b"hello", "text/plain")


@pytest.mark.parametrize(
    "wanted",
    ["import socket; socket.socket()", "open('/etc/hostname')", "import subprocess; subprocess.run(['true'])"],
)
def test_the_child_can_reach_nothing(wanted: str) -> None:
    code = f"import socket, subprocess\nfrom integrations.preview import renderer\nrenderer.confine()\n{wanted}"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=False, env={})
    assert done.returncode == 1
    assert "Too many open files" in done.stderr
