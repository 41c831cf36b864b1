"""Cancelling: by token, and by asyncio."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import vodkit

SLOW = vodkit.Ladder([720], "slower", segment_seconds=30)


class Slow:
    """A storage from which reading takes its time."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()
        self.reads = 0

    def size(self) -> int:
        return len(self.data)

    def read_at(self, offset: int, size: int, /) -> bytes:
        self.reads += 1
        time.sleep(0.05)
        return self.data[offset : offset + min(size, 100)]


@pytest.mark.parametrize("cancelled_before", [False, True])
@pytest.mark.parametrize(
    "work",
    [
        lambda video, cancel: vodkit.probe(Slow(video), cancel=cancel),
        lambda video, cancel: vodkit.plan(Slow(video), SLOW, cancel=cancel),
        lambda video, cancel: vodkit.thumbnail(Slow(video), cancel=cancel),
        lambda video, cancel: vodkit.frame(Slow(video), cancel=cancel),
        lambda video, cancel: vodkit.plan(video, SLOW).segment("720p", 0, cancel=cancel),
        lambda video, cancel: [vodkit.plan(video, SLOW).thumbnail(at=10, cancel=cancel) for _ in range(1000)],
        lambda video, cancel: list(vodkit.plan(video, SLOW).frames(every=0.01, cancel=cancel)),
        lambda video, cancel: vodkit.plan(video, SLOW).animation(seconds=60, frame_rate=30, width=320, cancel=cancel),
        lambda video, cancel: vodkit.package(video, lambda key, data: None, SLOW, cancel=cancel),
        lambda video, cancel: vodkit.probe(vodkit.Source(Slow(video), cancel=cancel)),
        lambda video, cancel: vodkit.plan(vodkit.Source(video, cancel=cancel), SLOW).segment("720p", 0),
    ],
)
def test_a_token_ends_the_work(work: Callable[..., Any], cancelled_before: bool, large: Path) -> None:
    token, asked = vodkit.CancelToken(), [time.monotonic()]
    assert not token.cancelled

    def cancel() -> None:
        asked[0] = time.monotonic()
        token.cancel()

    if cancelled_before:
        token.cancel()
    else:
        threading.Timer(0.3, cancel).start()
    with pytest.raises(vodkit.CancelledError):
        work(large, token)
    assert token.cancelled
    # It takes less than 0.2 seconds; a machine that is busy with other things may need longer.
    assert time.monotonic() - asked[0] < 2


def test_a_token_is_for_many_calls(clip: Path, tmp_path: Path) -> None:
    token = vodkit.CancelToken()
    plan = vodkit.plan(clip, vodkit.Ladder([120], "ultrafast"), cancel=token)
    assert plan.segment("120p", 0, cancel=token) == plan.segment("120p", 0)
    vodkit.package(plan, tmp_path, cancel=token)
    assert not token._linked  # what is done is forgotten
    token.cancel()
    with pytest.raises(vodkit.CancelledError):
        vodkit.probe(clip, cancel=token)
    # The plan was made with the token, and is not bound to it.
    assert plan.segment("120p", 1)


def test_what_is_no_token_is_refused(clip: Path) -> None:
    wrong: Any
    for wrong in (True, threading.Event(), 1):
        with pytest.raises(TypeError, match="vodkit.CancelToken"):
            vodkit.probe(clip, cancel=wrong)


def test_a_token_ends_a_job_and_what_waits_for_it(large: Path, tmp_path: Path) -> None:
    token, for_this = vodkit.CancelToken(), vodkit.CancelToken()
    job = vodkit.start(large, tmp_path, SLOW, on_request=True, cancel=token)
    threading.Timer(0.3, for_this.cancel).start()
    with pytest.raises(vodkit.CancelledError):
        job.get("720p/00000.m4s", cancel=for_this)
    assert not job.done
    token.cancel()
    with pytest.raises(vodkit.CancelledError):
        job.wait(timeout=10)


def test_jobs_are_awaited(clip: Path, tmp_path: Path) -> None:
    async def main() -> list[vodkit.Summary]:
        ladder = vodkit.Ladder([180], "ultrafast")
        return await asyncio.gather(*(vodkit.start(clip, tmp_path / name, ladder) for name in ("a", "b")))

    summaries = asyncio.run(main())
    assert [each.id for summary in summaries for each in summary.renditions] == ["180p", "audio"] * 2

    async def failing() -> None:
        await vodkit.start(clip, tmp_path / "a", vodkit.Ladder([120], "ultrafast"))

    with pytest.raises(vodkit.OutputConflictError):
        asyncio.run(failing())


def test_cancelling_a_task_cancels_its_job(large: Path, tmp_path: Path) -> None:
    async def main() -> None:
        job = vodkit.start(large, tmp_path, SLOW)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(job, 0.3)
        assert job.done
        with pytest.raises(vodkit.CancelledError):
            await job

    asyncio.run(main())


def test_cancelling_a_task_cancels_work_on_threads(clip: Path, large: Path) -> None:
    async def main() -> None:
        assert await vodkit.to_thread(vodkit.probe, clip, limits=vodkit.Limits(tracks=2)) == vodkit.probe(clip)
        slow = Slow(large)
        plan = await vodkit.to_thread(vodkit.plan, large, SLOW)
        for work in (vodkit.to_thread(vodkit.probe, slow), vodkit.to_thread(plan.segment, "720p", 0)):
            begun = time.monotonic()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(work, 0.3)
            assert time.monotonic() - begun < 2.3
        reads = slow.reads
        await asyncio.sleep(0.2)
        assert slow.reads == reads  # nothing goes on in the background
        token = vodkit.CancelToken()
        asyncio.get_running_loop().call_later(0.3, token.cancel)
        with pytest.raises(vodkit.CancelledError):
            await vodkit.to_thread(plan.segment, "720p", 0, cancel=token)
        with pytest.raises(vodkit.NotFoundError):
            await vodkit.to_thread(vodkit.probe, "not there")

    asyncio.run(main())
