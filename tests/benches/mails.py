"""What a mail costs at a relay, beside smtplib, and what its letter costs: ``python -m tests.benches mails``.

A relay in a process of its own takes 20 ms for each reply, as one in another country does; 64 threads send to it.

    new         smtplib, a connection for each mail
    reused      smtplib, a connection for each thread
    pipelined   the same over a bare socket, all commands at once (RFC 2920): the fastest that the protocol allows
    ours        ``integrations.smtp.Relay``

Rounds take turns, and the best of each counts. Then each letter is rendered in each language, with its sample values.
Returns 1 where ours is below 1.5 times new, or below three quarters of pipelined, or a letter takes a millisecond.
"""

import asyncio
import multiprocessing
import smtplib
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing.synchronize import Event

from integrations.smtp import Relay, compose
from tasks.mail import letters
from tasks.mail.letters import samples
from tasks.mail.letters.letter_kinds import KINDS

TIMES_NEW = 1.5
SHARE_OF_PIPELINED = 0.75
LETTER_MS = 1.0

_REPLY_S = 0.02
_THREADS = 64
_MAILS = 1500
_ROUNDS = 3
_LETTERS = 50
"""Of each kind and language in a round."""
_SENDER, _RECIPIENT = "billing@agency.test", "ada@clients.test"


_REPLIES = {
    b"EHLO": (b"250-bench", b"250-PIPELINING", b"250 SIZE 0"),
    b"DATA": (b"354 go on",),
    b"QUIT": (b"221 bye",),
}


async def _session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak SMTP; a turn of commands that came at once is answered at once, after the delay."""
    in_data = False

    async def say(*lines: bytes) -> None:
        await asyncio.sleep(_REPLY_S)
        writer.write(b"".join(line + b"\r\n" for line in lines))
        await writer.drain()

    await say(b"220 bench")
    replies: list[bytes] = []
    while line := await reader.readline():
        word = line[:4].upper()
        if in_data:
            in_data = line != b".\r\n"
            replies = [] if in_data else [b"250 taken"]
        else:
            in_data = word == b"DATA"
            replies += _REPLIES.get(word, (b"250 ok",))
        if replies and not reader._buffer:  # pyright: ignore[reportAttributeAccessIssue] - as RFC 2920 answers
            await say(*replies)
            replies = []
    writer.close()


def _serve(port: "multiprocessing.Queue[int]", stop: Event) -> None:
    async def serve() -> None:
        async with await asyncio.start_server(_session, "127.0.0.1", 0, backlog=256) as server:
            port.put(server.sockets[0].getsockname()[1])
            await asyncio.to_thread(stop.wait)

    asyncio.run(serve())


def _new(port: int, mails: int) -> None:
    content = _content()
    for _ in range(mails):
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as relay:
            relay.sendmail(_SENDER, [_RECIPIENT], content)


def _reused(port: int, mails: int) -> None:
    content = _content()
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as relay:
        for _ in range(mails):
            relay.sendmail(_SENDER, [_RECIPIENT], content)


def _pipelined(port: int, mails: int) -> None:
    content = _content()
    commands = f"MAIL FROM:<{_SENDER}>\r\nRCPT TO:<{_RECIPIENT}>\r\nDATA\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as made, made.makefile("rb") as replies:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        replies.readline()
        made.sendall(b"EHLO bench\r\n")
        while not replies.readline().startswith(b"250 "):
            pass
        for _ in range(mails):
            made.sendall(commands)
            for _ in range(3):
                replies.readline()
            made.sendall(content + b"\r\n.\r\n")
            replies.readline()


def _content() -> bytes:
    return _message().as_bytes()


def _message():
    return compose(
        sender=_SENDER,
        to=_RECIPIENT,
        subject="Your invoice",
        text="Hello\n" * 20,
        html="<p>Hello</p>\n" * 20,
        message_id="<1@agency.test>",
        date=datetime.now(UTC),
    )


def _ours(relay: Relay, mails: int) -> None:
    message = _message()
    for _ in range(mails):
        relay.send(message, sender=_SENDER, recipients=[_RECIPIENT])


def _rate(send: Callable[[int], None]) -> float:
    """Return how many mails a second all threads send together."""
    each = _MAILS // _THREADS
    together = threading.Barrier(_THREADS + 1)

    def work() -> None:
        together.wait()
        send(each)

    with ThreadPoolExecutor(_THREADS) as threads:
        running = [threads.submit(work) for _ in range(_THREADS)]
        together.wait()
        began = time.monotonic()
        for one in running:
            one.result()
    return each * _THREADS / (time.monotonic() - began)


def _letter_ms() -> float:
    """Return the milliseconds that a letter takes of this thread's processor: its subject, text and HTML."""
    made = [
        (kind, one, letters.sources(kind, one), samples.values(kind, one), samples.facts(kind, one))
        for kind in KINDS
        for one in letters.LANGUAGES
    ]

    def render() -> float:
        began = time.thread_time()
        for kind, language, given, values, facts in made:
            entries = samples.entries(kind, language)
            for _ in range(_LETTERS):
                letters.filled(kind, language, given, values=values, facts=facts, entries=entries)
        return (time.thread_time() - began) / (len(made) * _LETTERS) * 1000

    return min(render() for _ in range(_ROUNDS))


def main(_options: list[str]) -> int:
    """Measure, print a table, and return 1 where a limit was missed."""
    context = multiprocessing.get_context("spawn")
    ports, stop = context.Queue(), context.Event()
    server = context.Process(target=_serve, args=(ports, stop), daemon=True)
    server.start()
    port = ports.get()
    best: dict[str, float] = {}
    for _ in range(_ROUNDS):
        with Relay(f"smtp://127.0.0.1:{port}?tls=none") as relay:
            ways: dict[str, Callable[[int], None]] = {
                "new": lambda mails: _new(port, mails),
                "reused": lambda mails: _reused(port, mails),
                "pipelined": lambda mails: _pipelined(port, mails),
                "ours": lambda mails, one=relay: _ours(one, mails),
            }
            for name, send in ways.items():
                best[name] = max(best.get(name, 0.0), _rate(send))
    stop.set()
    server.join()
    for name, rate in best.items():
        print(f"{name:>10}  {rate:7.0f} mails/s")
    times, share = best["ours"] / best["new"], best["ours"] / best["pipelined"]
    print(f"ours: {times:.2f} times new (at least {TIMES_NEW})")
    print(f"      {share:.0%} of pipelined (at least {SHARE_OF_PIPELINED:.0%})")
    letter_ms = _letter_ms()
    print(f"a letter: {letter_ms:.2f} ms (below {LETTER_MS:g})")
    return int(times < TIMES_NEW or share < SHARE_OF_PIPELINED or letter_ms >= LETTER_MS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
