"""What the sandbox's asynchronous servers share: a thread with an event loop, for any number of connections."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from threading import Event, Thread
from typing import Any, Self


class LoopThread(ABC):
    """A thread with an event loop, which serves while its ``with`` block lasts."""

    def __init__(self, name: str) -> None:
        self._started = Event()
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self._serve()

    @abstractmethod
    async def _serve(self) -> None:
        """Set ``_started`` once connections are accepted, and end when ``_stop`` is set."""


class LoopServer(LoopThread):
    """A server that runs while its ``with`` block lasts; leaving the block ends all conversations."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._conversations = set[asyncio.Task[None]]()

    @abstractmethod
    async def _listen(self) -> Sequence[asyncio.Server]:
        """Begin to accept connections; each becomes a conversation by ``_begin``."""

    def _begin(self, conversation: Coroutine[Any, Any, None], writer: asyncio.StreamWriter) -> None:
        """Begin a conversation, whose connection is closed even where it is cancelled before its first step."""
        task = asyncio.create_task(conversation)
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)
        task.add_done_callback(lambda _task: writer.close())

    async def _serve(self) -> None:
        servers = await self._listen()
        self._started.set()
        await self._stop.wait()
        while arriving := asyncio.all_tasks() - {asyncio.current_task()} - self._conversations:
            await asyncio.gather(*arriving)  # asyncio forgets connections that are half accepted at the close
        for server in servers:
            server.close()
        for conversation in self._conversations:
            conversation.cancel()
