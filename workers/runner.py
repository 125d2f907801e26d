"""ARQ behind the port to the queue: enqueueing jobs in Redis, and running them."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from typing import Any, Final

import orjson
import structlog
from arq import Worker, func
from arq.connections import ArqRedis
from arq.worker import Function
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from db.connections.transient_errors import in_one_line
from workers.queue import QueueUnavailable

log = structlog.get_logger(__name__)

JOB: Final = "metrics.recompute"
QUEUE: Final = "convene:jobs"
CHANNEL: Final = "convene:metrics"
# Every enqueue publishes here, so that a runner with nothing to do takes the job at once.
ENQUEUED: Final = "convene:enqueued"

# An enqueue blocks its caller for at most this long while Redis hangs.
ENQUEUE_TIMEOUT_S: Final = 0.3
# Within this window, the same batch is one job, even if several processes enqueue it. Afterwards it is a new job,
# because the first may be lost or stuck.
ENQUEUE_WINDOW_S: Final = 3
JOB_TIMEOUT_S: Final = 30
SOCKET_TIMEOUT_S: Final = 1.0
# The time between two looks at the queue while jobs run, and while none runs. `ENQUEUED` wakes an idle runner, so the
# second is only a safety net: ten looks a second were a third of the cost of an idle process.
POLL_S: Final = 0.1
IDLE_POLL_S: Final = 0.5
# After this long without a message, the runner subscribes again: the connection may have been cut without an error.
SILENCE_S: Final = 30.0
RESTART_S: Final = 0.2
DRAIN_S: Final = 5.0
_MAX_JOBS: Final = 4
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ArqQueue:
    """Enqueues jobs with ARQ; connects at the first one. Its messages carry the name of the `sender`."""

    def __init__(self, url: str, sender: str = "") -> None:
        self._redis = connect(url, ENQUEUE_TIMEOUT_S)
        self._sender = sender

    async def enqueue(self, organization_ids: Sequence[int], newest_mark: int) -> None:
        ids = list(organization_ids)
        digest = blake2s(orjson.dumps(ids), digest_size=8).hexdigest()
        job_id = f"{JOB}:{digest}:{newest_mark}:{int(time.time() / ENQUEUE_WINDOW_S)}"
        place = _place(newest_mark)
        await _within_time(self._enqueue(ids, job_id, place))

    async def _enqueue(self, ids: list[int], job_id: str, place: datetime) -> None:
        await self._redis.enqueue_job(JOB, ids, _job_id=job_id, _expires=JOB_TIMEOUT_S, _defer_until=place)
        await self._publish(ENQUEUED)

    async def announce(self) -> None:
        await _within_time(self._publish(CHANNEL))

    async def _publish(self, channel: str) -> None:
        publishing: Awaitable[object] = self._redis.publish(channel, self._sender)  # pyright: ignore[reportUnknownMemberType]
        await publishing

    async def answers(self) -> bool:
        """Whether Redis answers now."""
        try:
            async with asyncio.timeout(ENQUEUE_TIMEOUT_S):
                return bool(await self._redis.ping())  # pyright: ignore[reportUnknownMemberType]
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        await self._redis.aclose(close_connection_pool=True)


async def _within_time(command: Awaitable[object]) -> None:
    try:
        async with asyncio.timeout(ENQUEUE_TIMEOUT_S):
            await command
    except (RedisError, OSError) as error:
        raise QueueUnavailable(in_one_line(error)) from error


class PatientWorker(Worker):
    """ARQ's worker, which looks at an empty queue rarely, and at once after `wake` or when a job has ended."""

    def __init__(self, functions: Sequence[Function], **options: Any) -> None:
        # ARQ's loop does not sleep: each iteration ends with its own rest, which `wake` can end.
        super().__init__(functions, poll_delay=0, **options)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """A job was enqueued. Returns immediately."""
        self._woken.set()

    async def _poll_iteration(self) -> None:
        await super()._poll_iteration()
        await self._rest(POLL_S if self.tasks else IDLE_POLL_S)

    def _release_sem_dec_counter_on_complete(self) -> None:
        super()._release_sem_dec_counter_on_complete()
        # There is room for one more job, so look for one.
        self.wake()

    async def _rest(self, rest_s: float) -> None:
        timer = self.loop.call_later(rest_s, self.wake)
        try:
            await self._woken.wait()
        finally:
            timer.cancel()
        self._woken.clear()


class JobRunner:
    """Runs ARQ's jobs, up to four at a time; it survives every failure of Redis."""

    def __init__(self, url: str, recompute: Callable[[Sequence[int]], Awaitable[object]]) -> None:
        self._url = url
        self._recompute = recompute
        self._stopping = asyncio.Event()
        self._connected = True

    def stop(self) -> None:
        """Take no more jobs, and end `run`."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until `stop`; then wait up to `DRAIN_S` for the running jobs."""
        while not self._stopping.is_set():
            try:
                await self._serve()
            except Exception as error:
                # ARQ stops at the first error of Redis, and there are many kinds.
                if self._connected:
                    log.warning("Redis unavailable: jobs wait", error=in_one_line(error))
                self._connected = False
                await asyncio.sleep(RESTART_S)

    async def _serve(self) -> None:
        redis = connect(self._url, SOCKET_TIMEOUT_S)
        worker = self._worker(redis)
        serving = asyncio.create_task(worker.main())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            async with listening(self._url, ENQUEUED, worker.wake):
                await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
        finally:
            stopping.cancel()
            await _cancel(serving)
            await _drain(list(worker.tasks.values()))
            await redis.aclose(close_connection_pool=True)

    def _worker(self, redis: ArqRedis) -> PatientWorker:
        async def job(ctx: dict[Any, Any], organization_ids: list[int]) -> None:
            await self._recompute(organization_ids)

        async def started(ctx: dict[Any, Any]) -> None:
            self._connected = True
            log.info("Redis connected: taking jobs")

        return PatientWorker(
            # ARQ need not retry: the relay enqueues the marks of a failed job again.
            [func(job, name=JOB, keep_result=0, timeout=JOB_TIMEOUT_S, max_tries=1)],
            queue_name=QUEUE,
            redis_pool=redis,
            on_startup=started,
            handle_signals=False,
            max_jobs=_MAX_JOBS,
            retry_jobs=False,
            job_serializer=_serialize,
            job_deserializer=orjson.loads,
            log_results=False,
        )


@asynccontextmanager
async def listening(
    url: str, channel: str, wake: Callable[[], None], ignored_sender: str | None = None
) -> AsyncGenerator[None]:
    """While open, call `wake` for each message of the channel from other senders. It reconnects when Redis fails."""
    ignored = None if ignored_sender is None else ignored_sender.encode()
    task = asyncio.create_task(_listen(url, channel, wake, ignored))
    try:
        yield
    finally:
        await _cancel(task)


async def _listen(url: str, channel: str, wake: Callable[[], None], ignored: bytes | None) -> None:
    while True:
        redis = connect(url, SOCKET_TIMEOUT_S)
        try:
            async with redis.pubsub() as subscription:  # pyright: ignore[reportUnknownMemberType]
                await subscription.subscribe(channel)  # pyright: ignore[reportUnknownMemberType]
                # Redis confirms the subscription with a message, which also stands for messages that came before it.
                while message := await _next_message(subscription):
                    if message["data"] != ignored:
                        wake()
        except Exception as error:
            # Redis fails in many ways, and the listener must survive each.
            log.debug("Redis unavailable: messages wait", channel=channel, error=in_one_line(error))
            await asyncio.sleep(RESTART_S)
        finally:
            await redis.aclose(close_connection_pool=True)


async def _next_message(subscription: Any) -> dict[str, Any] | None:
    return await subscription.get_message(timeout=SILENCE_S)


async def _cancel(task: asyncio.Task[None]) -> None:
    # Repeated until the task ends: on Python 3.11, `asyncio.wait_for`, which the Redis client uses, loses a
    # cancellation that arrives just as it ends (python/cpython#86296). A second one too early would interrupt the task
    # while it closes its connection.
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.5)
    if not task.cancelled():
        # If two tasks fail together, only one error is raised. Without this call, asyncio logs the other as never
        # retrieved.
        task.exception()


async def _drain(jobs: Sequence[asyncio.Task[Any]]) -> None:
    if jobs:
        _, late = await asyncio.wait(jobs, timeout=DRAIN_S)
        for job in late:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


def connect(url: str, timeout_s: float) -> ArqRedis:
    # ARQ's own settings have no timeout for answers, so a hung Redis would hang the caller.
    pool: Any = ConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s
    )
    return ArqRedis(pool, job_serializer=_serialize, job_deserializer=orjson.loads, default_queue_name=QUEUE)


def _place(newest_mark: int) -> datetime:
    """The job's place in the queue, as the time that ARQ expects: older marks first, and always in the past.

    ARQ's default is the caller's clock. If that is ahead, no worker would take the job until its own clock catches up.
    """
    return _EPOCH + timedelta(milliseconds=newest_mark)


def _serialize(job: dict[str, Any]) -> bytes:
    # If ARQ cannot start a job, it serializes an exception.
    return orjson.dumps(job, default=repr)
