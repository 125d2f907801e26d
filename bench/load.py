"""The load: a process that keeps some connections busy and counts what comes back.

It knows as little of HTTP as its peers need, so that it takes a small part of the machine that it measures.
"""

import asyncio
from collections.abc import Iterator
from itertools import cycle, islice
from time import perf_counter
from typing import NamedTuple, cast

import uvloop

CONNECTIONS = 16
# No answer is worth more waiting than this.
TIMEOUT_S = 60


class Shots(NamedTuple):
    """What one round gave: each answer's milliseconds, and the seconds from the first request to the last answer."""

    latencies_ms: list[float]
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_ms) / self.seconds


class Unanswered(Exception):
    """A server answered otherwise than with 200 and a Content-Length, or closed the connection."""


class Client(asyncio.Protocol):
    """One keep-alive connection: a request whenever the one before it is answered, until there are no more."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None], latencies_ms: list[float]) -> None:
        self._requests = requests
        self._done = done
        self._latencies_ms = latencies_ms
        self._head = b""
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not checked: uvloop's transports are of no class of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            self._missing = end + 4 + _length(self._head[:end])
            data, self._head = self._head, b""
        self._missing -= len(data)
        if not self._missing:
            self._latencies_ms.append((perf_counter() - self._began) * 1000)
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or Unanswered("the server closed the connection"))

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._began = perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    if not head.startswith(b"HTTP/1.1 200"):
        raise Unanswered(f"HTTP/1.1 200 is wanted, got {head[:80]!r}")
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise Unanswered(f"a Content-Length is wanted, got {head!r}")
    return int(rest.partition(b"\r\n")[0])


def fire(
    port: int,
    requests: list[bytes],
    *,
    seconds: float = TIMEOUT_S,
    count: int | None = None,
    connections: int = CONNECTIONS,
) -> Shots:
    """The requests were sent in turn, over and over, for so many seconds or until there were `count`."""
    return uvloop.run(_fire(port, requests, seconds, count, connections))


async def _fire(port: int, requests: list[bytes], seconds: float, count: int | None, connections: int) -> Shots:
    loop = asyncio.get_running_loop()
    latencies_ms: list[float] = []
    begin = perf_counter()
    shared = _until(begin + seconds, islice(cycle(requests), count))
    ended = [loop.create_future() for _ in range(connections)]
    async with asyncio.timeout(seconds + TIMEOUT_S):
        for done in ended:
            await loop.create_connection(lambda done=done: Client(shared, done, latencies_ms), "127.0.0.1", port)
        await asyncio.gather(*ended)
    return Shots(latencies_ms, perf_counter() - begin)


def _until(deadline: float, requests: Iterator[bytes]) -> Iterator[bytes]:
    for request in requests:
        if perf_counter() >= deadline:
            return
        yield request
