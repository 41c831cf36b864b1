"""Many threads at once, and the GIL."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import vodkit


def test_eight_threads_probe_and_thumbnail_at_once(clip: Path, other: Path) -> None:
    file = clip.open("rb")  # one file object for all: their reads take turns
    sources: tuple[vodkit.SourceLike, ...] = (clip, other, clip.read_bytes(), file)
    expected = [(vodkit.probe(source), vodkit.thumbnail(source, fraction=0.5, width=96)) for source in sources]
    together = threading.Barrier(8)

    def work(_: int) -> None:
        together.wait()
        for _ in range(5):
            for source, (info, picture) in zip(sources, expected, strict=True):
                assert vodkit.probe(source) == info
                assert vodkit.thumbnail(source, fraction=0.5, width=96) == picture

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    file.close()


def test_one_plan_serves_many_threads(clip: Path) -> None:
    plan = vodkit.plan(clip, vodkit.Ladder([180], preset="ultrafast"))
    expected = [plan.segment("180p", index) for index in range(3)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda index: plan.segment("180p", index % 3), range(12))) == expected * 4


def test_other_threads_run_while_the_engine_works(large: Path) -> None:
    plan = vodkit.plan(large, vodkit.Ladder([360], preset="medium"))
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(plan.segment, "360p", 0)
        turns = 0
        while not work.done():
            turns += 1
            time.sleep(0.001)
        assert work.result()
    assert turns > 20  # with the GIL held it would be one or two
