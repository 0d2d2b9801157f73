"""Pictures of what is in a file, made by a child process that may do nothing else (integrations/preview/renderer.py).

    bytes ──stdin──> child: no environment, no other files, no sockets, limits of time and memory ──stdout──> a WebP

A file that breaks the decoder, or is too much for it, ends the child alone, and the file has no preview.
"""

import struct
import subprocess
import sys
from dataclasses import dataclass
from typing import BinaryIO

from integrations.errors import Rejected, Unavailable

PREVIEWED = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp"})
"""The media types of which there are previews."""

LONGEST_SIDE = 720
"""Pixels of a preview."""

DEADLINE_S = 60.0
MOST_BYTES = 512 * 1024

_SIZE = struct.Struct(">2L")
_WEBP = b"RIFF"


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture as WebP, and its size in pixels."""

    webp: bytes
    width: int
    height: int


def render(file: BinaryIO, media_type: str) -> Preview:
    """Return a picture of an image, or of a PDF's first page.

    Raises ``Rejected`` where the file gives none: it is broken, or more than the child may take; ``Unavailable`` where
    the child could not be started.
    """
    if media_type not in PREVIEWED:
        raise Rejected(f"there are no previews of {media_type}")
    command = [sys.executable, "-I", "-m", "integrations.preview.renderer", media_type, str(LONGEST_SIDE)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module; the media type is one of the list
            command, stdin=file, capture_output=True, timeout=DEADLINE_S, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise Rejected(f"making a preview took longer than {DEADLINE_S:g} s") from None
    except OSError as error:
        raise Unavailable(f"no process for a preview could be started: {error.strerror}") from error
    webp = done.stdout[_SIZE.size :]
    if done.returncode or not webp.startswith(_WEBP) or len(webp) > MOST_BYTES:
        raise Rejected(f"no preview could be made (exit {done.returncode}): {_why(done.stderr)}")
    return Preview(webp, *_SIZE.unpack_from(done.stdout))


def _why(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return "".join(one for one in (lines[-1] if lines else "it said nothing") if one.isprintable())[:200]
