"""The embedded Redis: it answers, restarts when it dies, and never outlives its parent."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api import embedded
from api.embedded import EmbeddedRedis, find_redis
from tests.until import until


async def answers(url: str) -> bool:
    try:
        async with Redis.from_url(url) as client:
            return bool(await client.ping())
    except RedisError:
        return False


def alive(pid: int) -> bool:
    """Return whether the process still runs. A zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until_dead(pid: int) -> None:
    async def dead() -> bool:
        return not alive(pid)

    await until(dead)


async def until_restarted(redis: EmbeddedRedis, old: int) -> int:
    async def restarted() -> bool:
        return redis.pid not in (None, old)

    await until(restarted)
    assert redis.pid
    return redis.pid


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


async def test_it_answers_and_leaves_nothing_but_its_log(tmp_path: Path) -> None:
    async with EmbeddedRedis(tmp_path) as redis:
        assert await answers(redis.url)
        assert redis.pid
        pid = redis.pid
    assert redis.pid is None
    assert not alive(pid)
    assert names(tmp_path) <= {"redis.log"}


async def test_only_this_user_can_reach_it(tmp_path: Path) -> None:
    async with EmbeddedRedis(tmp_path) as redis:
        socket = Path(redis.url.removeprefix("unix://"))
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        async with Redis.from_url(redis.url) as client:
            assert (await client.config_get("port"))["port"] == "0"


async def test_killed_server_is_started_again_at_the_same_place(tmp_path: Path) -> None:
    async with EmbeddedRedis(tmp_path) as redis:
        url = redis.url
        for _ in range(2):
            assert redis.pid
            old = redis.pid
            os.kill(old, signal.SIGKILL)
            await until_restarted(redis, old)
            await until(lambda: answers(url))
            assert redis.url == url


async def test_stopping_ends_a_server_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "STOP_TIMEOUT_S", 0.2)
    redis = EmbeddedRedis(tmp_path)
    await redis.start()
    assert redis.pid
    pid = redis.pid
    os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(3):
        await redis.stop()
    assert not alive(pid)


async def test_stopping_while_it_is_being_started_again_leaves_no_process(tmp_path: Path) -> None:
    redis = EmbeddedRedis(tmp_path)
    await redis.start()
    assert redis.pid
    os.kill(redis.pid, signal.SIGKILL)
    restarted = await until_restarted(redis, redis.pid)
    await redis.stop()
    await until_dead(restarted)


async def test_ctrl_c_in_the_terminal_does_not_reach_it(tmp_path: Path) -> None:
    async with EmbeddedRedis(tmp_path) as redis:
        assert redis.pid
        assert os.getsid(redis.pid) == redis.pid != os.getsid(0)


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels don't tell a child that its parent has died")
async def test_it_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path; from api.embedded import EmbeddedRedis\n"
        "async def main():\n"
        "    async with EmbeddedRedis(Path(sys.argv[1])) as redis:\n"
        "        print(redis.pid, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, tmp_path, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout
    pid = int(await parent.stdout.readline())
    assert alive(pid)
    parent.kill()
    await parent.wait()
    await until_dead(pid)


async def test_deep_directory_does_not_make_the_sockets_path_too_long(tmp_path: Path) -> None:
    async with EmbeddedRedis(tmp_path / ("deep" * 30)) as redis:
        assert await answers(redis.url)
        home = Path(redis.url.removeprefix("unix://")).parent
    assert not home.exists()


async def test_program_that_does_not_answer_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    redis = EmbeddedRedis(tmp_path, Path("/bin/false"))
    began = time.monotonic()
    with pytest.raises(
        RuntimeError, match=r"expected /bin/false to answer within 5 s, got exit code 1; see .*redis\.log"
    ):
        await redis.start()
    assert time.monotonic() - began < 3
    assert names(tmp_path) == set()


async def test_missing_redis_server_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(embedded, "WHEELS", {})
    assert find_redis() is None
    with pytest.raises(FileNotFoundError, match="expected valkey-server or redis-server on the PATH"):
        await EmbeddedRedis(tmp_path).start()


def test_program_on_the_path_comes_before_the_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    wheel = find_redis()
    assert wheel is not None
    assert wheel.is_relative_to(sys.prefix)
    for name in ("redis-server", "valkey-server"):
        (tmp_path / name).touch(mode=0o755)
        assert find_redis() == tmp_path / name
