"""What it costs to keep documents, beside plain boto3: ``python -m tests.benches documents``.

A server in a process of its own speaks as much of S3 as a put and a get need and keeps nothing: the client is measured.
10,000 documents of 50 KiB go through 16 threads; rounds take turns, and the best of each counts.

    boto3    ``put_object`` of a client with a connection for each thread
    bucket   ``integrations.storage.s3.S3Storage``
    folder   ``integrations.storage.folder.FolderStorage``, which syncs each file and its folder to the disk

Then 1 GiB is kept and read in a process of its own, whose memory is watched. Returns 1 where a home keeps less than 0.8
times what boto3 does, or where a GiB takes 64 MiB of memory.
"""

import asyncio
import hashlib
import ipaddress
import multiprocessing
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, BinaryIO

import boto3
from botocore.config import Config

from integrations.guard import Guard
from integrations.storage import Storage
from integrations.storage.folder import FolderStorage
from integrations.storage.s3 import S3Keys, S3Options, S3Storage
from rules.documents.storage_address import S3Address
from tests.support import memory

SHARE = 0.8
MOST_MIB = 64

_DOCUMENTS, _BYTES, _THREADS, _ROUNDS = 10_000, 50 * 1024, 16, 3
_MIB = 1024 * 1024
_LARGE = 1024
_PIECE = bytes(range(256)) * 4096
"""A MiB; the large document is made of it."""

_KEYS = S3Keys("AKIAEXAMPLE", "a-secret-of-the-benches")
_OK = b'HTTP/1.1 200 OK\r\nETag: "0"\r\nContent-Length: %d\r\n\r\n'
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_CONTINUE = re.compile(rb"(?i)\r\nexpect: *100-continue")


async def _session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Take whatever is put, and give the large document to whoever gets one."""
    while head := await _head(reader):
        if _CONTINUE.search(head):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = _LENGTH.search(head)
        left = int(length[1]) if length else 0
        while left:
            left -= len(await reader.read(min(left, _MIB)))
        if head.startswith(b"GET"):
            writer.write(_OK % (_LARGE * _MIB))
            for _ in range(_LARGE):
                writer.write(_PIECE)
                await writer.drain()
        else:
            writer.write(_OK % 0)
        await writer.drain()
    writer.close()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return b""


def _serve(ports: "Queue[int]", stop: Event) -> None:
    async def serve() -> None:
        async with await asyncio.start_server(_session, "127.0.0.1", 0, limit=4 * _MIB, backlog=256) as server:
            ports.put(server.sockets[0].getsockname()[1])
            await asyncio.to_thread(stop.wait)

    asyncio.run(serve())


def _bucket(port: int) -> S3Storage:
    where = S3Address("documents", "agency", "us-east-1", f"http://127.0.0.1:{port}")
    guard = Guard(allowed=(ipaddress.ip_network("127.0.0.0/8"),))
    return S3Storage(where, keys=_KEYS, guard=guard, options=S3Options(deadline_s=300))


def _boto3(port: int) -> Callable[[str, bytes], object]:
    client: Any = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=_KEYS.access,
        aws_secret_access_key=_KEYS.secret,
        config=Config(max_pool_connections=_THREADS, s3={"addressing_style": "path"}),
    )
    return lambda key, data: client.put_object(Bucket="documents", Key=f"agency/{key}", Body=data)


def _rate(put: Callable[[str, bytes], object]) -> float:
    """Return how many documents a second all threads keep together."""
    each = _DOCUMENTS // _THREADS
    together = threading.Barrier(_THREADS + 1)

    def work(number: int) -> None:
        together.wait()
        for document in range(each):
            put(f"documents/client/{number}/{document}", document.to_bytes(4) + _PIECE[4:_BYTES])

    with ThreadPoolExecutor(_THREADS) as threads:
        running = [threads.submit(work, number) for number in range(_THREADS)]
        together.wait()
        began = time.monotonic()
        for one in running:
            one.result()
    return each * _THREADS / (time.monotonic() - began)


def _rates(port: int) -> dict[str, float]:
    best: dict[str, float] = {}
    ways = {"boto3": _boto3(port), "bucket": _bucket(port).put}
    for _ in range(_ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            for name, put in {**ways, "folder": FolderStorage(Path(folder)).put}.items():
                best[name] = max(best.get(name, 0.0), _rate(put))
    return best


def _large(home: Storage, grown: "Queue[float]") -> None:
    """Keep a GiB and read it, twice; say by how many MiB the process has grown the second time."""
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as file:
        for _ in range(_LARGE):
            file.write(_PIECE)
            digest.update(_PIECE)
        grown.put(memory.peak_growth(lambda: _kept_and_read(home, file, digest.hexdigest())) / _MIB)


def _kept_and_read(home: Storage, file: BinaryIO, sha256: str) -> None:
    home.put_file("large", file, size=_LARGE * _MIB, sha256=sha256)
    read = hashlib.sha256()
    with home.reading("large") as stretch:
        for chunk in stretch.chunks:
            read.update(chunk)
    if read.hexdigest() != sha256:
        raise AssertionError("what was read is not what was kept")


def _large_in_bucket(port: int, grown: "Queue[float]") -> None:
    _large(_bucket(port), grown)


def _large_in_folder(folder: str, grown: "Queue[float]") -> None:
    _large(FolderStorage(Path(folder)), grown)


def _growth(target: Callable[..., None], where: int | str) -> float:
    """Return by how many MiB a process grows that keeps and reads a GiB."""
    context = multiprocessing.get_context("spawn")
    grown: Queue[float] = context.Queue()
    child = context.Process(target=target, args=(where, grown))
    began = time.monotonic()
    child.start()
    child.join()
    if child.exitcode:
        raise AssertionError(f"{target.__name__} ended with {child.exitcode}")
    megabytes = grown.get()
    print(
        f"1 GiB {target.__name__.removeprefix('_large_')}: {time.monotonic() - began:.0f} s, {megabytes:.1f} MiB more"
    )
    return megabytes


def main(_options: list[str]) -> int:
    """Measure, print, and return 1 where a limit was missed."""
    context = multiprocessing.get_context("spawn")
    ports, stop = context.Queue(), context.Event()
    server = context.Process(target=_serve, args=(ports, stop), daemon=True)
    server.start()
    port = ports.get()
    best = _rates(port)
    for name, rate in best.items():
        print(f"{name:>7}  {rate:7.0f} documents/s  {rate / best['boto3']:.2f} of boto3")
    folder = tempfile.mkdtemp()
    try:
        grown = [_growth(_large_in_bucket, port), _growth(_large_in_folder, folder)]
    finally:
        shutil.rmtree(folder)
    stop.set()
    server.join()
    print(f"wanted: {SHARE} of boto3, less than {MOST_MIB} MiB")
    slow = min(best["bucket"], best["folder"]) < SHARE * best["boto3"]
    return int(slow or max(grown) >= MOST_MIB)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
