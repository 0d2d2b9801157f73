"""Files that are looked at for a while: on the disk, without a name, gone with the process that has them open."""

import hashlib
import mmap
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import BinaryIO

import settings
from db.documents.documents import Document
from integrations.errors import Rejected, Unavailable
from rules.documents.contents import Content
from tasks import outside


@contextmanager
def opened() -> Generator[BinaryIO]:
    """Give an empty file that no crash leaves behind. Raises ``Unavailable`` where the disk refuses."""
    folder = settings.current().home / "incoming"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder) as file:
            yield file
    except OSError as error:
        raise Unavailable(f"there is no room for a file in {folder}: {error.strerror}") from error


@contextmanager
def mapped(file: BinaryIO) -> Generator[Content]:
    """Give the bytes of a file without reading them into memory."""
    file.flush()
    if not file.seek(0, 2):
        yield b""
        return
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        yield content


@contextmanager
def unpacked(chunks: Iterable[bytes]) -> Generator[Content]:
    """Give the unpacked bytes of a file in an archive, kept on the disk; inspections take this function."""
    with opened() as file:
        for chunk in chunks:
            file.write(chunk)
        with mapped(file) as content:
            yield content


@contextmanager
def fetched(document: Document) -> Generator[BinaryIO]:
    """Give a document's bytes as they were when they were taken in.

    Raises ``Unavailable`` where the storage or the disk does not answer, ``Rejected`` where the bytes have changed.
    """
    with opened() as file:
        digest = hashlib.sha256()
        with outside.storage().reading(document.storage_key) as part:
            for chunk in part.chunks:
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != document.sha256:
            raise Rejected(f"document {document.id} has other bytes than when it was taken in")
        file.seek(0)
        yield file
