"""Measures how much faster eight threads are than one: with the GIL released, about as many times as there are cores.

    python bench_threads.py [VIDEO]

Without a video it makes one of 30 seconds with the ffmpeg command. The last column is the limit of the machine: the
same work in eight processes, which share neither GIL nor locks nor heap.
"""

import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import vodkit

MAKE = "ffmpeg -v error -f lavfi -i testsrc2=size=640x360:rate=24:duration=30 -c:v libx264 -preset veryfast"
AT_ONCE = 8
ROUNDS = 9


def probe_and_extract(video: Path, number: int) -> None:
    for _ in range(8):
        vodkit.probe(video)
    vodkit.thumbnail(video, fraction=number % 32 / 32, width=320)


def segment(video: Path, number: int) -> None:
    plan = vodkit.plan(video, vodkit.Ladder([360], preset="veryfast"))
    rendition = plan.renditions[0]
    plan.segment(rendition, number % rendition.segment_count)


def seconds(pool: Executor, work: Callable[[int], object], count: int) -> float:
    list(pool.map(work, range(AT_ONCE)))
    start = time.perf_counter()
    list(pool.map(work, range(count)))
    return time.perf_counter() - start


def bench(video: Path) -> None:
    print(f"{len(os.sched_getaffinity(0))} cores; medians of {ROUNDS} rounds")
    print(f"| work | 1 thread | {AT_ONCE} threads | times as fast | with {AT_ONCE} processes |")
    print("| --- | --- | --- | --- | --- |")
    fork = multiprocessing.get_context("fork")
    for name, function, count in (("8 probes and a thumbnail", probe_and_extract, 32), ("segment", segment, 16)):
        work = partial(function, video)
        with (
            ProcessPoolExecutor(AT_ONCE, fork) as processes,
            ThreadPoolExecutor(1) as thread,
            ThreadPoolExecutor(AT_ONCE) as threads,
        ):
            rounds = [[seconds(pool, work, count) for pool in (processes, thread, threads)] for _ in range(ROUNDS)]
        one = statistics.median(alone for _, alone, _ in rounds)
        many = statistics.median(together for _, _, together in rounds)
        ratio = statistics.median(alone / together for _, alone, together in rounds)
        limit = statistics.median(alone / apart for apart, alone, _ in rounds)
        print(f"| {count} x {name} | {one:.2f} s | {many:.2f} s | {ratio:.2f} | {limit:.2f} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        bench(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder, "video.mp4")
            subprocess.run([*MAKE.split(), str(made)], check=True, stdin=subprocess.DEVNULL)
            bench(made)
