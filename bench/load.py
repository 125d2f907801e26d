"""The load: a process that keeps connections busy and measures the answers.

It parses as little HTTP as possible, because it runs on the machine that it measures.
"""

import asyncio
from collections.abc import Iterator
from itertools import cycle, islice
from time import perf_counter
from typing import NamedTuple, cast

import uvloop

CONNECTIONS = 16
TIMEOUT_S = 60


class Shots(NamedTuple):
    """The results of one round: milliseconds of each answer, and seconds from first request to last answer."""

    latencies_ms: list[float]
    seconds: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_ms) / self.seconds


class Unanswered(Exception):
    """A server closed the connection, or its answer had no status 200 or no Content-Length."""


class Client(asyncio.Protocol):
    """A keep-alive connection that sends its next request after each answer."""

    def __init__(self, requests: Iterator[bytes], done: asyncio.Future[None], latencies_ms: list[float]) -> None:
        self._requests = requests
        self._done = done
        self._latencies_ms = latencies_ms
        self._head = b""
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The cast is needed because uvloop's transports do not inherit from asyncio's.
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
            self._done.set_exception(exc or Unanswered("expected an answer, got a closed connection"))

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
        raise Unanswered(f"expected HTTP/1.1 200, got {head[:80]!r}")
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise Unanswered(f"expected a Content-Length, got {head!r}")
    return int(rest.partition(b"\r\n")[0])


def fire(
    port: int,
    requests: list[bytes],
    *,
    seconds: float = TIMEOUT_S,
    count: int | None = None,
    connections: int = CONNECTIONS,
) -> Shots:
    """Send the requests in turn, over and over, for this many seconds or `count` times."""
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
