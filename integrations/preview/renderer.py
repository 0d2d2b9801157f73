"""The child that decodes what strangers sent: bytes on stdin, a WebP on stdout, and nothing else in reach.

Its limits are set before the first byte is read. With no descriptor left it can open no file and no socket.
"""

import io
import resource
import struct
import sys
from typing import Any, BinaryIO

import pypdfium2  # pyright: ignore[reportMissingTypeStubs] - it has none
from PIL import Image

MOST_MEMORY = 768 * 1024 * 1024
MOST_CPU_S = 30
MOST_PIXELS = 60_000_000
"""Of an image, decoded; inspections take fewer."""

MOST_OUTPUT = 8 * 1024 * 1024
_WHITE = (255, 255, 255)


def confine() -> None:
    """Give up whatever decoding does not need; the kernel ends the process where it takes more."""
    for limit, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_CPU_S),
        (resource.RLIMIT_FSIZE, MOST_OUTPUT),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (most, most))


def picture(data: bytes, media_type: str, longest: int) -> Image.Image:
    """Return the picture, no side of which is longer than ``longest`` pixels, without metadata."""
    found = _first_page(data, longest) if media_type == "application/pdf" else _image(data, longest)
    flat = Image.new("RGB", found.size, _WHITE)
    flat.paste(found, mask=found.getchannel("A") if found.mode == "RGBA" else None)
    return flat


def _first_page(data: bytes, longest: int) -> Image.Image:
    page: Any = pypdfium2.PdfDocument(data)[0]  # pypdfium2 has no types
    width, height = page.get_size()
    scale = longest / max(width, height, 1.0)
    return page.render(scale=scale, may_draw_forms=False).to_pil()


def _image(data: bytes, longest: int) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
        opened.draft("RGB", (longest, longest))  # a JPEG is decoded at a fraction of its size
        shown = opened.convert("RGBA" if "A" in opened.getbands() or "transparency" in opened.info else "RGB")
    shown.thumbnail((longest, longest))
    return shown


def main(media_type: str, longest: int, source: BinaryIO, target: BinaryIO) -> None:
    """Read a file; write its picture's width and height, then the picture."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses from twice as many on
    Image.init()  # its plugins are files: they are read while files may be
    confine()
    made, out = picture(source.read(), media_type, longest), io.BytesIO()
    made.save(out, "WEBP", quality=80)
    target.write(struct.pack(">2L", *made.size) + out.getvalue())
    target.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.stdin.buffer, sys.stdout.buffer)
